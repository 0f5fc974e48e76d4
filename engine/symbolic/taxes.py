"""What do tax and cash rounding add? Tax is only bounded: between nothing and the highest rate of everything."""

from __future__ import annotations

from dataclasses import dataclass

from engine.boxes.values import ValueSet
from engine.documents.model import CheckoutDocument, TaxDocument
from engine.symbolic.facts import Measured, View
from engine.symbolic.model import Model
from engine.symbolic.terms import Number, Truth


@dataclass(frozen=True, slots=True)
class Taxed:
    """All tax, and what of it is added to the prices."""

    tax: Number
    added: Number


def run_tax(model: Model, document: TaxDocument | None, goods: Number, shipping: Number, units: Number) -> Taxed:
    """Tax of what is left of the goods and of shipping; `units` in the cart bound what rounding can add."""
    if document is None or all(rate.percent[0] == 0 for rate in document.rates):
        return Taxed(0, 0)
    model.loosen("tax")
    tax = model.unknown("tax")
    whole = goods + (0 if document.shipping == "none" else shipping)
    numerator, denominator = _highest(document)
    of = denominator + (numerator if document.prices == "included" else 0)
    # Each unit, and each part of shipping (one for each rate, so no more than there are units), is rounded once.
    model.logic.tell(of * tax <= numerator * whole + of * (2 * units + 1))
    model.logic.tell(tax <= whole)
    return Taxed(tax, 0 if document.prices == "included" else tax)


def sums(model: Model, document: TaxDocument | None, total: Number, units: Number) -> dict[str, Measured]:
    """The sum after discounts with tax and without it."""
    with_tax, without = "subtotal.after_discounts.gross", "subtotal.after_discounts.net"
    if document is None:
        return {with_tax: Measured(total), without: Measured(total)}
    known, other = (with_tax, without) if document.prices == "included" else (without, with_tax)
    tax = model.unknown("tax of goods")
    numerator, denominator = _highest(document)
    of = denominator + (numerator if document.prices == "included" else 0)
    model.logic.tell(of * tax <= numerator * total + of * units)
    model.logic.tell(tax <= total)
    amount = total - tax if document.prices == "included" else total + tax
    return {known: Measured(total), other: Measured(amount, model.undecided("tax cannot be told"))}


def _highest(document: TaxDocument) -> tuple[int, int]:
    rates = [rate.percent for rate in document.rates]
    return max(rates, key=lambda ratio: ratio[0] / ratio[1], default=(0, 1))


def round_cash(model: Model, document: CheckoutDocument | None, view: View, total: Number) -> Number:
    """The total rounded half up to the cash step where that is how it is paid."""
    if document is None or document.cash_rounding is None:
        return total
    step = document.cash_rounding
    in_cash: Truth = True
    if document.cash_rounding_methods:
        methods = ValueSet.points(document.cash_rounding_methods)
        in_cash = view.statements.accepts(view.term("payment.method"), methods)

    def make() -> Number:
        coins = model.unknown("coins")
        model.logic.tell(2 * step * coins <= 2 * total + step)
        model.logic.tell(2 * total + step < 2 * step * coins + 2 * step)
        return step * coins

    rounded = model.once(("cash", step), [total], make)
    return model.named("total", model.logic.choose(in_cash, rounded, total))
