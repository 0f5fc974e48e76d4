"""Can a cart cost more with some facts than with others? Not where no rule can tell, or only discounts are added.

Rules are taken apart into those that answer the same with both, and the others. If there are no others, the totals are
equal. If all others are discounts on shipping that ask for nothing which those have and these have not, these pay no
more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from engine.boxes.truth import truth
from engine.documents.conditions import Condition, Not, Test, tests_of
from engine.documents.model import (
    AnyDocument,
    CheckoutDocument,
    CouponsDocument,
    NeverMore,
    Promotion,
    PromotionsDocument,
    TaxDocument,
)
from engine.facts.cart import Key
from engine.proof.reads import documents_of, named_in, tests_in
from engine.proof.rising import discounts_follow
from engine.runtime.book import Book

_OF_MONEY: Final = ("pricing", "promotions", "coupons", "shipping", "tax")
_WHO: Final = "customer.id"
_HOW: Final = "payment.method"
_ORDERS: Final = "customer.orders_paid"
_ADDRESS: Final = "customer.email"


def never_costs_more(book: Book, claim: NeverMore) -> bool:
    """Whether `these` can never pay more than `those`; False where that is not known."""
    if _counts_otherwise(book, claim):
        return False
    differing = [rule for document in documents_of(book.documents, *_OF_MONEY) for rule in _differing(document, claim)]
    if not differing:
        return True
    return _only_add_to_shipping(book, claim, differing)


def _counts_otherwise(book: Book, claim: NeverMore) -> bool:
    """Whether the facts matter elsewhere than in conditions: uses are counted, and cash is rounded."""
    document, checkout = book.documents.get("coupons"), book.documents.get("checkout")
    coupons = document.coupons if isinstance(document, CouponsDocument) else ()
    first_only = any(coupon.first_order_only for coupon in coupons)
    by_customer = any(coupon.limits.per_customer is not None for coupon in coupons)
    rounded = isinstance(checkout, CheckoutDocument) and book.checkout is not None and book.checkout.cash_step
    return (
        _WHO in claim.these
        or (_HOW in claim.these and bool(rounded))
        or (_ORDERS in claim.these and first_only)
        or (_ADDRESS in claim.these and by_customer)
        or any(fact in claim.these for document in book.documents.values() for fact in named_in(document))
    )


def _differing(document: AnyDocument, claim: NeverMore) -> Iterator[object]:
    """What does not answer the same: promotions, and documents of other kinds."""
    parts: tuple[object, ...] = document.rules if isinstance(document, PromotionsDocument) else (document,)
    return (part for part in parts if not all(_is_same(test, claim) for test in tests_in(part)))


def _only_add_to_shipping(book: Book, claim: NeverMore, differing: list[object]) -> bool:
    promotions, tax = book.documents.get("promotions"), book.documents.get("tax")
    if not isinstance(promotions, PromotionsDocument) or not discounts_follow(book):
        return False
    if isinstance(tax, TaxDocument) and tax.prices == "excluded":
        return False
    lanes = {lane.id: lane for lane in promotions.lanes if lane.stage == "shipping"}
    for each in differing:
        if not isinstance(each, Promotion) or each.lane not in lanes or not _is_kinder(each.when, claim):
            return False
        if lanes[each.lane].pick == "first" and not _comes_last(each, promotions):
            return False
    return True


def _comes_last(rule: Promotion, promotions: PromotionsDocument) -> bool:
    """Whether every other rule of its lane is asked before it."""
    others = [other for other in promotions.rules if other.lane == rule.lane and other is not rule]
    return all((-other.priority, other.id) < (-rule.priority, rule.id) for other in others)


# conditions ----------------------------------------------------------------------------------------------------


def _is_same(test: Test, claim: NeverMore) -> bool:
    """Whether the test answers the same with both."""
    return _answer(test, claim.these) == _answer(test, claim.those)


def _is_kinder(condition: Condition, claim: NeverMore) -> bool:
    """Whether the condition holds with these wherever it holds with those."""
    if isinstance(condition, Test):
        return _is_same(condition, claim) or _answer(condition, claim.these) is True
    if isinstance(condition, Not):
        return all(_is_same(test, claim) for test in tests_of(condition))
    return all(_is_kinder(part, claim) for part in condition.parts)


def _answer(test: Test, facts: Mapping[str, Key | None]) -> bool | str | None:
    """The answer of a test of one of the facts; `same` for a test of any other."""
    if test.fact not in facts:
        return "same"
    return truth(test, {name: value for name, value in facts.items() if value is not None})
