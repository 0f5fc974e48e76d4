"""Where there can be no network, does the chainer take over and say why; and is what breaks one kept out of it?"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from engine.documents.model.signals import SignalsDocument
from engine.signals import Chainer, Given, Happened, compile_signals, evaluator_of
from engine.signals import network as networks
from engine.signals.evaluate import why_no_network
from engine.signals.network import Network
from engine.signals.network_rules import MOST_RULES, network_rules

Written = Callable[[str], SignalsDocument]

SIGNAL = (
    "- {{id: s{0}, repeated: {{events: OrderPlaced, same_any: [customer.phone, device.id, order.address], "
    "at_least: 2, within: 5m}}, then: [{{announce: Many{0}}}]}}\n"
)


def many(count: int) -> str:
    return "signals:\n" + "".join(SIGNAL.format(number) for number in range(count))


def test_as_many_rules_as_a_network_takes(written: Written) -> None:
    pytest.importorskip("durable_rules_engine", reason="durable-rules cannot be loaded by this version of Python")
    program = compile_signals(written(many((MOST_RULES - 1) // 3)))
    network = evaluator_of(program)
    assert (type(network), why_no_network(program)) == (Network, "")
    told = Given(now=0, events=tuple(Happened(name, 0, "OrderPlaced", {"device.id": "d"}) for name in "AB"))
    assert network.evaluate(told) == Chainer(program).evaluate(told)


def test_with_one_more_the_chainer_takes_over(written: Written) -> None:
    pytest.importorskip("durable_rules_engine", reason="durable-rules cannot be loaded by this version of Python")
    program = compile_signals(written(many(MOST_RULES // 3 + 1)))
    assert isinstance(evaluator_of(program), Chainer)
    assert why_no_network(program) == "403 rules are more than the 400 a network takes"


def test_conditions_with_too_many_alternatives_are_not_put_into_a_network(written: Written) -> None:
    pytest.importorskip("durable_rules_engine", reason="durable-rules cannot be loaded by this version of Python")
    pair = "{any: [{customer.spent: 1}, {customer.orders_paid: 2}]}"
    body = f"tags:\n- {{tag: t, when: {{all: [{', '.join([pair] * 7)}]}}}}\nsignals: []\n"
    program = compile_signals(written(body))
    assert isinstance(evaluator_of(program), Chainer)
    assert why_no_network(program) == "a condition has more alternatives than a network takes"


def test_without_the_library_the_chainer_takes_over(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "_durable", None)
    program = compile_signals(written(many(1)))
    assert isinstance(evaluator_of(program), Chainer)
    assert why_no_network(program) == "durable-rules cannot be loaded by this version of Python"


def test_every_join_ends_with_a_test_that_is_always_true(written: Written) -> None:
    # Where the last one is false, durable-rules reads memory that is not its own.
    rules = network_rules(compile_signals(written(many(2))))
    joins = [part for rule in rules.patterns for join in rules.text[rule]["all"][1:] for part in join.values()]
    assert joins
    assert all(list(part["$and"][-1]) == ["c"] for part in joins)


def test_nothing_an_author_or_a_customer_wrote_goes_into_a_network(written: Written) -> None:
    body = 'tags:\n- {tag: hej, when: {customer.tags: {any_of: ["hej"]}, customer.id: "hej"}}\nsignals: []\n'
    assert "hej" not in json.dumps(dict(network_rules(compile_signals(written(body))).text))
