"""Does a decision keep what its rule book claims of every decision? A few comparisons of its totals. Pure.

Only claims about one decision can be watched. Those that hold two carts against each other (monotone, never more,
adding, splitting) are proved or not; nobody pays with two carts at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from operator import attrgetter
from typing import NamedTuple

from engine import Book, Decision
from engine.documents.model import Bound, Invariant
from engine.documents.model.invariants import breaks
from engine.proof.holds import contradicted_by
from engine.runtime.decision import Totals
from server.decisions.facts import Basket, to_cart


class Watched(NamedTuple):
    """A claim that is watched. `at` is `file:line:column`, by which verdicts name it."""

    invariant: Invariant
    at: str
    keeps: Callable[[Totals], bool]


class Broken(NamedTuple):
    """A claim a decision breaks: its id, where it is written, what was measured, and in words."""

    invariant: str
    at: str
    measured: dict[str, int]
    said: str


class ClaimBroken(Exception):
    """A decision breaks what its rule book claims; the message has the numbers."""


def to_watch(book: Book, proved: Collection[str]) -> tuple[Watched, ...]:
    """The claims about one decision of all rulesets of the book, but for those `proved` (by their places)."""
    return tuple(
        [
            Watched(invariant, str(invariant.span), _keeps(invariant.claim))
            for kind in sorted(book.documents)
            for invariant in book.documents[kind].invariants
            if isinstance(invariant.claim, Bound) and str(invariant.span) not in proved
        ]
    )


def broken(book: Book, watched: Collection[Watched], basket: Basket, decision: Decision) -> Broken | None:
    """The first claim that this decision of the basket by the book breaks; None when it keeps them all."""
    totals = decision.totals
    for each in watched:
        if not each.keeps(totals):
            # Asked only where the numbers say so, for it decides once more: is the claim about such a cart at all?
            found = contradicted_by(book, each.invariant, (to_cart(basket),))
            if found is not None:
                return Broken(each.invariant.id, each.at, found.steps[0].measured, found.said)
    return None


def refuse_broken(book: Book, watched: Collection[Watched], basket: Basket, decision: Decision) -> None:
    """Raise ClaimBroken when this decision breaks one."""
    found = broken(book, watched, basket, decision)
    if found is not None:
        raise ClaimBroken(found.said)


def _keeps(claim: Bound) -> Callable[[Totals], bool]:
    measure = attrgetter(claim.measure)
    if claim.of is None:
        return lambda totals: not breaks(claim, measure(totals), 0)
    of = attrgetter(claim.of)
    return lambda totals: not breaks(claim, measure(totals), of(totals))
