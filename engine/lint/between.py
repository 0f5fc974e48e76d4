"""Where do neighbouring ranges leave a hole: postcodes between two zones, days between two editions of a rate?

Entries that differ on one ordered fact only are neighbours on it. What lies between the first and the last of
them and is taken by nothing is a hole; what lies before or after is not, since nobody has to serve it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.boxes.bits import iter_bits
from engine.boxes.box import Box, intersect
from engine.boxes.cover import uncovered
from engine.boxes.keys import Interval, Key, after_prefix
from engine.boxes.overlap import meeting
from engine.boxes.values import ValueSet
from engine.lint.precedence import Entry
from engine.lint.study import Study, axes_of

_ORDERED = frozenset({"instant", "postcode", "money", "count", "weight", "volume", "time"})
_ANYTHING = ValueSet.anything()
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
    groups: dict[Box, list[tuple[ValueSet, Entry]]] = {}
    for box, owner in zip(boxes, owners, strict=True):
        if axis in box:
            groups.setdefault(box.with_axis(axis, _ANYTHING), []).append((box[axis], owner))
    targets = {target: group for rest, group in groups.items() if (target := _between(rest, axis, group)) is not None}
    masks = meeting([*targets, *boxes])
    for (target, group), mask in zip(targets.items(), masks[: len(targets)], strict=True):
        near = [boxes[other - len(targets)] for other in iter_bits(mask) if other >= len(targets)]
        possible = intersect(target, study.domain.universe({*target.axes, *axes_of(near)}))
        if possible is None:
            continue
        for piece in uncovered(near, possible, limit=_HOLES_A_GROUP, effort=study.effort):
            for interval in piece[axis].intervals:
                hole = _hole(axis, interval, piece, group)
                if hole is not None:
                    yield hole


def _between(rest: Box, axis: str, group: list[tuple[ValueSet, Entry]]) -> Box | None:
    """The group's places between its first and its last range that none of its own ranges takes."""
    taken = ValueSet.union_of(values for values, _ in group)
    if len(group) < 2 or len(taken.intervals) < 2:
        return None
    inside = ValueSet.interval(taken.intervals[0][1], taken.intervals[-1][0]).subtract(taken)
    return None if inside.is_empty() else rest.with_axis(axis, inside)


def _hole(axis: str, interval: Interval, piece: Box, group: list[tuple[ValueSet, Entry]]) -> Hole | None:
    """The hole with the entries at its ends; None when it is none between neighbours, or was clearly meant."""
    low, high = interval
    if low is None or high is None or _is_adjacent(low, high):
        return None
    before = next((owned for owned in group if any(end == low for _, end in owned[0].intervals)), None)
    after = next((owned for owned in group if any(start == high for start, _ in owned[0].intervals)), None)
    if before is None or after is None or (_lists_single_values(before[0]) and _lists_single_values(after[0])):
        return None
    return Hole(axis, interval, piece.with_axis(axis, ValueSet.interval(low, high)), before[1], after[1])


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
