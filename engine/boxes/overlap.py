"""Which boxes have something in common?

Two boxes meet when their sets meet on every axis. So each axis is cut into stretches on which the same boxes
lie, as masks (box *i* is bit *i*); what a set meets is the OR over its stretches, read from a tree of ORs;
and what a box meets is the AND over its axes. No pair is tested.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence

from engine.boxes.bits import iter_bits
from engine.boxes.box import Box, intersect
from engine.boxes.effort import refuse_too_many
from engine.boxes.stretches import Sides, stretches
from engine.boxes.values import ValueSet


def overlaps(boxes: Sequence[Box], *, limit: int = 100) -> list[tuple[int, int, Box]]:
    """The pairs ``(i, j, what both accept)`` with ``i < j``, in order; at most ``limit`` of them.

    Raises ``TooComplex`` when there are too many boxes to compare.
    """
    found: list[tuple[int, int, Box]] = []
    for first, mask in enumerate(meeting(boxes)):
        for second in iter_bits(mask >> (first + 1)):
            common = intersect(boxes[first], boxes[first + 1 + second])
            if common is not None:
                found.append((first, first + 1 + second, common))
            if len(found) >= limit:
                return found
    return found


def meeting(boxes: Sequence[Box]) -> list[int]:
    """For each box the mask of the boxes it has something in common with, itself included.

    An empty box meets nothing. Takes n log n unions of n-bit masks for n boxes with a few axes each. Raises
    ``TooComplex`` when the masks would not fit.
    """
    sides: dict[str, dict[ValueSet, int]] = defaultdict(lambda: defaultdict(int))
    alive = 0
    for number, box in enumerate(boxes):
        if not box.is_empty():
            alive |= 1 << number
            for axis, values in box.items():
                sides[axis][values] |= 1 << number
    masks = [alive if alive >> number & 1 else 0 for number in range(len(boxes))]
    for constraints in sides.values():
        refuse_too_many(len(boxes), constraints)
        meetings = _Meetings(constraints)
        constrained = sum(constraints.values())
        for values, mask in constraints.items():
            met = meetings.met_by(values) | alive & ~constrained
            for number in iter_bits(mask):
                masks[number] &= met
    return masks


class _Meetings:
    """The boxes on each stretch of one axis, with a tree that answers for any run of stretches.

    ``_tree[k]`` is the union of ``_tree[2 * k]`` and ``_tree[2 * k + 1]``; the stretches are its second half.
    """

    def __init__(self, sides: Sides) -> None:
        self._cuts, masks, self._missing = stretches(sides)
        self._tree = [0] * len(masks) + masks
        for node in range(len(masks) - 1, 0, -1):
            self._tree[node] = self._tree[2 * node] | self._tree[2 * node + 1]

    def met_by(self, values: ValueSet) -> int:
        """The constrained boxes whose set on this axis has something in common with ``values``."""
        met = self._missing if values.missing else 0
        for low, high in values.intervals:
            first = 0 if low is None else bisect_right(self._cuts, low)
            after = len(self._cuts) + 1 if high is None else bisect_left(self._cuts, high) + 1
            met |= self._union(first, after)
        return met

    def _union(self, first: int, after: int) -> int:
        tree, size = self._tree, len(self._cuts) + 1
        low, high, union = first + size, after + size, 0
        while low < high:
            if low & 1:
                union |= tree[low]
                low += 1
            if high & 1:
                high -= 1
                union |= tree[high]
            low >>= 1
            high >>= 1
        return union
