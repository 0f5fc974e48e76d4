"""Effects on single lines: what each takes off."""

from __future__ import annotations

import pytest

from tests.engine.runtime.books import decide, line, lines


def discounts(then: str, cart: object = None, pick: str = "all", **bodies: str) -> list[int]:
    """The discount of every line under one promotion on lines."""
    promotions = f"lanes: [{{id: l, pick: {pick}, stage: lines}}]\nrules: [{{id: r, lane: l, then: {then}}}]"
    decision = decide(cart or lines("10.00", "0.05"), promotions=promotions, **bodies)
    return [each.discount for each in decision.lines]


def test_a_percentage_is_rounded_once_for_each_line() -> None:
    assert discounts("{percent_off: 15}", lines("0.10", "0.10", quantity=3)) == [5, 5]  # 4.5 each, not 3 × 2


@pytest.mark.parametrize(("basis", "expected"), [("remaining", 90), ("initial", 100)])
def test_a_percentage_is_of_what_is_left_or_of_the_price(basis: str, expected: int) -> None:
    promotions = f"""
lanes: [{{id: a}}, {{id: b}}]
rules:
  - {{id: first, lane: a, then: {{percent_off: 10}}}}
  - {{id: second, lane: b, then: {{percent_off: 10, basis: {basis}}}}}
"""
    decision = decide(lines("10.00"), promotions=promotions)
    assert [posting.amount for posting in decision.postings][1:] == [-100, -expected]


def test_percentages_of_the_initial_price_stop_at_what_is_left() -> None:
    promotions = """
lanes: [{id: a}, {id: b}]
rules:
  - {id: first, lane: a, then: {percent_off: 60}}
  - {id: second, lane: b, then: {percent_off: 60, basis: initial}}
"""
    assert decide(lines("10.00"), promotions=promotions).totals.total == 0


@pytest.mark.parametrize(("per", "expected"), [("unit", [600, 100]), ("line", [200, 100]), ("order", [168, 32])])
def test_an_amount_is_off_each_unit_each_line_or_all_lines_together(per: str, expected: list[int]) -> None:
    cart = {"lines": [line("1.75", 3), line("1.00")]}
    if per == "unit":
        cart = {"lines": [line("5.00", 3), line("1.00")]}
    assert discounts(f"{{amount_off: '2.00', per: {per}}}", cart) == expected


def test_a_fixed_price_lowers_dearer_units_and_never_raises_cheaper_ones() -> None:
    cart = {"lines": [line("12.00", 2), line("9.90"), line("5.00")]}
    assert discounts("{fixed_price: '9.90'}", cart) == [420, 0, 0]


@pytest.mark.parametrize(("quantity", "expected"), [(9, 0), (10, 50), (11, 55), (19, 95), (20, 200), (21, 210)])
def test_a_tier_begins_at_its_threshold_and_ends_before_the_next(quantity: int, expected: int) -> None:
    then = "{tiered_percent: {by: subtotal.items, rows: [{from: '10.00', percent: 5}, {from: '20.00', percent: 10}]}}"
    assert discounts(then, lines("1.00", quantity=quantity)) == [expected]


@pytest.mark.parametrize(("socks", "expected"), [(2, 0), (3, 30)])
def test_tiers_may_be_by_a_sum_over_lines(socks: int, expected: int) -> None:
    promotions = """
define: {socks: {aggregate: quantity, where: {line.category: {under: socks}}}}
lanes: [{id: l}]
rules: [{id: r, lane: l, then: {tiered_percent: {by: defined.socks, rows: [{from: 3, percent: 10}]}}}]
"""
    decision = decide(lines("1.00", quantity=socks, category="socks/wool"), promotions=promotions)
    assert decision.totals.discount == expected


@pytest.mark.parametrize("then", ["{percent_off: 50}", "{amount_off: '6.00', per: unit}", "{fixed_price: '1.00'}"])
def test_no_effect_passes_the_floor_price(then: str) -> None:
    assert discounts(then, lines("10.00", floor_price="8.00")) == [200]


def test_a_line_priced_below_its_floor_gets_no_discount() -> None:
    pricing = "rules: [{id: p, then: {price: '7.00'}}]"
    assert discounts("{percent_off: 10}", lines("10.00", floor_price="8.00"), pricing=pricing) == [0]


@pytest.mark.parametrize(
    ("prices", "meant", "expected"),
    [
        ("included", "included", 500),
        ("included", "excluded", 600),
        ("excluded", "excluded", 500),
        ("excluded", "included", 417),
    ],
)
def test_an_amount_meant_the_other_way_round_is_converted_at_the_rate_of_the_line(
    prices: str, meant: str, expected: int
) -> None:
    tax = f"prices: {prices}\nrates: [{{id: t, percent: 20}}]"
    assert discounts(f"{{amount_off: '5.00', per: line, tax: {meant}}}", lines("10.00"), tax=tax) == [expected]
