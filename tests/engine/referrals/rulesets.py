"""Referrals rulesets for tests, read from texts."""

from __future__ import annotations

from engine.cases.run import CaseReport, run_cases
from engine.documents.model import ReferralsDocument
from engine.documents.read import ReadContext, read_document
from engine.facts.scenario import ScenarioContext
from engine.facts.vocabulary import Vocabulary, read_vocabulary
from engine.lint import lint
from engine.text.diagnostics import Diagnostic
from engine.text.load import load
from engine.text.source import Source
from tests.conftest import CHECKOUT

HEAD = """
ruleset: referrals
name: friends
version: 1
vocabulary: event/1
currency: BRL
timezone: America/Sao_Paulo
"""
QUALIFIES = 'qualifies: {when: {friend.orders_paid: {at_least: 1}, friend.first_order_total: {at_least: "20.00"}}'
FIVE = "milestones: [{id: five, at: 5, give: {campaign: five}}, {id: ten, at: 10, give: {campaign: ten}}]\n"


def event_vocabulary() -> Vocabulary:
    """event/1."""
    text = (CHECKOUT / "rules" / "vocabularies" / "event-1.yaml").read_text("utf-8")
    vocabulary, faults = read_vocabulary(Source("event", text))
    assert vocabulary is not None, faults
    return vocabulary


VOCABULARY = event_vocabulary()


def read(body: str) -> tuple[ReferralsDocument | None, list[Diagnostic]]:
    """The document of a head and this body, or what is wrong with it."""
    node = load(Source("rules.yaml", HEAD + body)).node
    assert node is not None
    document, findings = read_document(node, ReadContext({VOCABULARY.ref: VOCABULARY}, lambda _path: None))
    assert document is None or isinstance(document, ReferralsDocument)
    return document, findings


def ruleset(body: str) -> ReferralsDocument:
    """One without fault."""
    document, findings = read(body)
    assert document is not None, findings
    return document


def shipped() -> ReferralsDocument:
    """The one that ships."""
    node = load(Source("v1.yaml", (CHECKOUT / "rules" / "referrals" / "v1.yaml").read_text("utf-8"))).node
    assert node is not None
    document, findings = read_document(node, ReadContext({VOCABULARY.ref: VOCABULARY}, lambda _path: None))
    assert isinstance(document, ReferralsDocument), findings
    return document


def said(body: str) -> list[str]:
    """The codes of what is wrong with a document, or with what it means."""
    document, findings = read(body)
    return [each.code for each in (findings if document is None else lint(document, VOCABULARY))]


def ran(body: str) -> CaseReport:
    """Its cases, run."""
    context = ScenarioContext(vocabulary=VOCABULARY)
    return run_cases(ruleset(body), lambda _chosen, _currency: (None, ()), context)
