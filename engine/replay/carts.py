"""How do the values of an order table become a cart in the vocabulary `checkout/1`?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.facts.cart import Cart, Key, Line
from engine.facts.timezones import zone

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def line(
    number: int,
    *,
    sku: str,
    quantity: int,
    price: int,
    name: str = "",
    category: str = "",
    seller: str = "",
    weight_g: int | None = None,
    volume_cm3: int | None = None,
) -> Line:
    """Line `number` (from 1) of an order: price in minor units, weight and volume per unit; "" and None are
    unknown.

    Ids have four digits, so that every order of ids is the order of the table.
    """
    known: dict[str, Key | None] = {
        "line.sku": sku,
        "line.quantity": quantity,
        "line.list_price": price,
        "line.tax_class": "standard",
        "line.category": f"{category}/" if category else None,
        "line.seller": seller or None,
        "line.weight_g": weight_g,
        "line.volume_cm3": volume_cm3,
    }
    return Line(
        id=f"L{number:04}",
        sku=sku,
        quantity=quantity,
        list_price=price,
        facts=_stated(known),
        weight_g=weight_g,
        volume_cm3=volume_cm3,
        seller=seller,
        name=name,
    )


def cart(
    currency: str,
    now: int,
    lines: Sequence[Line],
    *,
    customer: str = "",
    payment_method: str = "",
    destination: Mapping[str, str],
    locale: str,
) -> Cart:
    """A cart of lines numbered in order; `destination` has the keys country, region, postcode, city, "" if
    unknown.
    """
    known: dict[str, Key | None] = {
        "currency": currency,
        "locale": locale,
        "customer.id": customer or None,
        "customer.signed_in": 1 if customer else 0,
        "payment.method": payment_method or None,
        **{f"destination.{part}": value or None for part, value in destination.items()},
    }
    return Cart(
        currency=currency,
        now=now,
        lines=tuple(lines),
        facts=_stated(known),
        payment_method=payment_method or None,
        customer_id=customer or None,
        locale=locale,
    )


def instant(moment: datetime) -> int:
    """Microseconds since 1970 UTC of a moment that knows its zone.

    Of a local time that clocks showed twice the earlier is meant; one that they skipped is read as if they had not.
    """
    return (moment - _EPOCH) // timedelta(microseconds=1)


def local_zone(name: str) -> ZoneInfo:
    """The time zone of a source; raises ValueError when there is no such zone."""
    found = zone(name)
    if found is None:
        raise ValueError(f"unknown time zone {name!r}")
    return found


def _stated(known: Mapping[str, Key | None]) -> dict[str, Key]:
    return {name: value for name, value in known.items() if value is not None}
