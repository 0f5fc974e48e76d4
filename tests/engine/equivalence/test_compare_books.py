"""The same for every cart, or the smallest cart: thresholds to the unit, what makes no difference, brute force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, product

import pytest

from engine.equivalence import Equivalence, Limits, OtherCurrency, Region, compare_books
from engine.equivalence.same import is_same
from engine.facts.cart import Cart
from engine.pipeline import evaluate
from engine.runtime.book import Book
from tests.engine.runtime.books import Body, book, cart

QUICK = Limits(carts=300, solver=False)

ORDER = {"lanes": [{"id": "order", "pick": "best", "stage": "order"}]}
LINES = {"lanes": [{"id": "goods", "pick": "best", "stage": "lines"}]}


def ten_off(amount: str, percent: int = 10, **more: object) -> dict[str, object]:
    rule = {
        "id": "ten",
        "lane": "order",
        "when": {"subtotal.items": {"at_least": amount}},
        "then": {"percent_off": percent, "on": "order"},
    }
    return {**rule, **more}


def promotions(*rules: Mapping[str, object], lanes: Mapping[str, object] = ORDER) -> Book:
    return book(promotions={**lanes, "rules": list(rules)})


def on_category(name: str, category: object, percent: int) -> dict[str, object]:
    then = {"percent_off": percent, "on": "lines", "where": {"line.category": {"under": category}}}
    return {"id": name, "lane": "goods", "then": then}


def only(found: Equivalence) -> Region:
    assert len(found.regions) == 1, [region.facts for region in found.regions]
    return found.regions[0]


def cart_of(region: Region) -> Cart:
    assert region.example is not None, region.reason
    assert region.example.smallest
    return region.example.cart


# the same ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (promotions(ten_off("100.00")), promotions(ten_off("100.00", id="another", message={"en": "Ten off"}))),
        (
            promotions(ten_off("100.00"), ten_off("200.00", 20, id="twenty")),
            promotions(ten_off("200.00", 20, id="a"), ten_off("100.00", id="b")),
        ),
        (
            promotions(ten_off("1.00", when={"destination.country": {"in": ["BR", "PT"]}})),
            promotions(
                ten_off("1.00", when={"destination.country": "PT"}),
                ten_off("1.00", id="br", when={"destination.country": "BR"}),
            ),
        ),
        (
            promotions(ten_off("1.00", when={"customer.orders_paid": {"more_than": 2}})),
            promotions(ten_off("1.00", when={"customer.orders_paid": {"at_least": 3}})),
        ),
        (
            promotions(ten_off("1.00", when={"customer.orders_paid": {"at_least": 0}})),
            promotions(ten_off("1.00", when={"customer.orders_paid": {"known": True}})),
        ),
        (
            promotions(on_category("one", ["a", "b"], 10), lanes=LINES),
            promotions(on_category("one", "a", 10), on_category("two", "b", 10), lanes=LINES),
        ),
        (
            book(coupons={"coupons": [{"id": "w", "codes": ["A", "B"], "then": {"percent_off": 5, "on": "order"}}]}),
            book(
                coupons={
                    "coupons": [
                        {"id": "x", "codes": ["A"], "then": {"percent_off": 5, "on": "order"}},
                        {"id": "y", "codes": ["B"], "then": {"percent_off": 5, "on": "order"}},
                    ]
                }
            ),
        ),
        (
            book(tax={"prices": "included", "rates": [{"id": "all", "percent": 19}]}),
            book(
                tax={
                    "prices": "included",
                    "rates": [
                        {"id": "books", "where": {"tax.class": "books"}, "percent": 19},
                        {"id": "rest", "percent": 19},
                    ],
                }
            ),
        ),
    ],
    ids=["renamed", "reordered", "country split", "more than", "known", "category split", "codes split", "rate split"],
)  # fmt: skip
def test_rulesets_that_mean_the_same_are_the_same(old: Book, new: Book) -> None:
    assert compare_books(old, new).status == "same"
    assert compare_books(new, old, never_more=True).never_more == "proved"


def test_a_rule_that_another_one_says_already_may_go() -> None:
    old = promotions(ten_off("100.00"), ten_off("150.00", id="again"))
    assert compare_books(old, promotions(ten_off("100.00"))).status == "same"


def test_a_split_rule_gives_twice_where_all_rules_give() -> None:
    every = {"lanes": [{"id": "order", "pick": "all", "stage": "order"}]}
    old = promotions(ten_off("100.00"), lanes=every)
    new = promotions(ten_off("100.00"), ten_off("150.00", id="again"), lanes=every)
    region = only(compare_books(old, new, QUICK))
    assert (region.status, region.facts) == ("different", ("subtotal.items from 150.00 on",))


def test_a_counted_rule_of_another_name_is_another_rule() -> None:
    limits = {"limits": {"total": 5}}
    old, new = promotions(ten_off("1.00", **limits)), promotions(ten_off("1.00", id="other", **limits))
    assert compare_books(old, new, Limits(carts=50, solver=False)).status != "same"


def test_books_of_two_currencies_are_not_compared() -> None:
    with pytest.raises(OtherCurrency):
        compare_books(book("EUR"), book("USD"))


# different: the boundary, to the unit --------------------------------------------------------------------------


def test_a_threshold_one_cent_later_differs_at_that_cent() -> None:
    region = only(compare_books(promotions(ten_off("100.00")), promotions(ten_off("100.01")), QUICK))
    assert region.facts == ("subtotal.items is 100.00",)
    assert sum(line.list_price * line.quantity for line in cart_of(region).lines) == 10_000
    assert region.example is not None
    assert (region.example.old.total, region.example.new.total) == (9_000, 10_000)


def test_a_threshold_one_cent_sooner_differs_a_cent_below() -> None:
    region = only(compare_books(promotions(ten_off("100.00")), promotions(ten_off("99.99")), QUICK))
    assert sum(line.list_price * line.quantity for line in cart_of(region).lines) == 9_999


def shipping(below: str = "500g", price: str = "4.90", free: str = "50.00", **more: object) -> Book:
    rows = [{"below": below, "price": price}, {"up_to": "10kg", "price": "9.00"}]
    method = {
        "id": "standard",
        "rates": {"home": {"bands": {"by": "shipment.weight_g", "rows": rows}}},
        "free_from": {"amount": free, "of": "subtotal.after_discounts", "tax": "included"},
    }
    zones = [{"id": "home", "where": {"destination.country": "DE"}}]
    return book(shipping={"zones": zones, "methods": [method], **more})


def test_a_band_one_gram_longer_differs_at_that_gram() -> None:
    region = only(compare_books(shipping(), shipping("501g"), QUICK))
    assert region.facts == ("destination.country is DE, shipment.weight_g is 500g",)
    assert [line.weight_g for line in cart_of(region).lines] == [500]


def test_free_shipping_one_cent_sooner_differs_at_that_cent() -> None:
    region = only(compare_books(shipping(), shipping(free="49.99"), QUICK))
    assert region.facts == ("subtotal.after_discounts.gross is 49.99",)
    assert [line.list_price for line in cart_of(region).lines] == [4_999]


def test_a_minimum_order_is_compared_though_no_money_moves() -> None:
    old, new = (
        book(checkout={"minimum_order": {"amount": amount, "of": "subtotal.after_discounts", "tax": "included"}})
        for amount in ("10.00", "10.01")
    )
    region = only(compare_books(old, new, QUICK))
    assert region.example is not None
    assert region.example.differs == ("refusals",)
    assert region.example.new.refusals == ("minimum_order",)


def test_a_window_that_ends_a_day_later_differs_on_that_day() -> None:
    old, new = (promotions(ten_off("1.00", until=day)) for day in ("2026-05-01", "2026-05-02"))
    region = only(compare_books(old, new, QUICK))
    assert region.facts == ("now from 2026-05-01T00:00 to below 2026-05-02T00:00, subtotal.items from 1.00 on",)
    assert region.status == "different"


def test_each_changed_rule_is_a_region_with_its_places() -> None:
    old = promotions(ten_off("100.00"), ten_off("200.00", 20, id="twenty"))
    new = promotions(ten_off("100.00", 11), ten_off("200.00", 21, id="twenty"))
    found = compare_books(old, new, QUICK)
    assert [(region.rule, region.status) for region in found.regions] == [("ten", "different"), ("twenty", "different")]
    places = [[str(node.span).split(":")[0] for node in region.nodes] for region in found.regions]
    assert places == [["promotions.yaml", "promotions.yaml"]] * 2


# brute force ---------------------------------------------------------------------------------------------------

COUNTRIES = (None, "BR", "DE")
GROUPS = (None, "vip")
PRICES = ("0.01", "9.99", "10.00", "10.01")


def grid() -> Iterator[Cart]:
    """All carts of one or two lines over a few values."""
    for country, group, one, other in product(COUNTRIES, GROUPS, PRICES, (None, *PRICES)):
        lines = [{"sku": "A", "price": one, "category": "a"}]
        lines += [] if other is None else [{"sku": "B", "price": other, "category": "b"}]
        body: dict[str, Body] = {"lines": [{**line, "quantity": 1, "weight": "100g"} for line in lines]}  # type: ignore[dict-item]
        if country is not None:
            body["destination"] = {"country": country}
        if group is not None:
            body["customer"] = {"group": group}
        yield cart(body)


WHENS: tuple[dict[str, object], ...] = (
    {},
    {"subtotal.items": {"at_least": "10.00"}},
    {"subtotal.items": {"more_than": "9.99"}},
    {"subtotal.items": {"at_least": "10.01"}},
    {"destination.country": "BR"},
    {"destination.country": {"not": "DE"}},
    {"any": [{"destination.country": "BR"}, {"customer.group": "vip"}]},
    {"not": {"all": [{"destination.country": "DE"}, {"customer.group": {"not": "vip"}}]}},
)


def test_every_verdict_on_small_books_holds_for_every_cart_of_a_grid() -> None:
    carts = list(grid())
    decided = [promotions(ten_off("0.00", when=when)) for when in WHENS]
    for old, new in combinations(decided, 2):
        found = compare_books(old, new, QUICK)
        differing = [each for each in carts if not is_same(evaluate(old, each), evaluate(new, each))]
        assert found.status != "not_decided", found.reason
        assert found.status == "different" or not differing, [each.facts for each in differing]
        for region in found.regions:
            assert region.example is not None, region
            each = region.example.cart
            assert not is_same(evaluate(old, each), evaluate(new, each))


def test_the_answer_is_the_same_every_time() -> None:
    old, new = promotions(ten_off("100.00")), promotions(ten_off("99.00", 12))
    assert compare_books(old, new, QUICK) == compare_books(old, new, QUICK)
