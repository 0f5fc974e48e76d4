"""Which kinds of lines can the rules of a book tell apart?

Two lines are of one kind when every line condition of the book answers the same for both. Combinations of answers
that no line can give are left out, as far as boxes can tell; a combination too many does no harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.boxes.box import Box, intersect, subtract
from engine.boxes.build import is_member_axis, member_axis
from engine.boxes.values import ValueSet
from engine.facts.vocabulary import Vocabulary

MOST_KINDS = 160
"""More kinds of lines than this are not modelled: the constraints grow with rules times kinds."""

_MOST_PIECES = 48
"""Boxes that are kept of what a kind is; beyond, a kind is described too widely, which admits more."""

_ELSEWHERE = "∋"


class TooManyKinds(Exception):
    """The rules tell more than `MOST_KINDS` kinds of lines apart."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`members` are the numbers of the selections a line of this kind is in; `boxes` what such a line can be."""

    members: frozenset[int]
    boxes: tuple[Box, ...]

    def least(self, axis: str) -> int | None:
        """The smallest number a line of this kind can have there; None: no bound, or possibly missing."""
        lows = [self._edge(box, axis, first=True) for box in self.boxes]
        found = [low for low in lows if low is not None]
        return min(found) if found and len(found) == len(lows) else None

    def most(self, axis: str) -> int | None:
        """The greatest number a line of this kind can have there; None: no bound, or possibly missing."""
        highs = [self._edge(box, axis, first=False) for box in self.boxes]
        found = [high - 1 for high in highs if high is not None]
        return max(found) if found and len(found) == len(highs) else None

    @staticmethod
    def _edge(box: Box, axis: str, *, first: bool) -> int | None:
        values = box[axis]
        if values.missing or not values.intervals:
            return None
        edge = values.intervals[0][0] if first else values.intervals[-1][1]
        return edge if isinstance(edge, int) else None


def kinds_of(selections: Sequence[tuple[Box, ...]], vocabulary: Vocabulary | None, *, priced: bool) -> list[Kind]:
    """The kinds of lines, the first selection (every line) aside; `priced` says whether there are pricing rules.

    Raises TooManyKinds.
    """
    sets = {
        axis.partition(_ELSEWHERE)[0] for boxes in selections for box in boxes for axis in box if _ELSEWHERE in axis
    }
    ready = [tuple(_plain(box, sets) for box in boxes) for boxes in selections]
    universe = _universe({axis for boxes in ready for box in boxes for axis in box}, vocabulary, priced=priced)
    found = [Kind(frozenset({0}), (universe,))]
    for number, boxes in enumerate(ready[1:], 1):
        split = [part for kind in found for part in _split(kind, number, boxes)]
        if len(split) > MOST_KINDS:
            raise TooManyKinds
        found = split
    return found


def _split(kind: Kind, number: int, boxes: tuple[Box, ...]) -> list[Kind]:
    inside = [both for one in kind.boxes for two in boxes if (both := intersect(one, two)) is not None]
    outside = list(kind.boxes)
    for box in boxes:
        outside = [piece for one in outside for piece in subtract(one, box) if _possible(piece)]
        if len(outside) > _MOST_PIECES:
            outside = list(kind.boxes)
            break
    inside = [box for box in inside if _possible(box)]
    parts = []
    if inside:
        parts.append(Kind(kind.members | {number}, _few(inside, kind)))
    if outside:
        parts.append(Kind(kind.members, _few(outside, kind)))
    return parts


def _few(boxes: list[Box], before: Kind) -> tuple[Box, ...]:
    return tuple(boxes) if len(boxes) <= _MOST_PIECES else before.boxes


def _possible(box: Box) -> bool:
    """A set that is not known has no members."""
    for axis, values in box.items():
        if is_member_axis(axis) and not values.contains(0):
            known = box[member_axis(axis.partition(_ELSEWHERE)[0], "")]
            if known.missing and not known.from_start and not known.edges:
                return False
    return True


def _plain(box: Box, sets: set[str]) -> Box:
    """`known` of a set asks on the axis of the set itself; elsewhere it has an axis of its own."""
    plain = Box({axis: values for axis, values in box.items() if axis not in sets})
    for axis, values in box.items():
        if axis in sets:
            name = member_axis(axis, "")
            plain = plain.with_axis(name, plain[name].intersect(values))
    return plain


def _universe(axes: set[str], vocabulary: Vocabulary | None, *, priced: bool) -> Box:
    """What holds of every line."""
    sets: dict[str, ValueSet] = {"line.quantity": ValueSet.interval(1, None)}
    for axis in axes:
        fact = None if vocabulary is None else vocabulary.find(axis.rstrip("'"))
        if is_member_axis(axis):
            sets[axis] = ValueSet.points((0, 1))
        elif axis.startswith("line.on_sale"):
            sets[axis] = ValueSet.points((0, 1)) if priced else ValueSet.point(0)
        elif fact is not None and not fact.missing and axis != "line.quantity":
            sets[axis] = ValueSet.interval(0, None) if fact.type == "money" else ValueSet.known()
    return Box(sets)
