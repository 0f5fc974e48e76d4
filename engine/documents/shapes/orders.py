"""What is the JSON Schema of an orders document?"""

from __future__ import annotations

from typing import get_args

from engine.documents.model import ACTIONS
from engine.documents.model.orders import OnThresholdLoss, ShippingOnPartial
from engine.documents.shapes.parts import (
    Schema,
    described,
    flag,
    identifier,
    listed,
    mapped,
    message,
    one_or_more,
    quantity,
    record,
    text,
    when,
    word,
)

REQUIRED = ("states", "transitions")


def orders_shape() -> dict[str, Schema]:
    """The keys beside the head."""
    return {
        "roles": one_or_more(identifier(), "Who may do something with an order."),
        "states": mapped(_state(), about="The states an order can be in."),
        "transitions": listed(_transition(), "What takes an order from one state to another."),
        "refunds": _refunds(),
        "moved": mapped(text(), about="Where orders go on that are in a state which earlier versions had: old: new."),
    }


def _refunds() -> Schema:
    properties = {
        "shipping_on_partial": word(
            get_args(ShippingOnPartial), "What of shipping goes back when a part is returned; keep when absent."
        ),
        "on_threshold_loss": word(
            get_args(OnThresholdLoss),
            "Whether what stays keeps a discount that it would not have got alone; keep when absent.",
        ),
    }
    return described(record(properties), "What goes back besides the units.")


def _state() -> Schema:
    timeout = record({"after": quantity("How long, as in 30m."), "event": identifier()}, ["after", "event"])
    properties = {
        "initial": flag("An order begins here."),
        "final": {
            "title": "true or false, or a map with when:",
            "description": "Nothing happens after it, always or when a condition holds.",
            "type": ["boolean", "object"],
            "properties": {"when": when()},
            "required": ["when"],
            "additionalProperties": False,
        },
        "undone": flag(
            "Whether an order that ends here was no sale, so that its money must go back; else its name tells."
        ),
        "waiting": flag("The state waits for the outside world."),
        "timeout": timeout,
        "name": message(),
    }
    state = record(properties)
    return {**state, "title": "a map, or nothing", "type": ["object", "null"]}


def _transition() -> Schema:
    properties = {
        "on": text("The event."),
        "from": one_or_more(text(), "The states it starts in."),
        "to": text("The state it leads to; the same one when absent."),
        "by": one_or_more(text(), "Roles that may do it."),
        "when": when(),
        "do": _actions(),
    }
    return record(properties, ["on", "from", "by"])


def _actions() -> Schema:
    named: Schema = {
        "title": "an action, or a map of one action",
        "type": ["string", "object"],
        "propertyNames": {"enum": list(ACTIONS)},
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": text(),
    }
    return one_or_more(named, "What happens, in order.")
