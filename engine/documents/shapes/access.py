"""What is the JSON Schema of an access document?"""

from __future__ import annotations

from typing import get_args

from engine.documents.model import Kind, Period
from engine.documents.publish_policy import MOST_ORDERS
from engine.documents.shapes.parts import (
    ID_PATTERN,
    Schema,
    at_least_one,
    described,
    identifier,
    listed,
    mapped,
    money,
    one_or_more,
    percent,
    record,
    text,
    whole_number,
    word,
)
from engine.facts.vocabulary import Vocabulary
from engine.text.codes import all_codes

REQUIRED = ("roles",)


def access_shape() -> dict[str, Schema]:
    """The keys beside the head."""
    name: Schema = {"title": "an id", "pattern": ID_PATTERN}
    return {
        "roles": mapped(_role(), name, "Who there is, and what each may do; `guest` and `customer` must be there."),
        "publish_policy": _publish_policy(),
    }


def open_permissions() -> dict[str, Schema]:
    """The definitions of names, with actions and warnings left open; the document stage reads those."""
    return {"permission": text(), "limits": mapped(_limit()), "warning": text()}


def permissions_of(vocabulary: Vocabulary) -> dict[str, Schema]:
    """The same definitions with every action of the vocabulary and every warning, so that an editor can offer them."""
    offered: list[Schema] = [{"const": "*", "description": "Everything."}]
    for area in dict.fromkeys(name.partition(".")[0] for name in vocabulary.actions):
        offered.append({"const": f"{area}.*", "description": f"Everything in {area}."})
    offered += [{"const": action.name, "description": action.about} for action in vocabulary.actions.values()]
    limits = {action.name: _limit() for action in vocabulary.actions.values() if action.amount}
    warnings = [{"const": code.code, "description": code.title} for code in all_codes() if code.severity == "warning"]
    return {
        "permission": {"title": "an action", "anyOf": offered},
        "limits": record(limits),
        "warning": {"title": "a warning", "anyOf": warnings},
    }


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


def _publish_policy() -> Schema:
    warnings: Schema = {
        "title": "`any`, or codes of warnings such as RS412",
        "type": ["string", "array"],
        "items": {"$ref": "#/$defs/warning"},
    }
    approver = {
        "kinds": listed(word(get_args(Kind)), "Kinds of ruleset that nobody publishes alone."),
        "warnings": described(warnings, "Warnings that nobody allows alone; any: none of them."),
    }
    guard = {
        "orders": whole_number(0, MOST_ORDERS, "How many orders to look at, the newest first."),
        "collections": one_or_more(identifier(), "Collections of carts to look at besides."),
        "carts_worse": percent("More of the carts than this must not become dearer, or be refused: 0.5."),
        "revenue_falls": percent("What all carts together pay must not fall by more than this: 1."),
    }
    thresholds = at_least_one(record(guard, ["orders"]), ("carts_worse", "revenue_falls"))
    return record(
        {
            "second_approver": record(approver, about="What somebody else has to agree to, whatever it changes."),
            "guard": described(
                thresholds,
                "Before anything is published, past carts are decided with it and without it. Beyond these shares"
                " somebody else has to agree.",
            ),
        },
        about="When a second person has to agree before a ruleset is published; never when absent.",
    )
