"""Checkout: may the cart be ordered, how may it be paid, and to what is cash rounded?"""

from __future__ import annotations

import pytest

from tests.engine.runtime.books import decide, lines

CASH = "payment_methods: [{id: cash}, {id: card}]\ncash_rounding: {step: '0.05', methods: [cash]}"


@pytest.mark.parametrize(("items", "total"), [("9.97", 995), ("9.98", 1000), ("0.02", 0), ("0.03", 5), ("10.00", 1000)])
def test_cash_is_rounded_to_the_nearest_step_as_the_last_posting(items: str, total: int) -> None:
    decision = decide({**lines(items), "payment": {"method": "cash"}}, checkout=CASH)
    assert decision.totals.total == total
    amounts = [(each.kind, each.amount) for each in decision.postings]
    if decision.totals.cash_rounding:
        assert amounts[-1] == ("cash_rounding", decision.totals.cash_rounding)
    assert decision.totals.total - decision.totals.cash_rounding == decision.lines[0].total


@pytest.mark.parametrize("payment", [{"method": "card"}, {}])
def test_other_ways_to_pay_are_exact(payment: dict[str, str]) -> None:
    assert decide({**lines("9.97"), "payment": payment}, checkout=CASH).totals.total == 997


@pytest.mark.parametrize(("items", "total"), [("0.05", 10), ("0.04", 0), ("0.15", 20)])
def test_half_a_step_is_rounded_up(items: str, total: int) -> None:
    assert decide(lines(items), checkout="cash_rounding: {step: '0.10'}").totals.total == total


@pytest.mark.parametrize(("items", "missing"), [("19.99", "1"), ("20.00", None), ("20.01", None)])
def test_an_order_below_the_minimum_is_told_what_is_missing(items: str, missing: str | None) -> None:
    body = "minimum_order: {amount: '20.00', of: subtotal.after_discounts, tax: included}"
    refusals = decide(lines(items), checkout=body).refusals
    assert [(each.code, each.params["add"]) for each in refusals] == (
        [] if missing is None else [("minimum_order", missing)]
    )


def test_all_required_facts_that_are_missing_are_named() -> None:
    refusals = decide(lines("1.00"), checkout="require: [customer.email, destination.country, customer.tags]").refusals
    assert [each.params["fact"] for each in refusals] == ["customer.email", "destination.country", "customer.tags"]
    cart = {**lines("1.00"), "customer": {"email": "a@example.org", "tags": []}, "destination": {"country": "BR"}}
    assert decide(cart, checkout="require: [customer.email, destination.country, customer.tags]").refusals == ()


def test_every_refusal_that_holds_is_told_with_its_message() -> None:
    body = """
refuse:
  - {id: a, when: {total: {at_least: '1.00'}}, code: too_dear, message: {en: No.}}
  - {id: b, when: {total: {at_least: '2.00'}}}
  - {id: c, when: {cart.item_count: 1}}
"""
    assert [(each.code, each.message) for each in decide(lines("1.00"), checkout=body).refusals] == [
        ("too_dear", {"en": "No."}),
        ("c", {}),
    ]


@pytest.mark.parametrize(("items", "available"), [("500.00", True), ("500.01", False)])
def test_a_way_to_pay_may_depend_on_the_total(items: str, available: bool) -> None:
    body = "payment_methods: [{id: card}, {id: cod, when: {total: {at_most: '500.00'}}}]"
    decision = decide({**lines(items), "payment": {"method": "cod"}}, checkout=body)
    assert [payment.available for payment in decision.payments] == [True, available]
    assert [refusal.code for refusal in decision.refusals] == ([] if available else ["payment_method_unavailable"])
    if not available:
        assert [(reason.code, reason.distance) for reason in decision.payments[1].reasons] == [("condition", -1)]


def test_a_way_to_pay_may_depend_on_a_sum_over_lines_and_says_how_far_it_is() -> None:
    when = "{lines: {where: {line.category: {under: gift-cards}}, subtotal: {at_most: '10.00'}}}"
    body = f"payment_methods: [{{id: card, when: {when}}}]"
    assert decide(lines("99.00"), checkout=body).payments[0].available
    (payment,) = decide(lines("12.00", category="gift-cards"), checkout=body).payments
    assert [(reason.code, reason.distance) for reason in payment.reasons] == [("condition", -200)]
