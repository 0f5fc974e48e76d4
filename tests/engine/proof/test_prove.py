"""Are verdicts true, repeatable, and honest about what was not looked at?"""

from __future__ import annotations

import pickle
import sys
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

import engine.symbolic.solve as solver
from engine.documents.model import Adding, Bound, Claim, Monotone, NeverMore, Splitting
from engine.facts.cart import Cart
from engine.proof import NO_SOLVER, Limits, claims_of, contradicted_by, key, prove
from engine.runtime.book import Book
from tests.engine.proof.claiming import claim, claiming, contradictions, some_books, some_carts
from tests.engine.proof.test_bounds import GROUPS
from tests.engine.runtime.books import book, cart, line, lines

SMALL = Limits(carts=30, effort=0, lines=0)
THIRD = "lanes: [{id: order}]\nrules:\n  - {id: third, lane: order, then: {percent_off: 33, on: order}}\n"
CODES = 'coupons: [{id: five, codes: [FIVE], then: {amount_off: "5.00", on: order}}]\n'


def doubtful() -> list[Claim]:
    """Claims that are true of some books and false of others."""
    return [
        Bound(measure="discount", side="at_most", percent=(1, 3), of="items", tolerance=2),
        Bound(measure="discount", side="at_most", amount=500),
        Bound(measure="total", side="at_least", percent=(1, 2), of="items", tolerance=3),
        Monotone(measure="total", growing="quantity"),
        Monotone(measure="items", growing="quantity"),
        NeverMore(these={"customer.group": GROUPS[0]}, those={"customer.group": GROUPS[1]}),
        Adding(lowers_by_at_most=300),
        Splitting(saves_at_most=0),
    ]


@given(made=some_books())
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
def test_every_refutation_is_one_when_its_carts_are_decided_again(made: tuple[Book, Cart]) -> None:
    shop, _ = made
    for each in doubtful():
        invariant = claim(each)
        verdict = prove(shop, invariant, SMALL)
        if verdict.status == "refuted":
            again = contradicted_by(shop, invariant, [step.cart for step in verdict.steps])
            assert again is not None, verdict.said
        if verdict.status == "not_decided":
            assert verdict.reason


@given(made=some_books())
@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow])
def test_no_cart_contradicts_what_the_solver_proves(made: tuple[Book, Cart]) -> None:
    shop, first = made
    carts = some_carts(shop, first)
    limits = Limits(carts=5, effort=300_000, lines=1)
    for each in doubtful():
        invariant = claim(each)
        verdict = prove(shop, invariant, limits)
        if verdict.status == "proved" and verdict.scope.startswith("all carts"):
            assert next(contradictions(shop, invariant, carts), None) is None, (each, verdict)


# what is said --------------------------------------------------------------------------------------------------


def test_a_proof_says_for_which_carts_and_by_whom() -> None:
    shop, invariant = claiming("promotions", "{id: a, always: {total: {at_least: 0}}}", promotions=THIRD)
    verdict = prove(shop, invariant)
    assert (verdict.status, verdict.scope, verdict.by) == ("proved", "all carts", ("bounds",))
    assert verdict.for_all_carts
    assert (verdict.invariant, verdict.at) == ("a", "promotions.yaml:11:5")


def test_a_proof_for_carts_of_few_lines_is_none_for_all_carts() -> None:
    tenth = "lanes: [{id: a, pick: all}]\nrules: [{id: a, lane: a, then: {percent_off: 10, on: lines}}]"
    text = '{id: a, always: {discount: {at_most: {percent: 10, of: items}, tolerance: "0.05"}}}'
    shop, invariant = claiming("promotions", text, promotions=tenth)
    verdict = prove(shop, invariant, Limits(carts=50))
    assert (verdict.status, verdict.scope[:20], verdict.for_all_carts) == ("proved", "carts of up to 2 lin", False)
    twelve = cart(lines(*["0.05"] * 12))
    assert contradicted_by(shop, invariant, (twelve,)) is not None


def test_a_refutation_has_the_smallest_cart_and_its_numbers() -> None:
    text = '{id: a, always: {discount: {at_most: {percent: 30, of: items}, tolerance: "0.02"}}}'
    shop, invariant = claiming("promotions", text, promotions=THIRD)
    verdict = prove(shop, invariant)
    assert (verdict.status, verdict.by, verdict.smallest) == ("refuted", ("hunter",), True)
    (step,) = verdict.steps
    assert len(step.cart.lines) == 1
    assert 100 * (step.measured["discount"] - 2) > 30 * step.measured["items"]
    assert verdict.said.startswith("the discount is ")


def test_the_same_question_has_the_same_answer() -> None:
    shop, invariant = claiming("promotions", '{id: a, splitting: {saves_at_most: "0.00"}}', promotions=THIRD)
    first, second = (prove(shop, invariant, Limits(carts=300, effort=0, lines=0)) for _ in range(2))
    assert first == second


def test_a_needle_is_found_by_the_solver() -> None:
    needle = """lanes: [{id: order}]
rules:
  - id: needle
    lane: order
    when: {subtotal.items: {between: ["73.11", "73.12"]}, customer.orders_paid: 17}
    then: {amount_off: "50.00", on: order}
"""
    shop, invariant = claiming("promotions", '{id: a, always: {discount: {at_most: "49.99"}}}', promotions=needle)
    verdict = prove(shop, invariant, Limits(carts=0))
    assert (verdict.status, verdict.by, verdict.searched) == ("refuted", ("solver",), 0)
    assert verdict.steps[0].measured == {"discount": 5000}
    below = claim(Bound(measure="discount", side="at_most", amount=5000))
    assert prove(shop, below, Limits(carts=0)).status == "proved"


# honesty -------------------------------------------------------------------------------------------------------


def test_a_cart_of_the_solver_is_not_believed_before_it_is_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = book(promotions=THIRD)
    offered = solver.Candidate((cart({"lines": [line("9.00")]}),), used=1)
    monkeypatch.setattr(solver, "solve", lambda *_args, **_more: offered)
    verdict = prove(shop, claim(Bound(measure="total", side="at_most", amount=10**12)), Limits(carts=10))
    assert verdict.status == "not_decided"
    assert verdict.reason == "the solver offers a cart that is decided otherwise: it admits more than the rules do"
    assert verdict.searched > 10


def test_what_the_solver_does_not_know_is_not_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "solve", lambda *_args, **_more: solver.Unknown("the solver stopped at its limit"))
    invariant = claim(Bound(measure="total", side="at_most", amount=10**12))
    verdict = prove(book(promotions=THIRD), invariant, Limits(carts=10))
    assert (verdict.status, verdict.reason) == ("not_decided", "the solver stopped at its limit")
    assert verdict.scope == "10 carts searched"


def test_without_the_solver_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["engine.proof.prove"], "find_spec", lambda _name: None)
    invariant = claim(Bound(measure="total", side="at_most", amount=10**12))
    verdict = prove(book(promotions=THIRD), invariant, Limits(carts=10))
    assert (verdict.status, verdict.reason) == ("not_decided", NO_SOLVER)


def test_two_carts_with_codes_are_not_left_to_the_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "solve", lambda *_args, **_more: solver.Proved("all carts", 1))
    split = claim(Splitting(saves_at_most=10**6))
    assert prove(book(coupons=CODES), split, Limits(carts=5)).status == "not_decided"
    assert prove(book(promotions=THIRD), split, Limits(carts=5)).status == "proved"


# the key -------------------------------------------------------------------------------------------------------


def test_a_key_changes_with_everything_a_verdict_depends_on() -> None:
    text = '{id: a, always: {discount: {at_most: "5.00"}}}'
    shop, invariant = claiming("promotions", text, promotions=THIRD)
    other, _ = claiming("promotions", text, promotions=THIRD.replace("33", "34"))
    _, when = claiming("promotions", text[:-1] + ", when: {channel: web}}", promotions=THIRD)
    dearer = replace(invariant, claim=Bound(measure="discount", side="at_most", amount=501))
    keys = {
        key(shop, invariant),
        key(other, invariant),
        key(shop, when),
        key(shop, dearer),
        key(shop, invariant, Limits(carts=7)),
    }
    assert len(keys) == 5
    assert key(shop, replace(invariant, id="b", message={"en": "x"})) in keys


def test_facts_in_another_order_have_the_same_key() -> None:
    one, two = {"channel": "web", "customer.group": "vip"}, {"customer.group": "vip", "channel": "web"}
    shop = book(promotions=THIRD)
    made = [claim(NeverMore(these=each, those=dict.fromkeys(each))) for each in (one, two)]
    assert key(shop, made[0]) == key(shop, made[1])


def test_claims_come_by_kind_and_verdicts_travel_between_processes() -> None:
    claims = "invariants:\n  - {id: a, always: {total: {at_least: 0}}}\n  - {id: b, always: {tax: {at_least: 0}}}\n"
    shop = book(promotions=THIRD + claims, coupons=CODES + claims)
    assert [(document.head.kind, each.id) for document, each in claims_of(shop)] == [
        ("coupons", "a"), ("coupons", "b"), ("promotions", "a"), ("promotions", "b"),
    ]  # fmt: skip
    verdict = prove(shop, claims_of(shop)[0][1])
    assert pickle.loads(pickle.dumps(verdict)) == verdict
