"""What promotions and coupons may give, by chance: every effect, with every word beside it."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from engine.money import format_amount
from tests.engine.runtime.generated import Body, given_keys, maybe, money, percents, wheres


@cache
def line_effects(currency: str, seen: tuple[str, ...]) -> SearchStrategy[Body]:
    """Every effect that fits a lane on lines."""
    where = maybe(wheres(currency, priced=True))
    amount = money(currency)
    singles = [
        _built(percent_off=percents, on=st.just("lines"), where=where, basis=_bases, cap=maybe(amount)),
        _built(
            amount_off=amount,
            on=st.just("lines"),
            per=st.sampled_from(["unit", "line", "order"]),
            where=where,
            tax=_taxes,
            cap=maybe(amount),
        ),
        _built(fixed_price=amount, where=where),
        _built(tiered_percent=_tiered(currency, seen), on=st.just("lines"), where=where, basis=_bases),
    ]
    part = _built(where=where, quantity=st.sampled_from([None, 1, 1, 2]))
    groups = [
        _built(where=where, buy=st.just(3), free=st.integers(1, 2)).map(lambda body: {"cheapest_free": body}),
        st.tuples(part, part, percents).map(
            lambda found: {"buy_x_get_y": {"buy": found[0], "get": {**found[1], "percent_off": found[2]}}}
        ),
        st.tuples(
            st.lists(part, min_size=1, max_size=3),
            amount.map(lambda price: {"price": price})
            | amount.map(lambda off: {"amount_off": off})
            | percents.map(lambda percent: {"percent_off": percent}),
        ).map(lambda found: {"bundle": {"of": found[0], **found[1]}}),
        _gifts,
    ]
    return st.one_of(*singles, *groups)


@cache
def order_effects(currency: str, seen: tuple[str, ...]) -> SearchStrategy[Body]:
    """Every effect that fits a lane on the order."""
    where = maybe(wheres(currency, priced=True))
    amount = money(currency)
    return st.one_of(
        _built(percent_off=percents, on=st.just("order"), where=where, basis=_bases, cap=maybe(amount)),
        _built(amount_off=amount, on=st.just("order"), where=where, tax=_taxes, cap=maybe(amount)),
        _built(tiered_percent=_tiered(currency, seen), on=st.just("order"), where=where, basis=_bases),
        _gifts,
    )


@cache
def shipping_effects(currency: str, methods: tuple[str, ...], seen: tuple[str, ...]) -> SearchStrategy[Body]:
    """Every effect that fits a lane on shipping."""
    only = maybe(st.lists(st.sampled_from(list(methods)), min_size=1, max_size=1)) if methods else st.none()
    amount, on = money(currency, 1200), st.just("shipping")
    return st.one_of(
        _built(percent_off=percents, on=on, methods=only, basis=_bases, cap=maybe(amount)),
        _built(amount_off=amount, on=on, methods=only),
        _built(fixed_price=amount, on=on, methods=only),
        _built(tiered_percent=_tiered(currency, seen), on=on, basis=_bases),
        _built(free_shipping=st.just(True), methods=only),
    )


_bases = st.sampled_from([None, "initial", "remaining"])
_taxes = st.sampled_from([None, None, "included", "excluded"])
_gifts = st.just({"gift": {"sku": "TOTE", "quantity": 1}})


def _built(**parts: SearchStrategy[object]) -> SearchStrategy[Body]:
    return st.fixed_dictionaries(parts).map(given_keys)


@cache
def _tiered(currency: str, seen: tuple[str, ...]) -> SearchStrategy[Body]:
    rows = st.lists(st.tuples(st.integers(1, 900), percents), min_size=1, max_size=3)
    by_money = rows.flatmap(
        lambda found: st.sampled_from(list(seen)).map(lambda by: {"by": by, "rows": _money_rows(currency, found)})
    )
    by_units = rows.map(
        lambda found: {
            "by": "cart.item_count",
            "rows": [{"from": 2 * n + 1, "percent": percent} for n, (_, percent) in enumerate(found)],
        }
    )
    return by_money | by_units


def _money_rows(currency: str, steps: list[tuple[int, object]]) -> list[Body]:
    start, rows = -1, []
    for step, percent in steps:
        start += step
        rows.append({"from": format_amount(start, currency), "percent": percent})
    return rows
