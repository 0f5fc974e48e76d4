"""What do signals see, at their borders, and what do they do about it? The chainer and the network alike."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.documents.model.signals import SignalsDocument
from engine.signals import (
    Chainer,
    Effect,
    Evaluator,
    Given,
    Happened,
    Program,
    Subject,
    compile_signals,
    idle_of,
    is_watched,
    lookups,
)
from engine.signals.network import Network

Written = Callable[[str], SignalsDocument]

MINUTE = 60_000_000
HOUR = 60 * MINUTE

VELOCITY = """
signals:
- id: velocity
  repeated:
    events: OrderPlaced
    where: {order.payment_method: cash_on_delivery}
    at_least: 3
    same_any: [customer.phone, order.address]
    within: 10m
  then: [{hold: order}, {flag: customer}, {announce: ManyOrders}]
"""
GUESSING = """
signals:
- id: guessing
  sequence:
    steps: [{events: CouponRefused, at_least: 2}, {events: CouponAccepted}]
    same: device.id
    within: 10m
  then: [{flag: cart}]
"""


@pytest.fixture(params=["chainer", "durable-rules"])
def made(request: pytest.FixtureRequest) -> Callable[[Program], Evaluator]:
    if request.param == "chainer":
        return Chainer
    pytest.importorskip("durable_rules_engine", reason="durable-rules cannot be loaded by this version of Python")
    return Network


Made = Callable[[Program], Evaluator]


def order(name: str, minutes: float, **facts: str) -> Happened:
    told = {f.replace("_", ".", 1): value for f, value in facts.items()}
    told = {"order.id": name, "order.payment_method": "cash_on_delivery", **told}
    return Happened(name, int(minutes * MINUTE), "OrderPlaced", told)


def test_the_third_order_is_held_and_so_is_every_further_one(written: Written, made: Made) -> None:
    orders = [order(f"A{minute}", minute, customer_phone="p") for minute in range(4)]
    outcome = made(compile_signals(written(VELOCITY))).evaluate(Given(now=0, events=tuple(orders)))
    assert [(firing.last, firing.events) for firing in outcome.firings] == [
        ("A2", ("A0", "A1", "A2")),
        ("A3", ("A1", "A2", "A3")),
    ]
    first = outcome.firings[0]
    assert first.key == "velocity/A2"
    assert first.same == (("customer.phone", "p"),)
    assert first.about == (("order", "A2"),)
    # Nobody is signed in: there is no customer to flag.
    assert first.effects == (Effect("hold", "", "order", "A2"), Effect("announce", "ManyOrders"))


@pytest.mark.parametrize(("last", "fires"), [(9.999, True), (10, False), (10.001, False)])
def test_a_window_ends_before_what_happened_exactly_that_long_ago(
    written: Written, made: Made, last: float, fires: bool
) -> None:
    orders = (
        order("A", 0, customer_phone="p"),
        order("B", 1, customer_phone="p"),
        order("C", last, customer_phone="p"),
    )
    outcome = made(compile_signals(written(VELOCITY))).evaluate(Given(now=0, events=orders))
    assert bool(outcome.firings) is fires


def test_what_is_missing_is_the_same_as_nothing(written: Written, made: Made) -> None:
    orders = tuple(order(name, minute) for minute, name in enumerate("ABC"))
    assert made(compile_signals(written(VELOCITY))).evaluate(Given(now=0, events=orders)).firings == ()


def test_of_several_alternatives_the_first_that_holds_tells_what_was_the_same(written: Written, made: Made) -> None:
    orders = tuple(order(name, 0, customer_phone="p", order_address="a") for name in "ABC")
    (firing,) = made(compile_signals(written(VELOCITY))).evaluate(Given(now=0, events=orders)).firings
    assert firing.same == (("customer.phone", "p"),)


def test_an_event_that_comes_twice_counts_once(written: Written, made: Made) -> None:
    orders = (order("A", 0, customer_phone="p"), order("B", 1, customer_phone="p"))
    assert made(compile_signals(written(VELOCITY))).evaluate(Given(now=0, events=orders * 3)).firings == ()


def coupon(name: str, minute: int, kind: str, device: str = "d") -> Happened:
    return Happened(name, minute * MINUTE, kind, {"device.id": device, "cart.id": "C"})


@pytest.mark.parametrize(
    ("told", "fires"),
    [
        ([("1", 0, "CouponRefused"), ("2", 1, "CouponRefused"), ("3", 2, "CouponAccepted")], True),
        ([("1", 0, "CouponRefused"), ("2", 1, "CouponAccepted"), ("3", 2, "CouponRefused")], False),
        ([("1", 0, "CouponRefused"), ("2", 10, "CouponRefused"), ("3", 10, "CouponAccepted")], False),
        ([("1", 1, "CouponRefused"), ("3", 1, "CouponRefused"), ("2", 1, "CouponAccepted")], False),
    ],
)
def test_one_thing_follows_another_and_ids_decide_at_one_instant(
    written: Written, made: Made, told: list[tuple[str, int, str]], fires: bool
) -> None:
    events = tuple(coupon(*each) for each in told)
    outcome = made(compile_signals(written(GUESSING))).evaluate(Given(now=0, events=events))
    assert [firing.effects for firing in outcome.firings] == ([(Effect("flag", "", "cart", "C"),)] if fires else [])


IDLE = """
derive:
- {fact: customer.tier, is: gold, when: {customer.spent: {at_least: "10.00"}}}
- {fact: customer.tier, is: silver, when: {customer.spent: {at_least: "5.00"}}}
- {fact: customer.is_regular, is: true, when: {customer.tier: {in: [gold, silver]}}}
tags:
- {tag: regular, when: {customer.is_regular: true}}
- {tag: unknown, when: {not: {customer.is_regular: true}}}
signals:
- id: away
  idle: {subject: customer, for: 2h, before: 4h, when: {customer.is_regular: true}}
  then: [{announce: Away}, {tag: away}]
"""


@pytest.mark.parametrize(
    ("hours", "fires"), [(1.999, False), (2, True), (3.999, True), (4, False)], ids=["below", "at", "last", "late"]
)
def test_a_subject_is_idle_from_the_first_instant_to_before_the_last(
    written: Written, made: Made, hours: float, fires: bool
) -> None:
    subject = Subject("customer", "c", 7, {"customer.spent": 500})
    outcome = made(compile_signals(written(IDLE))).evaluate(
        Given(now=7 + int(hours * HOUR), subjects=(subject,))
    )  # fmt: skip
    assert [(firing.key, firing.at) for firing in outcome.firings] == (
        [("away/customer:c@7", 7 + 2 * HOUR)] if fires else []
    )


def test_facts_follow_from_facts_and_tags_from_both(written: Written, made: Made) -> None:
    # What is given of a derived fact is not looked at.
    subjects = (
        Subject("customer", "gold", 0, {"customer.spent": 1000, "customer.tier": "bronze"}),
        Subject("customer", "silver", 0, {"customer.spent": 999}),
        Subject("customer", "none", 0, {"customer.spent": 499, "customer.is_regular": True}),
        Subject("cart", "cart", 0, {}),
    )
    outcome = made(compile_signals(written(IDLE))).evaluate(Given(now=0, subjects=subjects))
    assert outcome.derived == {
        ("customer", "gold"): {"customer.tier": "gold", "customer.is_regular": 1},
        ("customer", "silver"): {"customer.tier": "silver", "customer.is_regular": 1},
    }
    assert outcome.tags == {
        "gold": {"regular": True, "unknown": False},
        "silver": {"regular": True, "unknown": False},
        "none": {"regular": False, "unknown": False},  # nobody knows: neither a test nor its negation holds
    }


def test_what_has_to_be_loaded_is_what_could_make_a_pattern_with_the_event(written: Written) -> None:
    program = compile_signals(written(VELOCITY))
    found = lookups(program, order("A", 30, customer_phone="p", order_address="a"))
    assert [(each.names, dict(each.same), each.since, each.until) for each in found] == [
        (("OrderPlaced",), {"customer.phone": "p"}, 20 * MINUTE, 40 * MINUTE),
        (("OrderPlaced",), {"order.address": "a"}, 20 * MINUTE, 40 * MINUTE),
    ]
    assert lookups(program, order("A", 30)) == ()
    assert lookups(program, order("A", 30, customer_phone="p", order_payment_method="card")) == ()


def test_idle_signals_tell_when_they_are_due(written: Written) -> None:
    program = compile_signals(written(IDLE))
    assert [(each.signal, each.for_us, each.before_us) for each in idle_of(program)] == [("away", 2 * HOUR, 4 * HOUR)]
    assert is_watched(program, "customer")
    assert not is_watched(program, "cart")
    assert not is_watched(compile_signals(written(VELOCITY)), "customer")
