"""What is the JSON Schema of a pricing document?"""

from __future__ import annotations

from engine.documents.pricing import COST_FACTS, MOST_UNITS, PICKS, WAYS
from engine.documents.shapes.parts import (
    Schema,
    exactly_one,
    flag,
    identifier,
    listed,
    message,
    money,
    percent,
    priority,
    record,
    text,
    when,
    where,
    whole_number,
    window,
    word,
)

REQUIRED = ("rules",)


def pricing_shape() -> dict[str, Schema]:
    """The keys beside the head."""
    return {
        "pick": word(PICKS, "best: the lowest price for the customer; first: the greatest priority."),
        "guard": _guard(),
        "rules": listed(_rule(), "How unit prices come about."),
    }


def _rule() -> Schema:
    properties: dict[str, Schema] = {
        "id": identifier("Names the rule in explanations."),
        "when": when(),
        "where": where(),
        "then": _price(),
        **window(),
        "priority": priority(),
        "marks_sale": flag("Whether the line counts as on sale; true when absent."),
        "message": message(),
    }
    return record(properties, ["id", "then"])


def _price() -> Schema:
    properties = {
        "price": money("The unit price."),
        "percent_off": percent("Off the list price."),
        "amount_off": money("Off the list price."),
        "use": text("A money fact of the line that becomes the price, as in line.sale_price."),
        "tiers": listed(_tier(), "Prices by quantity.", least=1),
    }
    return exactly_one(record(properties, about="How the price comes about."), WAYS)


def _tier() -> Schema:
    properties = {
        "from": whole_number(1, MOST_UNITS, "Units from which the tier holds."),
        "price": money(),
        "percent_off": percent(),
    }
    return exactly_one(record(properties, ["from"]), ("price", "percent_off"))


def _guard() -> Schema:
    below: Schema = {
        "title": "an amount, or a map with fact: and plus:",
        "description": "The lowest unit price: an amount, or a fact of the line plus a percentage.",
        "type": ["string", "number", "object"],
        "properties": {"fact": word(COST_FACTS), "plus": percent()},
    }
    properties = {
        "never_below": below,
        "max_change": percent("The most a price may differ from the list price."),
    }
    return record(properties, about="Bounds that no pricing rule can pass.")
