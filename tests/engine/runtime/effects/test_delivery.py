"""Effects on shipping: what is taken off the price of a method."""

from __future__ import annotations

import pytest

from tests.engine.runtime.books import decide, lines

SHIPPING = "methods: [{id: slow, rate: {flat: '4.00'}}, {id: fast, rate: {flat: '9.00'}}]"


def options(rules: str, pick: str = "all", cart: object = None, **bodies: str) -> dict[str, int | None]:
    promotions = f"lanes: [{{id: l, pick: {pick}, stage: shipping}}]\nrules: [{rules}]"
    decision = decide(cart or lines("10.00"), promotions=promotions, shipping=SHIPPING, **bodies)
    return {option.method: option.total for option in decision.options}


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ("{free_shipping: true}", {"slow": 0, "fast": 0}),
        ("{free_shipping: true, methods: [fast]}", {"slow": 400, "fast": 0}),
        ("{percent_off: 50, on: shipping}", {"slow": 200, "fast": 450}),
        ("{percent_off: 50, on: shipping, cap: '3.00'}", {"slow": 200, "fast": 600}),
        ("{amount_off: '5.00', on: shipping}", {"slow": 0, "fast": 400}),
        ("{fixed_price: '5.00', on: shipping}", {"slow": 400, "fast": 500}),
        (
            "{tiered_percent: {by: shipping.price, rows: [{from: '5.00', percent: 10}]}, on: shipping}",
            {"slow": 400, "fast": 810},
        ),
    ],
)
def test_each_method_is_discounted_by_itself(then: str, expected: dict[str, int]) -> None:
    assert options(f"{{id: r, lane: l, then: {then}}}") == expected


@pytest.mark.parametrize(("basis", "expected"), [("remaining", 225), ("initial", 0)])
def test_the_second_half_is_of_what_is_left_or_of_the_price(basis: str, expected: int) -> None:
    half = "then: {percent_off: 50, on: shipping"
    rules = f"{{id: a, lane: l, priority: 1, {half}}}}}, {{id: b, lane: l, {half}, basis: {basis}}}}}"
    assert options(rules)["fast"] == expected


@pytest.mark.parametrize(("pick", "expected"), [("best", 300), ("first", 800), ("all", 200)])
def test_a_lane_on_shipping_picks_like_any_other(pick: str, expected: int) -> None:
    rules = (
        "{id: a, lane: l, priority: 1, then: {amount_off: '1.00', on: shipping}},"
        "{id: b, lane: l, then: {amount_off: '6.00', on: shipping}}"
    )
    assert options(rules, pick)["fast"] == expected


def test_rules_of_one_lane_that_exclude_each_other_do_not_both_act() -> None:
    rules = (
        "{id: a, lane: l, priority: 1, then: {amount_off: '1.00', on: shipping}, exclusive_with: [b]},"
        "{id: b, lane: l, then: {amount_off: '6.00', on: shipping}}"
    )
    assert options(rules)["fast"] == 800


def test_a_rule_may_ask_for_the_method_and_its_price() -> None:
    when = "{shipping.decided: fast, shipping.price: {at_least: '9.00'}}"
    rules = f"{{id: r, lane: l, when: {when}, then: {{free_shipping: true}}}}"
    assert options(rules) == {"slow": 400, "fast": 0}


def test_a_coupon_takes_what_promotions_left_of_shipping() -> None:
    coupons = "coupons: [{id: k, codes: [K], then: {percent_off: 50, on: shipping}}]"
    rules = "{id: r, lane: l, then: {amount_off: '1.00', on: shipping}}"
    assert options(rules, cart={**lines("10.00"), "coupon": "K"}, coupons=coupons) == {"slow": 150, "fast": 400}


def test_a_threshold_with_tax_may_be_asked_by_a_promotion_on_shipping() -> None:
    rules = "{id: r, lane: l, when: {subtotal.after_discounts.gross: {at_least: '12.00'}}, then: {free_shipping: true}}"
    tax = "prices: excluded\nrates: [{id: t, percent: 20}]"
    assert options(rules, tax=tax) == {"slow": 0, "fast": 0}
    assert options(rules, cart=lines("9.99"), tax=tax) == {"slow": 400, "fast": 900}
