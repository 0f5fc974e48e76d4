"""What does what has happened to an order say about the guard of its next transition?

Only money is known that way: an order to which no payment came has `order.captured: 0`. Every other fact is
taken as possibly this and possibly that, so a guard that reads it may hold and may fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from engine.boxes.box import Box, intersect
from engine.boxes.build import TooManyBoxes, boxes_of
from engine.boxes.cover import covers
from engine.boxes.effort import Effort, TooComplex
from engine.boxes.values import ValueSet
from engine.documents.conditions import ALWAYS, Condition, tests_of
from engine.documents.model import State, Transition
from engine.lifecycle.settlement import PAYMENT_SUCCEEDED, Money

CAPTURED = "order.captured"
REFUNDED = "order.refunded"
FULLY_REFUNDED = "order.fully_refunded"

_WORK_FOR_BOXES = 40_000
"""Tests squared, over all guards of a document; the largest sensible guard has a handful of tests."""

_WORK_FOR_COVERS = 300_000
_RIVALS = 50

_NOTHING, _SOMETHING = ValueSet.point(0), ValueSet.interval(1, None)


class Guards:
    """The guards of one document as boxes, each built once, within an amount of work that all of them share."""

    def __init__(self) -> None:
        self._boxes: dict[int, tuple[Condition, tuple[Box, ...] | None]] = {}
        self._work_left = _WORK_FOR_BOXES
        self._effort = Effort(_WORK_FOR_COVERS)

    def boxes(self, guard: Condition) -> tuple[Box, ...] | None:
        """The boxes whose union is the guard; None when there would be too many."""
        known = self._boxes.get(id(guard))
        if known is None:
            known = self._boxes[id(guard)] = (guard, self._built(guard))  # kept, so that its id stays its own
        return known[1]

    def _built(self, guard: Condition) -> tuple[Box, ...] | None:
        self._work_left -= sum(1 for _ in tests_of(guard)) ** 2
        try:
            return boxes_of(guard) if self._work_left >= 0 else None
        except TooManyBoxes:
            return None

    def may_decide(self, transition: Transition, earlier: Sequence[Transition], money: Money) -> bool:
        """Whether the guard can hold for an order with that money while none of the earlier ones does."""
        boxes, known = self.boxes(transition.when), known_of(money, transition.event)
        if boxes is None or (transition.when is ALWAYS and not earlier):
            return True
        before = [box for one in islice(earlier, _RIVALS) for box in self.boxes(one.when) or ()]
        pieces = (intersect(box, known) for box in boxes)
        return any(piece is not None and self.covered(before, piece) is not True for piece in pieces)

    def covered(self, boxes: Sequence[Box], piece: Box) -> bool | None:
        """Whether the boxes together cover the piece; None when that is too hard to say."""
        try:
            self._effort.spend(sides=len(boxes))
            return covers(boxes, piece, self._effort) is None
        except TooComplex:
            return None

    def may_end(self, state: State, money: Money) -> bool:
        """False only when no order with that money satisfies the condition under which the state is final."""
        boxes = self.boxes(state.final_when)
        return boxes is None or any(intersect(box, known_of(money, "")) is not None for box in boxes)

    def proves_refund(self, transition: Transition) -> bool:
        """Whether the guard holds only where `order.fully_refunded` is true."""
        boxes = self.boxes(transition.when)
        return bool(boxes) and all(_is_settled(box[FULLY_REFUNDED]) for box in boxes or ())


def known_of(money: Money, event: str) -> Box:
    """What the facts of an order with that money must be, the payment that `event` reports included."""
    if money == "none" and event != PAYMENT_SUCCEEDED:
        return Box({CAPTURED: _NOTHING, REFUNDED: _NOTHING})
    if money == "none":
        return Box({CAPTURED: _SOMETHING, REFUNDED: _NOTHING})
    return Box({CAPTURED: _SOMETHING})


def _is_settled(values: ValueSet) -> bool:
    return not values.contains(0) and not values.contains(None)
