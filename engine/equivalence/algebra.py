"""Where do two sets of boxes differ, as far as anything can occur there at all?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from engine.boxes.box import Box, intersect, subtract
from engine.boxes.cover import gaps
from engine.boxes.effort import Effort, TooComplex
from engine.boxes.values import ValueSet
from engine.compiler.conditions import rule_boxes
from engine.documents.conditions import Aggregate, Condition
from engine.documents.model import ALWAYS_OPEN, Window
from engine.facts.vocabulary import Vocabulary
from engine.lint.domain import Domain
from engine.lint.merging import merged

Boxes = tuple[Box, ...]

EVERYWHERE: Final[Boxes] = (Box(),)
MOST_PIECES: Final = 64
"""Pieces of one box that are told apart; beyond, the box stands for all of them."""

TAXED: Final = "taxed "
"""Before the name of a fact that is not settled when tax rates are looked up."""

_EFFORT: Final = 30_000_000


class Algebra:
    """Boxes in one normal form, and what is in some of them and not in others. One effort serves all questions."""

    def __init__(self, vocabulary: Vocabulary, aggregates: Mapping[str, Aggregate]) -> None:
        self.domain = Domain(vocabulary, aggregates)
        self.effort = Effort(_EFFORT)

    def boxes(self, window: Window, *conditions: Condition) -> Boxes:
        """The carts for which all conditions hold inside the window."""
        return self.normal(rule_boxes(window, *conditions))

    def boxes_of(self, condition: Condition) -> Boxes:
        """The carts, or lines, for which one condition holds."""
        return self.boxes(ALWAYS_OPEN, condition)

    def normal(self, boxes: Iterable[Box]) -> Boxes:
        """What of the boxes can occur, with no axis on which a box takes whatever can be."""
        clipped = (kept for box in boxes if (kept := self.domain.clip(box)) is not None)
        return tuple(sorted(merged([self._without_free_axes(box) for box in clipped]), key=repr))

    def meet(self, ones: Iterable[Box], others: Sequence[Box]) -> Boxes:
        """What lies in one of both."""
        common = (both for one in ones for other in others if (both := intersect(one, other)) is not None)
        return self.normal(common)

    def only_in(self, ones: Iterable[Box], others: Sequence[Box]) -> list[Box]:
        """What is in the first and in none of the others. A box that is too hard to cut stays whole."""
        taken = set(others)
        return [piece for box in ones if box not in taken for piece in self._pieces(box, others)]

    def is_same(self, ones: Sequence[Box], others: Sequence[Box]) -> bool:
        """Whether both say the same; False also where that is too hard to tell."""
        return not self.only_in(ones, others) and not self.only_in(others, ones)

    def without(self, box: Box, other: Box) -> list[Box]:
        """What of the box is not in the other. Raises TooComplex."""
        self.effort.spend(sides=len(other) + 1)
        return [kept for piece in subtract(box, other) if (kept := self.domain.clip(piece)) is not None]

    def _pieces(self, box: Box, others: Sequence[Box]) -> list[Box]:
        near = [other for other in others if intersect(box, other) is not None]
        possible = intersect(box, self.domain.universe({*box, *(axis for other in near for axis in other)}))
        if possible is None:
            return []
        try:
            pieces = [*islice(gaps(near, possible, self.effort), MOST_PIECES + 1)]
        except TooComplex:
            return [box]
        return [box] if len(pieces) > MOST_PIECES else [*self.normal(pieces)]

    def _without_free_axes(self, box: Box) -> Box:
        return Box({axis: values for axis, values in box.items() if values != self.domain.values(axis)})


class Wheres:
    """Numbers for conditions on lines: equal ones have the same, however they are written and in which ruleset."""

    def __init__(self, algebra: Algebra) -> None:
        self._algebra = algebra
        self._numbers: dict[Boxes, int] = {}
        self._alike: dict[frozenset[tuple[str, ValueSet]], list[Boxes]] = {}

    def number(self, where: Condition) -> int:
        """The number of a condition; 0 is the first that was asked for."""
        boxes = self._algebra.boxes_of(where)
        found = self._numbers.get(boxes)
        if found is None:
            group = self._alike.setdefault(self._shadow(boxes), [])
            same = next((each for each in group if self._algebra.is_same(each, boxes)), None)
            found = len(self._numbers) if same is None else self._numbers[same]
            self._numbers[boxes] = found
            group.append(boxes)
        return found

    def _shadow(self, boxes: Boxes) -> frozenset[tuple[str, ValueSet]]:
        """All values of each axis: the same for equal conditions, and seldom for others."""
        axes = {axis for box in boxes for axis in box}
        domain = self._algebra.domain
        unions = ((axis, ValueSet.union_of(box[axis] for box in boxes)) for axis in axes)
        return frozenset((axis, union) for axis, union in unions if not domain.values(axis).is_subset(union))


class Names:
    """What the axes of one ruleset are called in the comparison: equal sums over lines have one name in both.

    The calendar of two different time zones are two different facts. Facts that are `unsettled` may be missing though
    the vocabulary says that they never are: tax rates are looked up for shipping, which is no line, and before the sums
    of the cart are known.
    """

    def __init__(
        self, wheres: Wheres, known: dict[tuple[int, str], str], zone: str, unsettled: frozenset[str] = frozenset()
    ) -> None:
        self._unsettled = unsettled
        self._wheres = wheres
        self._known = known
        self._zone = zone
        self._names: dict[str, str] = {}

    def learn(self, aggregates: Mapping[str, Aggregate]) -> None:
        """Give the sums of a ruleset their names."""
        for axis, aggregate in sorted(aggregates.items()):
            key = (self._wheres.number(aggregate.where), aggregate.measure)
            self._names[axis] = self._known.setdefault(key, axis)

    def axis(self, name: str) -> str:
        """The name of a fact."""
        if self._zone and name in ("now.weekday", "now.time"):
            return f"{name} ({self._zone})"
        if name.partition("∋")[0] in self._unsettled:
            return TAXED + name
        return self._names.get(name, name)

    def rename(self, boxes: Iterable[Box]) -> Iterator[Box]:
        """The boxes over the facts as they are called here."""
        for box in boxes:
            renamed = {self.axis(axis): values for axis, values in box.items()}
            yield box if renamed.keys() == set(box) else Box(renamed)
