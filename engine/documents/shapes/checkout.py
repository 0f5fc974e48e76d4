"""What is the JSON Schema of a checkout document?"""

from __future__ import annotations

from engine.documents.shapes.parts import (
    Schema,
    identifier,
    listed,
    message,
    money,
    one_or_more,
    quantity,
    record,
    tax_mode,
    text,
    when,
    word,
)
from engine.documents.shapes.refusals import refusals

REQUIRED: tuple[str, ...] = ()


def checkout_shape() -> dict[str, Schema]:
    """The keys beside the head."""
    return {
        "require": listed(text(), "Facts that must be known before an order can be placed."),
        "minimum_order": _minimum_order(),
        "refuse": refusals("Carts that cannot become an order."),
        "payment_methods": listed(_payment_method(), "Payment methods and when they are offered."),
        "price_lock": quantity("How long a quote holds, as in 15m."),
        "cash_rounding": _cash_rounding(),
    }


def _minimum_order() -> Schema:
    properties = {
        "amount": money("The least an order must come to."),
        "of": text("The money fact that is held against it."),
        "tax": tax_mode(),
    }
    return record(properties, ["amount", "of"])


def _payment_method() -> Schema:
    confirm = word(["sms"], "A code is sent to the customer's telephone; the order waits for it.")
    return record({"id": identifier(), "name": message(), "when": when(), "confirm": confirm}, ["id"])


def _cash_rounding() -> Schema:
    methods = one_or_more(identifier(), "Payment methods it holds for; all when absent.")
    properties = {"step": money("The total becomes a multiple of this."), "methods": methods}
    return record(properties, ["step"])
