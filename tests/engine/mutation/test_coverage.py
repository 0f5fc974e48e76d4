"""Beside which conditions and limits do the cases stand?"""

from __future__ import annotations

from engine.mutation.coverage import Coverage, coverage
from tests.engine.mutation.judged import Ruleset
from tests.engine.mutation.test_judging import ORDERS, SHIPPING

RULES = """\
ruleset: promotions
name: default
version: 1
vocabulary: checkout/1
currency: EUR
timezone: Europe/Berlin
lanes: [{id: order, pick: best}]
rules:
  - id: ten-off
    lane: order
    when:
      subtotal.items: {at_least: "150.00"}
      now.time: {less_than: "12:00"}
      lines: {where: {line.category: {under: a}}, quantity: {more_than: 2}}
    then: {percent_off: 10, on: order}
cases:
"""


def covered(text: str) -> Coverage:
    ruleset = Ruleset(text)
    return coverage(
        ruleset.document,
        ruleset.vocabulary,
        lambda wanted, currency: ruleset.book_for(ruleset.document, wanted, currency),
        ruleset.context,
    )


def case(price: str, quantity: int, category: str, at: str) -> str:
    line = f'{{sku: A, price: "{price}", quantity: {quantity}, category: {category}}}'
    return f'  - {{name: "{price} {quantity} {at}", given: {{at: {at}, lines: [{line}]}}, expect: {{applied: []}}}}\n'


def test_a_test_is_covered_when_it_was_true_and_false() -> None:
    one = case("50.00", 3, "a", "2026-01-05T10:59:00Z")
    found = covered(RULES + one)
    assert [(each.what, each.above, each.below) for each in found.conditions] == [
        ("subtotal.items at_least 150.00", True, False),
        ("now.time less_than 12:00", True, False),
        ("line.category under a", True, False),
        ("quantity of these lines more_than 2", True, False),
    ]
    both = covered(RULES + one + case("49.99", 1, "b", "2026-01-05T11:00:00Z"))
    assert all(each.is_covered for each in both.conditions)


def test_a_limit_is_covered_when_cases_stand_at_it_and_one_step_below() -> None:
    at = case("50.00", 3, "a", "2026-01-05T11:00:00Z")
    found = covered(RULES + at)
    assert [(each.what, each.above, each.below) for each in found.boundaries] == [
        ("subtotal.items 150.00", True, False),
        ("now.time 12:00", True, False),
        ("quantity of these lines 3", True, False),
    ]
    below = case("149.99", 1, "a", "2026-01-05T10:59:00Z")
    assert [each.below for each in covered(RULES + at + below).boundaries] == [True, True, False]


def test_bands_and_thresholds_of_shipping_have_limits_too() -> None:
    found = covered(SHIPPING)
    assert [(each.what, each.above, each.below) for each in found.boundaries] == [
        ("shipment.weight_g 500g", False, True),
        ("subtotal.after_discounts.gross 40.00", False, False),
        ("shipment.weight_g 30.001kg", False, False),
    ]
    assert {each.what: each.is_covered for each in found.rules} == {
        "zone north": True,
        "zone south": True,
        "method parcel": True,
        "refusal heavy": False,
    }


def test_lifecycles_have_their_transitions_covered_by_the_cases_themselves() -> None:
    assert covered(ORDERS) == Coverage((), (), ())
