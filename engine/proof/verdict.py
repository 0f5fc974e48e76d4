"""What is said of an invariant, and for which carts it is said."""

from __future__ import annotations

from typing import Literal

import msgspec

from engine.facts.cart import Cart

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
    decided. `said` is one sentence about the refutation with its numbers.
    """

    invariant: str
    at: str  # file:line:column of the claim
    status: Status
    scope: str
    by: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    smallest: bool = False
    searched: int = 0
    reason: str = ""
    said: str = ""
