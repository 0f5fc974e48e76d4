"""Where do neighbouring ranges leave a hole: postcodes between two zones, days between two editions of a rate?

Entries that differ on one ordered fact only are neighbours on it. What lies between the first and the last of
them and is taken by nothing is a hole; what lies before or after is not, since nobody has to serve it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.boxes.bits import iter_bits
from engine.boxes.box import Box
from engine.boxes.cover import uncovered
from engine.boxes.keys import Interval, Key, after_prefix
from engine.boxes.overlap import meeting
from engine.boxes.values import ValueSet
from engine.lint.merging import by_rest
from engine.lint.precedence import Entry
from engine.lint.study import Study, axes_of

_ORDERED = frozenset({"instant", "postcode", "money", "count", "weight", "volume", "time"})
_HOLES_A_GROUP = 20


@dataclass(frozen=True, slots=True)
class Hole:
    """`piece` is taken by no entry; it lies on `axis` between `before` and `after`."""

    axis: str
    interval: Interval
    piece: Box
    before: Entry
    after: Entry


def holes(study: Study, entries: Sequence[Entry]) -> Iterator[Hole]:
    """The holes between neighbours, axis by axis. Raises TooComplex when there are too many to compare."""
    boxes = [box for entry in entries for box in entry.boxes]
    owners = [entry for entry in entries for _ in entry.boxes]
    for axis in sorted(axes_of(boxes)):
        if study.domain.type_of(axis) in _ORDERED:
            yield from _on_axis(study, boxes, owners, axis)


def _on_axis(study: Study, boxes: list[Box], owners: list[Entry], axis: str) -> Iterator[Hole]:
    groups = [(rest, sets) for rest, sets in by_rest(boxes, axis).items() if len(sets) > 1]
    targets = [target for rest, sets in groups if (target := _between(study, rest, axis, sets)) is not None]
    if not targets:
        return
    masks = meeting([*targets, *boxes])
    for number, target in enumerate(targets):
        near = [boxes[other - len(targets)] for other in iter_bits(masks[number]) if other >= len(targets)]
        around = [(box, owner) for box, owner in zip(boxes, owners, strict=True) if _is_neighbour(box, target, axis)]
        possible = target.with_axes(
            {name: target[name].intersect(study.domain.values(name)) for name in {*target.axes, *axes_of(near)}}
        )
        for piece in uncovered(near, possible, limit=_HOLES_A_GROUP, effort=study.effort):
            for interval in piece[axis].intervals:
                hole = _hole(axis, interval, piece, around)
                if hole is not None:
                    yield hole


def _between(study: Study, rest: Box, axis: str, sets: list[ValueSet]) -> Box | None:
    """The group's places between its first and its last range that none of its own ranges takes."""
    taken = ValueSet.union_of(sets)
    if len(taken.intervals) < 2:
        return None
    inside = ValueSet.interval(taken.intervals[0][1], taken.intervals[-1][0]).subtract(taken)
    return None if inside.is_empty() else rest.with_axis(axis, inside)


def _is_neighbour(box: Box, target: Box, axis: str) -> bool:
    return axis in box and all(box[name] == target[name] for name in {*box.axes, *target.axes} if name != axis)


def _hole(axis: str, interval: Interval, piece: Box, around: list[tuple[Box, Entry]]) -> Hole | None:
    """The hole with the entries at its ends; None when it is none between neighbours, or was clearly meant."""
    low, high = interval
    if low is None or high is None or _is_adjacent(low, high):
        return None
    before = next(((box, owner) for box, owner in around if _ends(box[axis], low)), None)
    after = next(((box, owner) for box, owner in around if _begins(box[axis], high)), None)
    if before is None or after is None:
        return None
    if _lists_single_values(before[0][axis]) and _lists_single_values(after[0][axis]):
        return None
    return Hole(axis, interval, piece.with_axis(axis, ValueSet.interval(low, high)), before[1], after[1])


def _ends(values: ValueSet, cut: Key) -> bool:
    return any(high == cut for _, high in values.intervals)


def _begins(values: ValueSet, cut: Key) -> bool:
    return any(low == cut for low, _ in values.intervals)


def _is_adjacent(low: Key, high: Key) -> bool:
    """Whether no code of that length lies between: postcodes "at most 05999" and "from 06000"."""
    if isinstance(low, int) or isinstance(high, int):
        return False
    last = low.removesuffix("\0")
    return (
        last != low and len(last) == len(high) and last.isdecimal() and high.isdecimal() and int(high) - int(last) == 1
    )


def _lists_single_values(values: ValueSet) -> bool:
    """Whether the set names values or prefixes one by one, so that what is left out was left out on purpose."""
    return values.as_points() is not None or all(
        isinstance(low, str) and high == after_prefix(low) for low, high in values.intervals
    )
