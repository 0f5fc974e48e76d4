"""What is far costs nothing and changes nothing, and what is near costs no more than so many decisions."""

from __future__ import annotations

import pytest

from engine.runtime.hints import MOST_DECISIONS, MOST_HINTS
from tests.engine.runtime.books import book, line
from tests.engine.runtime.hinting import LANES, decided, told

NEAR = """
  - {id: ten, lane: o, when: {subtotal.items: {at_least: '60.00'}}, then: {percent_off: 10, on: order}}
  - {id: three, lane: l, then: {cheapest_free: {where: {line.category: {under: home}}, buy: 3, free: 1}}}
"""
HOME = {
    "customer": {"group": "member"},
    "destination": {"country": "DE", "region": "BE"},
    "lines": [line("20.00", 2, category="home"), line("5.00", category="toys")],
}


def never_near(number: int) -> str:
    """A rule this cart does not come near, for one of nine reasons."""
    some = f"where: {{line.category: {{under: dept{number}}}}}"
    order = "then: {percent_off: 5, on: order}"
    when, then = {
        0: (f"subtotal.items: {{at_least: '{10_000 + number}.00'}}", order),
        1: (f"lines: {{{some}, quantity: {{at_least: 3}}}}", order),
        2: (f"lines: {{{some}, subtotal: {{at_least: '20.00'}}}}", order),
        3: (f"subtotal.items: {{at_least: '50.00'}}, customer.group: club{number}", order),
        4: (f"subtotal.items: {{at_least: '50.00'}}, destination.region: X{number}", order),
        5: ("subtotal.items: {at_least: '50.00'}", f"then: {{percent_off: 5, on: order, {some}}}"),
        6: ("customer.group: member", f"then: {{cheapest_free: {{{some}, buy: 3, free: 1}}}}"),
        7: (f"cart.item_count: {{at_least: {50 + number}}}", order),
        8: (f"subtotal.items: {{at_least: '46.00'}}, cart.item_count: {{at_least: {50 + number}}}", order),
    }[number % 9]
    return f"  - {{id: n{number}, lane: {'l' if number % 9 == 6 else 'o'}, when: {{{when}}}, {then}}}\n"


def test_three_thousand_rules_that_are_far_change_no_hint_and_cost_no_decision() -> None:
    few = book(promotions=LANES + NEAR)
    many = book(promotions=LANES + NEAR + "".join(never_near(number) for number in range(3_000)))
    assert [hint.rule for hint in told(few, HOME)] == ["three", "ten"]
    assert told(many, HOME) == told(few, HOME)
    assert decided(many, HOME) == decided(few, HOME)


def test_of_more_rules_with_a_next_step_than_are_looked_at_the_same_are_looked_at_in_any_order() -> None:
    offer = "then: {cheapest_free: {where: {line.category: {under: home}}, buy: 3, free: 1}}"
    rules = [f"  - {{id: r{number:03}, lane: l, {offer}}}\n" for number in range(200)]
    forwards, backwards = (book(promotions=LANES + "".join(each)) for each in (rules, reversed(rules)))
    assert told(backwards, HOME) == told(forwards, HOME) != []


@pytest.mark.parametrize("count", [40, 400])
def test_with_very_many_goals_the_nearest_are_told_and_no_more_is_decided(count: int) -> None:
    rules = "".join(
        f"  - {{id: r{999 - number}, lane: o, when: {{subtotal.items: {{at_least: '{50 + number / 10:.2f}'}}}}, "
        "then: {amount_off: '0.10', on: order}}\n"
        for number in range(count)
    )
    compiled, scenario = book(promotions=LANES + rules), {"lines": [line("49.50")]}
    found = told(compiled, scenario)
    assert 1 < len(found) <= MOST_HINTS
    assert [(hint.rule, hint.add) for hint in found] == [(f"r{999 - n}", 50 + 10 * n) for n in range(len(found))]
    assert decided(compiled, scenario) <= MOST_DECISIONS


def test_goals_that_are_never_reached_do_not_use_up_more_than_all_decisions() -> None:
    """Each threshold is met at once, but the lane always prefers another rule."""
    lanes = "lanes: [{id: o, pick: best, stage: order}]\nrules:\n"
    best = "  - {id: best, lane: o, then: {percent_off: 50, on: order}}\n"
    rules = "".join(
        f"  - {{id: r{number}, lane: o, when: {{subtotal.items: {{at_least: '{60 + number}.00'}}}}, "
        "then: {percent_off: 1, on: order}}\n"
        for number in range(40)
    )
    compiled, scenario = book(promotions=lanes + best + rules), {"lines": [line("50.00"), line("5.00"), line("1.00")]}
    assert told(compiled, scenario) == []
    assert decided(compiled, scenario) == MOST_DECISIONS


def test_a_far_threshold_is_no_hint_but_free_delivery_the_smallest_order_and_a_coupon_are() -> None:
    free = "free_from: {amount: '50.00', of: subtotal.after_discounts, tax: included}"
    compiled = book(
        promotions=LANES + "  - {id: far, lane: o, when: {subtotal.items: {at_least: '40.00'}}, "
        "then: {amount_off: '1.00', on: order}}",
        shipping=f"methods: [{{id: m, rate: {{flat: '4.90'}}, {free}}}]",
        checkout="minimum_order: {amount: '20.00', of: subtotal.after_discounts, tax: included}",
        coupons="coupons: [{id: k, codes: [K], when: {subtotal.items: {at_least: '90.00'}}, "
        "then: {amount_off: '5.00', on: order}}]",
    )
    found = told(compiled, {"lines": [line("3.00")], "coupon": "K"})
    assert [(hint.kind, hint.add) for hint in found] == [
        ("minimum_order", 1700),
        ("free_shipping", 4800),  # on the way there, the far one takes off 1.00
        ("coupon", 8700),
    ]


def test_only_lines_that_count_are_suggested() -> None:
    when = "lines: {where: {line.category: {under: a}}, quantity: {at_least: 3}}"
    compiled = book(
        promotions=LANES + f"  - {{id: r, lane: o, when: {{{when}}}, then: {{percent_off: 50, on: order}}}}"
    )
    scenario = {"lines": [line("9.00", 2, category="a"), line("1.00", category="b")]}
    (hint,) = told(compiled, scenario)
    assert (hint.line, hint.units, hint.add) == ("L1", 1, None)
    assert decided(compiled, scenario) == 1


def test_what_the_cart_has_nothing_of_is_a_goal_when_the_catalogue_has_it() -> None:
    when = "lines: {where: {line.category: {under: a}}, quantity: {at_least: 1}}"
    compiled = book(
        promotions=LANES + f"  - {{id: r, lane: o, when: {{{when}}}, then: {{percent_off: 50, on: order}}}}"
    )
    scenario = {"lines": [line("9.00", category="b")]}
    assert told(compiled, scenario) == []
    (hint,) = told(compiled, {**scenario, "catalogue": [{"sku": "A", "price": "2.00", "category": "a"}]})
    assert (hint.sku, hint.units, hint.rule) == ("A", 1, "r")


def test_one_more_line_is_only_had_from_the_catalogue() -> None:
    rule = "  - {id: r, lane: o, when: {cart.line_count: {at_least: 2}}, then: {amount_off: '1.00', on: order}}"
    compiled, scenario = book(promotions=LANES + rule), {"lines": [line("9.00")]}
    assert told(compiled, scenario) == []
    (hint,) = told(compiled, {**scenario, "catalogue": [{"sku": "PEN", "price": "2.50"}]})
    assert (hint.sku, hint.line, hint.units) == ("PEN", "", 1)


def test_a_tier_that_is_no_cheaper_than_the_price_now_costs_no_decision() -> None:
    rules = "rules: [{id: a, then: {percent_off: 20}}, {id: b, then: {tiers: [{from: 4, percent_off: 10}]}}]"
    compiled, scenario = book(pricing=rules), {"lines": [line("10.00", 3)]}
    assert (told(compiled, scenario), decided(compiled, scenario)) == ([], 0)


def test_a_tier_counts_only_while_its_rule_holds() -> None:
    rules = "rules: [{id: b, when: {customer.group: vip}, then: {tiers: [{from: 4, percent_off: 10}]}}]"
    compiled, scenario = book(pricing=rules), {"lines": [line("10.00", 3)]}
    assert decided(compiled, scenario) == 0
    assert [hint.units for hint in told(compiled, {**scenario, "customer": {"group": "vip"}})] == [1]
