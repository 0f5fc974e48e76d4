"""What is said about two rulesets: everything that hashes see, the same from both sides, and in words of the shop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diff.meaning import differences
from engine.diff.model import Change, ChangeKind, Side
from engine.diff.plain import one_line, places
from engine.documents.canonical import content_hash
from engine.text.load import load
from engine.text.nodes import Entry, Mapping, Node, Scalar
from engine.text.source import Source, Span
from tests.engine.diff.conftest import EXAMPLES, GOLDEN
from tests.engine.documents.mutations import mutated

Sided = Callable[..., Side]

KINDS = sorted(path.stem for path in GOLDEN.glob("*.yaml"))
MIRROR: dict[ChangeKind, ChangeKind] = {"added": "removed", "removed": "added", "changed": "changed", "moved": "moved"}
_TOP = Span("top", 1, 1, 1, 2)
_KIND = Entry(Scalar(_TOP, "ruleset", False), Scalar(_TOP, "shipping", False))
NODES: dict[str, Node] = {
    kind: node
    for kind in KINDS
    if (node := load(Source(kind, (EXAMPLES / f"{kind}.yaml").read_text(encoding="utf-8"))).node) is not None
}


@pytest.mark.parametrize("kind", KINDS)
def test_differences_read_as_agreed(kind: str, side: Sided) -> None:
    found = differences(side(f"old/{kind}"), side(f"new/{kind}"))
    text = "".join(f"{one_line(change)}\n    {places(change)}\n" for change in found)
    expected = GOLDEN / f"{kind}.txt"
    if not expected.exists():
        expected.write_text(text, encoding="utf-8")
        pytest.fail(f"{expected.name} was missing and has been written; read it")
    assert text == expected.read_text(encoding="utf-8")


def test_every_kind_is_compared() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.yaml")} == set(KINDS)


@given(kind=st.sampled_from(KINDS), data=st.data())
def test_there_is_a_difference_exactly_where_hashes_differ(kind: str, data: st.DataObject) -> None:
    one, two = _changed(kind, data), _changed(kind, data)
    assert differences(one, one) == ()
    told = [change for change in differences(one, two) if not change.path.startswith("invariants")]
    assert bool(told) == (_hash(one) != _hash(two))


@given(kind=st.sampled_from(KINDS), data=st.data())
def test_from_the_other_side_it_is_the_mirror_image(kind: str, data: st.DataObject) -> None:
    one, two = _changed(kind, data), _changed(kind, data)
    there, back = differences(one, two), differences(two, one)
    assert sorted(map(_seen, there)) == sorted(_seen(_mirrored(change)) for change in back)


@given(st.lists(st.integers(0, 6), max_size=8), st.lists(st.integers(0, 6), max_size=8))
def test_lists_of_equal_rules_are_told_apart(old: list[int], new: list[int]) -> None:
    before, after = (_rules([{"id": str(number), "amount": number % 2} for number in each]) for each in (old, new))
    assert bool(differences(before, after)) == (old != new)
    kept = len(old) - sum(change.kind == "removed" for change in differences(before, after))
    assert kept == len(new) - sum(change.kind == "added" for change in differences(before, after))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{a: 1, b: 2}", "{b: 2, a: 1.0}"),
        ("{a: 1}", "{a: 1, summary: other, cases: [{name: b}], allow: []}"),
        ("{a: [x, y]} # a comment", "a:\n  - x\n  - y\n"),
        ("{a: 1, name: one, version: 1}", "{a: 1, name: two, version: 7}"),
    ],
)
def test_layout_order_of_keys_comments_cases_and_which_version_it_is_make_none(old: str, new: str, side: Sided) -> None:
    assert differences(side("old/x", old), side("new/x", new)) == ()


def test_tables_are_compared_by_what_rows_are_for(side: Sided) -> None:
    assert _of_table("a,price\nx,1\ny,2\n", "a,price\ny,3\nx,1\n") == [
        "~ t.csv[y].price: 2.00 EUR → 3.00 EUR",
        "> t.csv[x]: place 1 → place 2",
    ]
    assert _of_table("a,price\nx,1\n", 'a,price\n"x",1\n') == [
        "~ t.csv: the same cells, written differently → the same cells, written differently (decides nothing)"
    ]
    assert _of_table("a,price\nx,1\n", "b,price\nx,1\n") == ["~ t.csv.columns: a,price → b,price"]
    assert _of_table("a,price\nx,1\n", 'a,price\n"x,1\n') == ["~ t.csv: 2 lines → 2 lines"]
    assert _of_table("a,price\nx,1\n", None) == ["- t.csv: 2 lines"]
    assert _of_table("a,price\nx,1\n", "a,price\r\nx,1\r\n") == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("columns: [a, price, plus]", "columns: [a, plus, price]"), ("rows: [[x, '5', '1']]", "rows: [[x, '1', '5']]")],
)
def test_the_order_of_columns_and_cells_decides(old: str, new: str, side: Sided) -> None:
    changes = differences(
        side("old/x", f"{{tables: {{t: {{{old}}}}}}}"), side("new/x", f"{{tables: {{t: {{{new}}}}}}}")
    )
    assert any(change.decides for change in changes)


def test_two_kinds_are_not_compared(side: Sided) -> None:
    with pytest.raises(ValueError, match="of the kind tax is not compared with one of the kind access"):
        differences(side("old/tax"), side("old/access"))


def _changed(kind: str, data: st.DataObject) -> Side:
    table = data.draw(st.sampled_from(["a,price\nx,1\n", "a,price\nx,2\ny,1\n", "a,price\r\nx,1\r\n", "", None]))
    node = data.draw(mutated(NODES[kind]))
    assert isinstance(node, Mapping)
    kept = tuple(entry for entry in node.entries if entry.key.text != "ruleset")
    node = Mapping(node.span, (_KIND, *kept))
    return Side(node, lambda path: None if table is None else Source(path, table))


def _hash(side: Side) -> str:
    """Of everything but which version of which ruleset it is."""
    assert isinstance(side.node, Mapping)
    kept = tuple(entry for entry in side.node.entries if entry.key.text not in ("name", "version"))
    return content_hash(Mapping(side.node.span, kept), side.attachments)


def _mirrored(change: Change) -> Change:
    return replace(
        change, kind=MIRROR[change.kind], before=change.after, after=change.before, at_before=change.at_after,
        at_after=change.at_before,
    )  # fmt: skip


def _seen(change: Change) -> str:
    """Without its path, which counts from the side where something is."""
    return repr((change.kind, change.before, change.after, change.at_before, change.at_after, change.decides))


def _rules(rules: list[dict[str, object]]) -> Side:
    written = ", ".join(f"{{id: '{rule['id']}', amount: {rule['amount']}}}" for rule in rules)
    loaded = load(Source("rules.yaml", f"{{ruleset: pricing, rules: [{written}]}}"))
    assert loaded.node is not None
    return Side(loaded.node, lambda _: None)


def _of_table(old: str, new: str | None) -> list[str]:
    node = load(Source("s.yaml", "{ruleset: shipping, currency: EUR, rate: {table: t.csv}}")).node
    assert node is not None
    sides = [Side(node, lambda path, text=text: None if text is None else Source(path, text)) for text in (old, new)]  # type: ignore[misc]
    return [one_line(change) for change in differences(*sides)]
