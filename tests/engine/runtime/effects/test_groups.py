"""Group effects: which units are free, bought, got or bundled, and that no unit serves twice."""

from __future__ import annotations

import pytest

from tests.engine.runtime.books import decide, line, lines


def discounts(then: str, cart: object, limits: str = "{}", stage: str = "lines") -> list[int]:
    rule = f"{{id: r, lane: l, then: {then}, limits: {limits}}}"
    promotions = f"lanes: [{{id: l, pick: all, stage: {stage}}}]\nrules: [{rule}]"
    return [each.discount for each in decide(cart, promotions=promotions).lines]


THREE_FOR_TWO = "{cheapest_free: {buy: 3, free: 1}}"
SHOES = "where: {line.category: {under: shoes}}"
SOCKS = "where: {line.category: {under: socks}}"
SOCKS_AND_SHOES = f"buy_x_get_y: {{buy: {{{SHOES}, quantity: 1}}, get: {{{SOCKS}, quantity: 1, percent_off: 50}}}}"


@pytest.mark.parametrize(("quantity", "free"), [(2, 0), (3, 1), (5, 1), (6, 2), (7, 2)])
def test_of_every_three_one_is_free(quantity: int, free: int) -> None:
    assert discounts(THREE_FOR_TWO, lines("2.00", quantity=quantity)) == [200 * free]


def test_the_cheapest_of_the_whole_cart_are_the_free_ones() -> None:
    cart = {"lines": [line("9.00", 2), line("1.00"), line("2.00", 3)]}
    assert discounts(THREE_FOR_TWO, cart) == [0, 100, 200]


def test_equal_prices_give_the_free_unit_to_the_line_that_comes_first() -> None:
    assert discounts(THREE_FOR_TWO, lines("2.00", "2.00", "2.00")) == [200, 0, 0]


def test_a_unit_serves_one_group_offer_only() -> None:
    promotions = """
lanes: [{id: a, stage: lines}, {id: b, stage: lines}]
rules:
  - {id: first, lane: a, then: {cheapest_free: {buy: 3, free: 1}}}
  - {id: second, lane: b, then: {cheapest_free: {buy: 3, free: 1}}}
"""
    decision = decide(lines("2.00", quantity=5), promotions=promotions)
    assert (decision.applied, decision.totals.discount) == (("first",), 200)


def test_units_of_a_discounted_line_are_worth_what_is_left_of_it() -> None:
    """Four units at 2.00, one of them free: 6.00 on four units, the free one of the next line is cheaper still."""
    promotions = """
lanes: [{id: a, stage: lines}, {id: b, stage: lines}]
rules:
  - {id: first, lane: a, then: {percent_off: 10, where: {line.sku: A}}}
  - {id: second, lane: b, then: {cheapest_free: {buy: 2, free: 1}}}
"""
    cart = {"lines": [line("2.00", sku="A"), line("1.85", sku="B")]}
    assert [each.discount for each in decide(cart, promotions=promotions).lines] == [200, 0]  # 20, then 180 < 185


@pytest.mark.parametrize(("shoes", "socks", "expected"), [(0, 2, 0), (1, 0, 0), (1, 2, 100), (2, 2, 200), (3, 2, 200)])
def test_for_each_pair_of_shoes_one_of_socks_at_half_price(shoes: int, socks: int, expected: int) -> None:
    cart = {"lines": []}
    cart["lines"] += [line("50.00", shoes, category="shoes")] if shoes else []
    cart["lines"] += [line("2.00", socks, category="socks")] if socks else []
    assert sum(discounts(f"{{{SOCKS_AND_SHOES}}}", cart)) == expected


@pytest.mark.parametrize(("quantity", "free"), [(2, 0), (3, 1), (5, 1), (6, 2)])
def test_a_unit_that_is_bought_is_never_also_the_one_that_is_got(quantity: int, free: int) -> None:
    then = "{buy_x_get_y: {buy: {quantity: 2}, get: {quantity: 1, percent_off: 100}}}"
    assert discounts(then, lines("2.00", quantity=quantity)) == [200 * free]


def test_the_dearest_are_bought_and_the_cheapest_got() -> None:
    then = "{buy_x_get_y: {buy: {quantity: 1}, get: {quantity: 1, percent_off: 100}}}"
    assert discounts(then, {"lines": [line("5.00"), line("3.00")]}) == [0, 300]


def test_what_is_got_leaves_enough_to_be_bought() -> None:
    """The only shoes must be bought, though they are the cheapest of what may be got."""
    then = "{buy_x_get_y: {buy: {where: {line.category: {under: shoes}}}, get: {percent_off: 100}}}"
    cart = {"lines": [line("1.00", category="shoes"), line("4.00", category="hats")]}
    assert discounts(then, cart) == [0, 400]


def test_only_as_many_of_those_that_could_be_bought_are_got_as_can_be_spared() -> None:
    """Two pairs of shoes, one of which must be bought: the second thing got is the hat, though shoes are cheaper."""
    then = f"{{buy_x_get_y: {{buy: {{{SHOES}}}, get: {{quantity: 2, percent_off: 100}}}}}}"
    cart = {"lines": [line("1.00", category="shoes"), line("2.00", category="shoes"), line("4.00", category="hats")]}
    assert discounts(then, cart) == [100, 0, 400]


def test_a_percentage_of_what_is_got_is_rounded_once_and_shared_by_lines_in_their_order() -> None:
    got = "{where: {line.sku: {not: A}}, quantity: 2, percent_off: 50}"
    then = f"{{buy_x_get_y: {{buy: {{where: {{line.sku: A}}, quantity: 1}}, get: {got}}}}}"
    cart = {"lines": [line("9.00", sku="A"), line("0.09", sku="B"), line("0.03", sku="C")]}
    assert discounts(then, cart) == [0, 5, 1]  # 6 by 9 to 3: 4.5 and 1.5, the odd cent to the line that comes first


BUNDLE = f"{{bundle: {{of: [{{{SHOES}}}, {{{SOCKS}}}], price: '10.00'}}}}"


def test_a_bundle_costs_its_price() -> None:
    cart = {"lines": [line("9.00", category="shoes"), line("3.00", category="socks")]}
    assert sum(discounts(BUNDLE, cart)) == 200
    assert discounts(BUNDLE, {"lines": [line("9.00", 2, category="shoes")]}) == [0]


def test_the_dearest_units_go_into_the_bundle() -> None:
    cart = {"lines": [line("9.00", category="shoes"), line("3.00", category="socks"), line("5.00", category="socks")]}
    assert discounts(BUNDLE, cart)[1] == 0
    assert sum(discounts(BUNDLE, cart)) == 400


def test_a_second_bundle_of_cheap_units_never_takes_away_what_the_first_one_saved() -> None:
    cart = {
        "lines": [
            line("12.00", category="shoes"),
            line("3.00", category="socks"),
            line("4.00", category="shoes"),
            line("1.00", category="socks"),
        ]
    }
    assert sum(discounts(BUNDLE, cart)) == 500


def test_a_bundle_worth_less_than_its_price_is_left_alone() -> None:
    cart = {"lines": [line("5.00", category="shoes"), line("3.00", category="socks")]}
    assert discounts(BUNDLE, cart) == [0, 0]


@pytest.mark.parametrize(
    ("what", "expected"), [("percent_off: 10", 280), ("amount_off: '3.00'", 600), ("price: '13.00'", 200)]
)
def test_two_bundles_have_twice_the_discount(what: str, expected: int) -> None:
    then = BUNDLE.replace("price: '10.00'", what)
    cart = {"lines": [line("10.00", 2, category="shoes"), line("4.00", 2, category="socks")]}
    assert sum(discounts(then, cart)) == expected


def test_parts_that_want_the_same_units_are_filled_as_often_as_they_can_be() -> None:
    """Socks fit both parts; the dearest would leave the second part empty if each part took what it likes."""
    then = "{bundle: {of: [{}, {where: {line.category: {under: socks}}}], percent_off: 100}}"
    cart = {"lines": [line("9.00", category="socks"), line("1.00", category="hats")]}
    assert discounts(then, cart) == [900, 100]


def test_a_million_units_are_bundled_as_easily_as_two() -> None:
    then = "{bundle: {of: [{quantity: 2}], percent_off: 50}}"
    assert discounts(then, lines("0.10", quantity=1_000_000)) == [5_000_000]


def test_a_group_offer_that_can_give_nothing_uses_no_unit_and_is_not_applied() -> None:
    promotions = """
lanes: [{id: a, pick: all, stage: lines}]
rules:
  - {id: stuck, lane: a, priority: 1, then: {cheapest_free: {where: {line.sku: A}, buy: 2, free: 1}}}
  - {id: works, lane: a, then: {bundle: {of: [{quantity: 2}], percent_off: 50}}}
"""
    cart = {"lines": [line("1.00", 2, sku="A", floor_price="1.00"), line("8.00", sku="B")]}
    decision = decide(cart, promotions=promotions)
    assert decision.applied == ("works",)
    assert all(posting.amount for posting in decision.postings)


def test_group_offers_in_a_best_lane_bid_again_for_the_lines_that_are_left() -> None:
    """The percentage takes the socks; what is left of the bundle and of buy X get Y has to do without them."""
    promotions = f"""
lanes: [{{id: l, pick: best, stage: lines}}]
rules:
  - {{id: clear, lane: l, then: {{percent_off: 90, where: {{line.category: {{under: socks}}}}}}}}
  - {{id: pair, lane: l, then: {{{SOCKS_AND_SHOES}}}}}
  - {{id: set, lane: l, then: {BUNDLE}}}
"""
    cart = {"lines": [line("10.00", category="shoes"), line("5.00", category="socks"), line("4.00", category="socks")]}
    decision = decide(cart, promotions=promotions)
    assert decision.applied == ("set", "clear")
    assert decision.totals.discount == 500 + 360
