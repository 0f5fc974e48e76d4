"""Is every border of a rule tried: at it, one unit below and above it, and without the fact?"""

from __future__ import annotations

from functools import cache

import pytest

from engine.facts.cart import Cart
from engine.hunt.search import hunted_carts
from engine.pipeline import evaluate
from engine.runtime.book import Book
from engine.runtime.decision import Decision
from tests.engine.runtime.books import book


@cache
def shop() -> Book:
    return book(
        promotions="""
lanes: [{id: goods, pick: best, stage: lines}, {id: order, pick: best, stage: order}]
rules:
  - id: seven
    lane: goods
    when: {customer.group: vip}
    then: {percent_off: 7, on: lines, where: {line.category: {under: a/b}, line.tags: {any_of: [new]}}}
  - id: three
    lane: goods
    when: {lines: {where: {line.brand: x}, quantity: {at_least: 3}}}
    then: {cheapest_free: {buy: 4, free: 1}}
  - id: fifth
    lane: order
    when: {subtotal.items: {at_least: "50.00"}}
    from: 2026-03-01
    until: 2026-04-01
    then: {percent_off: 20, on: order, cap: "33.33"}
  - id: night
    lane: order
    when: {now.weekday: sat, now.time: {between: ["22:00", "23:30"]}, customer.orders_paid: {between: [2, 5]}}
    then: {percent_off: 11, on: order}
  - {id: always, lane: order, priority: -1, then: {percent_off: 10, on: order}}
""",
        shipping="""
policy: first
zones:
  - {id: north, where: {destination.country: GB, destination.postcode: {starts_with: [IV, KW]}}}
  - {id: rest, where: {destination.country: GB}}
methods:
  - id: post
    rates:
      north: {bands: {by: shipment.weight_g, rows: [{below: 500g, price: "3.00"}, {up_to: 2kg, price: "5.00"}]}}
      rest: {base: "4.00", plus: "1.00", per: 1kg, by: shipment.weight_g, up_to: 20kg}
    free_from: {amount: "99.00", of: subtotal.after_discounts, tax: included, zones: [rest]}
""",
        checkout='minimum_order: {amount: "12.34", of: subtotal.after_discounts, tax: included}\n',
    )


@cache
def tried() -> list[tuple[Cart, Decision]]:
    return [(cart, evaluate(shop(), cart)) for cart in hunted_carts([shop()])]


def of_fact(name: str) -> set[object]:
    """Every value of a fact of the decisions, None for missing."""
    return {decision.facts.get(name) for _, decision in tried()}


@pytest.mark.parametrize(
    ("fact", "border"),
    [
        ("subtotal.items", 5000),
        ("subtotal.items", 16_665),  # where 20 % reach the cap
        ("subtotal.after_discounts", 9900),
        ("subtotal.after_discounts", 1234),
        ("cart.weight_g", 500),
        ("cart.weight_g", 2001),
        ("cart.weight_g", 20_000),
        ("cart.item_count", 4),
        ("customer.orders_paid", 2),
        ("customer.orders_paid", 5),
        ("now", 1_772_323_200_000_000),
        ("now", 1_775_001_600_000_000),
    ],
)
def test_a_number_is_tried_at_its_border_and_one_unit_beside_it(fact: str, border: int) -> None:
    assert {border - 1, border, border + 1} <= of_fact(fact)


def test_a_sum_over_a_selection_is_tried_at_its_border() -> None:
    units = {sum(line.quantity for line in cart.lines if line.facts.get("line.brand") == "x") for cart, _ in tried()}
    assert {0, 2, 3, 4} <= units


def test_hours_of_a_day_are_tried_to_the_minute() -> None:
    saturdays = {
        cart.now for cart, decision in tried() if cart.now // 86_400_000_000 % 7 == 2
    }  # 1970 began on Thursday
    minutes = {now // 60_000_000 % 1440 for now in saturdays}
    assert {22 * 60 - 1, 22 * 60, 22 * 60 + 1, 23 * 60 + 29, 23 * 60 + 30} <= minutes


def test_words_are_tried_as_they_are_named_otherwise_and_missing() -> None:
    assert {"vip", None} < of_fact("customer.group")
    assert {"north", "rest", None} <= of_fact("shipping.zone")
    tags = {line.sets.get("line.tags") for cart, _ in tried() for line in cart.lines}
    assert {None, frozenset(), frozenset({"new"})} <= tags
    categories = {line.facts.get("line.category") for cart, _ in tried() for line in cart.lines}
    assert {"a/b/", None} < categories


def test_every_rule_gives_something() -> None:
    acted = {posting.origin.rule for _, decision in tried() for posting in decision.postings}
    assert {"seven", "three", "fifth", "night", "always", "post"} <= acted
