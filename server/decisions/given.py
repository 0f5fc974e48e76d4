"""How does a basket somebody wrote down become the facts of a checkout? With every fault located."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from engine.money import LARGEST_MINOR, BadAmount, format_amount, parse_amount
from server.decisions.errors import AMOUNT_INVALID, BASKET_INVALID
from server.decisions.facts import Basket, CustomerFacts, Destination, LineFacts
from server.decisions.schemas import DryRunBody, GivenCustomer, GivenItem
from server.errors import Fault

LARGEST_SIZE: Final = 10**12
"""Grams or cm³ of a whole basket."""

_YEARS: Final = range(1970, 3000)
"""Local clocks are not defined outside of what the calendar of the computer holds."""


def basket_of(asked: DryRunBody, currency: str, now: datetime) -> Basket:
    """The basket, decided for `now`. Raises AMOUNT_INVALID or BASKET_INVALID with every place."""
    reader = _Reader(currency)
    lines = tuple(
        reader.line(f"/lines/{number}", line, line.id or f"L{number + 1}", line.quantity)
        for number, line in enumerate(asked.lines)
    )
    items = tuple(
        reader.line(f"/catalogue/{number}", item, f"+{item.sku}", 1) for number, item in enumerate(asked.catalogue)
    )
    customer = reader.customer(asked.customer)
    if reader.faults:
        raise AMOUNT_INVALID(reader.faults[0].message, faults=reader.faults)
    _check(asked, now, lines, items, currency)
    destination = asked.destination
    return Basket(
        currency=currency,
        now=now,
        lines=lines,
        channel=asked.channel,
        locale=asked.locale,
        customer=customer,
        destination=Destination(
            country=destination.country,
            region=destination.region,
            postcode=destination.postcode,
            city=destination.city,
        ),
        coupon_codes=asked.coupon_codes,
        shipping_method=asked.shipping_method,
        payment_method=asked.payment_method,
        cash_on_delivery_today=asked.cash_on_delivery_today,
        tags=asked.tags,
        catalogue=items,
    )


class _Reader:
    """Reads amounts and goes on after a fault, so that all of them are told."""

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self.faults: list[Fault] = []

    def line(self, pointer: str, item: GivenItem, line_id: str, quantity: int) -> LineFacts:
        """A line of the basket or of the catalogue."""
        return LineFacts(
            id=line_id,
            sku=item.sku,
            quantity=quantity,
            list_price=self._amount(f"{pointer}/price", item.price) or 0,
            product=item.product,
            category=item.category,
            brand=item.brand,
            seller=item.seller,
            tags=item.tags,
            tax_class=item.tax_class,
            sale_price=self._amount(f"{pointer}/sale_price", item.sale_price),
            cost=self._amount(f"{pointer}/cost", item.cost),
            floor_price=self._amount(f"{pointer}/floor_price", item.floor_price),
            weight_g=item.weight_g,
            volume_cm3=item.volume_cm3,
        )

    def customer(self, given: GivenCustomer) -> CustomerFacts:
        """Who buys."""
        return CustomerFacts(
            id=given.id,
            group=given.group,
            email=given.email,
            phone=given.phone,
            signed_in=given.id is not None,
            orders_paid=given.orders_paid,
            spent=self._amount("/customer/spent", given.spent),
            registered=given.registered,
            tags=given.tags,
        )

    def _amount(self, pointer: str, text: str | None) -> int | None:
        try:
            return None if text is None else parse_amount(text, self._currency)
        except BadAmount as fault:
            self.faults.append(Fault(pointer, AMOUNT_INVALID.code, str(fault)))
            return None


def _check(
    asked: DryRunBody, now: datetime, lines: tuple[LineFacts, ...], items: tuple[LineFacts, ...], currency: str
) -> None:
    """What no schema can say. Raises BASKET_INVALID."""
    faults = [*_twice("lines", lines, set()), *_twice("catalogue", items, {line.id for line in lines})]
    registered = asked.customer.registered
    for pointer, instant in (("/at", now), ("/customer/registered", registered)):
        if instant is not None and instant.year not in _YEARS:
            faults.append(_fault(pointer, f"the year has to lie between {_YEARS.start} and {_YEARS.stop - 1}"))
    if sum(line.list_price * line.quantity for line in lines) > LARGEST_MINOR:
        faults.append(_fault("/lines", f"the basket is worth more than {format_amount(LARGEST_MINOR, currency)}"))
    weight = sum((line.weight_g or 0) * line.quantity for line in lines)
    volume = sum((line.volume_cm3 or 0) * line.quantity for line in lines)
    if max(weight, volume) > LARGEST_SIZE:
        faults.append(_fault("/lines", f"the basket is larger than {LARGEST_SIZE} grams or cm³"))
    if faults:
        raise BASKET_INVALID(f"{faults[0].pointer}: {faults[0].message}", faults=faults)


def _twice(name: str, lines: tuple[LineFacts, ...], seen: set[str]) -> list[Fault]:
    """Lines whose id another one has; `seen` are ids that are taken already."""
    faults = []
    for number, line in enumerate(lines):
        if line.id in seen:
            faults.append(_fault(f"/{name}/{number}", f"there is another line {line.id!r}; add up their quantities"))
        seen.add(line.id)
    return faults


def _fault(pointer: str, message: str) -> Fault:
    return Fault(pointer, BASKET_INVALID.code, message)
