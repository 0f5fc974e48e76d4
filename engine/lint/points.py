"""Which of many boxes take one point, and which point of a box do few others take?

Each axis is cut into stretches with the mask of the boxes on each; the boxes that take a point are the AND of one
mask per axis, so that no box is tested.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence

from engine.boxes.box import Box
from engine.boxes.effort import refuse_too_many
from engine.boxes.stretches import Stretches, stretches
from engine.boxes.values import Key, ValueSet
from engine.lint.domain import Domain

Point = dict[str, Key | None]

_TRIED = 6


class Points:
    """Answers for a fixed sequence of boxes; box *i* is bit *i* of a mask. Raises TooComplex when too many."""

    def __init__(self, domain: Domain, boxes: Sequence[Box]) -> None:
        self._domain = domain
        self._everyone = (1 << len(boxes)) - 1
        sides: dict[str, dict[ValueSet, int]] = defaultdict(lambda: defaultdict(int))
        for number, box in enumerate(boxes):
            for axis, values in box.items():
                sides[axis][values] |= 1 << number
        self._axes: dict[str, Stretches] = {}
        for axis, constraints in sides.items():
            refuse_too_many(len(boxes), constraints)
            constrained = 0
            for mask in constraints.values():
                constrained |= mask
            self._axes[axis] = stretches(constraints, self._everyone & ~constrained)

    def taking(self, point: Point) -> int:
        """The mask of the boxes that take the point; a fact that is absent or None is missing."""
        mask = self._everyone
        for axis, (cuts, masks, missing) in self._axes.items():
            value = point.get(axis)
            mask &= missing if value is None else masks[bisect_right(cuts, value)]
            if not mask:
                break
        return mask

    def lonely(self, box: Box) -> Point:
        """A point of the box that can occur and that few boxes take: missing where it may be, else a rare value."""
        point: Point = {}
        for axis, (cuts, masks, _) in self._axes.items():
            values = box[axis].intersect(self._domain.values(axis))
            if not values.missing:
                point[axis] = min(
                    _some_values(values, cuts), key=lambda key: masks[bisect_right(cuts, key)].bit_count()
                )
        return point

    def fixed(self, box: Box, point: Point) -> Box:
        """The part of the box in which every fact that it does not restrict has the value of the point."""
        rest = {axis: _exactly(point.get(axis)) for axis in self._axes if axis not in box}
        return box.with_axes(rest)

    def around(self, box: Box, point: Point) -> int:
        """The mask of the boxes that take some of `fixed(box, point)`."""
        mask = self._everyone
        for axis, (cuts, masks, missing) in self._axes.items():
            if axis not in box:
                value = point.get(axis)
                mask &= missing if value is None else masks[bisect_right(cuts, value)]
            else:
                mask &= _on_some_stretch(box[axis], cuts, masks, missing)
            if not mask:
                break
        return mask


def _exactly(value: Key | None) -> ValueSet:
    return ValueSet.only_missing() if value is None else ValueSet.point(value)


def _on_some_stretch(values: ValueSet, cuts: Sequence[Key], masks: Sequence[int], missing: int) -> int:
    found = missing if values.missing else 0
    for low, high in values.intervals:
        first = 0 if low is None else bisect_right(cuts, low)
        after = len(masks) if high is None else bisect_left(cuts, high) + 1
        for mask in masks[first:after]:
            found |= mask
    return found


def _some_values(values: ValueSet, cuts: Sequence[Key]) -> list[Key]:
    """A few values of a set that is not empty: where its stretches begin, and where others end inside it."""
    found: list[Key] = []
    for low, high in values.intervals[:_TRIED]:
        found.append(_below_all(cuts) if low is None else low)
        first = 0 if low is None else bisect_right(cuts, low)
        found += [cut for cut in cuts[first : first + _TRIED] if high is None or _is_below(cut, high)]
        if high is None and cuts and values.contains(cuts[-1]):
            found.append(cuts[-1])
    return found


def _below_all(cuts: Sequence[Key]) -> Key:
    """A key that is below every cut; without cuts all keys are the same."""
    first = cuts[0] if cuts else ""
    return first - 1 if isinstance(first, int) else ""


def _is_below(cut: Key, high: Key) -> bool:
    return [cut] < [high]
