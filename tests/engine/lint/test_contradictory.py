"""Are conditions found that no cart can satisfy, and only those?"""

from itertools import product

import pytest
from conditions import FACTS, conditions, promotion
from hypothesis import given

from engine.boxes.truth import truth
from engine.documents.conditions import Condition
from engine.facts.vocabulary import Vocabulary
from engine.lint import lint

BODY = """\
lanes: [{{id: order, pick: best}}]
rules:
  - id: five
    lane: order
    {window}
    when: {when}
    then: {{percent_off: 5, on: order}}
"""


def with_when(when: str, window: str = "priority: 1") -> str:
    return BODY.format(when=when, window=window)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (
            '{subtotal.items: {at_least: "200.00", less_than: "100.00"}}',
            "RS401 error at rules.yaml:11:50: the condition of promotion 'five' can never be true\n"
            "  rules.yaml:11:30: excludes it\n"
            "  cart: no cart at all",
        ),
        (
            "{all: [{destination.country: BR}, {customer.group: vip}, {destination.country: PT}]}",
            "RS401 error at rules.yaml:11:70: the condition of promotion 'five' can never be true\n"
            "  rules.yaml:11:20: excludes it\n"
            "  cart: no cart at all",
        ),
        (
            "{cart.item_count: {less_than: 0}}",
            "RS401 error at rules.yaml:11:31: the condition of promotion 'five' can never be true\n"
            "  cart: no cart at all",
        ),
        (
            "{customer.tags: {all_of: [press], none_of: [press]}}",
            "RS401 error at rules.yaml:11:46: the condition of promotion 'five' can never be true\n"
            "  rules.yaml:11:29: excludes it\n"
            "  cart: no cart at all",
        ),
        (
            "{any: [{cart.item_count: {less_than: 0}}, {customer.group: vip}]}",
            "RS403 warning at rules.yaml:11:38: this alternative in the condition of promotion 'five' can never be true\n"
            "  cart: no cart at all",
        ),
        (
            "{lines: {where: {line.quantity: {less_than: 1}}, quantity: {at_least: 3}}}",
            "RS401 error at rules.yaml:11:45: the condition of an aggregate (quantity) can never be true\n"
            "  cart: no cart at all",
        ),
    ],
)
def test_impossible_condition_is_told_with_what_excludes_it(told, when: str, expected: str) -> None:
    assert told("promotions", with_when(when)) == expected


@pytest.mark.parametrize(
    "when",
    [
        "{subtotal.items: {at_least: 100, less_than: 200}}",
        "{any: [{destination.country: BR}, {destination.country: PT}]}",
        "{customer.tags: {any_of: [press, staff], none_of: [press]}}",
        "{destination.country: {not: BR}}",
        "{customer.email: {known: false}}",
    ],
)
def test_possible_condition_is_left_alone(told, when: str) -> None:
    assert told("promotions", with_when(when)) == ""


def test_test_of_now_outside_the_window_is_impossible(told) -> None:
    body = with_when("{now: {at_least: 2026-12-01}}", "until: 2026-11-01")
    assert told("promotions", body) == (
        "RS401 error at rules.yaml:11:18: the condition of promotion 'five' can never be true "
        "between its `from` and `until`\n"
        "  cart: no cart at all"
    )


def test_condition_with_too_many_choices_is_told_to_be_unchecked(told) -> None:
    facts = ("cart.item_count", "customer.orders_paid", "cart.line_count")
    choices = ", ".join("{any: [" + ", ".join(f"{{{fact}: {{not: {number}}}}}" for fact in facts) + "]}" for number in range(8))
    assert told("promotions", with_when(f"{{all: [{choices}]}}")) == (
        "RS490 warning at rules.yaml:11:11: the condition of promotion 'five' was not checked: "
        "its choices multiply to more combinations than can be compared"
    )


@given(conditions)
def test_contradiction_is_told_exactly_where_no_cart_satisfies_the_condition(
    vocabulary: Vocabulary, condition: Condition
) -> None:
    carts = ({name: key for name, key in zip(FACTS, keys, strict=True) if key is not None} for keys in product(*FACTS.values()))
    satisfiable = any(truth(condition, cart) for cart in carts)
    told = {finding.code for finding in lint(promotion(condition), vocabulary)}
    assert ("RS401" in told) is not satisfiable
