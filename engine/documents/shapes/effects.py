"""What is the JSON Schema of `then` in promotions and coupons, and of their limits?"""

from __future__ import annotations

from engine.documents.read_effects import BASES, EFFECTS, MOST_UNITS, PERS, TARGETS
from engine.documents.shapes.parts import (
    Schema,
    exactly_one,
    flag,
    identifier,
    listed,
    measured,
    money,
    one_or_more,
    percent,
    record,
    tax_mode,
    text,
    where,
    whole_number,
    word,
)


def effect() -> Schema:
    """Exactly one effect with the keys that qualify it."""
    properties: dict[str, Schema] = {
        "percent_off": percent("This percentage off."),
        "amount_off": money("This amount off."),
        "fixed_price": money("The price becomes this where it is higher."),
        "tiered_percent": _tiered_percent(),
        "cheapest_free": _cheapest_free(),
        "buy_x_get_y": _buy_x_get_y(),
        "bundle": _bundle(),
        "gift": record({"sku": text(), "quantity": _units()}, ["sku"], "Adds units of this SKU at price zero."),
        "free_shipping": flag("Shipping costs nothing."),
        "on": word(TARGETS, "What the discount is taken off: lines (default), order or shipping."),
        "where": where(),
        "basis": word(BASES, "Percentage of what earlier lanes left (remaining) or of the first price (initial)."),
        "cap": money("The most the rule gives in one cart."),
        "per": word(PERS, "The amount is given once for the order, or for each line or unit."),
        "tax": tax_mode(),
        "methods": one_or_more(identifier(), "Shipping methods the discount is limited to."),
    }
    return exactly_one(record(properties, about="What is given."), tuple(EFFECTS))


def limits(of_codes: bool = False) -> Schema:
    """How often and how much a rule may give."""
    properties: dict[str, Schema] = {
        "per_order": whole_number(1, about="Applications in one cart."),
        "per_customer": whole_number(1, about="Orders of one customer that used it."),
        "total": whole_number(1, about="Orders that used it."),
        "budget": money("The most it gives away in all."),
    }
    if of_codes:
        properties["per_code"] = whole_number(1, about="Orders that used one code.")
    return record(properties, about="How often and how much this may give.")


def _units() -> Schema:
    return whole_number(1, MOST_UNITS, "A number of units.")


def _tiered_percent() -> Schema:
    row = record({"from": measured("The row holds from here on."), "percent": percent()}, ["from", "percent"])
    properties = {"by": text("The fact that decides."), "rows": listed(row, least=1)}
    return record(properties, ["by", "rows"], "A percentage that grows with a fact.")


def _cheapest_free() -> Schema:
    properties = {"where": where(), "buy": whole_number(2, MOST_UNITS), "free": whole_number(1, MOST_UNITS)}
    return record(properties, ["buy", "free"], "Of every `buy` units the `free` cheapest cost nothing.")


def _buy_x_get_y() -> Schema:
    buy = record({"where": where(), "quantity": _units()})
    get = record({"where": where(), "quantity": _units(), "percent_off": percent()}, ["percent_off"])
    return record({"buy": buy, "get": get}, ["buy", "get"], "Buying some units makes others cheaper.")


MOST_PARTS = 8
"""Of a bundle: which units fill which parts is looked at for every set of parts."""


def _bundle() -> Schema:
    part = record({"where": where(), "quantity": _units()})
    properties = {
        "of": {**listed(part, least=1), "maxItems": MOST_PARTS},
        "price": money("The price of one bundle."),
        "percent_off": percent(),
        "amount_off": money(),
    }
    bundle = record(properties, ["of"], "Units that fill all parts together cost less.")
    return exactly_one(bundle, ("price", "percent_off", "amount_off"))
