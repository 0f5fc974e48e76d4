"""Baskets to decide: one as a person would fill it, and any at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import strategies as st

from server.decisions.facts import Basket, CouponFacts, CustomerFacts, Destination, LineFacts, UsageFacts

NOW = datetime(2026, 6, 10, 20, tzinfo=UTC)

CATEGORIES = ("clothing/socks", "clothing/socks/wool", "kitchen/mugs", "kitchen/coffee", "books/cooking", "home/lamps")


def a_line(number: int = 1, price: int = 19900, quantity: int = 1, **facts: Any) -> LineFacts:
    """A lamp."""
    given = {"sku": f"LAMP-{number}", "category": "home/lamps", "weight_g": 400, **facts}
    return LineFacts(id=f"L{number}", list_price=price, quantity=quantity, **given)


def a_basket(*lines: LineFacts, **changes: Any) -> Basket:
    """A lamp to São Paulo, for a customer of old."""
    basket = Basket(
        currency="BRL",
        now=NOW,
        lines=lines or (a_line(),),
        channel="web",
        locale="pt-BR",
        customer=CustomerFacts(id="ana", signed_in=True, email="ana@example.com", orders_paid=3),
        destination=Destination(country="BR", region="SP", postcode="01310-100"),
        payment_method="pix",
    )
    return msgspec.structs.replace(basket, **changes)


_TEXTS = st.text(min_size=1, max_size=8)
_MONEY = st.integers(0, 500_000)
_INSTANTS = st.integers(0, 10**15).map(lambda microsecond: NOW + timedelta(microseconds=microsecond))
_TAGS = st.none() | st.tuples() | st.tuples(st.sampled_from(["fragile", "new"]))


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


_LINES = st.lists(
    st.builds(
        LineFacts,
        id=st.integers(1, 99).map("L{}".format),
        sku=st.sampled_from(["SOCK-GREY", "MUG-BLUE", "COFFEE-250", "LAMP"]),
        quantity=st.integers(1, 30),
        list_price=_MONEY,
        product=_maybe(_TEXTS),
        category=_maybe(st.sampled_from(CATEGORIES)),
        brand=_maybe(_TEXTS),
        seller=_maybe(st.sampled_from(["s1", "s2"])),
        tags=_TAGS,
        tax_class=st.sampled_from(["standard", "books"]),
        sale_price=_maybe(_MONEY),
        cost=_maybe(_MONEY),
        floor_price=_maybe(_MONEY),
        weight_g=_maybe(st.integers(0, 12_000)),
        volume_cm3=_maybe(st.integers(0, 50_000)),
    ),
    max_size=6,
    unique_by=lambda line: line.id,
).map(tuple)

_CUSTOMERS = st.builds(
    CustomerFacts,
    id=_maybe(_TEXTS),
    group=_maybe(st.sampled_from(["member", "vip", "staff"])),
    email=_maybe(_TEXTS),
    phone=_maybe(_TEXTS),
    signed_in=st.booleans(),
    orders_paid=_maybe(st.integers(0, 40)),
    spent=_maybe(_MONEY),
    registered=_maybe(_INSTANTS),
    tags=_TAGS,
)

_DESTINATIONS = st.builds(
    Destination,
    country=st.sampled_from([None, "BR", "PT"]),
    region=st.sampled_from([None, "SP", "MG", "AM"]),
    postcode=st.sampled_from([None, "01310-100", "30130-010", "69005-070", "-"]),
    city=_maybe(_TEXTS),
)

_COUPONS = st.builds(
    CouponFacts,
    code=st.sampled_from(["welcome10", "fretegratis", "news-1"]),
    known=st.booleans(),
    campaign=st.sampled_from([None, "newsletter", "gone"]),
    owner=st.sampled_from([None, "ana", "bob"]),
    used_code=st.integers(0, 2),
    used_customer=_maybe(st.integers(0, 2)),
    used_total=st.integers(0, 600),
    spent=_MONEY,
)
_USAGE = st.builds(UsageFacts, customer=_maybe(st.integers(0, 2)), total=st.integers(0, 9), spent=_MONEY)

BASKETS = st.builds(
    Basket,
    currency=st.just("BRL"),
    now=_INSTANTS,
    lines=_LINES,
    channel=st.sampled_from([None, "web", "app"]),
    locale=st.sampled_from([None, "pt-BR", "en", "ja"]),
    customer=_CUSTOMERS,
    destination=_DESTINATIONS,
    coupon_codes=st.sampled_from([(), ("WELCOME10",), (" fretegratis ",), ("NO-SUCH",), ("WELCOME10", "FRETEGRATIS")]),
    coupons=st.lists(_COUPONS, max_size=3, unique_by=lambda coupon: coupon.code).map(tuple),
    usage=st.dictionaries(st.sampled_from(["ten-off-150", "vip-delivery", "gone"]), _USAGE, max_size=2),
    shipping_method=st.sampled_from([None, "standard", "express", "pigeon"]),
    payment_method=st.sampled_from([None, "pix", "card", "cash_on_delivery", "barter"]),
    cash_on_delivery_today=_maybe(st.integers(0, 3)),
    tags=_TAGS,
)
"""Baskets a Brazilian store may meet, sensible or not."""
