"""Why can this cart not be ordered? Every reason at once, each at its place in the cart as GET /cart shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.runtime.decision import Refusal
from server.cart.service import DecidedCart
from server.cart.snapshot import CartSnapshot
from server.checkout.errors import QUOTE_REFUSED
from server.decisions.reasons import missing_fact, refusal_message, refusal_params
from server.errors import Fault

_PLACE_OF_FACT: Final = {
    "customer.email": "/contact/email",
    "customer.phone": "/contact/phone",
    "destination.country": "/destination/country",
    "destination.region": "/destination/region",
    "destination.postcode": "/destination/postcode",
    "destination.city": "/destination/city",
    "shipping.method": "/shipping_method",
    "payment.method": "/payment_method",
}
_PLACE_OF_CODE: Final = {
    "shipping_method_unavailable": "/shipping_method",
    "payment_method_unavailable": "/payment_method",
    "destination_not_served": "/destination",
    "tax_not_decided": "/destination",
}


def refuse_what_cannot_be_ordered(found: DecidedCart, locale: str) -> None:
    """Raise QUOTE_REFUSED with all there is to say, unless the cart can become an order now."""
    faults = [*_of_items(found.cart), *_of_rules(found, locale)]
    if not faults:
        return
    refusals = found.decision.refusals
    missing = sorted({fact for refusal in refusals if (fact := missing_fact(refusal)) is not None})
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    raise QUOTE_REFUSED(
        f"{faults[0].message}{more}",
        faults=faults,
        missing_facts=missing,
        refusals=[{"code": each.code, "params": refusal_params(found.live, each)} for each in refusals],
    )


def _of_items(cart: CartSnapshot) -> Iterator[Fault]:
    if not cart.items:
        yield Fault("/items", "cart_empty", "the cart is empty; put something in")
    for number, item in enumerate(cart.items):
        sku = item.variant.sku
        if item.unavailable is not None:
            yield Fault(f"/items/{number}", item.unavailable, f"{sku} is not sold any more; take it out of the cart")
        elif item.short_by:
            left = max(0, item.variant.available)
            yield Fault(
                f"/items/{number}/quantity", "stock_short", f"{item.quantity} of {sku} are wanted, {left} are left"
            )


def _of_rules(found: DecidedCart, locale: str) -> Iterator[Fault]:
    for refusal in found.decision.refusals:
        yield Fault(_place(refusal, found.cart), refusal.code, refusal_message(found.live, refusal, locale))


def _place(refusal: Refusal, cart: CartSnapshot) -> str:
    sku = refusal.params.get("line")
    numbers = [number for number, item in enumerate(cart.items) if item.variant.sku == sku]
    if numbers and refusal.code not in _PLACE_OF_CODE:
        return f"/items/{numbers[0]}"
    fact = missing_fact(refusal)
    return _PLACE_OF_FACT.get(fact or "", _PLACE_OF_CODE.get(refusal.code, ""))
