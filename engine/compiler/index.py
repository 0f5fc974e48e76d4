"""How do boxes become an index?

Each axis becomes one table: by single values where all boxes name such, else by the stretches between cuts.
Boxes with equal sets are taken together, and the memory is one mask for each distinct value or cut.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from engine.boxes.box import Box
from engine.boxes.stretches import Sides, stretches
from engine.boxes.values import Key, ValueSet
from engine.runtime.index import Index, OrderedTable, PointTable, SparseAxes, Table


def build_index(boxes: Sequence[Box], *, sparse_defaults: Mapping[str, Key | None]) -> Index:
    """Index boxes by position: box *i* becomes bit *i*.

    ``sparse_defaults`` names the sparse axes, with the value each has when a match does not touch it
    (``None``: missing). All sets of one axis must be of one kind, numbers or texts, otherwise ``TypeError``.
    """
    sides = _sides_by_axis(boxes)
    everything = (1 << len(boxes)) - 1
    dense = [
        (axis, _table(sides[axis], everything ^ _all_of(sides[axis].values())))
        for axis in sorted(sides)
        if axis not in sparse_defaults
    ]
    sparse = {axis: sides[axis] for axis in sorted(sides) if axis in sparse_defaults}
    return Index(
        size=len(boxes),
        everything=everything,
        dense=tuple(sorted(dense, key=_by_cost)),
        sparse=_sparse_axes(boxes, sparse, sparse_defaults, everything) if sparse else None,
    )


def _sides_by_axis(boxes: Iterable[Box]) -> Mapping[str, Sides]:
    sides: dict[str, dict[ValueSet, int]] = defaultdict(lambda: defaultdict(int))
    for number, box in enumerate(boxes):
        bit = 1 << number
        for axis, values in box.items():
            sides[axis][values] |= bit
    return sides


def _by_cost(axis_and_table: tuple[str, Table]) -> bool:
    """Dictionary look-ups come before searches, which an empty mask may then save."""
    return isinstance(axis_and_table[1], OrderedTable)


def _all_of(masks: Iterable[int]) -> int:
    """The union of masks that have no bit in common, as those of one axis have."""
    return sum(masks)


def _table(sides: Sides, unconstrained: int) -> Table:
    """The masks of one axis; the unconstrained boxes have their bit in all of them."""
    points = _point_table(sides, unconstrained)
    if points is not None:
        return points
    cuts, masks, missing = stretches(sides, everywhere=unconstrained)
    return OrderedTable(tuple(cuts), tuple(masks), missing)


def _point_table(sides: Sides, unconstrained: int) -> PointTable | None:
    """A table by single values, or ``None`` when some set is neither points nor the complement of points."""
    otherwise = unconstrained | _all_of(mask for values, mask in sides.items() if values.from_start)
    flips: dict[Key, int] = defaultdict(int)
    for values, mask in sides.items():
        named = (values.complement() if values.from_start else values).as_points()
        if named is None:
            return None
        for value in named:
            flips[value] ^= mask
    masks: dict[Key | None, int] = {value: otherwise ^ flipped for value, flipped in flips.items()}
    masks[None] = unconstrained | _all_of(mask for values, mask in sides.items() if values.missing)
    return PointTable(masks, otherwise)


def _sparse_axes(
    boxes: Sequence[Box], sides: Mapping[str, Sides], defaults: Mapping[str, Key | None], everything: int
) -> SparseAxes:
    waiting = {
        number: axes
        for number, box in enumerate(boxes)
        if (axes := [axis for axis, values in box.items() if _refuses_default(axis, values, defaults)])
    }
    crowd = Counter(axis for axes in waiting.values() for axis in axes)
    at_default, several = everything, 0
    admitted: dict[str, int] = defaultdict(int)
    also_needed: dict[int, tuple[str, ...]] = {}
    for number, axes in waiting.items():
        bit = 1 << number
        rarest, *others = sorted(axes, key=lambda axis: (crowd[axis], axis))
        at_default ^= bit
        admitted[rarest] |= bit
        if others:
            several |= bit
            also_needed[number] = tuple(others)
    gates = {axis: (admitted[axis], _table(_complements(sets), unconstrained=0)) for axis, sets in sides.items()}
    return SparseAxes(at_default, gates, several, also_needed)


def _refuses_default(axis: str, values: ValueSet, defaults: Mapping[str, Key | None]) -> bool:
    return axis in defaults and not values.contains(defaults[axis])


def _complements(sides: Sides) -> Sides:
    return {values.complement(): mask for values, mask in sides.items()}
