"""What is the JSON Schema of a coupons document?"""

from __future__ import annotations

from engine.documents.coupons import STACKING
from engine.documents.shapes.effects import limits
from engine.documents.shapes.parts import (
    Schema,
    at_least_one,
    flag,
    identifier,
    listed,
    message,
    one_or_more,
    priority,
    record,
    text,
    when,
    window,
    word,
)

REQUIRED = ("coupons",)


def coupons_shape() -> dict[str, Schema]:
    """The keys beside the head."""
    return {
        "stacking": word(STACKING, "none: one code a cart (default); all: several."),
        "coupons": listed(_coupon(), "Codes and what they give."),
    }


def _coupon() -> Schema:
    properties: dict[str, Schema] = {
        "id": identifier("Names the coupon in explanations."),
        "codes": listed(text(), "The codes, compared trimmed, folded and without case.", least=1),
        "campaign": identifier("Every code the shop issued for this campaign."),
        "when": when(),
        "then": {"$ref": "#/$defs/effect"},
        **window(),
        "priority": priority(),
        "limits": limits(of_codes=True),
        "user_bound": flag("Only the customer the code was issued to may use it."),
        "first_order_only": flag("Only for the first order of a customer."),
        "exclusive_with": one_or_more(identifier(), "Rules it does not combine with, or `all`."),
        "message": message(),
    }
    return at_least_one(record(properties, ["id", "then"]), ("codes", "campaign"))
