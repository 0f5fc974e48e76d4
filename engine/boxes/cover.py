"""Do some boxes together cover another, and if not, what do they leave open?

Boxes that restrict the target on one axis only are cut away first: what they leave is a box again. The rest
is split along the axis on which they overlap least, into stretches with the same boxes, and each stretch is
the same question with one axis less. Bands inside zones are so answered in about n log n; in general the
question is NP-hard, so the work is bounded by an ``Effort``, and ``TooComplex`` says honestly that no answer
was found.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from engine.boxes.bits import iter_bits
from engine.boxes.box import Box, intersect, is_subset
from engine.boxes.effort import Effort, TooComplex, refuse_too_many
from engine.boxes.overlap import meeting
from engine.boxes.stretches import stretches
from engine.boxes.values import ValueSet

Sides = dict[str, ValueSet]
"""A box relative to a target: only the axes on which it accepts less than the target, each set within it."""

_EVERYTHING = Box()
_AXES_COMPARED = 4
_PIECES_A_ROUND = 100
_FEW = 32


class Shadowing(NamedTuple):
    """``shadowed``: boxes with those that cover them; ``undecided``: boxes on which the effort ran out."""

    shadowed: list[tuple[int, tuple[int, ...]]]
    undecided: list[int]


def covers(boxes: Iterable[Box], target: Box, effort: Effort | None = None) -> Box | None:
    """``None`` when the boxes together cover the target, else a piece of it that none of them accepts.

    Raises ``TooComplex`` when the effort runs out first.
    """
    return next(gaps(boxes, target, effort), None)


def uncovered(boxes: Iterable[Box], universe: Box, *, limit: int = 20, effort: Effort | None = None) -> list[Box]:
    """Disjoint pieces of the universe that no box accepts; at most ``limit``, fewer when the effort runs out.

    Raises ``TooComplex`` when the effort runs out before any piece is found.
    """
    found: list[Box] = []
    try:
        found.extend(islice(gaps(boxes, universe, effort), limit))
    except TooComplex:
        if not found:
            raise
    return found


def shadowed_by_union(boxes: Sequence[Box], universe: Box = _EVERYTHING, *, effort: Effort | None = None) -> Shadowing:
    """The boxes that earlier ones cover together, each with the earlier ones responsible.

    ``universe`` is what can occur at all, such as 0 and 1 for a flag; a box outside it is not reported. Those
    responsible are few, not always the fewest; up to 32 of them, none can be left out. Raises ``TooComplex``
    when there are too many boxes to compare at all.
    """
    effort, effort_to_explain = effort or Effort(), Effort()
    found = Shadowing([], [])
    for number, mask in enumerate(meeting(boxes)):
        earlier = iter_bits(mask & ((1 << number) - 1))
        target = intersect(boxes[number], universe)
        if not earlier or target is None:
            continue
        try:
            effort.spend(cuts=len(earlier))
            if covers([boxes[other] for other in earlier], target, effort) is None:
                found.shadowed.append((number, _responsible(boxes, earlier, target, effort_to_explain)))
        except TooComplex:
            found.undecided.append(number)
    return found


def gaps(boxes: Iterable[Box], target: Box, effort: Effort | None = None) -> Iterator[Box]:
    """The disjoint pieces of the target that no box accepts, found one at a time.

    Raises ``TooComplex`` when the effort runs out.
    """
    if not target.is_empty():
        yield from _gaps([dict(box.items()) for box in boxes], target, effort or Effort())


def _gaps(inside: list[Sides], whole: Box, effort: Effort) -> Iterator[Box]:
    waiting = [(inside, whole)]
    while waiting:
        trimmed = _cut_away_slabs(*waiting.pop(), effort)
        if trimmed is None:
            continue
        crossing, target = trimmed
        if not crossing:
            yield target
            continue
        axis, parts = _best_split(crossing, target)
        for mask, values in reversed(parts.items()):
            there = [_without(crossing[number], axis) for number in iter_bits(mask)]
            waiting.append((there, target.with_axis(axis, values)))


def _cut_away_slabs(inside: list[Sides], target: Box, effort: Effort) -> tuple[list[Sides], Box] | None:
    """The boxes left, and the target without those that restrict one axis; ``None`` when all is covered."""
    while True:
        inside = [sides for box in inside if (sides := _relative(box, target, effort)) is not None]
        if not all(inside):
            return None
        slabs: dict[str, list[ValueSet]] = defaultdict(list)
        for sides in inside:
            if len(sides) == 1:
                ((axis, values),) = sides.items()
                slabs[axis].append(values)
        if not slabs:
            return inside, target
        left = {axis: target[axis].subtract(ValueSet.union_of(sets)) for axis, sets in slabs.items()}
        if any(values.is_empty() for values in left.values()):
            return None
        target = target.with_axes(left)
        inside = [sides for sides in inside if len(sides) > 1]


def _relative(box: Sides, target: Box, effort: Effort) -> Sides | None:
    """The sides on which a box accepts less than the target; ``None`` when they have nothing in common."""
    sides = {}
    for axis, values in box.items():
        whole = target[axis]
        within = values.intersect(whole)
        effort.spend(sides=1, cuts=len(values.edges) + len(within.edges))
        if within.is_empty():
            return None
        if within != whole:
            sides[axis] = within
    return sides


def _best_split(crossing: list[Sides], target: Box) -> tuple[str, dict[int, ValueSet]]:
    """Of the axes that most boxes restrict, the one whose parts hold the fewest boxes in all."""
    crowd = Counter(axis for sides in crossing for axis in sides)
    axes = [axis for axis, _ in crowd.most_common(_AXES_COMPARED)]
    splits = ((axis, _parts([sides.get(axis) for sides in crossing], target[axis])) for axis in axes)
    return min(splits, key=lambda split: sum(mask.bit_count() + 1 for mask in split[1]))


def _parts(sets: list[ValueSet | None], whole: ValueSet) -> dict[int, ValueSet]:
    """The parts of ``whole`` that lie in the same sets, by the mask of those sets; ``None`` is all of it."""
    boxes_with: dict[ValueSet, int] = defaultdict(int)
    for number, values in enumerate(sets):
        boxes_with[whole if values is None else values] |= 1 << number
    boxes_with[whole] |= 0  # its cuts belong to the sweep even when no box has them
    refuse_too_many(len(sets), boxes_with)
    cuts, masks, missing = stretches(boxes_with)
    parts: dict[int, list[ValueSet]] = defaultdict(list)
    for mask, low, high in zip(masks, [None, *cuts], [*cuts, None], strict=True):
        if whole.from_start if low is None else whole.contains(low):
            parts[mask].append(ValueSet.interval(low, high))
    if whole.missing:
        parts[missing].append(ValueSet.only_missing())
    return {mask: ValueSet.union_of(pieces) for mask, pieces in parts.items()}


def _without(sides: Sides, axis: str) -> Sides:
    return {name: values for name, values in sides.items() if name != axis}


def _responsible(boxes: Sequence[Box], earlier: list[int], target: Box, effort: Effort) -> tuple[int, ...]:
    """Few of the earlier boxes that still cover the target, where all of them do."""
    for number in earlier:
        if is_subset(target, boxes[number]):
            return (number,)
    try:
        chosen = _gather(boxes, earlier, target, effort)
        return _without_spare(boxes, chosen, target, effort) if len(chosen) <= _FEW else tuple(chosen)
    except TooComplex:
        return tuple(earlier)


def _gather(boxes: Sequence[Box], earlier: list[int], target: Box, effort: Effort) -> list[int]:
    """Add, for each piece still open, the first box that takes some of it, until none is open."""
    chosen: set[int] = set()
    while pieces := list(islice(gaps([boxes[number] for number in chosen], target, effort), _PIECES_A_ROUND)):
        for piece in pieces:
            chosen.add(_first_meeting(boxes, earlier, piece, effort))
    return sorted(chosen)


def _first_meeting(boxes: Sequence[Box], earlier: list[int], piece: Box, effort: Effort) -> int:
    for place, number in enumerate(earlier):
        if intersect(boxes[number], piece) is not None:
            effort.spend(sides=place + 1)
            return number
    raise ValueError(f"none of the earlier boxes takes anything of {piece!r}")


def _without_spare(boxes: Sequence[Box], chosen: list[int], target: Box, effort: Effort) -> tuple[int, ...]:
    """Leave out each box that the others make unnecessary, the latest first."""
    needed = list(chosen)
    for number in reversed(chosen):
        others = [other for other in needed if other != number]
        if covers([boxes[other] for other in others], target, effort) is None:
            needed = others
    return tuple(needed)
