"""Which JSON Schema fragments do documents of all kinds share?

Every fragment that stands for one kind of value has a `title`: the words a message uses for what was expected.
Conditions are references (`#/$defs/when`, `#/$defs/where`), so that the shape stage can leave them open and the
schema for editors can spell them out over a vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from engine.documents.head import ROUNDINGS
from engine.facts.vocabulary import FACT_TYPES

Schema: TypeAlias = dict[str, object]

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
LOCALE_PATTERN = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
WHOLE_NUMBER = r"^-?[0-9]{1,18}$"


def record(properties: dict[str, Schema], required: Sequence[str] = (), about: str = "") -> Schema:
    """A map with these keys and no others."""
    schema: Schema = {
        "title": "a map",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    if required:
        schema["required"] = list(required)
    return described(schema, about)


def exactly_one(schema: Schema, keys: Sequence[str]) -> Schema:
    """The record with exactly one of the keys."""
    return {**schema, "oneOf": [{"required": [key]} for key in keys]}


def at_least_one(schema: Schema, keys: Sequence[str]) -> Schema:
    """The record with one or more of the keys."""
    return {**schema, "anyOf": [{"required": [key]} for key in keys]}


def with_companions(schema: Schema, companions: dict[str, list[str]]) -> Schema:
    """The record in which some keys need others beside them."""
    return {**schema, "dependentRequired": companions}


def listed(items: Schema, about: str = "", least: int = 0) -> Schema:
    """A list of such items."""
    schema: Schema = {"title": "a list", "type": "array", "items": items}
    if least:
        schema["minItems"] = least
    return described(schema, about)


def one_or_more(item: Schema, about: str = "") -> Schema:
    """One such scalar, or a list of them."""
    scalar_types = item["type"] if isinstance(item["type"], list) else [item["type"]]
    schema: Schema = {**item, "title": "a text or a list", "type": [*scalar_types, "array"], "items": item}
    return described(schema, about)


def mapped(values: Schema, keys: Schema | None = None, about: str = "") -> Schema:
    """A map from names to such values."""
    schema: Schema = {"title": "a map", "type": "object", "additionalProperties": values}
    if keys is not None:
        schema["propertyNames"] = keys
    return described(schema, about)


def word(choices: Sequence[str], about: str = "") -> Schema:
    """One of these words."""
    return described({"title": "a word", "enum": list(choices)}, about)


def flag(about: str = "") -> Schema:
    """A yes or no."""
    return described({"title": "true or false", "type": "boolean"}, about)


def text(about: str = "") -> Schema:
    """A text; a plain number is taken as written."""
    return described({"title": "a text", "type": ["string", "number"]}, about)


def identifier(about: str = "") -> Schema:
    """An id that other places refer to."""
    schema: Schema = {"title": "an id", "type": ["string", "number"], "pattern": ID_PATTERN}
    return described(schema, about)


def whole_number(least: int, most: int = 10**9, about: str = "") -> Schema:
    """A whole number, plain or quoted."""
    schema: Schema = {
        "title": "a whole number",
        "type": ["integer", "string"],
        "pattern": WHOLE_NUMBER,
        "minimum": least,
        "maximum": most,
    }
    return described(schema, about)


def money(about: str = 'An amount of money, as in "12.50".') -> Schema:
    """An amount, or one for each currency."""
    return {
        "title": "an amount",
        "description": about,
        "type": ["string", "number", "object"],
        "propertyNames": {"title": "a currency", "pattern": "^[A-Z]{3}$"},
        "additionalProperties": {"title": "an amount", "type": ["string", "number"]},
    }


def percent(about: str = "A percentage between 0 and 100, as in 12.5.") -> Schema:
    """A percentage."""
    return {"title": "a percentage", "description": about, "type": ["string", "number"]}


def quantity(about: str) -> Schema:
    """A weight, volume, duration, instant or another literal with a unit."""
    return {"title": "a value", "description": about, "type": ["string", "number"]}


def measured(about: str) -> Schema:
    """A value of the fact a row measures: a weight, a count, an amount of money."""
    return money(about)


def message(about: str = "Text for people, by locale.") -> Schema:
    """Text by locale tag."""
    locale: Schema = {"title": "a locale such as pt-BR", "pattern": LOCALE_PATTERN}
    return mapped(text(), locale, about)


def when() -> Schema:
    """A condition over the cart (or what the kind decides about)."""
    return {"$ref": "#/$defs/when"}


def where() -> Schema:
    """A condition over one line."""
    return {"$ref": "#/$defs/where"}


def window() -> dict[str, Schema]:
    """The keys `from` and `until`."""
    return {
        "from": quantity("First instant at which this holds: 2026-11-01 or 2026-11-01T10:00."),
        "until": quantity("First instant at which this holds no longer (excluded)."),
    }


def tax_mode(about: str = "Whether the amount is meant with or without tax.") -> Schema:
    """`included` or `excluded`."""
    return word(("included", "excluded"), about)


def priority() -> Schema:
    """The rank of a rule."""
    return whole_number(-(10**6), 10**6, "Greater first; 0 when absent. Ties break by id.")


def head(kind: str) -> dict[str, Schema]:
    """The keys every document may have."""
    return {
        "ruleset": {"const": kind, "title": f"the word {kind}", "description": "The kind of ruleset."},
        "name": identifier("Kind and name identify the ruleset inside a store."),
        "version": whole_number(1, about="A published version never changes."),
        "vocabulary": text("The facts the document may read: checkout/1; order/1 for orders, access/1 for access."),
        "currency": one_or_more({"title": "a currency", "type": "string"}, "ISO 4217 code, or a list of several."),
        "timezone": text("IANA time zone that calendar conditions are read in; UTC when absent."),
        "rounding": word(ROUNDINGS, "How fractions of the smallest coin are rounded; half_up when absent."),
        "summary": text("One sentence about the document."),
        "attributes": mapped(_attribute(), about="Typed attributes of the store that the document reads."),
        "define": mapped({"$ref": "#/$defs/definition"}, about="Names for conditions and sums over lines."),
        "allow": listed(_allowance(), "Findings the author accepts, each with a reason."),
        "cases": listed({"title": "a map", "type": "object"}, "Examples that are run at every check."),
    }


REQUIRED_HEAD = ("ruleset", "name", "version", "vocabulary")


def described(schema: Schema, about: str) -> Schema:
    """The schema with a description, if there is one."""
    return {**schema, "description": about} if about else schema


def _attribute() -> Schema:
    return record({"type": word(FACT_TYPES), "about": text("What the attribute means.")}, ["type"])


def _allowance() -> Schema:
    properties = {
        "code": text("The code of the finding, as in RS420."),
        "rule": text("The rule it is accepted for; everywhere when absent."),
        "because": text("Why it is accepted."),
    }
    return record(properties, ["code", "because"])
