"""How is a saved scenario written as a case of a ruleset? Pure.

A case is YAML that people read, so names stand without quotes where every reader agrees that they are texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from engine.text.flow import Plain, flow, scalar
from server.decisions.schemas import DryRunBody, GivenCustomer, GivenDestination, GivenItem, GivenLine

DEEPEST: Final = 6
"""Levels of what is expected: the keys of cases need four."""
_LARGEST: Final = 10**15


class Unwritable(Exception):
    """A value that no case can hold; the message says which and why. `key` is where in what is expected it stands."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def case_lines(name: str, basket: DryRunBody, expected: Mapping[str, Any], currency: str, at: datetime) -> list[str]:
    """The case as the lines of an entry of `cases:`, not indented. `at` is when it is decided. Raises Unwritable."""
    given = _given(basket, currency, at)
    lines = [f"- name: {scalar(name)}", "  given:"]
    for key, value in given.items():
        if key in ("lines", "catalogue") and value:
            lines += [f"    {key}:", *(f"      - {flow(item)}" for item in value)]
        else:
            lines.append(f"    {key}: {flow(value)}")
    return [*lines, "  expect:", *(f"    {line}" for line in expected_lines(expected))]


def case_in_one_line(name: str, basket: DryRunBody, expected: Mapping[str, Any], currency: str, at: datetime) -> str:
    """The same as one value in brackets, for documents that write their cases so. Raises Unwritable."""
    written = {key: _checked(key, value) for key, value in expected.items()}
    return flow({"name": name, "given": _given(basket, currency, at), "expect": written})


def expected_lines(expected: Mapping[str, Any]) -> list[str]:
    """What is expected, each key on a line of its own. Raises Unwritable."""
    return [f"{scalar(key)}: {flow(_checked(key, value))}" for key, value in expected.items()]


def _given(basket: DryRunBody, currency: str, at: datetime) -> dict[str, Any]:
    """The basket with the keys of scenarios; what is not known is left out."""
    given = {
        "store": _known(currency=currency, channel=basket.channel, locale=basket.locale),
        "at": _instant(at),
        "customer": _customer(basket.customer),
        "destination": _destination(basket.destination),
        "payment": _known(method=basket.payment_method, cash_on_delivery_today=basket.cash_on_delivery_today),
        "cart": _known(tags=basket.tags),
        "coupon": basket.coupon_codes,
        "shipping_method": basket.shipping_method,
        "catalogue": tuple(_item(item) for item in basket.catalogue),
    }
    return {key: value for key, value in given.items() if value} | {"lines": [_line(line) for line in basket.lines]}


def _customer(customer: GivenCustomer) -> dict[str, Any]:
    return _known(
        id=customer.id,
        group=customer.group,
        email=customer.email,
        phone=customer.phone,
        orders_paid=customer.orders_paid,
        spent=customer.spent,
        registered=None if customer.registered is None else _instant(customer.registered),
        tags=customer.tags,
    )


def _destination(destination: GivenDestination) -> dict[str, Any]:
    return _known(
        country=destination.country, region=destination.region, postcode=destination.postcode, city=destination.city
    )


def _line(line: GivenLine) -> dict[str, Any]:
    return _known(id=line.id) | _item(line, quantity=line.quantity)


def _item(item: GivenItem, quantity: int | None = None) -> dict[str, Any]:
    return _known(
        sku=item.sku,
        price=item.price,
        quantity=quantity,
        product=item.product,
        category=item.category,
        brand=item.brand,
        seller=item.seller,
        tags=item.tags,
        tax_class=None if item.tax_class == "standard" else item.tax_class,
        sale_price=item.sale_price,
        cost=item.cost,
        floor_price=item.floor_price,
        weight=None if item.weight_g is None else Plain(f"{item.weight_g}g"),
        volume=None if item.volume_cm3 is None else Plain(f"{item.volume_cm3}cm3"),
    )


def _known(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _instant(at: datetime) -> Plain:
    return Plain(at.astimezone(UTC).isoformat().replace("+00:00", "Z"))


def _checked(key: str, value: Any, depth: int = 1) -> Any:
    """The value, when a case can hold it."""
    if depth > DEEPEST:
        raise Unwritable(key, f"is nested more than {DEEPEST} levels deep")
    if isinstance(value, float):
        raise Unwritable(key, f'holds the number {value}; write amounts as text, such as "19.90"')
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise Unwritable(key, "holds a number that is too large")
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _checked(key, each, depth + 1)
    return value
