"""What does somebody send from a new cart until the order is paid? D, request by request, as a storefront would.

The money comes by the built-in test provider: whoever pays there has the shop told by a webhook over HTTP, and looks at
the order until it says that it is paid. Then its units are out of stock for good.
"""

from __future__ import annotations

from functools import partial
from typing import Final
from uuid import UUID

from tests.benchmarks.shop.calls import ADDRESS, API, CONTACT, DESTINATION, PAYMENT_METHOD, step
from tests.benchmarks.shop.load import Request, Step

CHECKOUT: Final = "checkout"

_TOKEN: Final = Step(takes={"token": rb'"access_token":"([^"]+)"'}, begins=True)
_OPTIONS: Final = Step(takes={"method": rb'"shipping_options":\[\{"id":"([^"]+)"'})
_QUOTE: Final = Step(takes={"quote": rb'"token":"([^"]+)"'})
_ORDER: Final = Step(takes={"number": rb'"number":"(\d+)"'})
_PAYMENT: Final = Step(takes={"charge": rb'/test-provider/pay/([^"]+)"'})
_PAID: Final = Step(until=b'"state":"paid"', ends=CHECKOUT)


def whole_checkout(store: str, variants: list[UUID]) -> list[Request]:
    """Everything one customer sends; the last request again and again until the order is paid."""
    send = partial(_send, store)
    adds = [send("D add", "POST", "/cart/items", {"variant_id": str(each), "quantity": 1}) for each in variants]
    return [
        step("D new guest", "POST", f"{API}/auth/guest", store, how=_TOKEN),
        *adds,
        send("D customer", "PUT", "/cart/contact", CONTACT),
        send("D address", "PUT", "/cart/destination", DESTINATION),
        send("D shipping options", "GET", "/cart", how=_OPTIONS),
        send("D shipping", "PUT", "/cart/shipping-method", {"method": "{{method}}"}),
        send("D payment method", "PUT", "/cart/payment-method", {"method": PAYMENT_METHOD}),
        send("D quote", "POST", "/checkout/quote", how=_QUOTE),
        send("D order", "POST", "/checkout/orders", {"quote": "{{quote}}", "shipping_address": ADDRESS}, _ORDER),
        send("D start payment", "POST", "/orders/{{number}}/payments", {}, _PAYMENT),
        step("D pay at the provider", "POST", "/test-provider/v1/charges/{{charge}}/pay", store, body={}),
        send("D look at the order", "GET", "/orders/{{number}}", how=_PAID),
    ]


def steps() -> list[str]:
    """The labels of these requests, in order, each once."""
    return list(dict.fromkeys(each.label for each in whole_checkout("any", [UUID(int=0)])))


def _send(store: str, label: str, method: str, path: str, body: object = None, how: Step | None = None) -> Request:
    # The guest is new, so that one key for whatever it sends is a key of its own for its one order.
    key = "the-only-order" if path == "/checkout/orders" else None
    return step(label, method, API + path, store, "{{token}}", body, key=key, how=how)
