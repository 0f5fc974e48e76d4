"""What is the JSON Schema of an inventory document?"""

from __future__ import annotations

from typing import get_args

from engine.documents.model.inventory import BackOrder
from engine.documents.shapes.parts import Schema, identifier, listed, quantity, record, when, word

REQUIRED = ("reservations",)


def inventory_shape() -> dict[str, Schema]:
    """The keys beside the head."""
    return {
        "reservations": listed(_keeping(), "For how long units are kept; the first that holds decides."),
        "back_order": word(get_args(BackOrder), "Whether more may be sold than is there; never when absent."),
    }


def _keeping() -> Schema:
    properties = {
        "id": identifier(),
        "when": when(),
        "keep": quantity("How long, as in 20m, while nobody has paid."),
    }
    return record(properties, ["id", "keep"])
