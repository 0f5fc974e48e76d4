"""The public page of the engine: texts in, decisions out, every fault a diagnostic of its stage."""

from __future__ import annotations

import pytest

import engine
from engine.pipeline import check_ruleset, compile_book, evaluate, explain, hints, read_ruleset
from engine.runtime.evaluate import CurrencyMismatch
from engine.text.source import Source
from tests.engine.runtime.books import book, cart, lines, vocabulary

HEAD = "ruleset: promotions\nname: t\nversion: 1\nvocabulary: checkout/1\ncurrency: [EUR, JPY]\n"
BODY = """
lanes: [{id: l, stage: order}]
rules: [{id: r, lane: l, then: {amount_off: {EUR: "1.50", JPY: "200"}, on: order}}]
"""


def read(text: str, currency: str | None = None):
    return read_ruleset(
        Source("rules.yaml", text),
        vocabularies={vocabulary().ref: vocabulary()},
        attachments=lambda path: None,
        currency=currency,
    )


def codes(text: str) -> list[str]:
    return [fault.code for fault in read(text).diagnostics]


def test_every_public_name_is_there() -> None:
    for name in engine.__all__:
        assert getattr(engine, name) is not None
    with pytest.raises(AttributeError):
        getattr(engine, "nothing")  # noqa: B009


def test_a_text_becomes_a_document_with_its_hash_and_its_vocabulary() -> None:
    reading = read(HEAD + BODY)
    assert reading.diagnostics == ()
    assert reading.document is not None
    assert len(reading.document.head.hash) == 64
    assert reading.vocabulary is not None
    assert reading.vocabulary.ref == "checkout/1"


def test_amounts_are_read_in_the_currency_asked_for_by_default_the_first() -> None:
    totals = {}
    for currency in ("EUR", "JPY"):
        document = read(HEAD + BODY, currency).document
        assert document is not None
        decision = evaluate(compile_book({"promotions": document}, currency), cart(lines("1000"), currency))
        totals[currency] = decision.totals.discount
    assert totals == {"EUR": 150, "JPY": 200}
    first = read(HEAD + BODY).document
    assert first is not None
    assert first.head.currency == "EUR"


@pytest.mark.parametrize(
    ("text", "series"),
    [
        ("a: [", "RS1"),  # load
        ("ruleset: promotions\nname: t\n", "RS2"),  # shape
        (HEAD + BODY.replace("lane: l,", "lane: x,"), "RS3"),  # check
    ],
)
def test_a_stage_with_errors_is_the_last_one(text: str, series: str) -> None:
    reading = read(text)
    assert reading.document is None
    assert {fault.code[:3] for fault in reading.diagnostics} == {series}
    assert check_ruleset(reading) == reading.diagnostics


def test_all_faults_of_a_document_are_told_at_once() -> None:
    text = (
        HEAD
        + """
lanes: [{id: l, stage: order}]
rules:
  - {id: a, lane: x, then: {percent_off: 10, on: order}}
  - {id: b, lane: l, when: {customer.gruop: vip}, then: {percent_off: 10, on: order}}
  - {id: b, lane: l, then: {percent_off: 101, on: order}}
"""
    )
    found = read(text).diagnostics
    assert {fault.code for fault in found} == {"RS321", "RS303", "RS320", "RS318"}
    assert all(fault.span is not None for fault in found)


def test_checking_adds_what_boxes_show_and_what_the_author_accepts_is_only_noted() -> None:
    always = HEAD + BODY.replace("lane: l,", "lane: l, when: {cart.item_count: {at_least: 0}},")
    (found,) = check_ruleset(read(always))
    assert (found.code, found.severity) == ("RS402", "warning")
    (accepted,) = check_ruleset(read(f"{always}allow: [{{code: RS402, because: it may change}}]\n"))
    assert (accepted.code, accepted.severity) == ("RS402", "note")


def test_layout_comments_and_cases_do_not_change_what_a_ruleset_is() -> None:
    def digest(text: str) -> str:
        document = read(text).document
        assert document is not None
        return document.head.hash

    same = digest(HEAD + BODY)
    assert digest("# November\n" + HEAD + BODY.replace("amount_off: {", "amount_off:   {") + "summary: words\n") == same
    assert digest(HEAD + BODY.replace("1.50", "1.51")) != same


def test_a_cart_in_another_currency_is_the_callers_mistake() -> None:
    with pytest.raises(CurrencyMismatch, match="the cart is in JPY"):
        evaluate(book("EUR"), cart(lines("100"), "JPY"))


def test_no_rulesets_at_all_leave_list_prices() -> None:
    rules, asked = book(), cart(lines("10.00", quantity=3))
    decision = evaluate(rules, asked)
    assert (decision.totals.total, decision.refusals, decision.options) == (3000, (), ())
    assert explain(rules, asked, "shopper").sentences == ("You pay 30.00 EUR",)
    assert hints(rules, asked, decision) == ()
