"""What is the JSON Schema of a shipping document?"""

from __future__ import annotations

from engine.documents.rates import STRATEGIES
from engine.documents.read_bands import ENDS
from engine.documents.read_tables import POLICIES as TABLE_POLICIES
from engine.documents.shapes.parts import (
    WHOLE_NUMBER,
    Schema,
    at_least_one,
    exactly_one,
    identifier,
    listed,
    mapped,
    measured,
    message,
    money,
    one_or_more,
    percent,
    record,
    tax_mode,
    text,
    when,
    whole_number,
    window,
    with_companions,
    word,
)
from engine.documents.shapes.refusals import refusals
from engine.documents.shipping import CHOICES, MOST_DAYS, POLICIES, SHIPMENTS

REQUIRED = ("methods",)


def shipping_shape() -> dict[str, Schema]:
    """The keys beside the head."""
    return {
        "policy": word(POLICIES, "How zones are chosen; first when absent."),
        "shipments": word(SHIPMENTS, "One shipment for the order (default) or one per seller."),
        "choose": word(CHOICES, "What the total contains while nothing is chosen; cheapest when absent."),
        "volumetric_divisor": whole_number(1, 10**6, "cm³ per kg for the chargeable weight."),
        "zones": listed(_zone(), "Where the shop ships to."),
        "methods": listed(_method(), "Shipping methods."),
        "refuse": refusals("Shipments the shop does not take.", by_method=True),
        "tables": mapped(_table(), about="Tariff tables by name."),
    }


def _zone() -> Schema:
    return record({"id": identifier(), "where": when(), **window()}, ["id", "where"])


def _method() -> Schema:
    rate = _rate()
    properties = {
        "id": identifier(),
        "name": message(),
        "when": when(),
        **window(),
        "days": _days(),
        "rates": mapped(rate, about="Rate by zone."),
        "rate": {**rate, "description": "The rate of every zone that has none of its own."},
        "free_from": _free_from(),
    }
    return at_least_one(record(properties, ["id"]), ("rates", "rate"))


def _days() -> Schema:
    day = whole_number(0, MOST_DAYS)
    pair: Schema = {
        "title": "a number of days, or [least, most]",
        "type": ["integer", "string", "array"],
        "pattern": WHOLE_NUMBER,
        "items": day,
        "minItems": 2,
        "maxItems": 2,
    }
    return {
        **pair,
        "description": "Days until delivery, by zone if they differ.",
        "type": ["integer", "string", "array", "object"],
        "additionalProperties": pair,
    }


def _free_from() -> Schema:
    properties = {
        "amount": money("Shipping is free from this amount on."),
        "of": text("The money fact that is held against it."),
        "tax": tax_mode(),
        "zones": one_or_more(identifier(), "Zones it holds for; all when absent."),
    }
    return record(properties, ["amount", "of"])


def _rate() -> Schema:
    properties = {
        "flat": money("One price."),
        "per_item": money("A price for each unit."),
        "first_item": money("The price of the first unit."),
        "each_further": money("The price of each further unit."),
        "bands": _bands(),
        "percent": percent("A percentage of a money fact."),
        "of": text("The money fact."),
        "tax": tax_mode(),
        "min": money("Not below this."),
        "max": money("Not above this."),
        "base": money("A price to begin with."),
        "plus": money("Added for every started step."),
        "per": measured("The size of a step, as in 1kg."),
        "by": text("The fact that is measured."),
        "up_to": measured("Not offered above this."),
        "table": text("A CSV file beside the document, or a name under tables."),
        "policy": word(TABLE_POLICIES, "The first row that matches, or unique: overlap is an error."),
    }
    companions = {"first_item": ["each_further"], "percent": ["of"], "base": ["plus", "per", "by"]}
    return with_companions(exactly_one(record(properties), tuple(STRATEGIES)), companions)


def _bands() -> Schema:
    price: dict[str, Schema] = {"price": money(), "plus": money(), "per": measured("The size of a step.")}
    step = {"plus": ["per"], "per": ["plus"]}
    rest = with_companions(record(price, ["price"], "Everything above the row before."), step)
    row = record(
        {
            "from": measured("Where the row starts; by default where the row before ended."),
            "below": measured("Where the row ends (excluded)."),
            "up_to": measured("Where the row ends (included)."),
            "rest": rest,
            **price,
        }
    )
    companions = {"below": ["price"], "up_to": ["price"], **step}
    properties = {
        "by": text("The fact that decides."),
        "tax": tax_mode(),
        "rows": listed(with_companions(exactly_one(row, ENDS), companions), least=1),
    }
    return record(properties, ["by", "rows"])


def _table() -> Schema:
    cell: Schema = {"title": "a value", "type": ["string", "number", "boolean", "null"]}
    properties = {"columns": listed(text(), least=1), "rows": listed(listed(cell))}
    return record(properties, ["columns", "rows"])
