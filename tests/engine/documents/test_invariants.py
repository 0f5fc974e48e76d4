"""What does a document claim of every decision, and which claims cannot mean anything?"""

from collections.abc import Callable

import pytest

from engine.diff.meaning import differences
from engine.diff.model import Side
from engine.diff.plain import one_line
from engine.documents.canonical import ruleset_hash
from engine.documents.kinds import APART, KINDS
from engine.documents.model import Adding, Bound, Invariant, Kind, Monotone, NeverMore, PromotionsDocument, Splitting
from engine.documents.read import ReadContext, read_document
from engine.text.codes import invariants as codes
from engine.text.codes.code import Code
from engine.text.format import format_yaml
from engine.text.load import load
from engine.text.nodes import Mapping, Node
from engine.text.source import Source
from tests.engine.documents.conftest import Reading

Read = Callable[[str], Reading]

PROMOTIONS = """ruleset: promotions
name: default
version: 1
vocabulary: checkout/1
currency: EUR
lanes: []
rules: []
"""


def claimed(read: Read, claim: str) -> Invariant:
    document, findings = read(f"{PROMOTIONS}invariants:\n  - {claim}\n")
    assert findings == []
    assert document is not None
    (invariant,) = document.invariants
    return invariant


def codes_of(read: Read, text: str) -> set[str]:
    return {finding.code for finding in read(PROMOTIONS + text)[1]}


# what is read --------------------------------------------------------------------------------------------------


def test_a_limit_of_a_sum_is_an_amount_in_minor_units(read: Read) -> None:
    found = claimed(read, '{id: small, always: {shipping: {at_most: "50.00"}}}')
    assert found.claim == Bound(measure="shipping", side="at_most", amount=5000)
    assert (found.id, found.span.line, found.span.column) == ("small", 9, 5)


def test_a_limit_may_be_a_percentage_of_another_sum(read: Read) -> None:
    found = claimed(read, '{id: a, always: {discount: {at_most: {percent: 12.5, of: items}, tolerance: "0.02"}}}')
    assert found.claim == Bound(measure="discount", side="at_most", percent=(1, 8), of="items", tolerance=2)


def test_a_sum_may_be_claimed_not_to_fall(read: Read) -> None:
    found = claimed(read, '{id: a, monotone: {measure: shipping, growing: weight, falls_by_at_most: "0.10"}}')
    assert found.claim == Monotone(measure="shipping", growing="weight", falls_by_at_most=10)


def test_facts_are_compared_with_others_or_with_their_absence(read: Read) -> None:
    found = claimed(
        read,
        "{id: a, never_more: {these: {customer.group: vip, customer.orders_paid: 3}, "
        "those: {customer.group: {known: false}, customer.orders_paid: 0}}}",
    )
    assert found.claim == NeverMore(
        these={"customer.group": "vip", "customer.orders_paid": 3},
        those={"customer.group": None, "customer.orders_paid": 0},
    )


def test_adding_and_splitting_have_an_amount(read: Read) -> None:
    adding = claimed(read, '{id: a, adding_an_item: {lowers_total_by_at_most: "40.00"}}')
    assert adding.claim == Adding(lowers_by_at_most=4000)
    assert claimed(read, '{id: a, splitting: {saves_at_most: "0.00"}}').claim == Splitting(saves_at_most=0)


def test_amounts_are_read_in_each_currency(context: ReadContext) -> None:
    text = PROMOTIONS.replace("EUR", "[EUR, JPY]") + (
        'invariants: [{id: a, adding_an_item: {lowers_total_by_at_most: {EUR: "4.00", JPY: 600}}}]\n'
    )
    node = loaded(text)
    for currency, expected in (("EUR", 400), ("JPY", 600)):
        document, _ = read_document(node, ReadContext(context.vocabularies, context.attachments, currency))
        assert document is not None
        assert document.invariants[0].claim == Adding(lowers_by_at_most=expected)


def test_a_condition_may_sum_over_lines_and_the_rules_are_none_the_wiser(read: Read) -> None:
    document, findings = read(
        f"{PROMOTIONS}invariants:\n"
        '  - {id: a, splitting: {saves_at_most: "0.00"}, when: {lines: {where: {line.brand: acme}, quantity: 2}}}\n'
    )
    assert findings == []
    assert isinstance(document, PromotionsDocument)
    assert list(document.invariants[0].aggregates) == ['lines[line.brand is "acme"].quantity']
    assert document.aggregates == {}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in APART])
def test_every_kind_that_decides_a_checkout_can_claim_something(
    kind: Kind, examples: dict[str, Node], context: ReadContext
) -> None:
    claim = loaded("invariants: [{id: a, monotone: {measure: total, growing: price}}]")
    example = examples[kind]
    assert isinstance(example, Mapping)
    assert isinstance(claim, Mapping)
    kept = tuple(entry for entry in example.entries if entry.key.text != "invariants")
    document, findings = read_document(Mapping(example.span, (*kept, *claim.entries)), context)
    assert findings == []
    assert document is not None
    assert [found.id for found in document.invariants] == ["a"]


@pytest.mark.parametrize("kind", APART)
def test_kinds_that_decide_no_checkout_can_claim_nothing(
    kind: Kind, examples: dict[str, Node], context: ReadContext
) -> None:
    claim = loaded("invariants: [{id: a, always: {total: {at_least: 0}}}]")
    example = examples[kind]
    assert isinstance(example, Mapping)
    assert isinstance(claim, Mapping)
    document, findings = read_document(Mapping(example.span, (*example.entries, *claim.entries)), context)
    assert document is None
    assert "RS201" in {finding.code for finding in findings}


# what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", codes.NAMES, ids=lambda code: code.code)
def test_the_bad_example_of_a_code_has_the_fault_and_the_good_one_has_none(code: Code, read: Read) -> None:
    assert codes_of(read, f"invariants:\n  - {{id: a, {code.bad}}}\n") == {code.code}
    assert codes_of(read, f"invariants:\n  - {{id: a, {code.good}}}\n") == set()


@pytest.mark.parametrize("code", codes.VERDICTS[:2], ids=lambda code: code.code)
def test_the_examples_of_a_verdict_can_be_read(code: Code, read: Read) -> None:
    head = PROMOTIONS.removesuffix("lanes: []\nrules: []\n") + "lanes: [{id: order}]\n"
    for example in (code.bad, code.good):
        rules = "" if "rules:" in example else "rules: []\n"
        assert read(f"{head}{rules}{example}\n")[1] == []


def test_a_claim_about_every_cart_cannot_depend_on_what_is_decided(read: Read) -> None:
    claim = "{id: a, always: {total: {at_least: 0}}, when: {lines: {subtotal: {at_least: 5}}}}"
    assert codes_of(read, f"invariants: [{claim}]\n") == {"RS305"}


# what it changes -----------------------------------------------------------------------------------------------


def test_a_claim_does_not_change_the_identity_of_a_ruleset() -> None:
    plain = loaded(PROMOTIONS)
    claiming = loaded(f"{PROMOTIONS}invariants: [{{id: a, always: {{total: {{at_least: 0}}}}}}]\n")
    assert ruleset_hash(plain, lambda _: None) == ruleset_hash(claiming, lambda _: None)


def test_a_claim_that_was_taken_back_is_a_difference_that_decides_nothing(context: ReadContext) -> None:
    claims = "invariants:\n  - {id: a, always: {total: {at_least: 0}}}\n  - {id: b, splitting: {saves_at_most: 0}}\n"
    vocabulary = context.vocabularies["checkout/1"]
    old, new = (
        Side(loaded(text), context.attachments, vocabulary)
        for text in (
            PROMOTIONS + claims,
            PROMOTIONS + claims.replace("at_least: 0", "at_least: 1").partition("  - {id: b")[0],
        )
    )
    found = differences(old, new)
    assert [one_line(change) for change in found] == [
        "~ invariants[a].always.total.at_least: 0 → 1 (decides nothing)",
        "- invariants[b]: {id: b, splitting: {saves_at_most: 0}} (decides nothing)",
    ]


def test_formatting_keeps_claims() -> None:
    text = f"{PROMOTIONS}invariants:\n- {{id: a, always: {{total: {{at_least: '0.00'}}}}}}\n"
    formatted, findings = format_yaml(Source("rules.yaml", text))
    assert findings == ()
    assert formatted == f'{PROMOTIONS}invariants:\n  - {{id: a, always: {{total: {{at_least: "0.00"}}}}}}\n'


def loaded(text: str) -> Node:
    found = load(Source("rules.yaml", text))
    assert found.node is not None, found.diagnostics
    return found.node
