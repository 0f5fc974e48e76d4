"""In a list where the earlier entry wins: which entries overlap, and which never get their turn?"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from engine.boxes.bits import iter_bits
from engine.boxes.box import Box, intersect, is_subset
from engine.boxes.effort import TooComplex
from engine.boxes.overlap import meeting
from engine.lint.points import Points
from engine.lint.study import Study
from engine.text.source import Span

_FEW = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that is tried in turn: a zone, rate, row or rule. `gives` is equal for entries with one outcome.

    `may_pass`: the entry can hold and still leave the turn to the next (its uses can run out), so it hides nothing.
    """

    name: str
    span: Span
    boxes: tuple[Box, ...]
    gives: Hashable = None
    may_pass: bool = False


class Hidden(NamedTuple):
    """Entries that never get their turn, each with the earlier ones that take all its carts; and the undecided."""

    found: list[tuple[Entry, list[Entry]]]
    undecided: list[Entry]


def overlapping(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Entry, Box]]:
    """Entries that share a cart and do not give the same: (earlier, later, shared), the first for each later one.

    Raises TooComplex when there are too many to compare.
    """
    boxes, owners = _flat(entries)
    for number, mask in enumerate(meeting(boxes)):
        later = owners[number]
        for other in iter_bits(mask & ((1 << number) - 1)):
            earlier = owners[other]
            both = intersect(boxes[other], boxes[number])
            if both is not None and _differ(entries[earlier], entries[later], earlier == later):
                yield entries[earlier], entries[later], both
                break


def unreachable(study: Study, entries: Sequence[Entry]) -> Hidden:
    """The entries whose every cart an earlier entry takes, together or alone. Entries without boxes are left out.

    One point of each box is looked up first: if no earlier entry takes it, nothing has to be proved, which is the
    case for nearly all boxes. Raises TooComplex when there are too many to compare.
    """
    firm = [number for number, entry in enumerate(entries) if not entry.may_pass]
    boxes, owners = _flat([entries[number] for number in firm])
    points = Points(study.domain, boxes)
    hidden = Hidden([], [])
    for number, entry in enumerate(entries):
        before = bisect_left(owners, bisect_left(firm, number))
        try:
            by = _hiding(study, points, entry, boxes[:before])
        except TooComplex:
            hidden.undecided.append(entry)
            continue
        if by:
            numbers = sorted({firm[owners[each]] for each in by})
            hidden.found.append((entry, [entries[each] for each in numbers]))
    return hidden


def _hiding(study: Study, points: Points, entry: Entry, earlier: Sequence[Box]) -> set[int]:
    """Few of the earlier boxes that take every cart of the entry; none when some cart is left. Raises TooComplex."""
    found: set[int] = set()
    first = (1 << len(earlier)) - 1
    holders = [points.taking(points.lonely(box)) & first for box in entry.boxes]
    if not all(holders):
        return set()
    for box, mask in zip(entry.boxes, holders, strict=True):
        alone = next((number for number in iter_bits(mask) if is_subset(box, earlier[number])), None)
        if alone is not None:
            found.add(alone)
            continue
        around = iter_bits(points.around(box) & first)
        part = points.rare_part(box, [earlier[number] for number in around])
        taken = _together(study, box, part, earlier, around)
        if not taken:
            return set()
        found.update(taken)
    return found


def _together(study: Study, target: Box, part: Box, earlier: Sequence[Box], around: list[int]) -> list[int]:
    """Few of the earlier boxes that cover the target. Only those `around` take some of the `part` of it, in which
    facts of other rules have one rare value: mostly the part is left open, or what covers it covers all.
    """
    study.effort.spend(cuts=len(around))
    if study.open_piece([earlier[number] for number in around], part) is not None:
        return []
    few = _few(study, part, earlier, around)
    if study.open_piece([earlier[number] for number in few], target) is None:
        return few
    study.effort.spend(cuts=len(earlier))
    near = [number for number, box in enumerate(earlier) if intersect(box, target) is not None]
    if study.open_piece([earlier[number] for number in near], target) is not None:
        return []
    return _few(study, target, earlier, near)


def _few(study: Study, target: Box, earlier: Sequence[Box], near: list[int]) -> list[int]:
    """Take, for what is still open, the first box that takes some of it; then leave out what became unnecessary."""
    chosen: list[int] = []
    while (piece := study.open_piece([earlier[number] for number in chosen], target)) is not None:
        if len(chosen) == _FEW:
            return near
        chosen.append(next(number for number in near if intersect(earlier[number], piece) is not None))
    for number in reversed(chosen):
        others = [other for other in chosen if other != number]
        if study.open_piece([earlier[other] for other in others], target) is None:
            chosen = others
    return sorted(chosen)


def _flat(entries: Sequence[Entry]) -> tuple[list[Box], list[int]]:
    """All boxes in turn, and the number of the entry each belongs to."""
    owned = [(box, number) for number, entry in enumerate(entries) for box in entry.boxes]
    return [box for box, _ in owned], [number for _, number in owned]


def _differ(earlier: Entry, later: Entry, is_same: bool) -> bool:
    return not is_same and (earlier.gives is None or earlier.gives != later.gives)
