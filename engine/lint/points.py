"""Which of many boxes take one point, and which point of a box do few others take?

Every fact has a *rare* value that few boxes ask for, mostly that it is missing or zero. A box is looked up at a
point that has the rare value in every fact the box does not restrict. So boxes are kept by the facts whose rare
value they refuse: those that take the point are found in few look-ups, however many facts there are.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from engine.boxes.box import Box
from engine.boxes.effort import TooComplex, refuse_too_many
from engine.boxes.stretches import Stretches, stretches
from engine.boxes.values import Key, ValueSet
from engine.lint.domain import Domain
from engine.lint.study import axes_of

Point = dict[str, Key | None]

_TRIED = 6
_MOST_AXES = 12
_NOWHERE = Stretches([], [0], 0)


class Points:
    """Answers for a fixed sequence of boxes; box *i* is bit *i* of a mask. Raises TooComplex when too many."""

    def __init__(self, domain: Domain, boxes: Sequence[Box]) -> None:
        self._domain = domain
        self._axes: dict[str, Stretches] = {}
        self._restricting: dict[str, int] = {}
        for axis, constraints in _by_axis(boxes).items():
            refuse_too_many(len(boxes), constraints)
            self._axes[axis] = stretches(constraints)
            self._restricting[axis] = _union(constraints.values())
        self._rare = {axis: self._rarest(axis, domain.values(axis)) for axis in self._axes}
        self._refusing: dict[frozenset[str], int] = defaultdict(int)
        for number, box in enumerate(boxes):
            refused = frozenset(axis for axis, values in box.items() if not values.contains(self._rare[axis]))
            self._refusing[refused] |= 1 << number

    def lonely(self, box: Box) -> Point:
        """A point of the box that can occur and few boxes take; facts the box does not restrict are left out."""
        return {axis: self._rarest(axis, values.intersect(self._domain.values(axis))) for axis, values in box.items()}

    def taking(self, point: Point) -> int:
        """The mask of the boxes that take the point; facts that it leaves out have their rare value."""
        mask = self._elsewhere(point)
        for axis, value in point.items():
            cuts, masks, missing = self._axes.get(axis, _NOWHERE)
            mask &= self._free(axis) | (missing if value is None else masks[bisect_right(cuts, value)])
        return mask

    def around(self, box: Box) -> int:
        """The mask of the boxes that take some of the box, where the facts it does not restrict are rare."""
        mask = self._elsewhere(box)
        for axis, values in box.items():
            mask &= self._free(axis) | _on_some_stretch(values, self._axes.get(axis, _NOWHERE))
        return mask

    def rare_part(self, box: Box, others: Iterable[Box]) -> Box:
        """The part of the box in which the facts that only the others restrict have their rare value."""
        free = axes_of(others) - set(box)
        return box.with_axes({axis: _exactly(self._rare[axis]) for axis in free})

    def _elsewhere(self, axes: Iterable[str]) -> int:
        """The boxes that take the rare value of every fact but these."""
        known = [axis for axis in axes if axis in self._axes]
        if len(known) > _MOST_AXES:
            raise TooComplex(f"a rule restricts more than {_MOST_AXES} facts")
        subsets = (frozenset(some) for size in range(len(known) + 1) for some in combinations(known, size))
        return _union(self._refusing.get(subset, 0) for subset in subsets)

    def _free(self, axis: str) -> int:
        """The boxes that do not restrict the fact, as a mask with ones without end above."""
        return ~self._restricting.get(axis, 0)

    def _rarest(self, axis: str, values: ValueSet) -> Key | None:
        """Of a set that is not empty, a value that few of the boxes with a restriction accept; None is missing."""
        if values.missing:
            return None
        cuts, masks, _ = self._axes.get(axis, _NOWHERE)
        return min(_some_values(values, cuts), key=lambda key: masks[bisect_right(cuts, key)].bit_count())


def _by_axis(boxes: Sequence[Box]) -> dict[str, dict[ValueSet, int]]:
    sides: dict[str, dict[ValueSet, int]] = defaultdict(lambda: defaultdict(int))
    for number, box in enumerate(boxes):
        for axis, values in box.items():
            sides[axis][values] |= 1 << number
    return sides


def _union(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found


def _exactly(value: Key | None) -> ValueSet:
    return ValueSet.only_missing() if value is None else ValueSet.point(value)


def _on_some_stretch(values: ValueSet, axis: Stretches) -> int:
    found = axis.missing if values.missing else 0
    for low, high in values.intervals:
        first = 0 if low is None else bisect_right(axis.cuts, low)
        after = len(axis.masks) if high is None else bisect_left(axis.cuts, high) + 1
        found |= _union(axis.masks[first:after])
    return found


def _some_values(values: ValueSet, cuts: Sequence[Key]) -> Iterator[Key]:
    """A few values of a set that is not empty: where its stretches begin, and where others end inside it."""
    for low, high in values.intervals[:_TRIED]:
        yield _below_all(cuts) if low is None else low
        first = 0 if low is None else bisect_right(cuts, low)
        yield from (cut for cut in cuts[first : first + _TRIED] if high is None or _is_below(cut, high))
        if high is None and cuts and values.contains(cuts[-1]):
            yield cuts[-1]


def _below_all(cuts: Sequence[Key]) -> Key:
    """A key that is below every cut; without cuts all keys are the same."""
    first = cuts[0] if cuts else ""
    return first - 1 if isinstance(first, int) else ""


def _is_below(cut: Key, high: Key) -> bool:
    return [cut] < [high]
