"""Does a person see at once where a finding stands and what to do?"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.text.diagnostics import Diagnostic, Related, render
from engine.text.source import Source, Span


def shown(text: str, span: Span | None, hint: str = "") -> list[str]:
    finding = Diagnostic("RS301", "unknown fact", span, hint)
    return render(finding, {"x": Source("x", text)}).split("\n")


def test_finding_with_everything() -> None:
    name = "rules/promotions/v1.yaml"
    text = "when:\n" + "#\n" * 10 + '      subtotal.after_discount: {at_least: "150.00"}\n'
    finding = Diagnostic(
        code="RS301",
        message="unknown fact 'subtotal.after_discount'",
        span=Span(name, 12, 7, 12, 30),
        hint="did you mean 'subtotal.after_discounts'?",
        witness="lines:\n  - {sku: A}",
        related=(Related(Span(name, 1, 1, 1, 5), "in this condition"), Related(Span("gone", 3, 1, 3, 2), "and here")),
    )
    assert (
        render(finding, {name: Source(name, text)})
        == """\
error[RS301]: unknown fact 'subtotal.after_discount'
  --> rules/promotions/v1.yaml:12:7
   |
12 |       subtotal.after_discount: {at_least: "150.00"}
   |       ^^^^^^^^^^^^^^^^^^^^^^^
  --> rules/promotions/v1.yaml:1:1: in this condition
   |
 1 | when:
   | ^^^^
  --> gone:3:1: and here
   = hint: did you mean 'subtotal.after_discounts'?
   = witness: lines:
                - {sku: A}"""
    )


def test_finding_about_a_whole_file_has_no_excerpt() -> None:
    assert shown("", None, hint="sign it") == ["error[RS301]: unknown fact", "  = hint: sign it"]


def test_empty_span_still_has_a_caret() -> None:
    assert shown("a:", Span("x", 1, 3, 1, 3))[-2:] == ["1 | a:", "  |   ^"]


def test_span_over_lines_is_shown_by_its_first() -> None:
    assert shown("a: [1,\n 2]", Span("x", 1, 4, 2, 4))[-2:] == ["1 | a: [1,", "  |    ^^^"]


def test_caret_stands_under_wide_characters() -> None:
    assert shown("日本: 値段x", Span("x", 1, 5, 1, 7))[-2:] == ["1 | 日本: 値段x", "  |       ^^^^"]


def test_caret_ignores_combining_characters() -> None:
    assert shown("e\u0301a: x", Span("x", 1, 5, 1, 6))[-2:] == ["1 | e\u0301a: x", "  |    ^"]


def test_tabs_are_shown_four_columns_wide() -> None:
    assert shown("\ta:\tb", Span("x", 1, 5, 1, 6))[-2:] == ["1 |     a:    b", "  |           ^"]


def test_invisible_characters_are_made_visible() -> None:
    assert shown("a: \u202eb", Span("x", 1, 4, 1, 5))[-2:] == ["1 | a: \ufffdb", "  |    ^"]


def test_long_line_is_cut_behind_the_caret() -> None:
    line = "a: " + "x" * 300
    assert shown(line, Span("x", 1, 1, 1, 2))[-2:] == [f"1 | a: {'x' * 97}...", "  | ^"]


def test_long_line_is_cut_around_the_caret() -> None:
    line = "x" * 200 + "HERE" + "y" * 200
    assert shown(line, Span("x", 1, 201, 1, 205))[-2:] == [
        f"1 | ...{'x' * 20}HERE{'y' * 76}...",
        "  | " + " " * 23 + "^^^^",
    ]


def test_span_longer_than_the_line_width_is_cut() -> None:
    assert shown("x" * 300, Span("x", 1, 1, 1, 301))[-1] == "  | " + "^" * 100


@given(st.text(max_size=150), st.integers(1, 200), st.integers(1, 200), st.integers(1, 3), st.integers(1, 3))
@settings(max_examples=100)
def test_no_place_makes_rendering_raise_or_sprawl(line: str, column: int, end: int, first: int, last: int) -> None:
    source = Source("x", line)
    text = render(Diagnostic("RS301", "m", Span("x", first, column, last, end)), {"x": source})
    heading, place, _, excerpt, caret = text.split("\n")
    assert (heading, place) == ("error[RS301]: m", f" --> x:{first}:{column}")
    assert "^" in caret
    assert max(len(excerpt), len(caret)) <= 4 + 3 + 100 + 3 + 1
