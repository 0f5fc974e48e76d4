"""In which ways can the limits in a tariff table be a little wrong?

A limit stands in two rows, where one ends and the next begins. Moved in one of them only it would leave a gap or an
overlap, which `sostech check` reports; so it moves in both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine.documents.conditions import All, Operator, Test
from engine.documents.model import Table, TableRow
from engine.mutation.model import Change, Sort
from engine.mutation.said import Said

_INCLUDED: dict[Operator, Operator] = {"less_than": "at_most", "at_least": "more_than"}


def limit_changes(table: Table, said: Said) -> Iterator[Change]:
    """Each limit one unit up and down; of texts, which have no next one, the limit itself on the other side."""
    for number, row in enumerate(table.rows):
        for test in _tests(row):
            if test.operator == "less_than":
                yield from _limit(table, number, test, said)


def _limit(table: Table, number: int, test: Test, said: Said) -> Iterator[Change]:
    begins = _following(table, number, test)
    limit = test.operands[0]
    for what, moved in _ways(limit):
        rows = [*table.rows]
        rows[number] = _with(rows[number], test, _changed(test, moved))
        if begins is not None:
            other, first = begins
            rows[other] = _with(rows[other], first, _changed(first, moved))
        shown = said.value(test.fact, limit)
        to = "belongs to the row before" if moved is None else f"→ {said.value(test.fact, moved)}"
        tells = limit if moved is None or moved > int(limit) else moved
        sort: Sort = "boundary" if moved is None else "threshold"
        yield Change(
            sort=sort, what=f"row {number} {test.fact} {what}", part=replace(table, rows=tuple(rows)),
            said=f"{said.fact(test.fact)} below {shown} {to}",
            shows=f"at {said.fact(test.fact)} {said.value(test.fact, tells)}", span=test.span,
        )  # fmt: skip


def _ways(limit: int | str) -> Iterator[tuple[str, int | None]]:
    if isinstance(limit, str):
        yield "included", None
    else:
        yield "raised", limit + 1
        yield "lowered", limit - 1


def _following(table: Table, number: int, test: Test) -> tuple[int, Test] | None:
    """The row that begins where this one ends, and says the same of all other facts."""
    others = _others(table.rows[number], test.fact)
    for other, row in enumerate(table.rows):
        if other != number and _others(row, test.fact) == others:
            for first in _tests(row):
                if (first.fact, first.operator, first.operands) == (test.fact, "at_least", test.operands):
                    return other, first
    return None


def _others(row: TableRow, fact: str) -> list[tuple[str, Operator, tuple[int | str, ...]]]:
    return [(test.fact, test.operator, test.operands) for test in _tests(row) if test.fact != fact]


def _tests(row: TableRow) -> tuple[Test, ...]:
    found = row.where.parts if isinstance(row.where, All) else (row.where,)
    return tuple(test for test in found if isinstance(test, Test))


def _changed(test: Test, moved: int | None) -> Test:
    return replace(test, operator=_INCLUDED[test.operator]) if moved is None else replace(test, operands=(moved,))


def _with(row: TableRow, old: Test, new: Test) -> TableRow:
    if not isinstance(row.where, All):
        return replace(row, where=new)
    return replace(row, where=replace(row.where, parts=tuple(new if part is old else part for part in row.where.parts)))
