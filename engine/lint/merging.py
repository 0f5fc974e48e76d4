"""Which boxes of a union can be written as one?

Zones list places one by one; boxes that differ on one axis only are one box with more values on it. A proof about
a thousand postcodes is then a proof about one set.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.boxes.box import Box
from engine.boxes.values import ValueSet

_ANYTHING = ValueSet.anything()


def merged(boxes: Sequence[Box]) -> tuple[Box, ...]:
    """The same union with fewer boxes: on each axis in turn, boxes that are equal elsewhere become one."""
    found = list(dict.fromkeys(boxes))
    for axis in sorted({axis for box in found for axis in box}):
        if len(found) > 1:
            found = [rest.with_axis(axis, ValueSet.union_of(sets)) for rest, sets in by_rest(found, axis).items()]
    return tuple(found)


def by_rest(boxes: Sequence[Box], axis: str) -> dict[Box, list[ValueSet]]:
    """The values on one axis, for each combination on all other axes."""
    groups: dict[Box, list[ValueSet]] = {}
    for box in boxes:
        groups.setdefault(box.with_axis(axis, _ANYTHING), []).append(box[axis])
    return groups
