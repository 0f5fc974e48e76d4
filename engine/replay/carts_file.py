"""Which carts are written in a file, one on each line, as a dry run over HTTP takes them?

`cart_body` writes such a line. A line that is not one is told and left out; the others count all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from engine.facts.cart import Cart, CatalogueItem, CouponEntry, Key, Line
from engine.facts.line_order import in_order
from engine.facts.words import category_key, fold_code, fold_postcode
from engine.money import LARGEST_MINOR, BadAmount, parse_amount
from engine.replay.cart_body import CART_KEYS, CUSTOMER_KEYS, DESTINATION_KEYS, LINE_KEYS, MONEY
from engine.replay.items import OrderBook, ReplayItem
from engine.replay.tables import UNREADABLE
from engine.text.source import Source

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DEFAULT_LOCALE: Final = "en"

_Code = Annotated[str, Meta(min_length=1, max_length=254)]
_Codes = Annotated[tuple[_Code, ...], Meta(max_length=100)]
_Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
_Instant = Annotated[datetime, Meta(tz=True)]


def read_carts(source: Source, currency: str) -> OrderBook:
    """The carts of the file in its order, amounts read in `currency`; each line is a row, empty ones are nothing.

    Without an id a cart is called `line 7`. A line that cannot be read, or has the id of another, has no cart, is named
    by its place and says in its notes why.
    """
    taken: set[str] = set()
    rows = [(number, row) for number, row in enumerate(source.text.split("\n"), 1) if row.strip()]
    return OrderBook("carts", currency, len(rows), tuple(_items(source.name, rows, currency, taken)))


def _items(name: str, rows: list[tuple[int, str]], currency: str, taken: set[str]) -> Iterator[ReplayItem]:
    for number, row in rows:
        try:
            given = msgspec.json.decode(row, type=_Given)
            cart = _cart(given, currency)
            called = given.id or f"line {number}"
            if called in taken:
                raise ValueError(f"another cart has the id {called!r}")
        except ValueError as fault:  # msgspec's and money's faults are ValueErrors, too
            reason = {UNREADABLE: 1}
            yield ReplayItem(f"{name}:{number}", None, 0, reason, UNREADABLE, (str(fault),))
            continue
        taken.add(called)
        yield ReplayItem(called, cart, 1)


# what may stand in a line --------------------------------------------------------------------------------------


class _Item(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A product; keys that are left out are not known."""

    sku: _Code
    price: str
    product: _Code | None = None
    category: _Code | None = None
    brand: _Code | None = None
    seller: _Code | None = None
    tags: _Codes | None = None
    tax_class: _Code = "standard"
    sale_price: str | None = None
    cost: str | None = None
    floor_price: str | None = None
    weight_g: _Count | None = None
    volume_cm3: _Count | None = None


class _Line(_Item, kw_only=True, forbid_unknown_fields=True):
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)]
    id: _Code | None = None


class _Customer(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    id: _Code | None = None
    group: _Code | None = None
    email: _Code | None = None
    phone: _Code | None = None
    orders_paid: _Count | None = None
    spent: str | None = None
    registered: _Instant | None = None
    tags: _Codes | None = None


class _Destination(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] | None = None
    region: _Code | None = None
    postcode: _Code | None = None
    city: _Code | None = None


class _Given(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    lines: Annotated[tuple[_Line, ...], Meta(max_length=500)]
    at: _Instant  # a file does not know when it is read, and a replay has no clock
    id: _Code | None = None
    channel: _Code | None = None
    locale: _Code | None = None
    customer: _Customer = msgspec.field(default_factory=_Customer)
    destination: _Destination = msgspec.field(default_factory=_Destination)
    coupon_codes: Annotated[tuple[_Code, ...], Meta(max_length=20)] = ()
    shipping_method: _Code | None = None
    payment_method: _Code | None = None
    cash_on_delivery_today: _Count | None = None
    tags: _Codes | None = None
    catalogue: Annotated[tuple[_Item, ...], Meta(max_length=50)] = ()
    explain: str | None = None  # means something to a dry run only


# the cart it is ------------------------------------------------------------------------------------------------


def _cart(given: _Given, currency: str) -> Cart:
    """The cart as the shop makes it of the same body. Raises ValueError."""
    customer = given.customer
    facts = {
        **_facts(given, CART_KEYS, currency),
        **_facts(customer, CUSTOMER_KEYS, currency),
        **_facts(given.destination, DESTINATION_KEYS, currency),
        "currency": currency,
    }
    lines = [
        _line(each, each.id or f"L{number}", each.quantity, currency) for number, each in enumerate(given.lines, 1)
    ]
    if len({line.id for line in lines}) < len(lines):
        raise ValueError("two lines have the same id; add up their quantities")
    if sum(line.list_price * line.quantity for line in lines) > LARGEST_MINOR:
        raise ValueError("the lines are worth more than any amount can be")
    codes = sorted({fold_code(code) for code in given.coupon_codes})
    return Cart(
        currency=currency,
        now=_microseconds(given.at),
        lines=in_order(lines),
        facts=facts,
        sets=_sets({"customer.tags": customer.tags, "cart.tags": given.tags}),
        coupons=tuple(CouponEntry(code=code) for code in codes if code),
        shipping_method=given.shipping_method,
        payment_method=given.payment_method,
        customer_id=customer.id,
        catalogue=tuple(
            CatalogueItem(line)
            for line in in_order([_line(each, f"+{each.sku}", 1, currency) for each in given.catalogue])
        ),
        locale=given.locale or _DEFAULT_LOCALE,
    )


def _line(given: _Item, line_id: str, quantity: int, currency: str) -> Line:
    price = _minor("price", given.price, currency)
    facts = _facts(given, LINE_KEYS, currency)
    known: dict[str, Key] = {"line.sku": given.sku, "line.quantity": quantity, "line.list_price": price}
    floor = facts.get("line.floor_price")
    return Line(
        id=line_id,
        sku=given.sku,
        quantity=quantity,
        list_price=price,
        facts={**facts, **known},
        sets=_sets({"line.tags": given.tags}),
        weight_g=given.weight_g,
        volume_cm3=given.volume_cm3,
        floor_price=floor if isinstance(floor, int) else None,
        seller=given.seller or "",
        tax_class=given.tax_class,
    )


def _facts(given: msgspec.Struct, keys: Mapping[str, str], currency: str) -> dict[str, Key]:
    """The facts a part of the line tells, by their names in the vocabulary."""
    told = {key: (fact, getattr(given, key)) for key, fact in keys.items()}
    found = {fact: _key(key, fact, value, currency) for key, (fact, value) in told.items() if value is not None}
    # A postcode of nothing but spaces and hyphens is not known, as in a shop.
    return {fact: value for fact, value in found.items() if fact != "destination.postcode" or value != ""}


def _key(key: str, fact: str, value: object, currency: str) -> Key:
    if isinstance(value, datetime):
        return _microseconds(value)
    if isinstance(value, int):
        return value
    written = str(value)
    if fact in MONEY:
        return _minor(key, written, currency)
    if fact == "line.category":
        return category_key(written)
    return fold_postcode(written) if fact == "destination.postcode" else written


def _minor(key: str, written: str, currency: str) -> int:
    try:
        minor = parse_amount(written, currency)
    except BadAmount as fault:
        raise ValueError(f"{key}: {fault}") from fault
    if minor < 0:
        raise ValueError(f"{key}: {written} is less than nothing")
    return minor


def _sets(labels: Mapping[str, tuple[str, ...] | None]) -> dict[str, frozenset[str]]:
    return {name: frozenset(members) for name, members in labels.items() if members is not None}


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)
