"""What is known of one checkout: the facts a rule book is asked about, in shop words, and as JSON for the log.

Money is minor units of the basket's currency, weights are grams, volumes cm³; None is not known, never zero. Every
fact of the vocabulary that a caller gives is made here, and a test fails when one is not. Labels (`tags`) are None
where nobody knows them and empty where there are none, which rules tell apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from engine import Cart, CouponEntry, Line
from engine.facts.cart import CatalogueItem, Key, Usage
from engine.facts.line_order import in_order
from engine.facts.words import category_key, fold_code, fold_postcode
from server.decisions.instants import microseconds

STANDARD: Final = "standard"
"""The tax class of a line that states none."""

DEFAULT_LOCALE: Final = "en"


class LineFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One line of a basket. Prices are of one unit; `category` is the path from the root: clothing/socks."""

    id: str
    sku: str
    quantity: int
    list_price: int
    product: str | None = None
    category: str | None = None
    brand: str | None = None
    seller: str | None = None
    tags: tuple[str, ...] | None = None
    tax_class: str = STANDARD
    sale_price: int | None = None
    cost: int | None = None
    floor_price: int | None = None
    weight_g: int | None = None
    volume_cm3: int | None = None


class CustomerFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Who buys. `id` counts for those who are signed in; the others are strangers, whatever they typed."""

    id: str | None = None
    group: str | None = None
    email: str | None = None
    phone: str | None = None
    signed_in: bool = False
    orders_paid: int | None = None
    spent: int | None = None
    registered: datetime | None = None
    tags: tuple[str, ...] | None = None


class Destination(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Where it goes, as far as the customer has said. `country` is ISO 3166-1 alpha-2, `region` without the country."""

    country: str | None = None
    region: str | None = None
    postcode: str | None = None
    city: str | None = None


class CouponFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What the shop knows of a code (folded): whose it is, and how often it was used, by orders not paid yet too.

    `used_total` counts all codes of its coupon, `used_customer` those of this customer, None while nobody knows who
    it is; `spent` is the money they gave away. `known` is False for a code that nobody was given.
    """

    code: str
    known: bool = True
    campaign: str | None = None
    owner: str | None = None
    used_code: int = 0
    used_customer: int | None = None
    used_total: int = 0
    spent: int = 0


class UsageFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """How often orders have used a promotion: this customer's (None: nobody knows who it is), all, and the money."""

    customer: int | None = None
    total: int = 0
    spent: int = 0


class Basket(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One checkout to decide. `now` is aware, from the database transaction; `catalogue` is what hints may suggest.

    Lines of the catalogue have the quantity 1 and the id `+SKU`. Of a code without `coupons` nothing needs to be known;
    a promotion without `usage` was never used.
    """

    currency: str
    now: datetime
    lines: tuple[LineFacts, ...]
    channel: str | None = None
    locale: str | None = None
    customer: CustomerFacts = CustomerFacts()
    destination: Destination = Destination()
    coupon_codes: tuple[str, ...] = ()
    coupons: tuple[CouponFacts, ...] = ()
    usage: dict[str, UsageFacts] = {}
    shipping_method: str | None = None
    payment_method: str | None = None
    cash_on_delivery_today: int | None = None
    tags: tuple[str, ...] | None = None
    catalogue: tuple[LineFacts, ...] = ()


def to_cart(basket: Basket) -> Cart:
    """The basket as the engine takes it: codes folded, lines in canonical order."""
    customer = basket.customer
    customer_id = customer.id if customer.signed_in else None
    codes = sorted({fold_code(code) for code in basket.coupon_codes})
    known = {coupon.code: coupon for coupon in basket.coupons}
    return Cart(
        currency=basket.currency,
        now=microseconds(basket.now),
        lines=in_order([_line(line) for line in basket.lines]),
        facts=_known(_facts(basket, customer_id)),
        sets=_sets({"customer.tags": customer.tags, "cart.tags": basket.tags}),
        coupons=tuple([_coupon(code, known) for code in codes if code]),
        usage={rule: Usage(each.customer, each.total, each.spent) for rule, each in basket.usage.items()},
        shipping_method=basket.shipping_method,
        payment_method=basket.payment_method,
        customer_id=customer_id,
        catalogue=tuple([CatalogueItem(line) for line in in_order([_line(line) for line in basket.catalogue])]),
        locale=basket.locale or DEFAULT_LOCALE,
    )


def without_uses(basket: Basket) -> Basket:
    """The basket as if nothing had been used: what other customers do meanwhile does not make it another one."""
    if not basket.coupons and not basket.usage:
        return basket
    unused = [
        CouponFacts(code=coupon.code, known=coupon.known, campaign=coupon.campaign, owner=coupon.owner)
        for coupon in basket.coupons
    ]
    return msgspec.structs.replace(basket, coupons=tuple(unused), usage={})


def _facts(basket: Basket, customer_id: str | None) -> dict[str, Key | None]:
    """The facts of the cart by their names in the vocabulary, in order of name as scenarios have them."""
    customer, destination = basket.customer, basket.destination
    return {
        "channel": basket.channel,
        "currency": basket.currency,
        "customer.email": customer.email,
        "customer.group": customer.group,
        "customer.id": customer_id,
        "customer.orders_paid": customer.orders_paid,
        "customer.phone": customer.phone,
        "customer.registered": None if customer.registered is None else microseconds(customer.registered),
        "customer.spent": customer.spent,
        "destination.city": destination.city,
        "destination.country": destination.country,
        "destination.postcode": None if destination.postcode is None else fold_postcode(destination.postcode) or None,
        "destination.region": destination.region,
        "locale": basket.locale,
        "payment.cash_on_delivery_today": basket.cash_on_delivery_today,
        "payment.method": basket.payment_method,
        "shipping.method": basket.shipping_method,
    }


def _coupon(code: str, known: Mapping[str, CouponFacts]) -> CouponEntry:
    found = known.get(code)
    return CouponEntry(code=code) if found is None else CouponEntry(**msgspec.structs.asdict(found))


def _line(line: LineFacts) -> Line:
    return Line(
        id=line.id,
        sku=line.sku,
        quantity=line.quantity,
        list_price=line.list_price,
        facts=_known(_line_facts(line)),
        sets=_sets({"line.tags": line.tags}),
        weight_g=line.weight_g,
        volume_cm3=line.volume_cm3,
        floor_price=line.floor_price,
        seller=line.seller or "",
        tax_class=line.tax_class,
    )


def _line_facts(line: LineFacts) -> dict[str, Key | None]:
    return {
        "line.brand": line.brand,
        "line.category": None if line.category is None else category_key(line.category),
        "line.cost": line.cost,
        "line.floor_price": line.floor_price,
        "line.list_price": line.list_price,
        "line.product": line.product,
        "line.quantity": line.quantity,
        "line.sale_price": line.sale_price,
        "line.seller": line.seller,
        "line.sku": line.sku,
        "line.tax_class": line.tax_class,
        "line.volume_cm3": line.volume_cm3,
        "line.weight_g": line.weight_g,
    }


def _known(facts: dict[str, Key | None]) -> dict[str, Key]:
    return {name: key for name, key in facts.items() if key is not None}


def _sets(labels: dict[str, tuple[str, ...] | None]) -> dict[str, frozenset[str]]:
    # Whoever is known to have no labels has the fact, and it is empty.
    return {name: frozenset(members) for name, members in labels.items() if members is not None}
