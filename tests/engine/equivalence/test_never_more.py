"""Does NEW never charge more? Proved only where no cart contradicts it, refuted only by one that is decided so."""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from engine.equivalence import Equivalence, Limits, books, compare_books
from engine.equivalence.same import costs_more
from engine.pipeline import evaluate
from engine.runtime.book import Book
from tests.engine.equivalence.changing import changed, compiled, looked_at
from tests.engine.equivalence.test_compare_books import WHENS, grid, promotions, shipping, ten_off
from tests.engine.runtime.books import book, cart
from tests.engine.runtime.generated import carts
from tests.engine.runtime.generated_books import CODES, METHODS, whole_books

QUICK = Limits(carts=200, solver=False)
IS_SOAK = os.environ.get("HYPOTHESIS_PROFILE") == "soak"


def asked(old: Book, new: Book, limits: Limits = QUICK) -> Equivalence:
    return compare_books(old, new, limits, never_more=True)


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        (promotions(ten_off("100.00")), promotions(ten_off("100.00", 11)), "proved"),
        (promotions(ten_off("100.00", 11)), promotions(ten_off("100.00")), "refuted"),
        (promotions(ten_off("100.00")), promotions(ten_off("99.99")), "proved"),
        (promotions(ten_off("100.00")), promotions(ten_off("100.01")), "refuted"),
        (promotions(), promotions(ten_off("100.00")), "proved"),
        (shipping(), shipping(price="4.80"), "proved"),
        (shipping(), shipping("501g"), "proved"),
        (shipping("501g"), shipping(), "refuted"),
        (shipping(), shipping(free="49.00"), "proved"),
        (shipping(free="49.00"), shipping(), "refuted"),
    ],
)
def test_one_change_is_cheaper_or_shown_to_cost_more(old: Book, new: Book, verdict: str) -> None:
    found = asked(old, new)
    assert found.never_more == verdict
    if verdict == "refuted":
        assert found.costs_more is not None
        assert found.costs_more.smallest
        assert found.costs_more.new.total > found.costs_more.old.total


def test_more_discount_costs_more_where_it_loses_free_shipping() -> None:
    def rules(percent: int) -> Book:
        method = {
            "id": "standard",
            "rate": {"flat": "4.90"},
            "free_from": {"amount": "50.00", "of": "subtotal.after_discounts", "tax": "included"},
        }
        lane = {"lanes": [{"id": "order", "pick": "best", "stage": "order"}]}
        return book(shipping={"methods": [method]}, promotions={**lane, "rules": [ten_off("10.00", percent)]})

    found = asked(rules(10), rules(11), Limits(carts=1_500, solver=False))
    assert found.never_more == "refuted"
    assert found.costs_more is not None
    assert (found.costs_more.old.shipping, found.costs_more.new.shipping) == (0, 490)


def up_to(items: int, where: Mapping[str, object] | None = None) -> Book:
    """Shipping for up to so many items; with `where`, only there."""
    method = {"id": "standard", "when": {"cart.item_count": {"at_most": items}}}
    if where is None:
        return book(shipping={"methods": [{**method, "rate": {"flat": "4.90"}}]})
    zones = [{"id": "home", "where": where}]
    return book(shipping={"zones": zones, "methods": [{**method, "rates": {"home": {"flat": "4.90"}}}]})


def test_a_method_for_more_carts_costs_more_before_the_country_is_known() -> None:
    """Without a country nothing is refused: shipping is still open, and costs nothing yet."""
    found = asked(up_to(4), up_to(9))
    assert found.never_more == "refuted"
    assert found.costs_more is not None
    assert "destination.country" not in found.costs_more.cart.facts
    assert (found.costs_more.old.shipping, found.costs_more.new.shipping) == (0, 490)
    looked = Limits(looks=False, solver=False, why="no search here")
    assert asked(up_to(4), up_to(9), looked).never_more == "not_decided"
    there = {"destination.country": "DE"}
    assert asked(up_to(4, there), up_to(9, there), looked).never_more == "proved"


def test_a_band_for_more_carts_costs_more_before_the_country_is_known() -> None:
    def bands(below: str) -> Book:
        rows = [{"below": below, "price": "4.90"}]
        rate = {"bands": {"by": "shipment.weight_g", "rows": rows}}
        return book(shipping={"methods": [{"id": "standard", "rate": rate}]})

    assert asked(bands("1kg"), bands("2kg")).never_more == "refuted"


def test_nothing_is_proved_that_an_example_of_a_region_contradicts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "doubt", lambda *_: "")
    found = asked(promotions(ten_off("100.00", 11)), promotions(ten_off("100.00")))
    assert found.never_more == "refuted"
    assert found.costs_more is not None
    assert found.costs_more.smallest


def test_refusing_more_carts_charges_nobody_more() -> None:
    old, new = (
        book(checkout={"minimum_order": {"amount": amount, "of": "subtotal.after_discounts", "tax": "included"}})
        for amount in ("10.00", "20.00")
    )
    assert asked(old, new).never_more == "proved"
    assert asked(new, old).never_more == "proved"


def test_nothing_is_proved_that_a_cart_of_a_grid_contradicts() -> None:
    every = list(grid())
    several = [promotions(ten_off("0.00", percent, when=when)) for when in WHENS[:4] for percent in (10, 12)]
    for old, new in product(several, several):
        found = asked(old, new, Limits(carts=0, solver=False))
        dearer = [each for each in every if costs_more(evaluate(old, each), evaluate(new, each))]
        assert found.never_more in (("refuted", "not_decided") if dearer else ("proved", "refuted", "not_decided"))
        if found.never_more == "refuted":
            assert found.costs_more is not None
            cart_ = found.costs_more.cart
            assert costs_more(evaluate(old, cart_), evaluate(new, cart_))


@settings(max_examples=600 if IS_SOAK else 10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_nothing_is_proved_that_a_cart_by_chance_contradicts(data: st.DataObject) -> None:
    asked_ = data.draw(whole_books())
    old = compiled(asked_.bodies, asked_.currency)
    new = compiled(data.draw(changed(asked_.bodies)), asked_.currency)
    assume(old is not None and new is not None)
    assert old is not None
    assert new is not None
    found = compare_books(old, new, Limits(looks=False, solver=False, why="no search here"), never_more=True)
    for body in [asked_.cart, *(data.draw(carts(asked_.currency, CODES, METHODS)) for _ in range(3))]:
        for looked in looked_at(body):
            each = cart(looked, asked_.currency)
            if costs_more(evaluate(old, each), evaluate(new, each)):
                assert found.never_more != "proved", looked


def test_a_lower_price_may_cost_more_where_a_percentage_is_of_the_price() -> None:
    def prices(percent: int) -> Book:
        lanes = [{"id": "fixed", "pick": "all", "stage": "lines"}, {"id": "order", "pick": "all", "stage": "order"}]
        of_initial = {"percent_off": 10, "on": "order", "basis": "initial"}
        rules = [
            {"id": "five", "lane": "fixed", "then": {"fixed_price": "5.00"}},
            {"id": "ten", "lane": "order", "then": of_initial},
        ]
        pricing = {"rules": [{"id": "sale", "then": {"percent_off": percent}}]}
        return book(pricing=pricing, promotions={"lanes": lanes, "rules": rules})

    assert asked(prices(20), prices(30)).never_more == "refuted"


def test_one_of_two_equal_rules_that_gives_less_costs_more() -> None:
    def delivery(percent: int) -> Book:
        lane = {"id": "delivery", "pick": "all", "stage": "shipping"}
        rules = [
            {"id": name, "lane": "delivery", "then": {"percent_off": each, "on": "shipping"}}
            for name, each in (("one", percent), ("other", 5))
        ]
        methods = [{"id": "standard", "rate": {"flat": "20.00"}}]
        return book(shipping={"methods": methods}, promotions={"lanes": [lane], "rules": rules})

    assert asked(delivery(5), delivery(4)).never_more == "refuted"
    assert asked(delivery(4), delivery(5)).never_more == "proved"
