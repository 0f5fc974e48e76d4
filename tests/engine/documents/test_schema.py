"""Are the generated JSON Schemas valid, and do they know the facts an author may write?"""

import pytest
from jsonschema import Draft202012Validator

from engine.documents.kinds import KINDS
from engine.documents.model import Kind
from engine.documents.schema import json_schema, shape_schema
from engine.documents.shape_checks import compiled
from engine.facts.vocabulary import Vocabulary
from engine.text.nodes import Node, to_plain


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_follow_the_metaschema(kind: Kind, vocabularies: dict[str, Vocabulary]) -> None:
    Draft202012Validator.check_schema(shape_schema(kind))
    Draft202012Validator.check_schema(json_schema(kind, vocabularies[f"{KINDS[kind].vocabulary}/1"]))


@pytest.mark.parametrize("kind", KINDS)
def test_examples_validate_in_an_editor(
    kind: Kind, examples: dict[str, Node], vocabularies: dict[str, Vocabulary]
) -> None:
    schema = json_schema(kind, vocabularies[f"{KINDS[kind].vocabulary}/1"])
    errors = Draft202012Validator(schema).iter_errors(to_plain(examples[kind]))
    assert [(list(error.absolute_path), error.message) for error in errors] == []


def definition(schema: dict[str, object], name: str) -> dict[str, object]:
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    found = definitions[name]
    assert isinstance(found, dict)
    return found


def test_an_editor_offers_the_facts_that_exist_at_the_stage(vocabularies: dict[str, Vocabulary]) -> None:
    pricing = definition(json_schema("pricing", vocabularies["checkout/1"]), "when")["properties"]
    checkout = definition(json_schema("checkout", vocabularies["checkout/1"]), "when")["properties"]
    assert isinstance(pricing, dict)
    assert isinstance(checkout, dict)
    assert "customer.group" in pricing
    assert "subtotal.items" not in pricing
    assert "line.sku" not in pricing
    assert "total" in checkout
    assert "Customer group" in pricing["customer.group"]["description"]


def test_an_editor_offers_the_operators_that_fit_the_type(vocabularies: dict[str, Vocabulary]) -> None:
    tests = definition(json_schema("checkout", vocabularies["checkout/1"]), "test_of_codes")["properties"]
    assert isinstance(tests, dict)
    assert list(tests) == ["any_of", "all_of", "none_of", "known"]


def test_a_keyword_the_shape_checks_do_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="multipleOf"):
        compiled({"type": "integer", "multipleOf": 3})
    with pytest.raises(ValueError, match="asks for more than a key"):
        compiled({"oneOf": [{"required": ["a"], "type": "object"}]})
