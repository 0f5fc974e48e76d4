"""Is it decided for whom units are kept how long, as written?"""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from engine.cases.watching import play
from engine.documents.model import InventoryDocument
from engine.facts.vocabulary import Vocabulary, read_vocabulary
from engine.pipeline import read_ruleset
from engine.stock.decide import customer_facts, kept_for, reads_group
from engine.text.source import Source

RULES = Path(__file__).resolve().parents[3] / "rules"
HEAD = "ruleset: inventory\nname: default\nversion: 1\nvocabulary: stock/1\n"


def vocabulary() -> Vocabulary:
    found, faults = read_vocabulary(
        Source("stock-1.yaml", (RULES / "vocabularies" / "stock-1.yaml").read_text("utf-8"))
    )
    assert found is not None, faults
    return found


def document(text: str) -> InventoryDocument:
    reading = read_ruleset(
        Source("v1.yaml", text), vocabularies={"stock/1": vocabulary()}, attachments=lambda _name: None
    )
    assert isinstance(reading.document, InventoryDocument), reading.diagnostics
    return reading.document


def test_the_first_rule_that_holds_decides() -> None:
    stock = document(
        f"{HEAD}reservations:\n  - {{id: guests, when: {{customer.signed_in: false}}, keep: 15m}}\n"
        "  - {id: vip, when: {customer.group: vip}, keep: 2h}\n  - {id: everybody, keep: 1h}\n"
    )
    assert kept_for(stock, customer_facts(None, signed_in=False)).id == "guests"
    assert kept_for(stock, customer_facts("vip", signed_in=False)).id == "guests"
    assert kept_for(stock, customer_facts("vip", signed_in=True)).keep_seconds == 7_200
    assert kept_for(stock, customer_facts(None, signed_in=True)).id == "everybody"


def test_who_has_no_group_is_of_no_group() -> None:
    stock = document(
        f"{HEAD}reservations:\n  - {{id: others, when: {{customer.group: {{not: vip}}}}, keep: 15m}}\n"
        "  - {id: everybody, keep: 1h}\n"
    )
    assert reads_group(stock)
    assert kept_for(stock, customer_facts("member", signed_in=True)).id == "others"
    assert kept_for(stock, customer_facts(None, signed_in=True)).id == "everybody"


@given(st.none() | st.sampled_from(["member", "vip", "staff"]), st.booleans())
def test_the_shipped_ruleset_has_an_answer_for_everybody(group: str | None, signed_in: bool) -> None:
    stock = document((RULES / "inventory" / "v1.yaml").read_text("utf-8"))
    assert not reads_group(stock)
    found = kept_for(stock, customer_facts(group, signed_in=signed_in))
    assert found.keep_seconds == (35 if signed_in else 20) * 60


def test_a_case_that_does_not_hold_says_what_came_out_and_why() -> None:
    stock = document(
        f"{HEAD}reservations: [{{id: everybody, keep: 30m}}]\n"
        "cases:\n  - {name: guests, given: {customer.signed_in: false}, expect: {keep: 15m, rule: everybody}}\n"
    )
    (difference,) = play(stock, vocabulary(), stock.cases[0]).differences
    assert (difference.code, difference.message) == ("RS363", "case 'guests': keep is 30m, expected 15m")
    assert "'everybody' decides" in (difference.witness or "")


def test_a_case_that_cannot_be_read_says_all_of_it() -> None:
    stock = document(
        f"{HEAD}reservations: [{{id: everybody, keep: 30m}}]\n"
        "cases:\n  - {given: {customer.group: vip, customer.grup: vip}, expect: {rule: all, stays: 1h}}\n"
    )
    codes = [each.code for each in play(stock, vocabulary(), stock.cases[0]).differences]
    assert sorted(codes) == ["RS601", "RS610", "RS611"]
