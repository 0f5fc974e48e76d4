"""Unit prices: which rule wins, what rails hold, and when a line is on sale."""

from __future__ import annotations

import pytest

from tests.engine.runtime.books import decide, line, lines


def units(pricing: str, cart: object = None) -> list[int]:
    return [each.unit_price for each in decide(cart or lines("10.00"), pricing=pricing).lines]


RULES = """
rules:
  - {id: a, priority: 1, then: {percent_off: 10}}
  - {id: b, then: {price: "8.00"}}
  - {id: c, then: {price: "12.00"}}
"""


@pytest.mark.parametrize(("pick", "expected"), [("best", 800), ("first", 900)])
def test_the_lowest_price_or_the_rule_of_greatest_priority(pick: str, expected: int) -> None:
    assert units(f"pick: {pick}\n{RULES}") == [expected]


@pytest.mark.parametrize(("pick", "expected"), [("best", 1000), ("first", 1200)])
def test_only_a_shop_that_takes_the_first_rule_can_raise_a_price(pick: str, expected: int) -> None:
    assert units(f"pick: {pick}\nrules: [{{id: c, then: {{price: '12.00'}}}}]") == [expected]


def test_a_rule_without_its_fact_gives_no_price() -> None:
    rules = "pick: first\nrules: [{id: a, priority: 1, then: {use: line.sale_price}}, {id: b, then: {percent_off: 10}}]"
    assert units(rules, {"lines": [line("10.00", sale_price="7.00"), line("10.00")]}) == [700, 900]


@pytest.mark.parametrize(("quantity", "expected"), [(11, 1000), (12, 950), (47, 950), (48, 110), (49, 110)])
def test_tiers_by_quantity(quantity: int, expected: int) -> None:
    rules = "rules: [{id: a, then: {tiers: [{from: 12, percent_off: 5}, {from: 48, price: '1.10'}]}}]"
    assert units(rules, lines("10.00", quantity=quantity)) == [expected]


@pytest.mark.parametrize(
    ("guard", "expected"),
    [
        ("never_below: '6.00'", 600),
        ("never_below: '12.00'", 1000),
        ("never_below: {fact: line.cost, plus: 5}", 840),
        ("never_below: {fact: line.floor_price}", 500),
        ("max_change: 20", 800),
        ("max_change: 20, never_below: {fact: line.cost, plus: 5}", 840),
    ],
)
def test_no_rule_passes_the_rails(guard: str, expected: int) -> None:
    cart = {"lines": [line("10.00", cost="8.00")]}
    assert units(f"guard: {{{guard}}}\nrules: [{{id: a, then: {{percent_off: 50}}}}]", cart) == [expected]


def test_a_price_moved_by_a_rail_names_the_rail() -> None:
    pricing = "guard: {never_below: '6.00'}\nrules: [{id: a, then: {percent_off: 50}}]"
    postings = decide(lines("10.00"), pricing=pricing).postings
    assert [(each.kind, each.amount, each.origin.rule) for each in postings] == [
        ("item", 1000, "list_price"),
        ("pricing", -400, "guard"),
    ]


def test_a_rise_stays_within_the_rails_too() -> None:
    assert units("pick: first\nguard: {max_change: 10}\nrules: [{id: a, then: {price: '12.00'}}]") == [1100]


@pytest.mark.parametrize(("marks", "on_sale"), [("true", True), ("false", False)])
def test_a_rule_says_whether_a_lower_price_is_a_sale(marks: str, on_sale: bool) -> None:
    pricing = f"rules: [{{id: a, marks_sale: {marks}, then: {{percent_off: 10}}}}]"
    promotions = "lanes: [{id: l}]\nrules: [{id: r, lane: l, then: {percent_off: 10, where: {line.on_sale: false}}}]"
    decision = decide(lines("10.00"), pricing=pricing, promotions=promotions)
    assert decision.lines[0].on_sale is on_sale
    assert (decision.applied == ()) is on_sale


@pytest.mark.parametrize(
    ("currency", "price", "expected"), [("JPY", "333", 283), ("KWD", "0.333", 283), ("EUR", "3.33", 283)]
)
def test_prices_have_the_digits_of_their_currency(currency: str, price: str, expected: int) -> None:
    body = "rules: [{id: a, then: {percent_off: 15}}]"
    assert decide(lines(price), currency, pricing=body).lines[0].unit_price == expected


def test_a_price_can_never_be_negative() -> None:
    attributes = "attributes: {line.attr.odd: {type: money, about: An odd one.}}"
    body = f"{attributes}\npick: first\nrules: [{{id: a, then: {{use: line.attr.odd}}}}]"
    cart = {"store": {"attributes": {"line.attr.odd": "money"}}, "lines": [line("1.00", attr={"odd": "-5.00"})]}
    assert units(body, cart) == [0]
