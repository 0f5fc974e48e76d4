"""Is a book what its documents say: one program a kind, immutable, and the same when it is made again?"""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError

import pytest

from engine.compiler.book import compile_book
from engine.pipeline import evaluate, hints
from tests.engine.runtime.books import book, cart, documents, vocabulary

ALL_KINDS = {
    "pricing": "rules: [{id: a, then: {percent_off: 10}}]",
    "promotions": "lanes: [{id: l}]\nrules: [{id: b, lane: l, then: {percent_off: 10}}]",
    "coupons": "coupons: [{id: c, codes: [C], then: {percent_off: 10}}]",
    "shipping": "methods: [{id: m, rate: {flat: '1.00'}}]",
    "tax": "prices: included\nrates: [{id: t, percent: 20}]",
    "checkout": "payment_methods: [{id: card}]",
}


def test_every_kind_has_its_program_and_its_hash() -> None:
    compiled = book(**ALL_KINDS)
    assert all(getattr(compiled, kind) is not None for kind in ALL_KINDS)
    assert compiled.rulesets.keys() == ALL_KINDS.keys()
    assert {len(digest) for digest in compiled.rulesets.values()} == {64}


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_a_kind_that_is_missing_is_missing(kind: str) -> None:
    compiled = book(**{kind: ALL_KINDS[kind]})
    assert [each for each in ALL_KINDS if getattr(compiled, each) is not None] == [kind]


def test_the_same_documents_make_the_same_book() -> None:
    read = documents(ALL_KINDS)
    assert compile_book(read, "EUR", vocabulary()) == compile_book(documents(ALL_KINDS), "EUR", vocabulary())


def test_a_book_comes_out_of_pickle_as_it_went_in() -> None:
    compiled = book(**ALL_KINDS)
    assert pickle.loads(pickle.dumps(compiled)) == compiled


def test_a_book_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        book().tax = None  # type: ignore[misc]


def test_rules_stand_in_order_of_precedence_whatever_the_order_of_the_document() -> None:
    then = "then: {percent_off: 1}"
    rules = f"rules: [{{id: b, {then}}}, {{id: c, priority: 5, {then}}}, {{id: a, {then}}}]"
    program = book(pricing=rules).pricing
    assert program is not None
    assert [rule.id for rule in program.rules] == ["c", "a", "b"]


def test_a_rule_that_wants_less_than_nothing_is_compiled_and_never_fires() -> None:
    # `at_least: 0` always holds, so its negation is a set that begins nowhere and ends before 0.
    never = "{not: {lines: {where: {line.category: {under: a}}, subtotal: {at_least: '0.00'}}}}"
    rule = f"{{id: r, lane: l, when: {never}, then: {{percent_off: 50}}}}"
    compiled = book(promotions=f"lanes: [{{id: l}}]\nrules: [{rule}]")
    decision = evaluate(compiled, cart({"lines": [{"sku": "A", "quantity": 1, "price": "9.00"}]}, "EUR"))
    assert decision.totals.discount == 0
    assert hints(compiled, cart({"lines": [{"sku": "A", "quantity": 1, "price": "9.00"}]}, "EUR"), decision) == ()
