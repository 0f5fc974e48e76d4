"""What is the JSON Schema of a condition over the facts of a vocabulary?"""

from __future__ import annotations

from engine.documents.operators import LISTS, ONE_OR_MORE, OPERATORS_OF
from engine.documents.places import Place, cart_at
from engine.documents.read_conditions import MEASURES
from engine.documents.shapes.parts import Schema, at_least_one, listed, money, record
from engine.facts.vocabulary import FACT_TYPES, Fact, FactType, Vocabulary

_TEXT_TYPES = frozenset({"code", "text", "country", "region", "postcode", "category", "codes", "time"})


def condition_schemas(vocabulary: Vocabulary, when: Place, where: Place) -> dict[str, Schema]:
    """The definitions `when` and `where`, and one for each type of fact that they use."""
    used = {*MEASURES.values(), *(fact.type for fact in vocabulary.facts.values())}
    types = [name for name in FACT_TYPES if name in used]
    schemas: dict[str, Schema] = {f"test_of_{name}": _tests(name) for name in types}
    schemas["when"] = _condition("when", vocabulary, when)
    schemas["where"] = _condition("where", vocabulary, where)
    if when.reads_lines:
        schemas["line_where"] = _condition("line_where", vocabulary, when.of_lines())
    return schemas


def request_condition(name: str, vocabulary: Vocabulary) -> Schema:
    """The definition `name`: a condition over what is known of a cart before the first stage."""
    return _condition(name, vocabulary, cart_at("request"))


def _condition(name: str, vocabulary: Vocabulary, place: Place) -> Schema:
    itself: Schema = {"$ref": f"#/$defs/{name}"}
    properties: dict[str, Schema] = {
        "all": {**listed(itself, least=1), "description": "Every one of these holds."},
        "any": {**listed(itself, least=1), "description": "At least one of these holds."},
        "not": {"allOf": [itself], "description": "This does not hold."},
        "condition": {
            "title": "a name or a list of names",
            "description": "Conditions from define:.",
            "type": ["string", "array"],
            "items": {"type": "string"},
        },
    }
    if place.reads_lines:
        properties["lines"] = _lines()
    for fact in vocabulary.facts.values():
        if place.has_scope(fact) and place.has_stage(fact):
            properties[fact.name] = _fact(fact)
    schema = record(properties)
    schema["patternProperties"] = _open_facts(place)
    return schema


def _fact(fact: Fact) -> Schema:
    return {"$ref": f"#/$defs/test_of_{fact.type}", "description": f"{fact.about} ({fact.type})"}


def _open_facts(place: Place) -> Schema:
    """Attributes are declared in the document, and so are the aggregates of `define:` and what signals derive."""
    tests: Schema = {"minProperties": 1}
    derived = {r"^(cart|order|customer)\.[a-z][a-z0-9_]*$": tests} if "subject" in place.scopes else {}
    defined = {r"^defined\.": tests} if place.reads_lines else {}
    return {r"^(line|customer|cart)\.attr\.": tests, **defined, **derived}


def _lines() -> Schema:
    """Sums over lines: one map, or a list of several."""
    sums: dict[str, Schema] = {
        measure: {"$ref": f"#/$defs/test_of_{fact_type}"} for measure, fact_type in MEASURES.items()
    }
    one = at_least_one(record({"where": {"$ref": "#/$defs/line_where"}, **sums}), list(MEASURES))
    return {
        **one,
        "title": "a map or a list of maps",
        "description": "Sums over the lines that match.",
        "type": ["object", "array"],
        "items": one,
    }


def _tests(fact_type: FactType) -> Schema:
    """A bare value, or a map of the operators that fit the type."""
    value = _value("code" if fact_type == "codes" else fact_type)
    operators: dict[str, Schema] = {}
    for operator in OPERATORS_OF[fact_type]:
        if operator == "known":
            operators[operator] = {"type": "boolean", "description": "Whether the fact is known."}
        elif operator == "between":
            pair = listed(value, "From the first value (included) to the second (excluded).", least=2)
            operators[operator] = {**pair, "maxItems": 2}
        elif operator in LISTS:
            operators[operator] = listed(value, least=1)
        elif operator in ONE_OR_MORE:
            operators[operator] = {"if": {"type": "array"}, "then": listed(value, least=1), "else": value}
        else:
            operators[operator] = value
    tests = {**record(operators), "minProperties": 1}
    if fact_type == "codes":
        return {**tests, "title": "a map of operators"}
    if fact_type == "money":
        is_amount: Schema = {"type": "object", "patternProperties": {"^[A-Z]{3}$": False}}
        return {"if": is_amount, "then": tests, "else": value}
    return {"if": {"type": "object"}, "then": tests, "else": value}


def _value(fact_type: FactType) -> Schema:
    if fact_type == "money":
        return money()
    if fact_type == "boolean":
        return {"title": "true or false", "type": "boolean"}
    if fact_type == "weekday":
        days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        return {"title": "a weekday", "enum": days}
    if fact_type in _TEXT_TYPES:
        return {"title": "a text", "type": "string"}
    return {"title": "a value", "type": ["string", "number"]}
