"""Is a small cart as small as it can be? Held against every smaller cart there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.facts.cart import Cart, Line
from engine.hunt.search import shrink
from engine.hunt.space import PLAIN_INSTANT
from tests.engine.runtime.books import cart

Wares = tuple[tuple[int, int], ...]
"""Price and quantity of each line."""

Measure = Callable[[Wares], int]

MEASURES: tuple[Measure, ...] = (
    lambda wares: sum(price * quantity for price, quantity in wares),
    lambda wares: sum(quantity for _, quantity in wares),
    lambda wares: len(wares),
    lambda wares: max((price for price, _ in wares), default=0),
    lambda wares: min((price for price, _ in wares), default=0),
)

thresholds = st.lists(st.tuples(st.sampled_from(range(len(MEASURES))), st.integers(0, 9)), min_size=1, max_size=2)
wares = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), min_size=1, max_size=3).map(tuple)


def of(wanted: Wares) -> Cart:
    return cart(
        {"lines": [{"sku": "S", "price": f"0.{price:02d}", "quantity": quantity} for price, quantity in wanted]}
    )


def wares_of(asked: Cart) -> Wares:
    return tuple((line.list_price, line.quantity) for line in asked.lines)


def size(found: Wares) -> tuple[int, int, int]:
    """By lines, then units, then prices."""
    return len(found), sum(quantity for _, quantity in found), sum(price for price, _ in found)


def test_units_of_two_lines_are_gathered_on_one_where_their_number_counts() -> None:
    reached = shrink(of(((0, 1), (0, 1))), lambda asked: sum(line.quantity for line in asked.lines) >= 2)
    assert (wares_of(reached.cart or cart({})), reached.smallest) == (((0, 2),), True)


@given(wares, st.lists(st.tuples(st.sampled_from(range(len(MEASURES))), st.integers(0, 9)), min_size=1, max_size=2))
def test_no_smaller_cart_shows_that_measures_reach_their_thresholds(
    start: Wares, wanted: list[tuple[int, int]]
) -> None:
    def shows(found: Wares) -> bool:
        return bool(found) and all(MEASURES[number](found) >= least for number, least in wanted)

    reached = shrink(of(start), lambda asked: shows(wares_of(asked)))
    if not shows(start):
        assert (reached.cart, reached.smallest) == (of(start), False)
        return
    assert reached.cart is not None
    assert reached.smallest
    found = wares_of(reached.cart)
    # Prices can be put together in one line, so they go up to all there was.
    prices = range(sum(price * quantity for price, quantity in start) + 1)
    smaller = (
        each
        for lines in range(1, min(len(found), 2) + 1)
        for each in product(product(prices, range(1, 4)), repeat=lines)
        if size(each) < size(found)
    )
    assert not any(shows(each) for each in smaller)


@given(wares, st.randoms(use_true_random=False))
def test_nothing_that_is_left_can_go_alone_or_be_lowered_by_one(start: Wares, chance: object) -> None:
    """Whatever shows it, however jagged."""
    known: dict[Wares, bool] = {start: True}

    def shows(asked: Cart) -> bool:
        return known.setdefault(wares_of(asked), chance.random() < 0.4)  # type: ignore[attr-defined]

    reached = shrink(of(start), shows)
    assert reached.cart is not None
    assert reached.smallest
    for smaller in one_less(reached.cart):
        assert not shows(smaller)


def one_less(whole: Cart) -> Iterator[Cart]:
    lines = whole.lines
    for place, line in enumerate(lines):
        others = (*lines[:place], *lines[place + 1 :])
        if others:
            yield replace(whole, lines=others)
        if line.quantity > 1:
            yield replace(whole, lines=(*lines[:place], changed(line, quantity=line.quantity - 1), *lines[place + 1 :]))
        if line.list_price:
            yield replace(whole, lines=(*lines[:place], changed(line, price=line.list_price - 1), *lines[place + 1 :]))


def changed(line: Line, *, quantity: int | None = None, price: int | None = None) -> Line:
    quantity = line.quantity if quantity is None else quantity
    price = line.list_price if price is None else price
    facts = {**line.facts, "line.quantity": quantity, "line.list_price": price}
    return replace(line, quantity=quantity, list_price=price, facts=facts)


FULL = {
    "lines": [{"sku": "S", "price": "9.00", "quantity": 1, "category": "a/b", "tags": ["new", "old"], "weight": "2kg"}],
    "customer": {"id": "c1", "group": "vip", "orders_paid": 7, "tags": ["x", "y"]},
    "coupon": {"code": "ten", "owner": "c1"},
    "usage": {"r": {"customer": 3, "total": 5}},
    "at": "2026-12-24T23:00:00Z",
}


def test_only_what_is_looked_for_is_left() -> None:
    reached = shrink(cart(FULL), lambda asked: "new" in asked.lines[0].sets.get("line.tags", ()))
    assert reached.cart == cart({"lines": [{"sku": "S", "price": "0.00", "quantity": 1, "tags": ["new"]}]})


def test_numbers_and_instants_end_where_it_no_longer_shows() -> None:
    def shows(asked: Cart) -> bool:
        heavy = (asked.lines[0].weight_g or 0) >= 1500
        used = "r" in asked.usage and asked.usage["r"].total >= 2
        return heavy and used and int(asked.facts.get("customer.orders_paid", 0)) > 4 and asked.now > PLAIN_INSTANT + 77

    reached = shrink(cart(FULL), shows).cart
    assert reached is not None
    assert (reached.lines[0].weight_g, reached.usage["r"].total) == (1500, 2)
    assert (reached.facts["customer.orders_paid"], reached.now) == (5, PLAIN_INSTANT + 78)


def test_lines_that_are_left_are_named_from_the_first() -> None:
    found = shrink(of(((1, 1), (2, 1), (3, 1))), lambda asked: any(line.list_price == 3 for line in asked.lines)).cart
    assert found is not None
    assert [line.id for line in found.lines] == ["L1"]


def test_a_cart_at_which_the_engine_fails_shows_nothing() -> None:
    def fails_when_cheap(asked: Cart) -> bool:
        return 100 // (asked.lines[0].list_price // 100) > 0

    reached = shrink(cart(FULL), fails_when_cheap)
    assert reached.cart is not None
    assert reached.cart.lines[0].list_price == 100


def test_a_shrinking_that_was_cut_short_does_not_call_its_cart_the_smallest() -> None:
    reached = shrink(cart(FULL), lambda asked: True, most_tries=5)
    assert not reached.smallest
    assert reached.searched == 5
