"""What does one parcel cost by each way of pricing, and when is there a price at all?"""

from __future__ import annotations

from dataclasses import dataclass

from engine.boxes.build import boxes_of
from engine.boxes.values import ValueSet
from engine.compiler.rates import settle
from engine.documents.model import Bands, BaseStep, Flat, PercentRate, PerItem, Rate, Step, Table
from engine.money.rounding import Rounding
from engine.symbolic.facts import Measured, View
from engine.symbolic.model import Model, NotModelled
from engine.symbolic.terms import Number, Truth


@dataclass(frozen=True, slots=True)
class Priced:
    """The price where `known` holds; no price elsewhere."""

    price: Number
    known: Truth


def price_of(model: Model, rate: Rate, view: View, mode: Rounding) -> Priced:
    """The price of a parcel whose facts the view shows."""
    match rate:
        case Flat():
            return Priced(rate.price, True)
        case PerItem():
            units = _number(view, "shipment.item_count").value
            return Priced(model.named("price", rate.first + rate.further * (units - 1)), True)
        case Bands():
            return _bands(model, rate, view)
        case PercentRate():
            return _percent(model, rate, view, mode)
        case BaseStep():
            return _base_step(model, rate, view)
        case Table():
            return _table(model, rate, view)


def _number(view: View, fact: str) -> Measured:
    term = view.term(fact)
    if not isinstance(term, Measured):
        raise NotModelled(f"a shipping price by {fact}")
    return term


def _bands(model: Model, rate: Bands, view: View) -> Priced:
    cuts, row_of = settle(rate.rows)
    measured = _number(view, rate.by)
    ends = [None, *cuts, None]
    price: Number = 0
    known: Truth = False
    for stretch, row in enumerate(row_of):
        if row < 0:
            continue
        inside = view.statements.accepts(measured, ValueSet.interval(ends[stretch], ends[stretch + 1]))
        band = rate.rows[row]
        price = model.logic.choose(inside, _stepped(model, band.price, band.step, measured), price)
        known = model.logic.any([known, inside])
    return Priced(model.named("price", price), known)


def _stepped(model: Model, price: int, step: Step | None, measured: Measured) -> Number:
    if step is None or step.plus == 0:
        return price
    return price + step.plus * model.steps(measured.value - step.over, step.per)


def _percent(model: Model, rate: PercentRate, view: View, mode: Rounding) -> Priced:
    measured = _number(view, rate.of)
    price = model.rounded(measured.value, rate.percent[0], rate.percent[1], mode)
    if rate.maximum is not None:
        price = model.least_of(price, rate.maximum)
    if rate.minimum is not None:
        price = model.most_of(price, rate.minimum)
    return Priced(price, model.logic.no(measured.missing))


def _base_step(model: Model, rate: BaseStep, view: View) -> Priced:
    measured = _number(view, rate.by)
    known = view.statements.accepts(measured, ValueSet.interval(None, None if rate.up_to is None else rate.up_to + 1))
    return Priced(
        model.named("price", _stepped(model, rate.base, Step(plus=rate.plus, per=rate.per, over=0), measured)), known
    )


def _table(model: Model, rate: Table, view: View) -> Priced:
    """The first row that holds."""
    price: Number = 0
    known: Truth = False
    measured = None if rate.by is None else _number(view, rate.by)
    for row in reversed(rate.rows):
        boxes = boxes_of(row.where)
        if any("∋" in axis for box in boxes for axis in box):
            raise NotModelled("a table that looks into sets")
        holds = view.holds(boxes)
        has_price: Truth = True
        amount: Number = row.price
        if row.step is not None:
            if measured is None:
                raise NotModelled("steps of nothing")
            amount = _stepped(model, row.price, row.step, measured)
            has_price = model.logic.no(measured.missing)
        price = model.logic.choose(holds, amount, price)
        known = model.logic.choose_truth(holds, has_price, known)
    return Priced(model.named("price", price), known)
