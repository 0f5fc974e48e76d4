"""How is a cart written as the body of a dry run over HTTP, so that a shop, a file and this program can exchange it?

The shape is that of `POST /decisions/dry-run`, with an `id` for people to find the cart again: amounts as text in the
currency of the shop, the instant in UTC. What the shop knows by itself is no part of it: how often a coupon or a
promotion was used, and to whom a code belongs. Nor are attributes of the store; `left_out` names what a cart loses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from engine.facts.cart import Cart, CouponEntry, Key, Line
from engine.money import formatter

Plain: TypeAlias = "str | int | Sequence[Plain] | dict[str, Plain]"

LINE_KEYS: Final = {
    "product": "line.product",
    "category": "line.category",
    "brand": "line.brand",
    "seller": "line.seller",
    "tax_class": "line.tax_class",
    "sale_price": "line.sale_price",
    "cost": "line.cost",
    "floor_price": "line.floor_price",
    "weight_g": "line.weight_g",
    "volume_cm3": "line.volume_cm3",
}
"""Key of a line to the fact it tells, besides sku, quantity, price and tags."""

CUSTOMER_KEYS: Final = {
    key: f"customer.{key}" for key in ("id", "group", "email", "phone", "orders_paid", "spent", "registered")
}
DESTINATION_KEYS: Final = {key: f"destination.{key}" for key in ("country", "region", "postcode", "city")}
CART_KEYS: Final = {
    "channel": "channel",
    "locale": "locale",
    "shipping_method": "shipping.method",
    "payment_method": "payment.method",
    "cash_on_delivery_today": "payment.cash_on_delivery_today",
}
MONEY: Final = frozenset({"line.sale_price", "line.cost", "line.floor_price", "customer.spent"})

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DERIVED: Final = frozenset({"currency", "customer.signed_in", "line.sku", "line.quantity", "line.list_price"})
_SETS: Final = frozenset({"cart.tags", "customer.tags", "line.tags"})
_TOLD: Final = frozenset(
    {*LINE_KEYS.values(), *CUSTOMER_KEYS.values(), *DESTINATION_KEYS.values(), *CART_KEYS.values(), *_DERIVED, *_SETS}
)


def cart_body(cart: Cart, name: str = "") -> dict[str, Plain]:
    """The cart as plain values for JSON; `name` becomes its `id`."""
    money = formatter(cart.currency)
    body: dict[str, Plain] = {"id": name} if name else {}
    body["lines"] = [_line(line, money) for line in cart.lines]
    body["at"] = _instant(cart.now)
    body.update(_known(cart.facts, CART_KEYS, money))
    for name_of_part, keys in (("customer", CUSTOMER_KEYS), ("destination", DESTINATION_KEYS)):
        part = _known(cart.facts, keys, money)
        if f"{name_of_part}.tags" in cart.sets:
            part["tags"] = sorted(cart.sets[f"{name_of_part}.tags"])
        if part:
            body[name_of_part] = part
    for key, method in (("shipping_method", cart.shipping_method), ("payment_method", cart.payment_method)):
        if method is not None:
            body[key] = method
    if cart.coupons:
        body["coupon_codes"] = [coupon.code for coupon in cart.coupons]
    if "cart.tags" in cart.sets:
        body["tags"] = sorted(cart.sets["cart.tags"])
    if cart.catalogue:
        body["catalogue"] = [_item(item.line, money) for item in cart.catalogue]
    return body


def left_out(cart: Cart) -> tuple[str, ...]:
    """What the body of a cart does not tell, by the names of facts, in order of name."""
    things: list[Cart | Line] = [cart, *cart.lines, *[item.line for item in cart.catalogue]]
    names = {name for thing in things for name in (*thing.facts, *thing.sets)} - _TOLD
    if any(coupon != CouponEntry(code=coupon.code) for coupon in cart.coupons):
        names.add("coupon")
    if cart.usage:
        names.add("usage")
    return tuple(sorted(names))


def _line(line: Line, money: Callable[[int], str]) -> dict[str, Plain]:
    return {"id": line.id, **_item(line, money), "quantity": line.quantity}


def _item(line: Line, money: Callable[[int], str]) -> dict[str, Plain]:
    item: dict[str, Plain] = {"sku": line.sku, "price": money(line.list_price)}
    item.update(_known(line.facts, LINE_KEYS, money))
    if "category" in item:
        item["category"] = str(item["category"]).removesuffix("/")
    if "line.tags" in line.sets:
        item["tags"] = sorted(line.sets["line.tags"])
    return item


def _known(facts: Mapping[str, Key], keys: Mapping[str, str], money: Callable[[int], str]) -> dict[str, Plain]:
    return {key: _value(fact, facts[fact], money) for key, fact in keys.items() if fact in facts}


def _value(fact: str, value: Key, money: Callable[[int], str]) -> str | int:
    if isinstance(value, str):
        return value
    if fact == "customer.registered":
        return _instant(value)
    return money(value) if fact in MONEY else value


def _instant(microseconds: int) -> str:
    """RFC 3339 in UTC, to the second where that is exact."""
    return (_EPOCH + timedelta(microseconds=microseconds)).isoformat().replace("+00:00", "Z")
