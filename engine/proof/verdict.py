"""What is said of an invariant, and for which carts it is said."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from engine.facts.cart import Cart
from engine.facts.cart_plain import cart_as_plain
from engine.facts.vocabulary import Vocabulary

Status = Literal["proved", "refuted", "not_decided"]


class Step(msgspec.Struct, frozen=True):
    """One cart of a counterexample, with what was measured on it: name of the measure to minor units."""

    cart: Cart
    measured: dict[str, int]
    says: str = ""  # "with customer.group vip", "the first part"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for one invariant. `scope` says for which carts it is proved, or which were searched, in words.

    A refutation has at least one step: carts that the evaluator decided, and which contradict the claim. `smallest`
    only where minimisation was finished. `by` names who found it: bounds, hunter, solver. `reason` is why it is not
    decided. `said` is one sentence about the refutation with its numbers. `for_all_carts`: it is proved without a limit
    of lines or of amounts, so no cart has to be looked at any more.
    """

    invariant: str
    at: str  # file:line:column of the claim
    status: Status
    scope: str
    for_all_carts: bool = False
    by: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    smallest: bool = False
    searched: int = 0
    reason: str = ""
    said: str = ""

    def as_plain(self, vocabulary: Vocabulary) -> dict[str, Any]:
        """For JSON, with each cart as a scenario is written; without which claim it is about."""
        return {
            "status": self.status,
            "scope": self.scope,
            "for_all_carts": self.for_all_carts,
            "by": self.by,
            "said": self.said,
            "reason": self.reason,
            "searched": self.searched,
            "smallest": self.smallest,
            "steps": [
                {"says": step.says, "measured": step.measured, "given": cart_as_plain(step.cart, vocabulary)}
                for step in self.steps
            ],
        }
