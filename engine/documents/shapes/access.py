"""What is the JSON Schema of an access document?"""

from __future__ import annotations

from typing import get_args

from engine.documents.model import Period
from engine.documents.shapes.parts import (
    ID_PATTERN,
    Schema,
    identifier,
    listed,
    mapped,
    money,
    one_or_more,
    record,
    text,
    word,
)
from engine.facts.vocabulary import Vocabulary

REQUIRED = ("roles",)


def access_shape() -> dict[str, Schema]:
    """The keys beside the head."""
    name: Schema = {"title": "an id", "pattern": ID_PATTERN}
    return {"roles": mapped(_role(), name, "Who there is, and what each may do; `guest` and `customer` must be there.")}


def open_permissions() -> dict[str, Schema]:
    """The definitions the roles refer to, with the names of actions left open; the document stage reads those."""
    return {"permission": text(), "limits": mapped(_limit())}


def permissions_of(vocabulary: Vocabulary) -> dict[str, Schema]:
    """The same definitions with every action of the vocabulary, so that an editor can offer it."""
    offered: list[Schema] = [{"const": "*", "description": "Everything."}]
    for area in dict.fromkeys(name.partition(".")[0] for name in vocabulary.actions):
        offered.append({"const": f"{area}.*", "description": f"Everything in {area}."})
    offered += [{"const": action.name, "description": action.about} for action in vocabulary.actions.values()]
    limits = {action.name: _limit() for action in vocabulary.actions.values() if action.amount}
    return {"permission": {"title": "an action", "anyOf": offered}, "limits": record(limits)}


def _role() -> Schema:
    return record(
        {
            "inherits": one_or_more(identifier(), "Roles whose permissions this one has as well."),
            "may": listed({"$ref": "#/$defs/permission"}, 'Actions it may do; "catalog.*" and "*" stand for many.'),
            "limits": {"$ref": "#/$defs/limits", "description": "Up to which amount it may do an action."},
        }
    )


def _limit() -> Schema:
    per = word(get_args(Period), "once: each time; order: all times for one order; day: all times of one day.")
    return record({"amount": money("The most it may amount to."), "per": per}, ["amount", "per"])
