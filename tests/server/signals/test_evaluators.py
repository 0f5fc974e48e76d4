"""One text can be written for several currencies: each has an evaluator of its own, whoever asked first."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from engine.documents.model.signals import SignalsDocument
from engine.documents.read import ReadContext, read_document
from engine.facts.vocabulary import read_vocabulary
from engine.signals import Given, Subject, compile_signals
from engine.text.load import load
from engine.text.source import Source
from server.signals.evaluators import Evaluators
from server.signals.firing import Watch
from server.signals.snapshot import Ruleset

VOCABULARY: Final = Path(__file__).parents[3] / "rules" / "vocabularies" / "event-1.yaml"
TEXT: Final = """
ruleset: signals
name: default
version: 1
vocabulary: event/1
currency: [BRL, JPY]
tags:
- {tag: good, when: {customer.spent: {at_least: {BRL: "30.00", JPY: "2000"}}}}
signals: []
"""


def watch(currency: str) -> Watch:
    """The signals of a store of that currency; the text, and so its hash, is the same for all."""
    vocabulary, faults = read_vocabulary(Source("event-1.yaml", VOCABULARY.read_text("utf-8")))
    assert vocabulary is not None, faults
    node = load(Source("signals.yaml", TEXT)).node
    assert node is not None
    document, findings = read_document(
        node, ReadContext({vocabulary.ref: vocabulary}, lambda _path: None, currency)
    )  # fmt: skip
    assert isinstance(document, SignalsDocument), findings
    return Watch(compile_signals(document), Ruleset("default", 1, "one text"), currency)


@pytest.mark.parametrize("currencies", [("BRL", "JPY"), ("JPY", "BRL")])
async def test_two_stores_with_one_text_and_two_currencies_have_an_evaluator_each(currencies: tuple[str, ...]) -> None:
    evaluators = Evaluators()
    spent = Given(now=0, subjects=(Subject("customer", "c-1", 0, {"customer.spent": 2_500}),))
    tags = {currency: (await evaluators.evaluate(watch(currency), spent)).tags["c-1"] for currency in currencies}
    assert tags == {"BRL": {"good": False}, "JPY": {"good": True}}, "25.00 reais, or 2500 yen"


async def test_one_text_in_one_currency_has_one_evaluator_however_often_it_is_read() -> None:
    evaluators = Evaluators()
    assert await evaluators._built(watch("BRL")) is await evaluators._built(watch("BRL"))
