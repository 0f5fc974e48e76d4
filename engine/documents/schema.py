"""What is the JSON Schema (2020-12) of a ruleset kind, for editors and for the shape stage?"""

from __future__ import annotations

from typing import Final

from engine.documents.condition_schema import condition_schemas, request_condition
from engine.documents.kinds import APART, KINDS
from engine.documents.model import Kind
from engine.documents.read_conditions import MEASURES
from engine.documents.shapes.access import open_permissions, permissions_of
from engine.documents.shapes.effects import effect
from engine.documents.shapes.invariants import WHEN, invariants
from engine.documents.shapes.parts import REQUIRED_HEAD, Schema, head, record
from engine.facts.vocabulary import Vocabulary

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def json_schema(kind: Kind, vocabulary: Vocabulary) -> Schema:
    """The schema an editor completes and validates with: conditions spelled out over the facts of the vocabulary
    that documents of this kind may read.
    """
    spec = KINDS[kind]
    definitions = condition_schemas(vocabulary, spec.when, spec.where)
    if kind == "access":
        definitions |= permissions_of(vocabulary)
    if kind not in APART:
        definitions[WHEN] = request_condition(WHEN, vocabulary)
    return _document(kind, definitions, f"{kind} ruleset over {vocabulary.ref}")


def shape_schema(kind: Kind) -> Schema:
    """The same schema with conditions and actions left open; the document stage reads those itself."""
    anything: Schema = {"title": "a map of tests", "type": "object"}
    definitions: dict[str, Schema] = {"when": anything, "where": anything}
    if kind not in APART:
        definitions[WHEN] = anything
    if kind == "access":
        definitions |= open_permissions()
    return _document(kind, definitions, f"{kind} ruleset")


def _document(kind: Kind, read_later: dict[str, Schema], title: str) -> Schema:
    spec = KINDS[kind]
    claims = {} if kind in APART else {"invariants": invariants()}
    body = record({**head(kind), **claims, **spec.shape()}, [*REQUIRED_HEAD, *spec.required])
    definitions = {**read_later, "definition": _definition()}
    if kind in ("promotions", "coupons"):
        definitions["effect"] = effect()
    return {"$schema": DIALECT, **body, "title": title, "$defs": definitions}


def _definition() -> Schema:
    """A named condition, or a named sum over lines."""
    aggregate = record(
        {
            "aggregate": {"title": "a sum over lines", "enum": list(MEASURES)},
            "where": {"$ref": "#/$defs/where"},
        },
        ["aggregate"],
    )
    return {
        "title": "a map",
        "type": "object",
        "if": {"required": ["aggregate"]},
        "then": aggregate,
        "else": {"title": "a map of tests", "type": "object"},
    }
