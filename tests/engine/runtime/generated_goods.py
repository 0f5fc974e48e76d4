"""Rulesets on goods by chance: pricing, promotions, coupons, tax, checkout."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.engine.runtime.generated import (
    Body,
    Draw,
    given_keys,
    maybe,
    money,
    percents,
    roundings,
    whens,
    wheres,
    windows,
)
from tests.engine.runtime.generated_effects import line_effects, order_effects, shipping_effects

AFTER_PRICING = ("subtotal.items",)
AFTER_LINES = (*AFTER_PRICING, "subtotal.after_line_discounts")
AFTER_ORDER = (*AFTER_LINES, "subtotal.after_order_discounts")
AFTER_COUPONS = (
    *AFTER_ORDER,
    "subtotal.after_discounts",
    "subtotal.after_discounts.gross",
    "subtotal.after_discounts.net",
    "discount.total",
)
AT_THE_END = (*AFTER_COUPONS, "shipping.price", "shipping.after_discounts")
CODES = ("TEN", "FIVE", "ISSUED")


# pricing -------------------------------------------------------------------------------------------------------


@st.composite
def pricings(draw: Draw[object], currency: str) -> Body:
    """Unit prices by every way, in both picks, with and without rails."""
    rules = [
        given_keys(
            {
                "id": f"p{number}",
                "when": draw(maybe(whens(currency))),
                "where": draw(maybe(wheres(currency, priced=False))),
                "priority": draw(st.sampled_from([None, 1, 2])),
                "marks_sale": draw(st.sampled_from([None, True, False])),
                "then": draw(_price_ways(currency)),
                **draw(windows()),
            }
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    return given_keys(
        {
            "pick": draw(st.sampled_from([None, "best", "first"])),
            "rounding": draw(roundings),
            "timezone": draw(st.sampled_from([None, "America/Sao_Paulo"])),
            "guard": draw(maybe(_guards(currency))),
            "rules": rules,
        }
    )


@cache
def _price_ways(currency: str) -> SearchStrategy[Body]:
    tier = st.tuples(st.integers(1, 3), money(currency).map(lambda amount: {"price": amount}) | _percent_off())
    tiers = st.lists(tier, min_size=1, max_size=2).map(_ascending_tiers)
    return st.one_of(
        st.sampled_from([{"use": "line.sale_price"}, {"use": "line.cost"}]),
        money(currency).map(lambda amount: {"price": amount}),
        money(currency).map(lambda amount: {"amount_off": amount}),
        _percent_off(),
        tiers.map(lambda rows: {"tiers": rows}),
    )


@cache
def _percent_off() -> SearchStrategy[Body]:
    return percents.map(lambda percent: {"percent_off": percent})


def _ascending_tiers(steps: list[tuple[int, Body]]) -> list[Body]:
    start, rows = 0, []
    for step, body in steps:
        start += step
        rows.append({"from": start, **body})
    return rows


@cache
def _guards(currency: str) -> SearchStrategy[Body]:
    below = money(currency, 1200) | st.sampled_from([{"fact": "line.cost", "plus": 5}, {"fact": "line.floor_price"}])
    return st.fixed_dictionaries({}, optional={"never_below": below, "max_change": st.sampled_from([10, 60, 150])})


# promotions ----------------------------------------------------------------------------------------------------


@st.composite
def promotions(draw: Draw[object], currency: str, *, shipping: bool = False, methods: tuple[str, ...] = ()) -> Body:
    """Up to two lanes of each stage with every pick and up to six rules of every effect."""
    lanes = [
        {"id": f"{stage}{number}", "stage": stage, "pick": draw(st.sampled_from(["best", "all", "first"]))}
        for stage in ("lines", "order", *(["shipping"] if shipping else []))
        for number in range(draw(st.integers(1, 2)))
    ]
    ids = [f"r{number}" for number in range(draw(st.integers(1, 6)))]
    rules = []
    for rule_id in ids:
        lane = draw(st.sampled_from(lanes))
        stage = lane["stage"]
        seen = {"lines": AFTER_PRICING, "order": AFTER_LINES, "shipping": (*AFTER_COUPONS, "shipping.price")}[stage]
        effects = {"lines": line_effects, "order": order_effects}.get(stage)
        then = effects(currency, seen) if effects else shipping_effects(currency, methods, seen)
        others = [*ids, *(other["id"] for other in lanes), "all"]
        rules.append(
            given_keys(
                {
                    "id": rule_id,
                    "lane": lane["id"],
                    "when": draw(maybe(whens(currency, seen), 3)),
                    "priority": draw(st.sampled_from([None, None, 1, 2])),
                    "then": draw(then),
                    "limits": draw(maybe(_limits(currency), 3)),
                    "exclusive_with": draw(maybe(st.lists(st.sampled_from(others), max_size=2), 4)),
                    **draw(windows()),
                }
            )
        )
    timezone = draw(st.sampled_from([None, "America/Sao_Paulo"]))
    return given_keys({"rounding": draw(roundings), "timezone": timezone, "lanes": lanes, "rules": rules})


@cache
def _limits(currency: str) -> SearchStrategy[Body]:
    return st.fixed_dictionaries(
        {},
        optional={
            "per_order": st.integers(1, 3),
            "per_customer": st.integers(1, 2),
            "total": st.integers(1, 3),
            "budget": money(currency, 700),
        },
    )


# coupons -------------------------------------------------------------------------------------------------------


@st.composite
def coupons(draw: Draw[object], currency: str, *, methods: tuple[str, ...] = ()) -> Body:
    """Up to three coupons, by code or campaign, on anything."""
    found = []
    for number in range(draw(st.integers(1, 3))):
        effects = [line_effects(currency, AFTER_ORDER), order_effects(currency, AFTER_ORDER)]
        if methods:
            effects.append(shipping_effects(currency, methods, AFTER_ORDER))
        by = {"codes": [CODES[number]]} if number < 2 else {"campaign": "mail"}
        found.append(
            given_keys(
                {
                    "id": f"k{number}",
                    **by,
                    "when": draw(maybe(whens(currency, AFTER_ORDER), 3)),
                    "priority": draw(st.sampled_from([None, 1])),
                    "then": draw(st.one_of(effects)),
                    "limits": draw(maybe(_coupon_limits(currency), 3)),
                    "user_bound": draw(st.sampled_from([None, None, True])),
                    "first_order_only": draw(st.sampled_from([None, None, True])),
                    "exclusive_with": draw(
                        st.none()
                        | st.lists(st.sampled_from(["r0", "r1", "order0", "lines0", "k0", "k1", "all"]), max_size=2)
                    ),
                    **draw(windows()),
                }
            )
        )
    return given_keys(
        {"stacking": draw(st.sampled_from([None, "none", "all", "all"])), "rounding": draw(roundings), "coupons": found}
    )


@cache
def _coupon_limits(currency: str) -> SearchStrategy[Body]:
    return st.fixed_dictionaries(
        {},
        optional={
            "per_order": st.integers(1, 2),
            "per_code": st.integers(1, 2),
            "per_customer": st.integers(1, 2),
            "total": st.integers(1, 2),
            "budget": money(currency, 700),
        },
    )


# tax and checkout ----------------------------------------------------------------------------------------------


@st.composite
def taxes(draw: Draw[object], currency: str) -> Body:
    """Both kinds of prices, every level and target, dated rates, exemptions."""
    classes = st.sampled_from(["books", "standard"]).map(lambda name: {"tax.class": name})
    countries = st.sampled_from(["BR", "PT"]).map(lambda name: {"destination.country": name})
    of_line = wheres(currency, priced=False)
    late = st.sampled_from(["subtotal.items", "subtotal.after_discounts"])
    small = st.tuples(late, money(currency)).map(lambda test: {test[0]: {"less_than": test[1]}})
    rates = [
        given_keys(
            {
                "id": f"t{number}",
                "where": draw(maybe(st.one_of(classes, countries, of_line, small))),
                "percent": draw(st.sampled_from([0, 5, 7.7, 17, 19, 20, 25, 100])),
                **draw(windows()),
            }
        )
        for number in range(draw(st.integers(1, 3)))
    ]
    exempt = [{"id": "e", "when": draw(whens(currency, AFTER_COUPONS))}] if draw(st.integers(0, 3)) == 0 else None
    return given_keys(
        {
            "prices": draw(st.sampled_from(["included", "excluded"])),
            "level": draw(st.sampled_from([None, "line", "unit", "total"])),
            "target": draw(st.sampled_from([None, "net", "tax"])),
            "rounding": draw(roundings),
            "shipping": draw(st.sampled_from([None, "standard", "books", "pro_rata", "none"])),
            "otherwise": draw(st.sampled_from(["refuse", "zero", "zero"])),
            "exempt": exempt,
            "rates": rates,
        }
    )


@st.composite
def checkouts(draw: Draw[object], currency: str) -> Body:
    """A minimum, refusals, payment methods, cash rounding."""
    minimum = st.fixed_dictionaries(
        {
            "amount": money(currency),
            "of": st.just("subtotal.after_discounts"),
            "tax": st.sampled_from(["included", "excluded"]),
        }
    )
    end = (*AT_THE_END, "total", "tax.total")
    return given_keys(
        {
            "require": draw(maybe(st.just(["customer.email", "destination.country"]))),
            "minimum_order": draw(maybe(minimum)),
            "refuse": draw(
                maybe(whens(currency, end).map(lambda when: [{"id": "no", "when": when, "code": "says_no"}]))
            ),
            "payment_methods": [{"id": "card"}, given_keys({"id": "cash", "when": draw(maybe(whens(currency, end)))})],
            "cash_rounding": draw(
                maybe(
                    st.tuples(money(currency, 100, 1), maybe(st.just(["cash"]))).map(
                        lambda found: given_keys({"step": found[0], "methods": found[1]})
                    )
                )
            ),
        }
    )
