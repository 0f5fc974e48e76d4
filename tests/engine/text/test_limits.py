"""Does every limit stop the loader, with its own code, exactly where it lies?"""

from __future__ import annotations

import pytest

from engine.text.load import DEFAULT_LIMITS, Limits, load, load_stream
from engine.text.source import Source

LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 20)
)


def codes(text: str, limits: Limits = DEFAULT_LIMITS) -> list[str]:
    return [found.code for found in load(Source("x", text), limits).diagnostics]


@pytest.mark.parametrize(
    ("limits", "fits", "exceeds", "code"),
    [
        (Limits(max_bytes=4), "ab", "abcde", "RS140"),
        (Limits(max_bytes=4), "éé", "ééé", "RS140"),
        (Limits(max_depth=3), "[[[1]]]", "[[[[1]]]]", "RS141"),
        (Limits(max_depth=3), "- &a [1]\n- [*a]", "- &a [1]\n- [[*a]]", "RS141"),
        (Limits(max_nodes=4), "[a, b, c]", "[a, {b: c}]", "RS142"),
        (Limits(max_nodes=6), "- &a [1]\n- *a", "- &a [1, 2]\n- *a", "RS142"),
        (Limits(max_scalar_chars=3), "abc", "abcd", "RS143"),
        (Limits(max_alias_nodes=2), "- &a [1]\n- *a", "- &a [1, 2]\n- *a", "RS144"),
    ],
)
def test_limit_holds_at_and_above(limits: Limits, fits: str, exceeds: str, code: str) -> None:
    assert codes(fits, limits) == []
    assert codes(exceeds, limits) == [code]


def test_limits_hold_for_all_documents_of_a_stream_together() -> None:
    stream = load_stream(Source("x", "[a, b]\n---\n[c, d]\n"), Limits(max_nodes=5))
    assert [found.code for found in stream.diagnostics] == ["RS142"]
    assert stream.nodes == ()


def test_limit_names_its_number_and_the_way_out() -> None:
    (found,) = load(Source("x", "[" * 65)).diagnostics
    assert found.message == "nested deeper than 64 levels"
    assert str(found.span) == "x:1:65"
    assert found.hint


@pytest.mark.parametrize("cap", [1, 50])
def test_findings_are_capped(cap: int) -> None:
    *shown, note = load(Source("x", "a: 1\n" * 500), Limits(max_diagnostics=cap)).diagnostics
    assert [found.code for found in shown] == ["RS106"] * cap
    assert note.code == "RS145"
    assert note.message.startswith("reading stopped after")


def test_refused_characters_are_capped_and_counted() -> None:
    *shown, note = load(Source("x", "\0" * 1_000)).diagnostics
    assert len(shown) == 50
    assert note.message == "950 more findings are not shown"


def test_warnings_do_not_hide_errors() -> None:
    *shown, note = load(Source("x", "- \u202e\n" * 80 + "- 1e5\n")).diagnostics
    assert "RS130" in [found.code for found in shown]
    assert note.message == "31 more findings are not shown"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (LAUGHS, "RS144"),
        ("[" * 100_000, "RS141"),
        ("{" * 100_000, "RS141"),
        ("- " * 100_000, "RS141"),
        ("? " * 100_000, "RS141"),
        ('{"a":' * 100_000, "RS141"),
        ("a: " + "x" * 1_000_000, "RS143"),
        ("a: '" + "x" * 1_000_000 + "'", "RS143"),
        ("a: |\n  " + "x" * 1_000_000, "RS143"),
        ("a: 1\n" * 100_000, "RS106"),
        ("[" + "a," * 400_001 + "]", "RS142"),
        ("- &a x\n" + "- *a\n" * 100_000, "RS144"),
        ("- *a\n" * 100_000, "RS111"),
        ("".join(f"- &a{number} x\n- *b{number}\n" for number in range(20_000)), "RS111"),
        ("&a " * 100_000, "RS101"),
        ("*a " * 100_000, "RS101"),
        ("?\n" * 500_000, "RS110"),
        ("? a\n" * 200_000, "RS106"),
        ("!a " * 100_000, "RS101"),
        ("%TAG !a! b\n" * 50_000 + "--- x", "RS108"),
        ("--- a\n" * 100_000, "RS105"),
        ('"' + "\\x00" * 10_000 + '"', "RS121"),
        ("- 1e5\n" * 100_000, "RS130"),
        ("- " + "9" * 50_000, "RS133"),
        ("\ud800" * 100_000, "RS123"),
    ],
    ids=lambda value: value[:8],
)
def test_hostile_text_stops_at_a_limit(text: str, code: str) -> None:
    loaded = load(Source("x", text))
    assert loaded.node is None
    assert code in {found.code for found in loaded.diagnostics}
    assert len(loaded.diagnostics) <= DEFAULT_LIMITS.max_diagnostics + 1


def test_many_anchors_are_fine_while_nothing_repeats_them() -> None:
    assert codes("".join(f"- &a{number} x\n" for number in range(20_000))) == []


def test_a_few_tag_directives_do_nothing() -> None:
    assert codes("%TAG !a! b\n--- x") == []
