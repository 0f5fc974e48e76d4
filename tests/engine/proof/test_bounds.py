"""Is what bounds prove true? Held against carts that the evaluator decides."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings

from engine.documents.invariants import GROWING, MEASURED
from engine.documents.model import Adding, Bound, Claim, Monotone, NeverMore, Splitting
from engine.facts.cart import Cart
from engine.proof.bounds import by_bounds
from engine.proof.shares import least_left, most_taken
from engine.runtime.book import Book
from tests.engine.proof.claiming import claim, claiming, contradictions, some_books, some_carts
from tests.engine.runtime.books import cart, line

GROUPS = ("vip", "member", None)


def claims(book: Book) -> Iterator[Claim]:
    """Claims of all kinds, the limits as tight as bounds can be."""
    for measure in ("discount", "shipping", "total"):
        yield Bound(measure=measure, side="at_least", amount=0)
    for left in least_left(book):
        share, slack = 1 - left.share, -(-left.slack.numerator // left.slack.denominator)
        yield Bound(measure="discount", side="at_most", percent=_ratio(share), of="items", tolerance=slack)
        yield Bound(measure="total", side="at_least", percent=_ratio(left.share), of="items", tolerance=slack + 50)
    most = most_taken(book)
    if most is not None:
        yield Bound(measure="discount", side="at_most", amount=most)
    yield from (Monotone(measure=measure, growing=growing) for measure in MEASURED for growing in GROWING)
    for one in GROUPS:
        for other in GROUPS:
            if one != other:
                yield NeverMore(these={"customer.group": one}, those={"customer.group": other})
    yield NeverMore(these={"destination.country": "BR"}, those={"destination.country": "PT"})
    yield NeverMore(these={"channel": "app"}, those={"channel": None})


def _ratio(share: Fraction) -> tuple[int, int]:
    return share.numerator, share.denominator


@given(made=some_books())
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
def test_no_cart_contradicts_what_bounds_prove(made: tuple[Book, Cart]) -> None:
    book, first = made
    carts = some_carts(book, first)
    for each in claims(book):
        invariant = claim(each)
        if by_bounds(book, invariant) is not None:
            assert next(contradictions(book, invariant, carts), None) is None, each


# what is proved, and what is just not --------------------------------------------------------------------------

CAPPED = """lanes: [{id: products}, {id: order}]
rules:
  - {id: new, lane: products, then: {percent_off: 10, on: lines}}
  - {id: old, lane: products, then: {percent_off: 20, on: lines}}
  - id: order
    lane: order
    when: {subtotal.after_line_discounts: {at_least: "50.00"}}
    then: {amount_off: "10.00", on: order}
"""
CODE = 'coupons: [{id: half, codes: [HALF], then: {percent_off: 50, on: order, cap: "30.00"}}]\n'


@pytest.mark.parametrize(
    ("percent", "of", "is_proved"),
    [
        # 20 % of 0.03 is rounded to 0.01, a third of it; a fifth of 50.00 comes on top: 8/15 in all
        (53, "items", False),
        (54, "items", True),
        (100, "items", True),
        (100, "total", False),
    ],
)
def test_shares_of_lanes_are_put_together(percent: int, of: str, is_proved: bool) -> None:
    text = f'{{id: a, always: {{discount: {{at_most: {{percent: {percent}, of: {of}}}, tolerance: "0.00"}}}}}}'
    book, invariant = claiming("promotions", text, promotions=CAPPED)
    assert (by_bounds(book, invariant) is not None) is is_proved


def test_a_percentage_of_the_order_is_rounded_once() -> None:
    third = "lanes: [{id: order}]\nrules: [{id: a, lane: order, then: {percent_off: 33, on: order}}]"
    for tolerance, is_proved in (("0.00", False), ("0.01", True)):
        text = f'{{id: a, always: {{discount: {{at_most: {{percent: 33, of: items}}, tolerance: "{tolerance}"}}}}}}'
        book, invariant = claiming("promotions", text, promotions=third)
        assert (by_bounds(book, invariant) is not None) is is_proved


HALVES = """lanes: [{id: order, pick: all}]
rules:
  - {id: initial, lane: order, then: {percent_off: 50, on: order, basis: initial}}
  - {id: rest, lane: order, priority: 5, then: {percent_off: 50, on: order}}
"""
HALF_AND_TEN = """lanes: [{id: order, pick: all}]
rules:
  - {id: ten, lane: order, when: {subtotal.items: {at_least: "20.00"}}, then: {amount_off: "10.00", on: order}}
  - {id: a-half, lane: order, then: {percent_off: 50, on: order}}
"""
CODES = """stacking: all
coupons:
  - {id: one, codes: [ONE], then: {percent_off: 50, on: order, basis: initial}}
  - {id: a-code, codes: [TWO], then: {percent_off: 50, on: order}}
"""


@pytest.mark.parametrize(("kind", "rules"), [("promotions", HALVES), ("promotions", HALF_AND_TEN), ("coupons", CODES)])
def test_shares_are_put_together_in_the_order_rules_are_taken(kind: str, rules: str) -> None:
    """A half of what is left comes before a half of the whole, by priority or by name: together that is all of it."""
    text = '{id: a, always: {discount: {at_most: {percent: 80, of: items}, tolerance: "0.05"}}}'
    book, invariant = claiming(kind, text, **{kind: rules})
    assert by_bounds(book, invariant) is None
    everything = cart({"lines": [line("20.00")], "coupon": ["ONE", "TWO"]})
    assert next(contradictions(book, invariant, [everything]), None) is not None


def test_caps_add_up_over_lanes_and_codes() -> None:
    order = 'lanes: [{id: order}]\nrules: [{id: a, lane: order, then: {percent_off: 33, on: order, cap: "12.00"}}]'
    for amount, is_proved in (("41.99", False), ("42.00", True)):
        text = f'{{id: a, always: {{discount: {{at_most: "{amount}"}}}}}}'
        book, invariant = claiming("coupons", text, promotions=order, coupons=CODE)
        assert (by_bounds(book, invariant) is not None) is is_proved


RISING = """methods:
  - id: post
    when: {shipment.weight_g: {at_most: 5kg}}
    rate: {bands: {by: shipment.weight_g, rows: [{below: 1kg, price: "4.00"}, {rest: {price: "5.00", plus: "1.00", per: 1kg}}]}}
"""  # noqa: E501
HEAVIER = "{id: a, monotone: {measure: shipping, growing: weight}}"


@pytest.mark.parametrize(
    ("shipping", "is_proved"),
    [
        (RISING, True),
        (RISING.replace('"4.00"', '"5.01"'), False),  # 999 g would cost more than 1 kg
        (RISING.replace("{below: 1kg,", "{from: 500g, below: 1kg,"), False),  # lighter ones are not sent at all
        (RISING.replace("at_most: 5kg", "at_least: 1kg"), False),
        (
            RISING + "refuse: [{id: small, when: {shipment.weight_g: {below: 1g}}}]\n".replace("below", "less_than"),
            False,
        ),
        (RISING + "refuse: [{id: big, when: {shipment.weight_g: {more_than: 3kg}}}]\n", True),
    ],
)
def test_shipping_rises_where_every_rate_does_and_none_comes_on_offer(shipping: str, is_proved: bool) -> None:
    book, invariant = claiming("shipping", HEAVIER, shipping=shipping)
    assert (by_bounds(book, invariant) is not None) is is_proved


BY_TWO_WEIGHTS = """volumetric_divisor: 5000
tables:
  t:
    columns: ["shipment.weight_g:from", "shipment.chargeable_weight_g:below", price]
    rows: [[null, 1kg, "5.00"], [1kg, null, "9.00"]]
methods: [{id: courier, rate: {flat: "20.00"}}, {id: post, rate: {table: t}}]
"""
"""A light parcel that is large is in no row, so it goes by courier; a gram more brings the second row."""


def test_rows_by_two_weights_are_not_held_to_follow_each_other() -> None:
    book, invariant = claiming("shipping", HEAVIER, shipping=BY_TWO_WEIGHTS)
    assert by_bounds(book, invariant) is None
    large = cart({"lines": [line("1.00", weight="999g", volume="10000cm3")]})
    assert next(contradictions(book, invariant, [large]), None) is not None
    by_one = BY_TWO_WEIGHTS.replace("chargeable_weight_g", "weight_g")
    assert by_bounds(*claiming("shipping", HEAVIER, shipping=by_one)) is not None


@pytest.mark.parametrize(
    ("rule", "is_proved"),
    [
        ("then: {percent_off: 50, on: shipping}", True),
        ("when: {cart.weight_g: {at_least: 1kg}}, then: {percent_off: 50, on: shipping}", False),
        ('when: {shipping.price: {at_least: "5.00"}}, then: {percent_off: 50, on: shipping}', False),
    ],
)
def test_discounts_on_shipping_must_not_look_at_what_it_costs_or_weighs(rule: str, is_proved: bool) -> None:
    promotions = f"lanes: [{{id: post, stage: shipping}}]\nrules: [{{id: a, lane: post, {rule}}}]"
    book, invariant = claiming("shipping", HEAVIER, shipping=RISING, promotions=promotions)
    assert (by_bounds(book, invariant) is not None) is is_proved


@pytest.mark.parametrize(
    ("rule", "growing", "is_proved"),
    [
        ("then: {percent_off: 10}", "quantity", True),
        ("then: {percent_off: 10}", "price", True),
        ("when: {cart.weight_g: {at_least: 1kg}}, then: {percent_off: 10}", "quantity", False),
        ("when: {cart.item_count: {at_least: 9}}, then: {percent_off: 10}", "quantity", False),
        ("when: {cart.item_count: {at_least: 9}}, then: {percent_off: 10}", "price", True),
        ("then: {tiers: [{from: 12, percent_off: 5}]}", "quantity", False),
        ("then: {tiers: [{from: 12, percent_off: 5}]}", "price", True),
        ('where: {line.list_price: {at_least: "5.00"}}, then: {percent_off: 10}', "price", False),
    ],
)
def test_the_items_rise_where_no_rule_looks_at_what_grows(rule: str, growing: str, is_proved: bool) -> None:
    text = f"{{id: a, monotone: {{measure: items, growing: {growing}}}}}"
    book, invariant = claiming("pricing", text, pricing=f"rules: [{{id: a, {rule}}}]")
    assert (by_bounds(book, invariant) is not None) is is_proved


VIP = "{id: a, never_more: {these: {customer.group: vip}, those: {customer.group: member}}}"


@pytest.mark.parametrize(
    ("rules", "is_proved"),
    [
        ("{id: a, lane: post, when: {customer.group: vip}, then: {free_shipping: true}}", True),
        ("{id: a, lane: post, when: {customer.group: member}, then: {free_shipping: true}}", False),
        ("{id: a, lane: post, when: {customer.group: {in: [vip, member]}}, then: {free_shipping: true}}", True),
        ("{id: a, lane: goods, when: {customer.group: vip}, then: {percent_off: 5, on: lines}}", False),
        # the small discount would be tried before the large one
        (
            "{id: a, lane: post, when: {customer.group: vip}, then: {percent_off: 5, on: shipping}}, "
            "{id: b, lane: post, then: {percent_off: 50, on: shipping}}",
            False,
        ),
        (
            "{id: a, lane: post, then: {percent_off: 50, on: shipping}}, "
            "{id: b, lane: post, when: {customer.group: vip}, then: {percent_off: 5, on: shipping}}",
            True,
        ),
    ],
)
def test_a_discount_on_shipping_more_is_an_advantage(rules: str, is_proved: bool) -> None:
    promotions = f"lanes: [{{id: goods, stage: lines}}, {{id: post, stage: shipping, pick: first}}]\nrules: [{rules}]"
    book, invariant = claiming("promotions", VIP, shipping=RISING, promotions=promotions)
    assert (by_bounds(book, invariant) is not None) is is_proved


NO_ADDRESS = "{id: a, never_more: {these: {customer.email: {known: false}}, those: {customer.email: a@b.example}}}"
COUNTED = 'coupons: [{id: five, codes: [FIVE], then: {amount_off: "5.00", on: order}, limits: {per_customer: 1}}]\n'


def test_an_address_matters_where_uses_of_a_code_are_counted_by_customer() -> None:
    book, invariant = claiming("coupons", NO_ADDRESS, coupons=COUNTED)
    assert by_bounds(book, invariant) is None
    with_code = cart({"lines": [line("20.00")], "coupon": "FIVE"})
    assert next(contradictions(book, invariant, [with_code]), None) is not None
    book, invariant = claiming("coupons", NO_ADDRESS, coupons=COUNTED.replace("per_customer", "per_code"))
    assert by_bounds(book, invariant) is not None


def test_adding_and_splitting_are_left_to_others() -> None:
    book, invariant = claiming("promotions", "{id: a, splitting: {saves_at_most: 0}}", promotions=CAPPED)
    assert by_bounds(book, invariant) is None
    assert by_bounds(book, claim(Adding(lowers_by_at_most=0))) is None
    assert by_bounds(book, claim(Splitting(saves_at_most=0))) is None
