"""Do the examples of the language reference read without a fault?"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from engine.documents.kinds import KINDS
from engine.documents.model import Kind
from engine.documents.read import ReadContext, read_document
from engine.documents.schema import json_schema
from engine.documents.shape import check_shape
from engine.text.load import load
from engine.text.nodes import Node, to_plain
from engine.text.source import Source

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "ruleset-language.md"
SECTION = re.compile(r"^## (\w+)\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
TABLE = Source("inland.csv", "shipment.weight_g:below,price\n2kg,9.90\n")

# An excerpt may name rules, methods and states that stand outside of it.
NAMED_ELSEWHERE = {"RS321", "RS503"}


def sections() -> dict[str, list[str]]:
    """The YAML blocks of every section, with the ellipses of prose replaced by something that can be read."""
    text = REFERENCE.read_text(encoding="utf-8")
    return {name.lower(): list(map(_complete, BLOCK.findall(body))) for name, body in SECTION.findall(text)}


def _complete(block: str) -> str:
    return block.replace("{…}", "{}").replace("[ … ]", "[{cart.item_count: 1}]")


def with_head(kind: Kind, body: str) -> str:
    return f"ruleset: {kind}\nname: example\nversion: 1\nvocabulary: {KINDS[kind].vocabulary}/1\ncurrency: BRL\n{body}"


def documents() -> Iterator[tuple[Kind, str]]:
    found = sections()
    for kind in KINDS:
        yield kind, with_head(kind, found[kind][0])
    rules = "\nrules: []\nlanes: []\n"
    yield "promotions", found["head"][0].replace("[BRL, USD]", "BRL").replace("cases: []", "cases: []" + rules)
    conditions = "".join(f"  {line}\n" for line in found["conditions"][0].splitlines())
    define = "define:\n  loyal: {customer.orders_paid: 5}\n  sock_count: {aggregate: quantity}\n"
    yield "checkout", with_head("checkout", f"{define}payment_methods:\n- id: card\n{conditions}")
    for effect in found["promotions"][1].splitlines():
        lane = "lanes: [{id: a}]\nrules:\n"
        yield "promotions", with_head("promotions", f"{lane}- id: a\n  lane: a\n  then: {effect}\n")
    for rate in re.findall(
        r"`(\{.*?\})`", REFERENCE.read_text(encoding="utf-8").split("Rates: ")[1].split("A band")[0]
    ):
        yield "shipping", with_head("shipping", f"methods:\n- id: a\n  rate: {_readable_rate(rate)}\n")


def _readable_rate(rate: str) -> str:
    filled = rate.replace("FACT", "subtotal.after_discounts").replace("[…]", '[{rest: {price: "1.00"}}]')
    return filled.replace("PATH", "tariffs/inland-2026.csv")


DOCUMENTS = list(documents())


@pytest.fixture(scope="module")
def with_table(context: ReadContext) -> ReadContext:
    return ReadContext(context.vocabularies, lambda _path: TABLE)


def test_the_reference_has_an_example_of_every_kind() -> None:
    assert {kind for kind, _ in DOCUMENTS} == set(KINDS)
    assert len(DOCUMENTS) > 20


@pytest.mark.parametrize(("kind", "text"), DOCUMENTS)
def test_an_example_of_the_reference_reads_without_a_fault(kind: Kind, text: str, with_table: ReadContext) -> None:
    node = loaded(text)
    document, findings = read_document(node, with_table)
    surprises = [finding for finding in findings if finding.code not in NAMED_ELSEWHERE]
    assert surprises == []
    assert document is not None or findings
    assert check_shape(node, kind) == []


@pytest.mark.parametrize(("kind", "text"), DOCUMENTS)
def test_an_example_of_the_reference_validates_in_an_editor(kind: Kind, text: str, with_table: ReadContext) -> None:
    schema = json_schema(kind, with_table.vocabularies[f"{KINDS[kind].vocabulary}/1"])
    errors = Draft202012Validator(schema).iter_errors(to_plain(loaded(text)))
    assert [(list(error.absolute_path), error.message) for error in errors] == []


def loaded(text: str) -> Node:
    found = load(Source("reference.yaml", text))
    assert found.node is not None, found.diagnostics
    return found.node
