"""A rule has changed when it says something else, not when it stands elsewhere or is put in other words."""

from __future__ import annotations

import pytest
from hypothesis import given

from engine.compare.rules import Rules
from tests.engine.compare.generated import Asked, compiled, few, pairs
from tests.engine.runtime.books import book

RULE = "{id: ten, lane: order, then: {percent_off: 10, on: order}}"
PROMOTIONS = f"lanes: [{{id: order}}]\nrules: [{RULE}]\n"


def changed(before: str, after: str, rule: str = "ten", kind: str = "promotions") -> bool:
    return Rules(book(**{kind: before}), book(**{kind: after})).standing(kind, rule).changed


@pytest.mark.parametrize(
    ("after", "is_changed"),
    [
        (PROMOTIONS, False),
        ("# moved\n\n" + PROMOTIONS, False),
        (PROMOTIONS.replace("id: ten", "message: {en: Ten off}, id: ten"), False),
        (PROMOTIONS.replace("rules: [", "rules: [{id: new, lane: order, then: {percent_off: 1, on: order}}, "), False),
        (PROMOTIONS.replace("percent_off: 10", "percent_off: 11"), True),
        (PROMOTIONS.replace("{id: order}", "{id: order, pick: all}"), True),
        ("rounding: down\n" + PROMOTIONS, True),
        (PROMOTIONS.replace("id: ten", "id: eleven"), True),
    ],
)
def test_what_makes_a_promotion_another_one(after: str, is_changed: bool) -> None:
    assert changed(PROMOTIONS, after) is is_changed
    assert changed(after, PROMOTIONS) is is_changed


def test_a_method_and_its_free_delivery_change_on_their_own() -> None:
    text = (
        "policy: first\nzones: [{id: all, where: {destination.country: {known: true}}}]\n"
        'methods: [{id: post, rates: {all: {flat: "4.90"}}, '
        'free_from: {amount: "50.00", of: subtotal.after_discounts, tax: included}}]\n'
    )
    dearer, freer = text.replace("4.90", "5.90"), text.replace("50.00", "40.00")
    assert changed(text, dearer, "post", "shipping")
    assert not changed(text, dearer, "post.free_from", "shipping")
    assert not changed(text, freer, "post", "shipping")
    assert changed(text, freer, "post.free_from", "shipping")


def test_two_tax_rates_that_change_places_have_changed_and_a_new_one_beside_them_changes_neither() -> None:
    one, other, new = (f"{{id: r{n}, percent: {n}, where: {{tax.class: c{n}}}}}" for n in (1, 2, 3))
    head = "prices: included\nlevel: line\ntarget: tax\npolicy: first\notherwise: zero\nrates: "
    assert changed(f"{head}[{one}, {other}]", f"{head}[{other}, {one}]", "r1", "tax")
    assert not changed(f"{head}[{one}, {other}]", f"{head}[{one}, {new}, {other}]", "r1", "tax")


def test_a_rule_that_is_in_one_book_only_has_one_place() -> None:
    standing = Rules(book(promotions=PROMOTIONS), book()).standing("promotions", "ten")
    assert (standing.at_before, standing.at_after, standing.changed) == ("promotions.yaml:7:9", "", True)


@given(pairs(most_carts=1))
@few
def test_no_rule_differs_from_itself(asked: Asked) -> None:
    pair = compiled(asked)
    rules = Rules(pair.before, pair.before)
    for kind, document in pair.before.documents.items():
        for part in ("rules", "coupons", "methods", "rates"):
            for rule in getattr(document, part, ()):
                standing = rules.standing(kind, rule.id)
                assert not standing.changed
                assert standing.at_before == standing.at_after == str(rule.span)
