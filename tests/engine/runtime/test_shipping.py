"""Zones, parcels by seller, conditions of methods, refusals, thresholds of free delivery, the choice of a method."""

from __future__ import annotations

import pytest

from tests.engine.runtime.books import decide, line, lines

TWO = "methods: [{id: slow, rate: {flat: '4.00'}}, {id: fast, rate: {flat: '9.00'}}]"


def test_the_cheapest_method_counts_while_none_is_chosen() -> None:
    decision = decide(lines("10.00"), shipping=TWO)
    assert (decision.shipping_method, decision.totals.shipping) == ("slow", 400)


def test_the_chosen_method_counts() -> None:
    decision = decide({**lines("10.00"), "shipping_method": "fast"}, shipping=TWO)
    assert (decision.shipping_method, decision.totals.shipping) == ("fast", 900)


def test_a_method_that_is_not_offered_cannot_be_chosen() -> None:
    decision = decide({**lines("10.00"), "shipping_method": "boat"}, shipping=TWO)
    assert [refusal.code for refusal in decision.refusals] == ["shipping_method_unavailable"]
    assert (decision.shipping_method, decision.totals.shipping) == (None, 0)


def test_nothing_is_counted_where_the_ruleset_waits_for_a_choice() -> None:
    decision = decide(lines("10.00"), shipping=f"choose: none\n{TWO}")
    assert (decision.shipping_method, decision.totals.total) == (None, 1000)
    assert [option.total for option in decision.options] == [400, 900]


def test_a_discount_may_make_another_method_the_cheapest() -> None:
    rule = "{id: r, lane: l, then: {free_shipping: true, methods: [fast]}}"
    promotions = f"lanes: [{{id: l}}]\nrules: [{rule}]"
    assert decide(lines("10.00"), shipping=TWO, promotions=promotions).shipping_method == "fast"


# parcels -------------------------------------------------------------------------------------------------------

TWO_SELLERS = {
    "lines": [
        line("10.00", seller="b", weight="3kg"),
        line("5.00", seller="a", weight="1kg"),
        line("5.00", seller="b", weight="1kg"),
    ]
}


def test_every_seller_sends_a_parcel_and_is_paid_for_it() -> None:
    rate = "{base: '1.00', plus: '1.00', per: 1kg, by: shipment.weight_g}"
    decision = decide(TWO_SELLERS, shipping=f"shipments: seller\nmethods: [{{id: m, rate: {rate}}}]")
    shipped = [(each.line, each.amount) for each in decision.postings if each.kind == "shipping"]
    assert shipped == [("a", 200), ("b", 500)]


@pytest.mark.parametrize(("limit", "offered"), [("3kg", False), ("4kg", True)])
def test_a_method_is_offered_only_when_it_takes_every_parcel(limit: str, offered: bool) -> None:
    method = f"{{id: m, when: {{shipment.weight_g: {{at_most: {limit}}}}}, rate: {{flat: '1.00'}}}}"
    body = f"shipments: seller\nmethods: [{method}]"
    (option,) = decide(TWO_SELLERS, shipping=body).options
    assert (option.price == 200) is offered
    if not offered:
        (reason,) = option.reasons
        assert (reason.code, reason.distance, reason.params["shipment"]) == ("condition", -1000, "b")


def test_a_condition_on_the_parcel_of_a_whole_order_sees_its_weight() -> None:
    body = "methods: [{id: m, when: {shipment.weight_g: {at_most: 5kg}}, rate: {flat: '1.00'}}]"
    assert decide(TWO_SELLERS, shipping=body).options[0].price == 100


def test_a_method_may_ask_for_a_sum_over_lines_and_says_how_far_it_is() -> None:
    when = "{lines: {where: {line.category: {under: ice}}, quantity: {at_most: 0}}}"
    body = f"methods: [{{id: m, when: {when}, rate: {{flat: '1.00'}}}}]"
    assert decide(lines("1.00"), shipping=body).options[0].price == 100
    (option,) = decide(lines("1.00", quantity=2, category="ice"), shipping=body).options
    assert [(reason.code, reason.distance) for reason in option.reasons] == [("condition", -2)]


# refusals ------------------------------------------------------------------------------------------------------


def test_a_refusal_of_some_methods_leaves_the_others() -> None:
    refuse = "refuse: [{id: heavy, when: {shipment.weight_g: {more_than: 1kg}}, code: too_heavy, methods: [fast]}]"
    decision = decide(lines("1.00", quantity=11), shipping=f"{TWO}\n{refuse}")
    assert [[reason.code for reason in option.reasons] for option in decision.options] == [[], ["too_heavy"]]
    assert decision.refusals == ()


def test_every_refusal_of_the_whole_delivery_is_told_once() -> None:
    refuse = """refuse:
  - {id: heavy, when: {shipment.weight_g: {more_than: 500g}}, code: too_heavy}
  - {id: many, when: {shipment.item_count: {more_than: 0}}, code: too_many}"""
    decision = decide(TWO_SELLERS, shipping=f"shipments: seller\n{TWO}\n{refuse}")
    assert [refusal.code for refusal in decision.refusals] == ["too_heavy", "too_many"]
    assert all(option.price is None for option in decision.options)


# zones ---------------------------------------------------------------------------------------------------------

ZONES = """
policy: {policy}
zones:
  - {{id: all, where: {{destination.country: BR}}}}
  - {{id: city, where: {{destination.postcode: {{starts_with: "01"}}}}}}
methods:
  - {{id: both, rates: {{all: {{flat: '5.00'}}, city: {{flat: '3.00'}}}}}}
  - {{id: city-only, rates: {{city: {{flat: '2.00'}}}}}}
"""
CITY = {**lines("1.00"), "destination": {"country": "BR", "postcode": "01310-100"}}


@pytest.mark.parametrize(("policy", "expected"), [("first", [500, None]), ("all", [500, 200])])
def test_the_first_zone_counts_or_each_method_takes_its_own(policy: str, expected: list[int | None]) -> None:
    decision = decide(CITY, shipping=ZONES.format(policy=policy))
    assert [option.price for option in decision.options] == expected


def test_outside_all_zones_nothing_is_offered_and_the_reason_is_told() -> None:
    decision = decide(
        {**CITY, "destination": {"country": "PT", "postcode": "9"}}, shipping=ZONES.format(policy="first")
    )
    assert {reason.code for option in decision.options for reason in option.reasons} == {"no_zone"}
    unknown = decide({**lines("1.00")}, shipping=ZONES.format(policy="first"))
    assert {reason.code for option in unknown.options for reason in option.reasons} == {"fact_missing"}


# free from -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("items", "shipping"), [("49.99", 400), ("50.00", 0), ("50.01", 0)])
def test_delivery_is_free_from_the_threshold_on(items: str, shipping: int) -> None:
    free = "{amount: '50.00', of: subtotal.after_discounts, tax: included}"
    body = f"methods: [{{id: m, rate: {{flat: '4.00'}}, free_from: {free}}}]"
    decision = decide(lines(items), shipping=body)
    assert (decision.totals.shipping, decision.totals.shipping_discount) == (shipping, 400 - shipping)


@pytest.mark.parametrize(("tax", "shipping"), [("included", 0), ("excluded", 400)])
def test_the_threshold_says_whether_tax_counts(tax: str, shipping: int) -> None:
    free = f"{{amount: '50.00', of: subtotal.after_discounts, tax: {tax}}}"
    body = f"methods: [{{id: m, rate: {{flat: '4.00'}}, free_from: {free}}}]"
    rates = "prices: included\nrates: [{id: t, percent: 20}]"
    assert decide(lines("50.00"), shipping=body, tax=rates).totals.shipping == shipping


def test_the_threshold_looks_at_what_discounts_left() -> None:
    free = "{amount: '50.00', of: subtotal.after_discounts, tax: included}"
    body = f"methods: [{{id: m, rate: {{flat: '4.00'}}, free_from: {free}}}]"
    coupons = "coupons: [{id: k, codes: [K], then: {amount_off: '0.01', on: order}}]"
    assert decide(lines("50.00"), shipping=body).totals.shipping == 0
    assert decide({**lines("50.00"), "coupon": "K"}, shipping=body, coupons=coupons).totals.shipping == 400


@pytest.mark.parametrize(("postcode", "total"), [("01310-100", 0), ("99999", 400)])
def test_free_delivery_may_be_for_some_zones_only(postcode: str, total: int) -> None:
    body = """
zones: [{id: city, where: {destination.postcode: {starts_with: "01"}}}, {id: rest, where: {destination.country: BR}}]
methods:
  - id: m
    rate: {flat: '4.00'}
    free_from: {amount: '1.00', of: subtotal.after_discounts, tax: included, zones: [city]}
"""
    cart = {**lines("1.00"), "destination": {"country": "BR", "postcode": postcode}}
    assert decide(cart, shipping=body).options[0].total == total
