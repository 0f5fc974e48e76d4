"""What does a shipping rate cost where? As a decision list: boxes, and the price there as a value."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from engine.boxes.box import Box
from engine.boxes.values import ValueSet
from engine.documents.model import Band, Bands, BaseStep, Flat, PercentRate, PerItem, Rate, Step, Table
from engine.equivalence.algebra import EVERYWHERE, Boxes
from engine.equivalence.sides import Side
from engine.money.rounding import Rounding

_ZONE = "shipping.zone"


def price_clauses(
    side: Side, rate: Rate, rounding: Rounding, zone: str, days: object
) -> Iterator[tuple[Boxes, Hashable]]:
    """The rows of a rate in their order. Where none holds there is no price.

    A price is `flat`, or `step` where it grows with a fact; both with the days of the row.
    """
    match rate:
        case Flat():
            yield EVERYWHERE, ("flat", rate.price, _days(days))
        case PerItem():
            yield EVERYWHERE, ("per item", rate.first, rate.further, _days(days))
        case Bands():
            by = side.axis("shipping", rate.by)
            for band in rate.rows:
                yield (Box({by: ValueSet.interval(band.low, band.high)}),), _stepped(band, by, days)
        case PercentRate():
            of = side.axis("shipping", rate.of)
            gives = ("percent", rate.percent, of, rate.minimum, rate.maximum, rounding, _days(days))
            yield (Box({of: ValueSet.known()}),), gives
        case BaseStep():
            by = side.axis("shipping", rate.by)
            most = None if rate.up_to is None else rate.up_to + 1
            step = ("step", rate.base, rate.plus, rate.per, 0, by, _days(days))
            yield (Box({by: ValueSet.interval(None, most)}),), step
        case Table():
            yield from _rows(side, rate, zone, days)


def _rows(side: Side, table: Table, zone: str, days: object) -> Iterator[tuple[Boxes, Hashable]]:
    for row in table.rows:
        boxes = side.boxes_of("shipping", row.where)
        if zone:
            boxes = tuple(box.with_axis(_ZONE, ValueSet.anything()) for box in boxes if box[_ZONE].contains(zone))
        by = side.axis("shipping", table.by or "")
        if row.step is not None:
            boxes = side.algebra.meet(boxes, (Box({by: ValueSet.known()}),))
        yield boxes, _price(row.price, row.step, by, row.days or days)


def _stepped(band: Band, by: str, days: object) -> Hashable:
    return _price(band.price, band.step, by, days)


def _price(price: int, step: Step | None, by: str, days: object) -> Hashable:
    if step is None or not step.plus:
        return "flat", price, _days(days)
    return "step", price, step.plus, step.per, step.over, by, _days(days)


def _days(days: object) -> Hashable:
    assert isinstance(days, tuple) or days is None
    return days
