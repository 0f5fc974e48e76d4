"""What does a check say of a ruleset as a whole?"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.facts.vocabulary import Vocabulary, read_vocabulary
from engine.pipeline import check_ruleset, read_ruleset
from engine.text.diagnostics import render
from engine.text.source import Source

VOCABULARIES = Path(__file__).parents[2] / "rules" / "vocabularies"

GUARDS = """\
ruleset: orders
name: default
version: 1
vocabulary: order/1
roles: [staff]
states:
  open: {initial: true}
  done: {final: true}
  lost: {final: true}
transitions:
  - {on: place, from: start, to: open, by: [staff]}
  - {on: close, from: open, to: done, by: [staff], when: {order.units_open: {at_least: 0}}}
  - {on: drop, from: open, to: done, by: [staff], when: {order.units_open: {at_least: 5, less_than: 3}}}
"""

FOUND = """\
error[RS510]: no order can get into 'lost'
 --> orders.yaml:9:3
  |
9 |   lost: {final: true}
  |   ^^^^
  = hint: add a transition to it, or remove it

warning[RS402]: this part of the condition of transition 'close' always holds
  --> orders.yaml:12:78
   |
12 |   - {on: close, from: open, to: done, by: [staff], when: {order.units_open: {at_least: 0}}}
   |                                                                              ^^^^^^^^^^^
   = hint: remove it, or correct the value it tests
   = witness: any cart

error[RS401]: the condition of transition 'drop' can never be true
  --> orders.yaml:13:90
   |
13 | ...open: {at_least: 5, less_than: 3}}}
   |                        ^^^^^^^^^^^^
  --> orders.yaml:13:77: excludes it
   |
13 |   - {on: drop, from: open, to: done, by: [staff], when: {order.units_open: {at_least: 5, less_than: ...
   |                                                                             ^^^^^^^^^^^
   = hint: values of one fact that exclude each other belong under `any:`
   = witness: no cart at all
"""


@pytest.fixture(scope="module")
def vocabularies() -> Mapping[str, Vocabulary]:
    read = [read_vocabulary(Source(path.name, path.read_text("utf-8")))[0] for path in VOCABULARIES.glob("*.yaml")]
    return {vocabulary.ref: vocabulary for vocabulary in read if vocabulary is not None}


def test_guards_of_an_order_are_checked_like_all_conditions(vocabularies: Mapping[str, Vocabulary]) -> None:
    source = Source("orders.yaml", GUARDS)
    reading = read_ruleset(source, vocabularies=vocabularies, attachments=lambda name: None)
    shown = "\n\n".join(render(finding, {source.name: source}) for finding in check_ruleset(reading))
    assert shown + "\n" == FOUND


@pytest.mark.parametrize(("cap", "shown"), [(50, 50), (7, 7), (None, 60)])
def test_as_many_findings_are_given_as_are_asked_for(
    vocabularies: Mapping[str, Vocabulary], cap: int | None, shown: int
) -> None:
    guard = "{{order.units_open: {{less_than: 0, at_least: {}}}}}"
    never = f"  - {{{{on: drop, from: open, to: done, by: [staff], when: {guard}}}}}\n"
    text = GUARDS[: GUARDS.index("  - {on: close")] + "".join(map(never.format, range(1, 61)))
    reading = read_ruleset(Source("orders.yaml", text), vocabularies=vocabularies, attachments=lambda name: None)
    found = [finding.code for finding in check_ruleset(reading, cap=cap)]
    assert found.count("RS401") == shown
    assert ("RS145" in found) is (cap is not None)
