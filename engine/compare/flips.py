"""What began to count in a cart, and what stopped: coupons, promotions, ways to ship and to pay?"""

from __future__ import annotations

from typing import Final

from engine.compare.model import Comparison, Flip
from engine.runtime.decision import Decision

NO_METHOD: Final = "none"


def count_flips(found: Comparison, before: Decision, after: Decision) -> None:
    """Count what two decisions of one cart do not have in common."""
    if before.shipping_method != after.shipping_method:
        change = f"{before.shipping_method or NO_METHOD} → {after.shipping_method or NO_METHOD}"
        found.methods[change] = found.methods.get(change, 0) + 1
    if before.coupons or after.coupons:
        _flip(found.coupons, _coupons(before), _coupons(after))
    _flip(found.promotions, _promotions(before), _promotions(after))
    _flip(found.payments, _payments(before), _payments(after))


def _flip(flips: dict[str, Flip], before: frozenset[str], after: frozenset[str]) -> None:
    if before == after:
        return
    for name in after - before:
        flips.setdefault(name, Flip()).gained += 1
    for name in before - after:
        flips.setdefault(name, Flip()).lost += 1


def _coupons(decision: Decision) -> frozenset[str]:
    return frozenset([coupon.rule for coupon in decision.coupons if coupon.state == "applied"])


def _promotions(decision: Decision) -> frozenset[str]:
    """Promotions that gave something (a gift, too), and pricing rules that made a price."""
    given = [f"promotions/{rule}" for rule in decision.applied]
    if decision.coupons:
        coupons = _coupons(decision)
        given = [f"promotions/{rule}" for rule in decision.applied if rule not in coupons]
    return frozenset([*given, *_prices(decision)])


def _prices(decision: Decision) -> list[str]:
    return [f"pricing/{posting.origin.rule}" for posting in decision.postings if posting.kind == "pricing"]


def _payments(decision: Decision) -> frozenset[str]:
    return frozenset([payment.method for payment in decision.payments if payment.available])
