"""Effects on the order: one amount, rounded once, shared by what lines have left."""

from __future__ import annotations

import pytest

from tests.engine.runtime.books import decide, line, lines


def discounts(then: str, cart: object, **bodies: str) -> list[int]:
    promotions = f"lanes: [{{id: l, stage: order}}]\nrules: [{{id: r, lane: l, then: {then}}}]"
    return [each.discount for each in decide(cart, promotions=promotions, **bodies).lines]


def test_a_percentage_of_the_order_is_rounded_once_and_shared() -> None:
    assert discounts("{percent_off: 10, on: order}", lines("0.33", "0.33", "0.33")) == [4, 3, 3]


def test_only_the_lines_the_effect_is_about_are_counted_and_pay() -> None:
    cart = {"lines": [line("10.00", category="a"), line("10.00", category="b")]}
    then = "{percent_off: 10, on: order, where: {line.category: {under: b}}}"
    assert discounts(then, cart) == [0, 100]


@pytest.mark.parametrize(("cap", "expected"), [("2.99", [200, 99]), ("3.00", [200, 100]), ("3.01", [200, 100])])
def test_a_cap_is_shared_like_the_discount_it_bounds(cap: str, expected: list[int]) -> None:
    assert discounts(f"{{percent_off: 10, on: order, cap: '{cap}'}}", lines("20.00", "10.00"))[0] in (199, 200)
    assert sum(discounts(f"{{percent_off: 10, on: order, cap: '{cap}'}}", lines("20.00", "10.00"))) == sum(expected)


def test_lines_at_their_floor_are_passed_over_and_others_pay_their_part() -> None:
    cart = {"lines": [line("10.00", floor_price="10.00"), line("10.00")]}
    assert discounts("{percent_off: 10, on: order}", cart) == [0, 200]


def test_an_amount_larger_than_the_order_takes_what_there_is() -> None:
    assert discounts("{amount_off: '99.00', on: order}", lines("1.00", "2.00")) == [100, 200]


@pytest.mark.parametrize(("items", "expected"), [("99.99", 0), ("100.00", 500), ("199.99", 1000), ("200.00", 2000)])
def test_tiers_of_the_order(items: str, expected: int) -> None:
    rows = "[{from: '100.00', percent: 5}, {from: '200.00', percent: 10}]"
    then = f"{{tiered_percent: {{by: subtotal.items, rows: {rows}}}, on: order}}"
    assert sum(discounts(then, lines(items))) == expected


def test_an_amount_without_tax_takes_exactly_that_off_the_net_whatever_the_rates() -> None:
    """10.00 net off two lines at 20 % and 5 %: 5.00 × 1.20 + 5.00 × 1.05, in one rounding."""
    tax = """
prices: included
rates: [{id: low, where: {tax.class: books}, percent: 5}, {id: full, percent: 20}]
"""
    cart = {"lines": [line("50.00"), line("50.00", tax_class="books")]}
    assert discounts("{amount_off: '10.00', on: order, tax: excluded}", cart, tax=tax) == [600, 525]


def test_a_converted_amount_is_rounded_once_and_not_on_every_line() -> None:
    tax = "prices: included\nrates: [{id: t, percent: 20}]"
    shares = discounts("{amount_off: '10.00', on: order, tax: excluded}", lines("9.00", "9.00", "9.00"), tax=tax)
    assert shares == [400, 400, 400]  # line by line: 3.34 × 1.20 = 4.008 → 4.01, and 3.33 × 1.20 = 3.996 → 4.00


def test_an_amount_with_tax_is_converted_before_it_is_bounded_by_what_is_left() -> None:
    """12.00 with tax are 10.00 without; the order has 11.00 without tax, so all of it is given."""
    tax = "prices: excluded\nrates: [{id: t, percent: 20}]"
    assert discounts("{amount_off: '12.00', on: order, tax: included}", lines("11.00"), tax=tax) == [1000]
