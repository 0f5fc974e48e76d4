"""What does every lint need to know about the document it looks at?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from engine.boxes.box import Box, intersect
from engine.boxes.build import TooManyBoxes
from engine.boxes.cover import covers
from engine.boxes.effort import Effort
from engine.compiler.conditions import rule_boxes
from engine.documents.conditions import Condition, Not
from engine.documents.model import AnyDocument, Window
from engine.facts.timezones import zone
from engine.facts.vocabulary import Vocabulary
from engine.lint.domain import Domain
from engine.lint.wording import Wording

Boxes = tuple[Box, ...]

_OPEN = Window()
_UTC = ZoneInfo("UTC")


class Study:
    """One document under study: its conditions as boxes of what can occur, built once each, and how to say them.

    `effort` bounds all proofs of one lint together; the registry renews it between lints.
    """

    def __init__(self, document: AnyDocument, vocabulary: Vocabulary) -> None:
        self.document = document
        self.vocabulary = vocabulary
        self.domain = Domain(vocabulary, document.aggregates)
        self.words = Wording(self.domain, document.head.currency, zone(document.head.timezone) or _UTC)
        self.effort = Effort()
        self._negations: dict[int, Condition] = {}
        self._boxes: dict[tuple[Window, tuple[int, ...]], Boxes | None] = {}

    def boxes(self, window: Window, *conditions: Condition) -> Boxes | None:
        """The carts for which all conditions hold inside the window; None when there are too many boxes to say.

        The contradiction lint reports every condition for which the answer is None; other lints leave it out.
        """
        key = (window, tuple(map(id, conditions)))  # the document keeps its conditions alive
        if key not in self._boxes:
            self._boxes[key] = self._build(window, conditions)
        return self._boxes[key]

    def boxes_of(self, condition: Condition) -> Boxes | None:
        """The carts for which one condition holds at any time."""
        return self.boxes(_OPEN, condition)

    def negation(self, condition: Condition) -> Condition:
        """`not` of the condition, the same object each time."""
        found = self._negations.get(id(condition))
        if found is None:
            found = self._negations[id(condition)] = Not(condition)
        return found

    def open_piece(self, boxes: Sequence[Box], target: Box) -> Box | None:
        """A part of the target that can occur and that none of the boxes takes; None when they cover it.

        Raises TooComplex when the effort runs out.
        """
        possible = intersect(target, self.domain.universe({*target.axes, *axes_of(boxes)}))
        return None if possible is None else covers(boxes, possible, self.effort)

    def _build(self, window: Window, conditions: Sequence[Condition]) -> Boxes | None:
        try:
            boxes = rule_boxes(window, *conditions)
        except TooManyBoxes:
            return None
        return tuple(clipped for box in boxes if (clipped := self.domain.clip(box)) is not None)


def axes_of(boxes: Iterable[Box]) -> set[str]:
    """Every axis that some box restricts."""
    return {axis for box in boxes for axis in box}
