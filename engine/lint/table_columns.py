"""How is a tariff table taken apart into one price ladder for each combination of its other columns?

Rows with empty cells hold for every value, so a cart may meet rows of several combinations at once. Combinations
are therefore closed under intersection: the rows that hold at a place no narrower combination takes are exactly
those of the combinations around it, and one such place stands for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.boxes.bits import iter_bits
from engine.boxes.box import Box, intersect, is_subset
from engine.boxes.effort import TooComplex
from engine.boxes.overlap import meeting
from engine.boxes.values import ValueSet
from engine.documents.model import Table, TableRow
from engine.lint.rungs import Rung
from engine.lint.study import Study

_MEASURED = frozenset({"weight", "count", "volume", "money"})
_ANYTHING = ValueSet.anything()
_MOST_INTERSECTIONS = 5_000


@dataclass(frozen=True, slots=True)
class Combination:
    """`place` is what the other columns say; `rungs` all rows that hold there, `own` those written for it alone."""

    place: Box
    by: str
    rungs: tuple[Rung, ...]
    own: tuple[Rung, ...]


def measured_column(study: Study, table: Table) -> str | None:
    """The fact along which prices grow: the one the steps measure, else the numeric one with most ranges."""
    if table.by is not None:
        return table.by
    ranges: dict[str, set[ValueSet]] = {}
    for row in table.rows:
        for box in study.boxes_of(row.where) or ():
            for axis, values in box.items():
                if study.domain.type_of(axis) in _MEASURED and values.as_points() is None:
                    ranges.setdefault(axis, set()).add(values)
    return max(sorted(ranges), key=lambda axis: len(ranges[axis]), default=None)


def combinations_of(study: Study, table: Table) -> Iterator[Combination]:
    """The ladders of a table; none when no column holds ranges of a number. Raises TooComplex."""
    by = measured_column(study, table)
    if by is None:
        return
    groups: dict[Box, list[tuple[int, Rung]]] = {}
    for number, row in enumerate(table.rows):
        for box in study.boxes_of(row.where) or ():
            rungs = [(number, rung) for rung in _rungs(row, box[by])]
            groups.setdefault(box.with_axis(by, _ANYTHING), []).extend(rungs)
    for combination, around in _closed(list(groups)):
        narrower = [other for other in around if other != combination and is_subset(other, combination)]
        place = study.open_piece(narrower, combination)
        if place is None:
            continue
        outer = [group for group in around if group in groups and is_subset(combination, group)]
        rungs = sorted((entry for group in outer for entry in groups[group]), key=lambda entry: entry[0])
        own = tuple(rung for _, rung in groups.get(combination, ()))
        yield Combination(place, by, tuple(rung for _, rung in rungs), own)


def _rungs(row: TableRow, values: ValueSet) -> Iterator[Rung]:
    for low, high in values.intervals:
        assert not isinstance(low, str)
        assert not isinstance(high, str)
        yield Rung(low, high, row.price, row.step, row.span)


def _closed(groups: Sequence[Box]) -> Iterator[tuple[Box, list[Box]]]:
    """Every combination, intersections of combinations included, with those it has something in common with."""
    every = dict.fromkeys(groups)
    fresh: Sequence[Box] = groups
    while fresh:
        known = list(every)
        masks = meeting(known)
        position = {box: number for number, box in enumerate(known)}
        found: dict[Box, None] = {}
        for box in fresh:
            for number in iter_bits(masks[position[box]]):
                both = intersect(box, known[number])
                if both is not None and both not in every:
                    found[both] = None
            if len(every) + len(found) - len(groups) > _MOST_INTERSECTIONS:
                raise TooComplex("the rows of the table overlap in too many combinations")
        every.update(found)
        fresh = list(found)
    known = list(every)
    for box, mask in zip(known, meeting(known), strict=True):
        yield box, [known[number] for number in iter_bits(mask)]
