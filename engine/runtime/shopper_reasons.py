"""Why a coupon does nothing or an order cannot be placed, in a shopper's words: no names of facts, no operators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.runtime.decision import CouponResult, Reason, Refusal
from engine.runtime.phrases import phrase
from engine.runtime.shown import Shown

_OF_REASON: Final[Mapping[str, str]] = {
    "coupon_unknown": "unknown",
    "coupon_exhausted": "used_up",
    "coupon_budget_spent": "used_up",
    "coupon_code_used": "used_up",
    "coupon_used_by_customer": "used_by_you",
    "coupon_not_yours": "not_yours",
    "coupon_first_order_only": "first_order",
    "coupon_stacking": "one_code",
    "coupon_exclusive": "not_together",
    "coupon_no_line": "not_these_items",
    "coupon_gives_nothing": "not_these_items",
}
_OF_MISSING_FACT: Final[Mapping[str, str]] = {
    "customer.email": "give_email",
    "customer.id": "sign_in",
    "customer.orders_paid": "sign_in",
    "destination": "give_address",
    "shipping": "give_address",
}
"""By the name of the fact or its first word; of shipping nothing is known because the address is not."""

_OF_REFUSAL: Final[Mapping[str, str]] = {
    "shipping_method_unavailable": "method_gone",
    "payment_method_unavailable": "payment_gone",
    "no_shipping_method": "not_delivered",
    "tax_not_decided": "tax_open",
}


def coupon_reasons(result: CouponResult, shown: Shown, locale: str) -> str:
    """All reasons of a coupon, each said once."""
    said = dict.fromkeys(_reason(reason, shown, locale) for reason in result.reasons)
    return "; ".join(said) or phrase("not_qualified", locale)


def refusal_reason(refusal: Refusal, shown: Shown, locale: str) -> str:
    """Why the order cannot be placed; of a code whose author wrote no message, only that it cannot."""
    if refusal.code == "minimum_order":
        return phrase("minimum", locale, amount=shown.money(int(refusal.params["add"])))
    if refusal.code == "fact_missing":
        return phrase(_missing(refusal.params.get("fact", ""), "incomplete"), locale)
    return phrase(_OF_REFUSAL.get(refusal.code, "not_qualified"), locale)


def _reason(reason: Reason, shown: Shown, locale: str) -> str:
    match reason.code:
        case "condition":
            return _shortfall(reason, shown, locale)
        case "fact_missing":
            return phrase(_missing(reason.params.get("fact", ""), "not_qualified"), locale)
        case "coupon_not_started":
            return phrase("not_started", locale, time=shown.instant(int(reason.params["from"])))
        case "coupon_expired":
            return phrase("expired", locale, time=shown.instant(int(reason.params["until"])))
        case code:
            return phrase(_OF_REASON.get(code, "not_qualified"), locale)


def _missing(fact: str, otherwise: str) -> str:
    return _OF_MISSING_FACT.get(fact) or _OF_MISSING_FACT.get(fact.partition(".")[0], otherwise)


def _shortfall(reason: Reason, shown: Shown, locale: str) -> str:
    """How much more to buy, where that is what is missing."""
    fact, distance = reason.params["fact"], reason.distance or 0
    if distance > 0 and (fact.startswith("subtotal.") or fact.endswith("].subtotal")):
        return phrase("more_money", locale, amount=shown.money(distance))
    if distance > 0 and (fact == "cart.item_count" or fact.endswith("].quantity")):
        return phrase("more_units", locale, count=str(distance))
    return phrase("not_qualified", locale)
