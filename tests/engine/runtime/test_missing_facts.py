"""A fact nobody knows makes a test unknown: never an exception, never a discount, whichever way the test points."""

from __future__ import annotations

import pytest

from engine.documents.operators import LISTS, OPERATORS_OF
from engine.facts.vocabulary import Fact
from engine.pipeline import evaluate
from tests.engine.runtime.books import book, cart, decide, vocabulary

SAMPLES = {
    "money": ("1.00", "2.00"),
    "count": (1, 2),
    "weight": ("1g", "2g"),
    "volume": ("1cm3", "2cm3"),
    "instant": ("2026-01-01", "2027-01-01"),
    "time": ("10:00", "11:00"),
    "weekday": ("mon", "tue"),
    "boolean": (True, False),
    "code": ("a", "b"),
    "text": ("a", "b"),
    "country": ("BR", "PT"),
    "region": ("SP", "RJ"),
    "postcode": ("1", "2"),
    "category": ("a", "b"),
    "codes": ("a", "b"),
}
MISSING = [
    fact
    for fact in vocabulary().facts.values()
    if fact.missing and fact.stage == "request" and fact.scope in ("cart", "line") and fact.name != "cart.weight_g"
]
EMPTY = {"lines": [{"sku": "S", "price": "10.00", "quantity": 1}]}


def samples_of(fact: Fact) -> list[dict[str, object]]:
    low, high = SAMPLES[fact.type]
    tests: list[dict[str, object]] = []
    for operator in OPERATORS_OF[fact.type]:
        if operator == "known":
            operand: object = True
        elif operator == "between" or operator in LISTS:
            operand = [low, high]
        else:
            operand = low
        tests.append({operator: operand})
    return tests


@pytest.mark.parametrize("fact", MISSING, ids=lambda fact: fact.name)
def test_no_test_of_a_missing_fact_holds_and_no_negation_but_known(fact: Fact) -> None:
    conditions = [{fact.name: test} for test in samples_of(fact)]
    conditions += [{"not": condition} for condition in conditions if "known" not in condition[fact.name]]
    rules = []
    for number, condition in enumerate(conditions):
        place = {"when": condition} if fact.scope == "cart" else {}
        where = {} if fact.scope == "cart" else {"where": condition}
        rules.append({"id": f"r{number}", "lane": "l", **place, "then": {"percent_off": 1, **where}})
    promotions = {"lanes": [{"id": "l", "pick": "all"}], "rules": rules}
    assert decide(EMPTY, promotions=promotions).applied == ()


@pytest.mark.parametrize("fact", MISSING, ids=lambda fact: fact.name)
def test_that_a_fact_is_not_known_can_be_asked(fact: Fact) -> None:
    condition = {fact.name: {"known": False}}
    place = {"when": condition} if fact.scope == "cart" else {}
    where = {} if fact.scope == "cart" else {"where": condition}
    rule = {"id": "r", "lane": "l", **place, "then": {"percent_off": 1, **where}}
    assert decide(EMPTY, promotions={"lanes": [{"id": "l"}], "rules": [rule]}).applied == ("r",)


@pytest.mark.parametrize(("tags", "applied"), [(None, ("unknown",)), ([], ("known",)), (["a"], ("known",))])
def test_an_empty_set_is_known(tags: list[str] | None, applied: tuple[str, ...]) -> None:
    rules = [
        {"id": name, "lane": "l", "when": {"customer.tags": {"known": known}}, "then": {"percent_off": 1}}
        for name, known in (("known", True), ("unknown", False))
    ]
    customer = {} if tags is None else {"customer": {"tags": tags}}
    promotions = {"lanes": [{"id": "l", "pick": "all"}], "rules": rules}
    assert decide({**EMPTY, **customer}, promotions=promotions).applied == applied


def test_an_empty_cart_under_every_kind_of_ruleset_costs_nothing() -> None:
    rules = book(
        pricing={"rules": [{"id": "a", "then": {"percent_off": 10}}]},
        promotions={
            "lanes": [{"id": "l", "stage": "order"}],
            "rules": [{"id": "b", "lane": "l", "then": {"percent_off": 10, "on": "order"}}],
        },
        shipping={"methods": [{"id": "m", "rate": {"first_item": "1.00", "each_further": "5.00"}}]},
        tax={"prices": "excluded", "shipping": "pro_rata", "rates": [{"id": "t", "percent": 10}]},
        checkout={"cash_rounding": {"step": "0.05"}},
    )
    decision = evaluate(rules, cart({"lines": [], "coupon": "X", "shipping_method": "m"}))
    assert decision.totals.total == 0
    assert (decision.options, decision.postings) == ((), ())
