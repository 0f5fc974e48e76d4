"""Why a promotion or price gave nothing although its condition holds, in the words an admin reads."""

from __future__ import annotations

import pytest

from engine.pipeline import explain
from tests.engine.runtime.books import Body, book, cart, line, lines

TEN: Body = {**lines("10.00")}
BOOK: Body = {"lines": [line("1.00", category="books")]}
BOOKS: Body = {"lines": [line("1.00", 2, category="books")]}
PENS: Body = {"lines": [line("1.00", 5, category="pens")]}
THREE_FOR_TWO = "{cheapest_free: {buy: 3, free: 1}}"
PEN_FOR_BOOKS = (
    "{buy_x_get_y: {buy: {where: {line.category: {under: books}}, quantity: 2}, "
    "get: {where: {line.category: {under: pens}}, quantity: 1, percent_off: 50}}}"
)
SECOND_BOOK = PEN_FOR_BOOKS.replace("pens", "books").replace("quantity: 2", "quantity: 1")
BUNDLE = (
    "{bundle: {of: [{where: {line.category: {under: books}}, quantity: 1}, "
    "{where: {line.category: {under: pens}}, quantity: 1}], price: '1.00'}}"
)
TIERS = "{tiered_percent: {by: subtotal.items, rows: [{from: '50.00', percent: 5}]}, on: order}"
SHIPPING: Body = "methods: [{id: ship, rate: {flat: '5.00'}}, {id: fly, rate: {flat: '9.00'}}]"


def then(effect: str, stage: str = "lines", pick: str = "best", other: str = "") -> dict[str, Body]:
    lane = f"lanes: [{{id: l, stage: {stage}, pick: {pick}}}]\n"
    return {"promotions": f"{lane}rules: [{{id: r, lane: l, then: {effect}}}{other}]"}


def why(bodies: dict[str, Body], scenario: Body) -> str:
    explanation = explain(book(**bodies), cart(scenario), "admin")
    (outcome,) = [rule for rule in explanation.rules if rule.rule == "r"]
    (sentence,) = [each for each in explanation.sentences if f" r ({outcome.at})" in each]
    return sentence.partition("not applied: ")[2]


@pytest.mark.parametrize(
    ("effect", "scenario", "said"),
    [
        (THREE_FOR_TWO, lines("1.00", quantity=2), "needs 3 units, the cart has 2"),
        (PEN_FOR_BOOKS, BOOKS, "needs 1 unit to get, the cart has 0"),
        (PEN_FOR_BOOKS, PENS, "needs 2 units to buy, the cart has 0"),
        (PEN_FOR_BOOKS, TEN, "no line"),
        (SECOND_BOOK, BOOK, "needs 2 units, the cart has 1"),
        (BUNDLE, BOOKS, "needs 1 unit for part 2, the cart has 0"),
        (BUNDLE, PENS, "needs 1 unit for part 1, the cart has 0"),
        (BUNDLE, TEN, "no line"),
        ("{fixed_price: '10.00'}", TEN, "the price is no higher than 10.00 without it"),
    ],
)
def test_what_an_effect_on_lines_lacks(effect: str, scenario: Body, said: str) -> None:
    assert why(then(effect), scenario) == said


def test_a_first_tier_that_is_not_reached() -> None:
    assert why(then(TIERS, "order"), TEN) == "the first tier begins at subtotal.items 50.00; it is 10.00"


@pytest.mark.parametrize(
    ("bodies", "chosen", "said"),
    [
        (then("{free_shipping: true}", "shipping"), None, "no way of shipping is decided"),
        (
            {**then("{free_shipping: true, methods: [ship]}", "shipping"), "shipping": SHIPPING},
            "fly",
            "it is for ship, and shipping is by fly",
        ),
        (
            {
                **then(
                    "{amount_off: '1.00', on: shipping}",
                    "shipping",
                    other=", {id: other, lane: l, then: {free_shipping: true}}",
                ),
                "shipping": SHIPPING,
            },
            "ship",
            "not best (rule other)",
        ),
    ],
)
def test_what_an_effect_on_shipping_lacks(bodies: dict[str, Body], chosen: str | None, said: str) -> None:
    asked = TEN if chosen is None else {**lines("10.00"), "shipping_method": chosen}
    assert why(bodies, asked) == said


@pytest.mark.parametrize(
    ("pick", "rules", "said"),
    [
        ("best", "{id: r, then: {percent_off: 5}}, {id: other, then: {percent_off: 10}}", "not best (rule other)"),
        ("first", "{id: other, then: {percent_off: 5}}, {id: r, then: {percent_off: 10}}", "not first (rule other)"),
        ("best", "{id: r, then: {price: '10.00'}}", "the price is no higher without it"),
    ],
)
def test_a_price_that_another_rule_beats_or_that_changes_nothing(pick: str, rules: str, said: str) -> None:
    assert why({"pricing": f"pick: {pick}\nrules: [{rules}]"}, TEN) == said


def test_a_coupon_that_gives_nothing_says_what_it_lacks() -> None:
    coupons = f"coupons: [{{id: r, codes: [K], then: {BUNDLE}}}]"
    assert why({"coupons": coupons}, {"lines": [line("1.00", category="books")], "coupon": "K"}) == (
        "coupon gives nothing; needs 1 unit for part 2, the cart has 0"
    )
