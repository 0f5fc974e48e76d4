"""What does the solver know of the sums of two books? It is asked where no cart was found.

It compares what is charged (goods, discounts, shipping, total), not how it is shared over lines, nor taxes that prices
contain, coupons or refusals. So it can prove that NEW never charges more, and find carts that are charged otherwise;
that two decisions are the same in every respect it cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.boxes.box import Box
from engine.equivalence.model import Gap
from engine.equivalence.sides import Sides
from engine.facts.cart import Cart
from engine.facts.given import is_given
from engine.symbolic.compare import never_more, same
from engine.symbolic.solve import Answer, Candidate, Proved

MOST_ASKED: Final = 8
"""Regions the solver is asked about; each may take its whole effort."""


@dataclass(frozen=True, slots=True)
class Proof:
    """`scope` says for which carts it is proved, "" when it is not; `cart` is a candidate; `reason` why neither."""

    scope: str = ""
    cart: Cart | None = None
    reason: str = ""


class Proving:
    """Asks the solver about two books."""

    def __init__(self, sides: Sides, rlimit: int) -> None:
        self._sides = sides
        self._old, self._new = sides.old.book, sides.new.book
        self._rlimit = rlimit
        self._left = MOST_ASKED

    def charges_alike(self, gap: Gap) -> Proof:
        """Whether both charge the same in the gap, or in more than that."""
        if not self._left:
            return Proof(reason=f"the solver is asked about {MOST_ASKED} regions only")
        self._left -= 1
        return _proof(same(self._old, self._new, boxes=self._around(gap), rlimit=self._rlimit))

    def never_more(self) -> Proof:
        """Whether NEW never charges more."""
        return _proof(never_more(self._old, self._new, rlimit=self._rlimit))

    def _around(self, gap: Gap) -> tuple[Box, ...]:
        """The gap without what the solver cannot be told of a cart: facts that are made on the way."""
        known = self._sides.vocabulary

        def is_told(axis: str) -> bool:
            fact = known.find(axis)
            return fact is not None and fact.scope == "cart" and is_given(fact)

        boxes = (Box({axis: values for axis, values in box.items() if is_told(axis)}) for box in gap.boxes)
        return tuple(dict.fromkeys(boxes))


def _proof(answer: Answer) -> Proof:
    if isinstance(answer, Proved):
        return Proof(scope=answer.scope)
    if isinstance(answer, Candidate):
        reason = "the solver's candidate is not decided so" if not answer.confirmed else ""
        return Proof(cart=answer.carts[0], reason=reason)
    return Proof(reason=answer.reason)
