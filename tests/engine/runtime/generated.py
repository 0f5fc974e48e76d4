"""Rulesets and carts by chance: every kind, every effect, every setting, over a small world where things meet.

Bodies are plain maps as they stand in YAML; amounts are written in the currency at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from engine.money import format_amount

T = TypeVar("T")
Body = dict[str, object]
Draw = Callable[[SearchStrategy[T]], T]

CURRENCIES = ("EUR", "JPY", "KWD", "BRL")
CATEGORIES = ("a", "a/b", "c")
BRANDS = ("x", "y")
TAGS = ("new", "old")
GROUPS = ("vip", "member")
COUNTRIES = ("BR", "PT", "GB")
SELLERS = ("s1", "s2")
ROUNDINGS = ("half_up", "half_even", "half_down", "up", "down")
TIMES = ("2026-04-30", "2026-05-01", "2026-05-01T12:00:00Z", "2026-05-01T12:00:01Z", "2026-05-02")
PERCENTS = (0, 5, 10, 12.5, 15, 33.333333, 50, 90, 100)


@cache
def maybe(strategy: SearchStrategy[T], one_in: int = 2) -> SearchStrategy[T | None]:
    """The value once in so many times, else None, which leaves the key out."""
    return st.integers(1, one_in).flatmap(lambda number: strategy if number == one_in else st.none())


def given_keys(fields: Mapping[str, object]) -> Body:
    """The map without what is left out."""
    return {key: value for key, value in fields.items() if value is not None}


@cache
def money(currency: str, most: int = 3000, least: int = 0) -> SearchStrategy[str]:
    """An amount; few different ones, so that thresholds are met exactly."""
    some = [amount for amount in (0, 1, 2, 3, 5, 7, 10, 99, 100, 333, 500, 999, 1000, 2500) if least <= amount <= most]
    return (st.sampled_from(some) | st.integers(least, most)).map(lambda minor: format_amount(minor, currency))


percents = st.sampled_from(PERCENTS)
roundings = st.sampled_from(ROUNDINGS)


# conditions ----------------------------------------------------------------------------------------------------


@cache
def wheres(currency: str, *, priced: bool) -> SearchStrategy[Body]:
    """A condition on one line; `priced`: facts after pricing too."""
    tests = [
        st.sampled_from(CATEGORIES).map(lambda name: {"line.category": {"under": name}}),
        st.lists(st.sampled_from(CATEGORIES), min_size=1).map(lambda names: {"line.category": {"under": names}}),
        st.sampled_from(BRANDS).map(lambda name: {"line.brand": name}),
        st.sampled_from(BRANDS).map(lambda name: {"line.brand": {"not": name}}),
        st.tuples(st.sampled_from(["any_of", "all_of", "none_of"]), st.lists(st.sampled_from(TAGS), min_size=1)).map(
            lambda test: {"line.tags": {test[0]: test[1]}}
        ),
        st.booleans().map(lambda known: {"line.tags": {"known": known}}),
        st.booleans().map(lambda known: {"line.sale_price": {"known": known}}),
        st.integers(1, 4).map(lambda count: {"line.quantity": {"at_least": count}}),
        money(currency).map(lambda amount: {"line.list_price": {"at_most": amount}}),
    ]
    if priced:
        tests += [
            st.booleans().map(lambda on_sale: {"line.on_sale": on_sale}),
            money(currency).map(lambda amount: {"line.unit_price": {"more_than": amount}}),
            money(currency).map(lambda amount: {"line.subtotal": {"at_least": amount}}),
        ]
    return _combined(st.one_of(tests))


@cache
def whens(
    currency: str, subtotals: tuple[str, ...] = (), more: tuple[SearchStrategy[Body], ...] = ()
) -> SearchStrategy[Body]:
    """A condition on the cart; `subtotals` are the money facts that exist there."""
    low_high = st.tuples(st.integers(0, 4), st.integers(1, 4)).map(lambda pair: [pair[0], sum(pair)])
    tests = [
        st.sampled_from(GROUPS).map(lambda name: {"customer.group": name}),
        st.sampled_from(GROUPS).map(lambda name: {"customer.group": {"not": name}}),
        st.lists(st.sampled_from(GROUPS), min_size=1).map(lambda names: {"customer.group": {"not_in": names}}),
        st.tuples(st.sampled_from(["any_of", "all_of", "none_of"]), st.lists(st.sampled_from(TAGS), min_size=1)).map(
            lambda test: {"customer.tags": {test[0]: test[1]}}
        ),
        st.booleans().map(lambda known: {"customer.tags": {"known": known}}),
        low_high.map(lambda pair: {"customer.orders_paid": {"between": pair}}),
        st.integers(0, 6).map(lambda count: {"cart.item_count": {"at_least": count}}),
        st.sampled_from(COUNTRIES).map(lambda name: {"destination.country": name}),
        st.sampled_from(["0", "01", "2"]).map(lambda start: {"destination.postcode": {"starts_with": start}}),
        st.sampled_from(["thu", "fri"]).map(lambda day: {"now.weekday": day}),
        st.sampled_from([["11:00", "12:00"], ["12:00", "13:00"]]).map(lambda pair: {"now.time": {"between": pair}}),
        st.booleans().map(lambda present: {"coupon.present": present}),
        st.integers(0, 600).map(lambda grams: {"cart.weight_g": {"less_than": f"{grams}g"}}),
        st.tuples(
            wheres(currency, priced=bool(subtotals)), st.sampled_from(["count", "quantity"]), st.integers(0, 4)
        ).map(lambda test: {"lines": {"where": test[0], test[1]: {"at_least": test[2]}}}),
        wheres(currency, priced=bool(subtotals)).map(
            lambda where: {"lines": {"where": where, "weight_g": {"at_most": "500g"}}}
        ),
        *more,
    ]
    if subtotals:
        of_lines = st.tuples(wheres(currency, priced=True), money(currency)).map(
            lambda test: {"lines": {"where": test[0], "subtotal": {"at_least": test[1]}}}
        )
        thresholds = st.tuples(
            st.sampled_from(list(subtotals)), st.sampled_from(["at_least", "more_than", "less_than"]), money(currency)
        ).map(lambda test: {test[0]: {test[1]: test[2]}})
        tests += [of_lines, thresholds, thresholds]
    return _combined(st.one_of(tests))


def _combined(tests: SearchStrategy[Body]) -> SearchStrategy[Body]:
    several = st.lists(tests, min_size=1, max_size=2)
    return (
        tests
        | tests
        | several.map(lambda parts: {"all": parts})
        | several.map(lambda parts: {"any": parts})
        | tests.map(lambda part: {"not": part})
    )


@cache
def windows() -> SearchStrategy[Body]:
    """`from` and `until`, most often neither."""
    pair = st.lists(st.sampled_from(range(len(TIMES))), min_size=2, max_size=2, unique=True).map(sorted)
    some = (
        pair.map(lambda found: {"from": TIMES[found[0]], "until": TIMES[found[1]]})
        | st.sampled_from(TIMES).map(lambda time: {"from": time})
        | st.sampled_from(TIMES).map(lambda time: {"until": time})
    )
    return maybe(some, 4).map(lambda window: window or {})


# carts ---------------------------------------------------------------------------------------------------------


@st.composite
def carts(draw: Draw[object], currency: str, codes: tuple[str, ...] = (), methods: tuple[str, ...] = ()) -> Body:
    """A scenario of up to six lines; facts that may be missing sometimes are."""
    amount = money(currency)
    cart_lines = [
        given_keys(
            {
                "sku": f"K{number}",
                "quantity": draw(st.sampled_from([1, 1, 2, 3, 4, 7])),
                "price": draw(amount),
                "sale_price": draw(maybe(amount)),
                "cost": draw(maybe(amount)),
                "floor_price": draw(maybe(money(currency, 500), 4)),
                "category": draw(maybe(st.sampled_from(CATEGORIES))),
                "brand": draw(maybe(st.sampled_from(BRANDS))),
                "seller": draw(maybe(st.sampled_from(SELLERS))),
                "tags": draw(maybe(st.lists(st.sampled_from(TAGS), unique=True))),
                "tax_class": draw(st.sampled_from([None, None, "books"])),
                "weight": draw(st.sampled_from(["100g", "250g", "1kg", None])),
                "volume": draw(st.sampled_from(["900cm3", "5000cm3", None])),
            }
        )
        for number in range(draw(st.sampled_from([3, 2, 1, 4, 5, 3, 2, 0])))
    ]
    return given_keys(
        {
            "lines": cart_lines,
            "customer": draw(maybe(customers())),
            "destination": draw(maybe(destinations())),
            "coupon": [draw(coupon_entries(currency, code)) for code in draw(_some(codes))] or None,
            "shipping_method": draw(st.sampled_from([None, None, *methods])),
            "payment": draw(st.sampled_from([None, {"method": "card"}, {"method": "cash"}])),
            "usage": draw(usages(currency)),
        }
    )


@cache
def _some(names: tuple[str, ...]) -> SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(list(names)), max_size=3, unique=True) if names else st.just([])


@cache
def customers() -> SearchStrategy[Body]:
    """Who is asking."""
    return st.fixed_dictionaries(
        {},
        optional={
            "id": st.sampled_from(["c1", "c2"]),
            "group": st.sampled_from(GROUPS),
            "email": st.just("a@example.org"),
            "orders_paid": st.integers(0, 5),
            "tags": st.lists(st.sampled_from(TAGS), unique=True),
        },
    )


@cache
def destinations() -> SearchStrategy[Body]:
    """Where it goes."""
    return st.fixed_dictionaries(
        {},
        optional={
            "country": st.sampled_from(COUNTRIES),
            "postcode": st.sampled_from(["01310-100", "20000-000", "9990"]),
        },
    )


@cache
@st.composite
def coupon_entries(draw: Draw[object], currency: str, code: str) -> Body:
    """A code with what the shop knows of it."""
    return given_keys(
        {
            "code": code,
            "campaign": draw(st.sampled_from([None, "mail"])),
            "owner": draw(st.sampled_from([None, "c1"])),
            "used": draw(
                maybe(
                    st.fixed_dictionaries(
                        {}, optional={key: st.integers(0, 2) for key in ("code", "customer", "total")}
                    ),
                    3,
                )
            ),
            "spent": draw(maybe(money(currency, 600), 3)),
        }
    )


@cache
def usages(currency: str) -> SearchStrategy[Body | None]:
    """How often rules were used before."""
    used = st.fixed_dictionaries(
        {}, optional={"customer": st.integers(0, 2), "total": st.integers(0, 3), "spent": money(currency, 600)}
    )
    return maybe(st.dictionaries(st.sampled_from(["r0", "r1", "r2", "r3"]), used, max_size=3))
