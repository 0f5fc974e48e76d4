"""Are signals noticed that see nothing, too much, or what is no longer there?"""

from __future__ import annotations

from pathlib import Path

from engine.documents.model.signals import SignalsDocument
from engine.documents.read import ReadContext, read_document
from engine.facts.vocabulary import read_vocabulary
from engine.lint.patterns import patterns
from engine.lint.study import Study
from engine.text.load import load
from engine.text.source import Source

VOCABULARY = Path(__file__).parents[3] / "rules" / "vocabularies" / "event-1.yaml"
HEAD = "ruleset: signals\nname: default\nversion: 1\nvocabulary: event/1\ncurrency: BRL\n"


def found(body: str) -> list[tuple[str, str]]:
    vocabulary, _ = read_vocabulary(Source("event-1.yaml", VOCABULARY.read_text("utf-8")))
    node = load(Source("signals.yaml", HEAD + body)).node
    assert vocabulary is not None
    assert node is not None
    document, findings = read_document(node, ReadContext({vocabulary.ref: vocabulary}, lambda _path: None))
    assert isinstance(document, SignalsDocument), findings
    study = Study(document, vocabulary.with_attributes(document.attributes))
    return [(finding.code, finding.message) for finding in patterns(study)]


def repeated(how: str) -> str:
    return f"signals:\n- {{id: s, repeated: {{events: OrderPlaced, {how}}}, then: [{{hold: order}}]}}\n"


def test_events_are_kept_for_ninety_days() -> None:
    assert found(repeated("at_least: 2, within: 90d")) == []
    assert found(repeated("at_least: 2, within: 91d")) == [
        ("RS671", "'s' looks 91 days back, and events are kept for 90")
    ]  # fmt: skip


def test_one_event_is_a_pattern_only_under_a_condition() -> None:
    assert found(repeated("within: 1d")) == [("RS672", "'s' fires at every OrderPlaced")]
    assert found(repeated("within: 1d, where: {order.payment_method: card}")) == []
    assert found(repeated("within: 1d, at_least: 2")) == []


def test_a_derivation_below_those_that_cover_it_never_decides() -> None:
    gold = '- {fact: customer.tier, is: gold, when: {customer.spent: {at_least: "1000.00"}}}\n'
    silver = '- {fact: customer.tier, is: silver, when: {customer.spent: {at_least: "500.00"}}}\n'
    assert found(f"derive:\n{gold}{silver}signals: []\n") == []
    assert found(f"derive:\n{silver}{gold}signals: []\n") == [
        ("RS673", "customer.tier is never gold: those above decide first")
    ]
