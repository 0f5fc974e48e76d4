"""What is the JSON Schema of a promotions document?"""

from __future__ import annotations

from engine.documents.promotions import PICKS, STAGES
from engine.documents.shapes.effects import limits
from engine.documents.shapes.parts import (
    Schema,
    identifier,
    listed,
    message,
    one_or_more,
    priority,
    record,
    when,
    window,
    word,
)

REQUIRED = ("lanes", "rules")


def promotions_shape() -> dict[str, Schema]:
    """The keys beside the head."""
    return {
        "lanes": listed(_lane(), "Lanes run in this order within their stage."),
        "rules": listed(_rule(), "Discounts that need no code."),
    }


def _lane() -> Schema:
    properties: dict[str, Schema] = {
        "id": identifier(),
        "pick": word(PICKS, "Which rules of the lane apply: the best (default), all, or the first that gives."),
        "stage": word(STAGES, "By default the stage of its rules."),
    }
    return record(properties, ["id"])


def _rule() -> Schema:
    properties: dict[str, Schema] = {
        "id": identifier("Names the rule in explanations."),
        "lane": identifier("The lane it competes in."),
        "when": when(),
        "then": {"$ref": "#/$defs/effect"},
        **window(),
        "priority": priority(),
        "limits": limits(),
        "exclusive_with": one_or_more(identifier(), "Rules or lanes it does not combine with, or `all`."),
        "message": message(),
    }
    return record(properties, ["id", "lane", "then"])
