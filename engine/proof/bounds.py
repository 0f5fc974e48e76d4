"""Is a claim true by the shape of the rules alone? Quick proofs for all carts, without a solver; nothing is refuted.

What the evaluator does by construction is taken for granted here and held to by tests: no price, no rest of a line and
no price of shipping falls below zero, and no discount takes more than is left.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from engine.documents.model import Bound, CheckoutDocument, Invariant, Monotone, NeverMore
from engine.proof.advantage import never_costs_more
from engine.proof.rising import never_falls
from engine.proof.shares import least_left, most_taken
from engine.runtime.book import Book

ALL_CARTS: Final = "all carts"


def by_bounds(book: Book, invariant: Invariant) -> str | None:
    """For which carts the claim is proved, in words; None when it is not proved here."""
    return ALL_CARTS if _is_true(book, invariant) else None


def _is_true(book: Book, invariant: Invariant) -> bool:
    claim = invariant.claim
    match claim:
        case Bound():
            return _is_bound(book, claim)
        case Monotone():
            return never_falls(book, claim)
        case NeverMore():
            return never_costs_more(book, claim)
        case _:
            return False


def _is_bound(book: Book, claim: Bound) -> bool:
    if claim.side == "at_least":
        return _is_nothing(claim) or _is_rest(book, claim)
    if claim.measure != "discount":
        return False
    if claim.percent is None:
        most = most_taken(book)
        return most is not None and most <= (claim.amount or 0)
    share = Fraction(*claim.percent)
    if claim.of != "items":
        return False
    return share >= 1 or any(1 - left.share <= share and left.slack <= claim.tolerance for left in least_left(book))


def _is_nothing(claim: Bound) -> bool:
    """Every sum is at least nothing."""
    if claim.percent is not None:
        return claim.percent[0] == 0
    return claim.amount is not None and claim.amount <= 0


def _is_rest(book: Book, claim: Bound) -> bool:
    """The total is at least what discounts leave of the items, but for what cash rounding takes."""
    if claim.measure != "total" or claim.of != "items" or claim.percent is None:
        return False
    checkout = book.documents.get("checkout")
    step = book.checkout.cash_step if isinstance(checkout, CheckoutDocument) and book.checkout is not None else None
    rounded = Fraction(0 if step is None else step // 2)
    share = Fraction(*claim.percent)
    return any(left.share >= share and left.slack + rounded <= claim.tolerance for left in least_left(book))
