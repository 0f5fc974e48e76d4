"""Do cases of a signals ruleset say what differs, and how near it came?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.documents.model.signals import SignalsDocument
from engine.facts.case_reading import PlayedCase
from engine.facts.vocabulary import Vocabulary
from engine.signals import Given, Happened, compile_signals, explain_firing
from engine.signals.cases import run_signals_case
from engine.signals.chainer import Chainer

Written = Callable[[str], SignalsDocument]

RULES = """
derive: [{fact: customer.tier, is: gold, when: {customer.spent: {at_least: "10.00"}}}]
tags: [{tag: vip, when: {customer.tier: gold}}]
signals:
- id: many
  repeated: {events: OrderPlaced, at_least: 3, same: customer.phone, within: 1h 30m}
  then: [{hold: order}, {announce: ManyOrders}]
- id: away
  idle: {subject: customer, for: 90d, when: {customer.tier: gold}}
  then: [{announce: Away}]
cases:
- name: a case
"""
GIVEN = """
  given:
    events:
    - {on: OrderPlaced, times: 2, facts: {order.id: A, customer.phone: p}}
    - {on: OrderPlaced, after: 5m, facts: {order.id: B, customer.phone: p}}
    subjects: [{customer: C, unchanged: 90d, facts: {customer.spent: "10.00"}}]
"""


@pytest.fixture
def play(written: Written, vocabulary: Vocabulary) -> Callable[[str], PlayedCase]:
    def run(case: str) -> PlayedCase:
        document = written(RULES.replace("1h 30m", "90m") + case)
        return run_signals_case(document, vocabulary, document.cases[0])

    return run


Play = Callable[[str], PlayedCase]


def test_a_case_that_holds_shows_what_it_exercised(play: Play) -> None:
    expect = "{fires: {many: [3], away: [C]}, does: [hold order B, announce ManyOrders, announce Away], "
    expect += "derived: {C: {customer.tier: gold}}, tags: {C: [vip]}}"
    case = play(f"{GIVEN}  expect: {expect}\n")
    assert case.passed, case.differences
    assert case.exercised == {
        ("signal", "many"),
        ("signal", "away"),
        ("derivation", "customer.tier gold"),
        ("tag", "vip"),
    }


@pytest.mark.parametrize(
    ("expect", "witness"),
    [
        ("{fires: {many: [2]}}", "expected  many: 2\ngot       away: C; many: 3\nmany: 3 of 3 with customer.phone p"),
        ("{fires: {}}", "expected  nothing\ngot       away: C; many: 3\nmany: 3 of 3 with customer.phone p"),
        ("{derived: {C: {}}}", "expected  C: none\ngot       C: customer.tier: gold"),
        ("{tags: {C: []}}", "expected  C: none\ngot       C: vip"),
        ("{tags: {D: [vip]}}", "expected  D: vip\ngot       D: none"),
        (
            "{does: [hold order B]}",
            "expected  hold order B\ngot       hold order B, announce ManyOrders, announce Away\n"
            "many: 3 of 3 with customer.phone p",
        ),
    ],
)
def test_what_differs_is_said_with_what_came(play: Play, expect: str, witness: str) -> None:
    (found,) = play(f"{GIVEN}  expect: {expect}\n").differences
    assert (found.code, found.witness) == ("RS670", witness)


@pytest.mark.parametrize(
    ("case", "code", "message"),
    [
        ("  given: {}\n  expect: {fires: {}}", "RS611", "the case has nothing in `given`"),
        ("  given: {now: 1h}\n  expect: {fire: {}}", "RS601", "there is no key 'fire' here"),
        ("  given: {events: [{on: Nothing}]}\n  expect: {fires: {}}", "RS611", "there is no event 'Nothing'"),
        (
            "  given: {events: [{on: OrderPlaced, facts: {coupon.code: a}}]}\n  expect: {fires: {}}",
            "RS611",
            "there is no fact 'coupon.code' here",
        ),
        (
            "  given: {subjects: [{facts: {}}]}\n  expect: {fires: {}}",
            "RS611",
            "a subject is one order, cart or customer",
        ),
        (
            "  given: {events: [{on: OrderPlaced, times: 0}]}\n  expect: {fires: {}}",
            "RS611",
            "something happens once to 1000 times",
        ),
    ],
)
def test_a_case_that_cannot_be_read_says_where(play: Play, case: str, code: str, message: str) -> None:
    (found,) = play(f"{case}\n").differences
    assert (found.code, found.message) == (code, message)
    assert found.span is not None


def test_a_firing_is_explained_with_its_events(written: Written) -> None:
    program = compile_signals(written(RULES.replace("1h 30m", "90m") + "  given: {now: 0s}\n  expect: {fires: {}}\n"))
    told = tuple(
        Happened(f"e{minute}", minute * 60_000_000, "OrderPlaced", {"order.id": "A", "customer.phone": "p"})
        for minute in range(3)
    )
    (firing,) = Chainer(program).evaluate(Given(now=0, events=told)).firings
    assert "\n".join(explain_firing(program, firing, told)) == (
        "many: 3 × OrderPlaced within 1h 30m, with the same customer.phone\n"
        "  the same customer.phone: p\n"
        "  1. 1970-01-01T00:00:00Z  OrderPlaced  e0\n"
        "  2. 1970-01-01T00:01:00Z  OrderPlaced  e1\n"
        "  3. 1970-01-01T00:02:00Z  OrderPlaced  e2\n"
        "  → hold order A\n"
        "  → announce ManyOrders"
    )
