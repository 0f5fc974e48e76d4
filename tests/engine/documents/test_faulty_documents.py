"""Is a document with any fault answered with located findings, never with an exception?"""

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from engine.documents.kinds import KINDS
from engine.documents.model import Kind
from engine.documents.read import ReadContext, kind_of, read_document
from engine.documents.schema import json_schema, shape_schema
from engine.documents.shape import check_shape
from engine.facts.vocabulary import Vocabulary
from engine.text.codes import find
from engine.text.diagnostics import has_errors
from engine.text.nodes import Mapping, Node, to_plain

sys.path.insert(0, str(Path(__file__).parent))
from mutations import mutated

VALIDATORS = {kind: Draft202012Validator(shape_schema(kind)) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=80)
@given(data=st.data())
def test_a_mutated_document_is_read_or_answered_with_located_findings(
    kind: Kind, data: st.DataObject, examples: dict[str, Node], context: ReadContext
) -> None:
    document, findings = read_document(data.draw(mutated(examples[kind])), context)
    assert (document is None) == has_errors(findings)
    for finding in findings:
        assert finding.message
        assert finding.span is not None or finding.code == "RS145"
        code = find(finding.code)
        assert code is not None or finding.code.startswith("RS5"), finding


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60)
@given(data=st.data())
def test_shape_checks_agree_with_the_reference_validator(
    kind: Kind, data: st.DataObject, examples: dict[str, Node]
) -> None:
    node = data.draw(mutated(examples[kind]))
    if not isinstance(node, Mapping) or kind_of(node)[0] != kind:
        return
    findings = check_shape(node, kind)
    assert (findings == []) == VALIDATORS[kind].is_valid(to_plain(node)), findings


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60)
@given(data=st.data())
def test_what_the_reader_says_of_shape_an_editor_shows_too(
    kind: Kind, data: st.DataObject, examples: dict[str, Node], context: ReadContext
) -> None:
    node = data.draw(mutated(examples[kind]))
    if not isinstance(node, Mapping) or kind_of(node)[0] != kind or node.get("define") != define_of(examples[kind]):
        return  # what a definition is, condition or sum over lines, an editor cannot know
    vocabulary = context.vocabularies[f"{KINDS[kind].vocabulary}/1"]
    if editor_validator(kind, vocabulary).is_valid(to_plain(node)):
        _, findings = read_document(node, context)
        assert [finding for finding in findings if finding.code in EDITOR_CODES] == []


def define_of(node: Node) -> Node | None:
    return node.get("define") if isinstance(node, Mapping) else None


def editor_validator(kind: Kind, vocabulary: Vocabulary) -> Draft202012Validator:
    if kind not in EDITOR_VALIDATORS:
        EDITOR_VALIDATORS[kind] = Draft202012Validator(json_schema(kind, vocabulary))
    return EDITOR_VALIDATORS[kind]


# Without RS207 and RS208: a schema does not look into quoted numbers and blank texts.
EDITOR_CODES = {"RS200", "RS201", "RS202", "RS203", "RS204", "RS205", "RS206"}
EDITOR_VALIDATORS: dict[Kind, Draft202012Validator] = {}
