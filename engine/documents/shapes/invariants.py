"""What is the JSON Schema of the invariants of a document?"""

from __future__ import annotations

from engine.documents.invariants import CLAIMS, GROWING, MEASURED, SIDES
from engine.documents.shapes.parts import (
    Schema,
    exactly_one,
    identifier,
    listed,
    mapped,
    message,
    money,
    percent,
    record,
    word,
)

WHEN = "request_when"
"""The definition of conditions over what is known before the first stage."""


def invariants() -> Schema:
    """The list under `invariants:`.

    What makes a claim say something (`of` beside a percentage, a tolerance, an amount) the reader asks for: it can tell
    why.
    """
    claims: dict[str, Schema] = {
        "always": _always(),
        "monotone": _monotone(),
        "never_more": _never_more(),
        "adding_an_item": _limit("lowers_total_by_at_most", "What a cart may become cheaper by when units are added."),
        "splitting": _limit("saves_at_most", "What may be saved by buying the units of one cart in two."),
    }
    properties: dict[str, Schema] = {
        "id": identifier("Names the claim in verdicts."),
        **claims,
        "when": {"$ref": f"#/$defs/{WHEN}"},
        "message": message(),
    }
    about = "What is claimed of every decision; proved or refuted, and decides nothing."
    return listed(exactly_one(record(properties, ["id"]), CLAIMS), about)


def _always() -> Schema:
    limit = record({**{side: _limit_value() for side in SIDES}, "tolerance": _tolerance()})
    limits: dict[str, Schema] = {measure: exactly_one(limit, SIDES) for measure in MEASURED}
    return exactly_one(record(limits, about="A sum that always keeps a limit."), MEASURED)


def _limit_value() -> Schema:
    """An amount, one for each currency, or a percentage of another sum."""
    return {
        "title": "an amount, or a percentage such as {percent: 60, of: items}",
        "description": 'An amount, as in "12.50", or a percentage of another sum.',
        "type": ["string", "number", "object"],
        "properties": {"percent": percent("A percentage, as in 60."), "of": word(MEASURED, "The sum it is of.")},
        "propertyNames": {"title": "a currency, percent or of", "pattern": "^([A-Z]{3}|percent|of)$"},
        "additionalProperties": {"title": "an amount", "type": ["string", "number"]},
    }


def _monotone() -> Schema:
    properties = {
        "measure": word(MEASURED, "The sum that does not fall."),
        "growing": word(GROWING, "What of one line grows."),
        "falls_by_at_most": money("What it may fall by nevertheless; nothing when absent."),
    }
    return record(properties, ["measure", "growing"], "A sum that does not fall while one line grows.")


def _never_more() -> Schema:
    values: Schema = {
        "title": "a value, or {known: false}",
        "type": ["string", "number", "boolean", "object"],
        "properties": {"known": {"title": "true or false", "type": "boolean"}},
        "propertyNames": {"title": "a currency, or known", "pattern": "^([A-Z]{3}|known)$"},
        "additionalProperties": {"title": "an amount", "type": ["string", "number"]},
    }
    properties = {
        "these": {**mapped(values, about="Facts of those who never pay more."), "minProperties": 1},
        "those": {**mapped(values, about="The same facts of those they are compared with."), "minProperties": 1},
        "tolerance": _tolerance(),
    }
    return record(properties, ["these", "those"], "The same cart never costs these more than those.")


def _limit(key: str, about: str) -> Schema:
    return record({key: money(about)})


def _tolerance() -> Schema:
    return money("By how much the claim may be missed, because amounts are rounded.")
