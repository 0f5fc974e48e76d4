"""How often and how much a promotion gives: per order, per customer, in total, in money."""

from __future__ import annotations

import pytest

from tests.engine.runtime.books import decide, line, lines


def promotions(then: str, limits: str, on: str = "lines") -> str:
    rule = f"{{id: r, lane: l, then: {then}, limits: {limits}}}"
    return f"lanes: [{{id: l, stage: {on}}}]\nrules: [{rule}]"


TEN = "{percent_off: 10, on: lines}"


@pytest.mark.parametrize(("used", "discount"), [(1, 100), (2, 0), (3, 0)])
def test_a_customer_may_use_a_promotion_so_often(used: int, discount: int) -> None:
    cart = {**lines("10.00"), "customer": {"id": "c"}, "usage": {"r": {"customer": used}}}
    assert decide(cart, promotions=promotions(TEN, "{per_customer: 2}")).totals.discount == discount


def test_a_promotion_counted_by_customer_is_not_for_strangers() -> None:
    decision = decide(lines("10.00"), promotions=promotions(TEN, "{per_customer: 2}"), trace=True)
    assert decision.applied == ()
    assert [(skipped.code, skipped.params) for skipped in decision.skipped] == [
        ("fact_missing", {"fact": "customer.id"})
    ]


@pytest.mark.parametrize(("used", "discount"), [(9, 100), (10, 0)])
def test_all_customers_together_may_use_a_promotion_so_often(used: int, discount: int) -> None:
    cart = {**lines("10.00"), "usage": {"r": {"total": used}}}
    assert decide(cart, promotions=promotions(TEN, "{total: 10}")).totals.discount == discount


@pytest.mark.parametrize(("spent", "discount"), [("0.00", 100), ("4.30", 70), ("4.99", 1), ("5.00", 0), ("9.00", 0)])
def test_the_last_of_a_budget_is_given_and_nothing_more(spent: str, discount: int) -> None:
    cart = {**lines("10.00"), "usage": {"r": {"spent": spent}}}
    assert decide(cart, promotions=promotions(TEN, '{budget: "5.00"}')).totals.discount == discount


@pytest.mark.parametrize(("spent", "amount", "state"), [("4.30", 70, "applied"), ("5.00", 0, "rejected")])
def test_the_budget_of_a_coupon_is_what_its_code_has_spent(spent: str, amount: int, state: str) -> None:
    coupons = "coupons: [{id: k, codes: [K], then: {percent_off: 10}, limits: {budget: '5.00'}}]"
    (coupon,) = decide({**lines("10.00"), "coupon": {"code": "K", "spent": spent}}, coupons=coupons).coupons
    assert (coupon.state, coupon.amount) == (state, amount)


def test_only_the_dearest_units_get_a_discount_limited_per_order() -> None:
    cart = {"lines": [line("10.00", 2), line("30.00"), line("20.00")]}
    decision = decide(cart, promotions=promotions(TEN, "{per_order: 3}"))
    assert [each.discount for each in decision.lines] == [100, 300, 200]


def test_of_a_line_in_part_the_units_get_their_share_odd_cents_first() -> None:
    decision = decide(lines("3.33", quantity=4), promotions=promotions(TEN, "{per_order: 2}"))
    assert decision.totals.discount == 34 + 33  # 10 % of 13.32 is 1.33: units get 34, 33, 33, 33


def test_a_unit_that_gets_nothing_does_not_use_up_the_limit() -> None:
    cart = {"lines": [line("30.00", floor_price="30.00"), line("10.00")]}
    decision = decide(cart, promotions=promotions(TEN, "{per_order: 1}"))
    assert [each.discount for each in decision.lines] == [0, 100]


@pytest.mark.parametrize(("groups", "discount"), [(1, 100), (2, 200), (3, 200)])
def test_group_offers_are_limited_in_groups(groups: int, discount: int) -> None:
    then = "{cheapest_free: {buy: 3, free: 1}}"
    decision = decide(lines("1.00", quantity=8), promotions=promotions(then, f"{{per_order: {groups}}}"))
    assert decision.totals.discount == discount


@pytest.mark.parametrize(
    ("cap", "shares"), [("3.00", [200, 100]), ("0.01", [1, 0]), ("0.00", [0, 0]), ("9.00", [400, 200])]
)
def test_a_cap_bounds_the_whole_discount_of_a_rule(cap: str, shares: list[int]) -> None:
    then = f"{{percent_off: 10, on: lines, cap: '{cap}'}}"
    decision = decide({"lines": [line("40.00"), line("20.00")]}, promotions=promotions(then, "{}"))
    assert [each.discount for each in decision.lines] == shares
