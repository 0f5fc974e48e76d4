"""What is the JSON Schema of a tax document?"""

from __future__ import annotations

from engine.documents.shapes.parts import (
    Schema,
    identifier,
    listed,
    message,
    percent,
    record,
    tax_mode,
    text,
    where,
    window,
    word,
)
from engine.documents.shapes.refusals import refusals
from engine.documents.tax import LEVELS, OTHERWISE, POLICIES, TARGETS

REQUIRED = ("prices", "rates")


def tax_shape() -> dict[str, Schema]:
    """The keys beside the head."""
    return {
        "prices": tax_mode("Whether catalogue prices contain tax."),
        "level": word(LEVELS, "Where tax is rounded; line when absent."),
        "target": word(TARGETS, "Which part of a price with tax is rounded; net when absent."),
        "policy": word(POLICIES, "The first rate that matches, or unique: overlap is an error."),
        "shipping": text("Tax class of shipping, or pro_rata, or none."),
        "otherwise": word(OTHERWISE, "What happens when no rate matches; refuse when absent."),
        "exempt": refusals("Carts that are not taxed."),
        "rates": listed(_rate(), "Tax rates in order."),
    }


def _rate() -> Schema:
    properties = {
        "id": identifier(),
        "where": where(),
        "percent": percent(),
        **window(),
        "message": message(),
    }
    return record(properties, ["id", "percent"])
