"""Does an answer show exactly what was decided?"""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given

from engine import Decision
from server.decisions import service
from server.decisions.books import LiveBook, RuleBooks
from server.decisions.facts import Basket, Destination
from server.decisions.shapes import DecisionView
from server.decisions.views import percent, view
from tests.server.decisions.baskets import BASKETS, NOW, a_basket, a_line
from tests.server.decisions.conftest import EXAMPLE_STORES, a_store

LIVE = RuleBooks(EXAMPLE_STORES).live(a_store())


def shown(basket: Basket, locale: str = "pt-BR", full: bool = False) -> DecisionView:
    decision = service.decide(LIVE, basket)
    return view(LIVE, basket, decision, service.hints_for(LIVE, basket, decision), locale, full)


def without_hints(basket: Basket) -> tuple[Decision, DecisionView]:
    decision = service.decide(LIVE, basket)
    return decision, view(LIVE, basket, decision, (), "en", True)


def minor(amount: str) -> int:
    return int(Decimal(amount) * 100)


@given(basket=BASKETS)
def test_what_is_shown_sums_to_what_was_decided(basket: Basket) -> None:
    decision, seen = without_hints(basket)
    totals = decision.totals
    assert {name: minor(getattr(seen.totals, name)) for name in totals.__struct_fields__} == msgspec.structs.asdict(
        totals
    )
    assert sum(minor(posting.amount) for posting in seen.postings) == totals.total
    assert sum(minor(each.saves) for each in seen.discounts) == totals.discount + totals.shipping_discount
    assert sum(minor(line.subtotal) for line in seen.lines) == totals.items
    for line, result in zip(seen.lines, decision.lines, strict=True):
        assert sum(minor(each.saves) for each in line.discounts) == minor(line.discount) == result.discount
    assert [minor(tax.amount) for tax in seen.taxes] == [tax.amount for tax in decision.taxes]


@given(basket=BASKETS)
def test_every_part_of_a_decision_is_shown(basket: Basket) -> None:
    decision, seen = without_hints(basket)
    assert [line.id for line in seen.lines] == [line.id for line in decision.lines]
    assert [(each.code, each.state) for each in seen.coupons] == [(c.code.upper(), c.state) for c in decision.coupons]
    assert [each.code for each in seen.refusals] == [each.code for each in decision.refusals]
    assert [each.id for each in seen.shipping_options] == [each.method for each in decision.options]
    assert [each.id for each in seen.payment_methods] == [each.method for each in decision.payments]
    assert all(each.message for each in (*seen.refusals, *(r for o in seen.shipping_options for r in o.reasons)))
    assert seen.can_be_ordered == (not decision.refusals and bool(decision.lines))


@given(basket=BASKETS)
def test_an_answer_is_the_same_bytes_every_time(basket: Basket) -> None:
    assert msgspec.json.encode(without_hints(basket)[1]) == msgspec.json.encode(without_hints(basket)[1])


@pytest.mark.parametrize(
    ("locale", "label"),
    [
        ("pt-BR", "10% de desconto a partir de R$ 150"),
        ("pt", "10% de desconto a partir de R$ 150"),
        ("en", "10% off from R$ 150"),
        ("ja", "10% off from R$ 150"),  # these rulesets know no Japanese
        ("de-CH", "10% off from R$ 150"),
    ],
)
def test_rules_are_named_in_the_customers_language(locale: str, label: str) -> None:
    assert [discount.label for discount in shown(a_basket(), locale).discounts] == [label]


@pytest.mark.parametrize(
    ("locale", "message"),
    [("pt-BR", "faltam 79.00 em compras"), ("en", "spend 79.00 more"), ("ja", "あと 79.00 のお買い上げが必要です")],
)
def test_a_code_that_does_not_work_yet_says_why_and_how_far_it_is(locale: str, message: str) -> None:
    later = NOW.replace(month=11)
    coupon = shown(a_basket(a_line(price=2000), coupon_codes=("fretegratis",), now=later), locale).coupons[0]
    assert (coupon.code, coupon.state, coupon.message) == ("FRETEGRATIS", "pending", message)
    assert [(reason.code, reason.short_by, reason.message) for reason in coupon.reasons] == [
        ("condition", "79.00", message)
    ]


def test_a_code_that_does_not_count_yet_says_from_when_and_nothing_of_microseconds() -> None:
    coupon = shown(a_basket(coupon_codes=("fretegratis",)), "en").coupons[0]
    assert coupon.message == "valid from 2026-11-01T00:00"
    assert [(reason.code, reason.short_by, reason.over_by) for reason in coupon.reasons] == [
        ("coupon_not_started", None, None)
    ]


def test_a_code_nobody_issued_is_refused_in_words() -> None:
    coupon = shown(a_basket(coupon_codes=("NO-SUCH",)), "en").coupons[0]
    assert (coupon.state, coupon.message, coupon.rule) == ("rejected", "there is no such code", "")


def test_shoppers_do_not_see_where_rules_are_written_and_authors_do() -> None:
    basket = a_basket(a_line(price=2000), coupon_codes=("fretegratis",))
    assert b"v1.yaml" not in msgspec.json.encode(shown(basket))
    seen = shown(basket, full=True)
    assert all(posting.at.startswith("rules/") for posting in seen.postings if posting.at)
    assert seen.coupons[0].reasons[0].detail is not None


def test_the_chosen_and_the_decided_way_of_delivery_are_told_apart() -> None:
    options = {option.id: option for option in shown(a_basket()).shipping_options}
    assert (options["standard"].chosen, options["standard"].decided) == (False, True)
    chosen = {option.id: option for option in shown(a_basket(shipping_method="express")).shipping_options}
    assert (chosen["express"].chosen, chosen["express"].decided) == (True, True)
    assert (chosen["standard"].chosen, chosen["standard"].decided) == (False, False)


def test_a_country_we_do_not_deliver_to_is_refused_in_the_authors_words() -> None:
    seen = shown(a_basket(destination=Destination(country="PT", postcode="1100-148")), "en")
    assert not seen.can_be_ordered
    assert ("destination_not_served", "We deliver in Brazil only.") in [
        (refusal.code, refusal.message) for refusal in seen.refusals
    ]
    reasons = {reason.message for option in seen.shipping_options for reason in option.reasons}
    assert "We deliver in Brazil only." in reasons


def test_what_the_shop_still_has_to_know_is_listed() -> None:
    seen = shown(a_basket(destination=Destination(), cash_on_delivery_today=0))
    assert "destination.country" in seen.missing_facts
    assert shown(a_basket(cash_on_delivery_today=0)).missing_facts == ()


def test_hints_name_the_rule_and_what_it_brings() -> None:
    hint = shown(a_basket(a_line(price=14000)), "en").hints[0]
    assert (hint.label, hint.add, hint.at) == ("10% off from R$ 150", "10.00", None)


@pytest.mark.parametrize(
    ("ratio", "text"), [((1, 5), "20"), ((1, 8), "12.5"), ((0, 1), "0"), ((1, 1), "100"), ((1, 1000000), "0.0001")]
)
def test_percentages_are_exact(ratio: tuple[int, int], text: str) -> None:
    assert percent(*ratio) == text


def test_the_digest_names_this_very_decision(live: LiveBook) -> None:
    assert shown(a_basket()).digest == shown(a_basket(), "en", True).digest
    assert shown(a_basket()).digest != shown(a_basket(a_line(price=19901))).digest
