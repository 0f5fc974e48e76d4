"""Does a case of a notifications ruleset hold when it should, and say clearly what differs when it does not?"""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.documents.model import NotificationsDocument
from engine.documents.read import ReadContext, read_document
from engine.facts.case_reading import PlayedCase
from engine.facts.vocabulary import Vocabulary, read_vocabulary
from engine.notices.cases import run_notices_case
from engine.text.load import load
from engine.text.nodes import Mapping
from engine.text.source import Source

_PATH = Path(__file__).parents[3] / "rules" / "vocabularies" / "event-1.yaml"
RULES = """
ruleset: notifications
name: default
version: 1
vocabulary: event/1
currency: BRL
timezone: America/Sao_Paulo
quiet_hours: {from: "22:00", until: "08:00"}
texts:
  big: {en: {subject: "{order.total} at {shop.name}", heading: Big, body: Big}}
rules:
  - {id: big, on: OrderPaid, when: {order.total: {at_least: "100.00"}}, to: customer, channels: [email, inbox],
     template: big, category: marketing}
  - {id: first, on: OrderPaid, to: customer, first_of: [push, email], template: order-paid, category: reminders}
"""


def vocabulary() -> Vocabulary:
    found, faults = read_vocabulary(Source("event", _PATH.read_text(encoding="utf-8")))
    assert found is not None, faults
    return found


VOCABULARY = vocabulary()


def document() -> NotificationsDocument:
    node = load(Source("rules.yaml", RULES)).node
    assert node is not None
    found, faults = read_document(node, ReadContext({VOCABULARY.ref: VOCABULARY}, lambda _path: None))
    assert isinstance(found, NotificationsDocument), faults
    return found


DOCUMENT = document()


def run(text: str) -> PlayedCase:
    node = load(Source("case.yaml", text)).node
    assert isinstance(node, Mapping)
    return run_notices_case(DOCUMENT, VOCABULARY, node)


def differences(text: str) -> list[tuple[str, str]]:
    return [(one.code, one.message) for one in run(text).differences]


@pytest.mark.parametrize(
    ("total", "told"), [("99.99", "[first]"), ("100.00", "[big, first]"), ("100.01", "[big, first]")]
)
def test_a_condition_decides_at_its_threshold(total: str, told: str) -> None:
    text = f'{{given: {{event: OrderPaid, facts: {{order.id: a, order.total: "{total}"}}}}, expect: {{told: {told}}}}}'
    assert differences(text) == []


def test_a_case_that_does_not_hold_says_what_came_out_and_why() -> None:
    case = run('{name: small, given: {event: OrderPaid, facts: {order.total: "99.99"}}, expect: {told: [big]}}')
    (found,) = case.differences
    assert found.code == "RS389"
    assert found.message == "case 'small': `told` is first, expected big"
    assert found.witness == "'big' (rules.yaml:12:10) does not tell: order.total is 99.99"
    assert case.exercised == {("rule", "first")}


def test_a_missing_fact_tells_nobody() -> None:
    case = run("{given: {event: OrderPaid, facts: {}}, expect: {told: [big, first]}}")
    assert case.differences[0].witness.endswith("order.total is missing")


def test_what_else_can_be_expected() -> None:
    text = """
given: {event: OrderPaid, at: 2026-01-01T22:30, facts: {order.total: "100.00"}, recipient: {has: [email, inbox]}}
expect:
  channels: {big: [email, inbox], first: email}
  at: {big: 2026-01-02T08:00}
  subject: {big: 100.00 at Shop}
"""
    assert differences(text) == []


@pytest.mark.parametrize(
    ("given", "told"), [("at: 1970-01-01T00:00Z,", "1970-01-01T00:00Z"), ("", "2026-01-01T12:00Z")]
)
def test_an_event_of_a_case_happens_when_it_says_also_at_the_beginning_of_counting(given: str, told: str) -> None:
    text = f"{{given: {{event: OrderPaid, {given} recipient: {{has: [email]}}}}, expect: {{at: {{first: {told}}}}}}}"
    assert differences(text) == []


@pytest.mark.parametrize(
    ("recipient", "withheld"),
    [
        ("unwanted: [marketing]", "{big: switched_off}"),
        ("verified: false", "{big: not_verified}"),
        ("bounced: true, has: [email]", "{big: bounced, first: bounced}"),
        ("closed: true", "{big: account_closed, first: account_closed}"),
        ("has: []", "{big: no_address, first: no_address}"),
    ],
)
def test_what_keeps_a_message_from_somebody(recipient: str, withheld: str) -> None:
    given = f'{{event: OrderPaid, facts: {{order.total: "100.00"}}, recipient: {{{recipient}}}}}'
    assert differences(f"{{given: {given}, expect: {{withheld: {withheld}}}}}") == []


def test_the_second_channel_takes_the_place_of_one_that_is_not_wanted() -> None:
    given = "{event: OrderPaid, facts: {}, recipient: {has: [push, email]}}"
    assert differences(f"{{given: {given}, expect: {{channels: {{first: push}}}}}}") == []
    given = "{event: OrderPaid, facts: {}, recipient: {has: [email]}}"
    assert differences(f"{{given: {given}, expect: {{channels: {{first: email}}}}}}") == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{given: {event: OrderPayed}, expect: {told: []}}", "RS610"),
        ("{given: {event: OrderPaid, fact: {}}, expect: {told: []}}", "RS611"),
        ("{given: {event: OrderPaid, facts: {order.totl: 1}}, expect: {told: []}}", "RS611"),
        ("{given: {event: OrderPaid, facts: {order.total: cheap}}, expect: {told: []}}", "RS310"),
        ("{given: {event: OrderPaid}, expect: {tld: []}}", "RS601"),
        ("{given: {event: OrderPaid}, expect: {told: [bigg]}}", "RS610"),
        ("{given: {event: OrderPaid}, expect: {channels: {big: [mail]}}}", "RS610"),
        ("{given: {event: OrderPaid}, expect: {withheld: {big: why}}}", "RS610"),
        ("{given: {event: OrderPaid, recipient: {unwanted: [order]}}, expect: {told: []}}", "RS610"),
        ("{given: {event: OrderPaid, recipient: {closed: perhaps}}, expect: {told: []}}", "RS611"),
        ("{given: {event: OrderPaid, at: soon}, expect: {told: []}}", "RS314"),
        ("{given: {}, expect: {told: []}}", "RS611"),
        ("{given: {event: OrderPaid}}", "RS611"),
    ],
)
def test_a_case_that_cannot_be_read_says_so(text: str, code: str) -> None:
    assert code in {one.code for one in run(text).differences}
