"""What one parcel costs under each rate: every band and every row is tried."""

from __future__ import annotations

from engine.boxes.truth import truth
from engine.documents.model import Band, Bands, BaseStep, Flat, PercentRate, PerItem, Rate, Table
from tests.engine.runtime.oracle.arithmetic import percent_of
from tests.engine.runtime.oracle.state import Checkout, Facts


def price_of(rate: Rate, facts: Facts, mode: str, checkout: Checkout) -> int | None:
    """The price, None where the rate has none."""
    match rate:
        case Flat():
            return rate.price
        case PerItem():
            units = facts["shipment.item_count"]
            assert isinstance(units, int)
            return sum(rate.first if number == 0 else rate.further for number in range(units))
        case Bands():
            value = facts.get(rate.by)
            return None if not isinstance(value, int) else _in_bands(rate.rows, value)
        case PercentRate():
            value = facts.get(rate.of)
            if not isinstance(value, int):
                return None
            price = percent_of(value, rate.percent, mode)
            price = price if rate.maximum is None else min(price, rate.maximum)
            return price if rate.minimum is None else max(price, rate.minimum)
        case BaseStep():
            value = facts.get(rate.by)
            if not isinstance(value, int) or (rate.up_to is not None and value > rate.up_to):
                return None
            return rate.base + _steps(rate.plus, rate.per, 0, value)
        case Table():
            return _in_table(rate, facts, checkout)


def _in_bands(rows: tuple[Band, ...], value: int) -> int | None:
    for row in rows:
        if (row.low is None or row.low <= value) and (row.high is None or value < row.high):
            return row.price + (0 if row.step is None else _steps(row.step.plus, row.step.per, row.step.over, value))
    return None


def _in_table(table: Table, facts: Facts, checkout: Checkout) -> int | None:
    for row in table.rows:
        if truth(row.where, facts, checkout.cart.sets) is True:
            value = facts.get(table.by or "")
            if row.step is None:
                return row.price
            return (
                row.price + _steps(row.step.plus, row.step.per, row.step.over, value)
                if isinstance(value, int)
                else None
            )
    return None


def _steps(plus: int, per: int, over: int, value: int) -> int:
    """Every started step above the start costs once more."""
    price = 0
    while over < value:
        price, over = price + plus, over + per
    return price
