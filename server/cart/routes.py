"""The addresses of the caller's cart. Every answer is the whole cart, decided.

ETag is the version of the cart. A change may name the version it was made for in If-Match; another one is then 412.
Prices and rules can change without a new version: the decision says what holds now.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from engine.money import BadAmount, parse_amount
from server.cart import service
from server.cart.changes import DecidedCart
from server.cart.errors import (
    CART_FULL,
    COUPON_REJECTED,
    COUPON_UNKNOWN,
    ITEM_INVALID,
    ITEM_UNKNOWN,
    NO_CART,
    NOT_FOR_SALE,
    PAYMENT_METHOD_UNKNOWN,
    PRICE_INVALID,
    QUANTITY_TOO_LARGE,
    SHIPPING_METHOD_UNKNOWN,
)
from server.cart.schemas import (
    AddItemBody,
    CartQuery,
    CartView,
    ContactBody,
    CouponBody,
    DestinationBody,
    ItemPath,
    MethodBody,
    QuantityBody,
    SeenPricesBody,
)
from server.cart.views import cart_view
from server.decisions.errors import CLAIM_BROKEN, RULES_MISSING
from server.decisions.service import EXPLAIN_FULL
from server.errors import Fault
from server.web.call import Call
from server.web.endpoint import GUEST, Reply, Routes
from server.web.etag import VERSION_CHANGED, versioned, wanted_version
from server.web.problems import RATE_LIMITED

routes = Routes("Cart")

_READING: Final = (NO_CART, RULES_MISSING, CLAIM_BROKEN)
_CHANGING: Final = (*_READING, VERSION_CHANGED)


@routes.get("/cart", needs=GUEST, errors=_READING)
async def read_cart(call: Call, query: CartQuery) -> Reply[CartView]:
    """Your cart.

    Before the first change it is an empty one without id; so is one that nobody has changed for its lifetime, 30 days
    unless the store has set another.
    """
    return _shown(call, query, await service.read_cart(call))


@routes.post(
    "/cart/items",
    needs=GUEST,
    errors=(*_CHANGING, ITEM_INVALID, NOT_FOR_SALE, QUANTITY_TOO_LARGE, CART_FULL),
)
async def add_cart_item(call: Call, query: CartQuery, body: AddItemBody) -> Reply[CartView]:
    """Put something into your cart.

    Give `variant_id` or `sku`. What is in the cart already gets so many more. A line holds up to 1,000 units, a cart up
    to 200 lines. Nothing is reserved; the item says whether there is enough.
    """
    decided = await service.add_item(call, wanted_version(call), _variant(body), body.quantity)
    return _shown(call, query, decided)


@routes.patch("/cart/items/{item_id}", needs=GUEST, errors=(*_CHANGING, ITEM_UNKNOWN))
async def change_cart_item(call: Call, path: ItemPath, query: CartQuery, body: QuantityBody) -> Reply[CartView]:
    """Set the quantity of an item."""
    return _shown(call, query, await service.set_quantity(call, wanted_version(call), path.item_id, body.quantity))


@routes.delete("/cart/items/{item_id}", needs=GUEST, errors=(*_CHANGING, ITEM_UNKNOWN))
async def remove_cart_item(call: Call, path: ItemPath, query: CartQuery) -> Reply[CartView]:
    """Take an item out of your cart."""
    return _shown(call, query, await service.remove_item(call, wanted_version(call), path.item_id))


@routes.delete("/cart", needs=GUEST, errors=_CHANGING)
async def clear_cart(call: Call, query: CartQuery) -> Reply[CartView]:
    """Empty your cart: all items and the coupon code. Destination, contact and chosen methods stay."""
    return _shown(call, query, await service.clear(call, wanted_version(call)))


@routes.put(
    "/cart/coupon",
    needs=GUEST,
    errors=(*_CHANGING, COUPON_UNKNOWN, COUPON_REJECTED, RATE_LIMITED),
)
async def enter_coupon(call: Call, query: CartQuery, body: CouponBody) -> Reply[CartView]:
    """Enter a coupon code.

    It takes the place of another one only if it is applied, or pending: then the decision says what the customer still
    has to do. A code that can never be used on this cart is refused with its reasons and the old one stays. The same
    code again changes nothing.
    """
    return _shown(call, query, await service.enter_coupon(call, wanted_version(call), body.code))


@routes.delete("/cart/coupon", needs=GUEST, errors=_CHANGING)
async def remove_coupon(call: Call, query: CartQuery) -> Reply[CartView]:
    """Take the coupon code off your cart."""
    return _shown(call, query, await service.remove_coupon(call, wanted_version(call)))


@routes.put("/cart/destination", needs=GUEST, errors=_CHANGING)
async def set_destination(call: Call, query: CartQuery, body: DestinationBody) -> Reply[CartView]:
    """Say where to send it, as far as you know it: the answer has what delivery costs there."""
    values = {"country": body.country, "region": body.region, "postcode": body.postcode, "city": body.city}
    return _shown(call, query, await service.choose(call, wanted_version(call), values))


@routes.put("/cart/contact", needs=GUEST, errors=_CHANGING)
async def set_contact(call: Call, query: CartQuery, body: ContactBody) -> Reply[CartView]:
    """Say how to reach you about this order; signed-in customers are reached at their account's address otherwise."""
    values = {"email": body.email, "phone": body.phone}
    return _shown(call, query, await service.choose(call, wanted_version(call), values))


@routes.put("/cart/shipping-method", needs=GUEST, errors=(*_CHANGING, SHIPPING_METHOD_UNKNOWN))
async def set_shipping_method(call: Call, query: CartQuery, body: MethodBody) -> Reply[CartView]:
    """Choose how it is sent.

    Any method of the shop can be chosen; the decision refuses one that is not available for this cart.
    """
    return _shown(call, query, await service.choose_shipping_method(call, wanted_version(call), body.method))


@routes.put("/cart/payment-method", needs=GUEST, errors=(*_CHANGING, PAYMENT_METHOD_UNKNOWN))
async def set_payment_method(call: Call, query: CartQuery, body: MethodBody) -> Reply[CartView]:
    """Choose how it is paid. The decision refuses a method that is not available for this cart."""
    return _shown(call, query, await service.choose_payment_method(call, wanted_version(call), body.method))


@routes.post("/cart/prices/accept", needs=GUEST, errors=(*_CHANGING, PRICE_INVALID))
async def accept_prices(call: Call, query: CartQuery, body: SeenPricesBody) -> Reply[CartView]:
    """Agree to changed prices.

    Send the `price` of each item as you have shown it. One that changed again meanwhile stays marked as changed, so
    that nobody agrees to what they have not seen. It never changes what anything costs.
    """
    prices = [(item.item_id, _minor(call.store.currency, item.price, number)) for number, item in enumerate(body.items)]
    return _shown(call, query, await service.accept_prices(call, wanted_version(call), prices))


def _variant(body: AddItemBody) -> UUID | str:
    found = body.variant_id or body.sku
    if found is None or (body.variant_id and body.sku):
        raise ITEM_INVALID(
            "give one of variant_id and sku",
            faults=[Fault("", ITEM_INVALID.code, "one of variant_id and sku has to be there, not both")],
        )
    return found


def _minor(currency: str, price: str, number: int) -> int:
    try:
        return parse_amount(price, currency)
    except BadAmount as error:
        raise PRICE_INVALID(
            str(error), faults=[Fault(f"/items/{number}/price", PRICE_INVALID.code, str(error))]
        ) from error


def _shown(call: Call, query: CartQuery, decided: DecidedCart) -> Reply[CartView]:
    hints = service.hints_of(call, decided) if query.hints else ()
    shown = cart_view(decided, hints, query.locale, call.actor.may(EXPLAIN_FULL), query.include)
    return versioned(shown, decided.cart.version)
