"""Coupons, code by code: rejected, pending, or applied."""

from __future__ import annotations

from dataclasses import dataclass

from engine.documents.effects import Effect, Gift
from engine.documents.model import Coupon, CouponsDocument
from engine.facts.cart import CouponEntry
from tests.engine.runtime.oracle.effects import Prices, offer_of
from tests.engine.runtime.oracle.lanes import budget_left
from tests.engine.runtime.oracle.state import Checkout, Facts, holds, seen

LANE = "coupons"


@dataclass
class OnShipping:
    """An applied coupon on shipping, with what is left of its budget and the facts it saw."""

    coupon: Coupon
    budget: int | None
    facts: Facts
    mode: str


def redeem(document: CouponsDocument, checkout: Checkout, prices: Prices) -> list[OnShipping]:
    """Decide every code; answers the coupons that lower shipping later."""
    found = [(entry, _coupon_of(document, entry)) for entry in checkout.cart.coupons]
    known = [(entry, coupon) for entry, coupon in found if coupon is not None]
    for entry, coupon in found:
        if coupon is None:
            checkout.coupons[entry.code] = "rejected"
    later: list[OnShipping] = []
    given: set[str] = set()  # one code of a coupon is enough
    for entry, coupon in sorted(known, key=lambda pair: (-pair[1].priority, pair[1].id, pair[0].code)):
        checkout.coupons[entry.code] = (
            "rejected" if coupon.id in given else _decide(document, entry, coupon, checkout, prices, later)
        )
        if checkout.coupons[entry.code] == "applied":
            given.add(coupon.id)
    return later


def _coupon_of(document: CouponsDocument, entry: CouponEntry) -> Coupon | None:
    if not entry.known:
        return None
    by_code = [coupon for coupon in document.coupons if entry.code in coupon.codes]
    by_campaign = [coupon for coupon in document.coupons if coupon.campaign and coupon.campaign == entry.campaign]
    return next(iter([*by_code, *by_campaign]), None)


def _decide(
    document: CouponsDocument,
    entry: CouponEntry,
    coupon: Coupon,
    checkout: Checkout,
    prices: Prices,
    later: list[OnShipping],
) -> str:
    if document.stacking == "none" and "applied" in checkout.coupons.values():
        return "rejected"
    if _is_over(entry, coupon, checkout):
        return "rejected"
    facts = seen(document, checkout)
    if _is_waiting(coupon, checkout, facts) or checkout.excluded(coupon.id, LANE, coupon.exclusive_with):
        return "pending"
    budget = budget_left(coupon.id, coupon.limits, entry.spent)
    if is_on_shipping(coupon.then):
        later.append(OnShipping(coupon, budget, facts, document.head.rounding))
    elif isinstance(coupon.then, Gift):
        checkout.gifts.append((coupon.then.sku, coupon.then.quantity))
    else:
        everything = set(range(len(checkout.cart.lines)))
        offer = offer_of(
            coupon.then,
            checkout,
            facts,
            prices,
            document.head.rounding,
            free=everything,
            most=coupon.limits.per_order,
            budget_left=budget,
        )
        if not offer.total:
            return "pending"
        for line, saving in offer.savings.items():
            checkout.take("coupon", coupon.id, line, saving)
        for line, count in offer.units.items():
            checkout.grouped[line] += count
    checkout.note(coupon.id, LANE, coupon.exclusive_with)
    return "applied"


def _is_over(entry: CouponEntry, coupon: Coupon, checkout: Checkout) -> bool:
    """What the customer cannot change."""
    limits, customer = coupon.limits, checkout.cart.customer_id
    counted = (
        (limits.per_code, entry.used_code),
        (limits.per_customer, entry.used_customer),
        (limits.total, entry.used_total),
    )
    orders = checkout.facts.get("customer.orders_paid")
    return (
        (coupon.window.end is not None and checkout.cart.now >= coupon.window.end)
        or (coupon.user_bound and customer is not None and entry.owner != customer)
        or any(limit is not None and used is not None and used >= limit for limit, used in counted)
        or (limits.budget is not None and entry.spent >= limits.budget)
        or (coupon.first_order_only and isinstance(orders, int) and orders > 0)
    )


def _is_waiting(coupon: Coupon, checkout: Checkout, facts: Facts) -> bool:
    """What may still come true: a later date, who is asking, the condition."""
    stranger = checkout.cart.customer_id is None
    counts_customers = coupon.limits.per_customer is not None
    return (
        (coupon.window.start is not None and checkout.cart.now < coupon.window.start)
        or (coupon.user_bound and stranger)
        or (counts_customers and stranger and "customer.email" not in checkout.facts)
        or (coupon.first_order_only and "customer.orders_paid" not in checkout.facts)
        or not holds(coupon.when, facts, checkout)
    )


def is_on_shipping(effect: Effect) -> bool:
    """Whether it is shipping that becomes cheaper."""
    return getattr(effect, "on", "") == "shipping"
