"""Shipping rulesets by chance: zones under every policy, every rate, parcels by order and by seller."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import accumulate

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from engine.money import format_amount
from tests.engine.runtime.generated import (
    COUNTRIES,
    SELLERS,
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
from tests.engine.runtime.generated_goods import AFTER_COUPONS

METHODS = ("m0", "m1")
ZONES = ("z0", "z1")
Rest = tuple[str, tuple[str, int] | None]
"""What the last row of bands costs, and its steps."""

GRAMS = (0, 99, 100, 250, 500, 999, 1000, 2500, 7000)


@st.composite
def shippings(draw: Draw[object], currency: str) -> Body:
    """A shipping ruleset with up to two zones, methods and refusals."""
    zones = list(ZONES)[: draw(st.integers(0, 2))]
    return given_keys(
        {
            "policy": draw(st.sampled_from([None, "first", "all"])),
            "shipments": draw(st.sampled_from([None, "order", "seller"])),
            "choose": draw(st.sampled_from([None, "cheapest", "cheapest", "none"])),
            "rounding": draw(roundings),
            "timezone": draw(st.sampled_from([None, "America/Sao_Paulo"])),
            "volumetric_divisor": draw(st.sampled_from([None, 5000, 4999])),
            "define": {"some": {"aggregate": "quantity", "where": draw(wheres(currency, priced=True))}},
            "tables": {"tariff": draw(_tables(currency, zones))},
            "zones": [{"id": zone, "where": draw(_places()), **draw(windows())} for zone in zones],
            "methods": [draw(_methods(currency, method, tuple(zones))) for method in METHODS],
            "refuse": draw(maybe(_refusals(currency), 3)),
        }
    )


@cache
def _places() -> SearchStrategy[Body]:
    tests = [
        st.sampled_from(COUNTRIES).map(lambda name: {"destination.country": name}),
        st.lists(st.sampled_from(COUNTRIES), min_size=1).map(lambda names: {"destination.country": {"in": names}}),
        st.sampled_from(["0", "2"]).map(lambda start: {"destination.postcode": {"starts_with": start}}),
        st.just({"destination.postcode": {"between": ["01000-000", "20000-000"]}}),
        st.integers(1, 6).map(lambda count: {"cart.item_count": {"at_most": count}}),
    ]
    return st.one_of(tests)


@cache
def _of_parcels(currency: str) -> SearchStrategy[Body]:
    """A condition of a method or a refusal: on the cart or on a parcel."""
    parcels = [
        st.sampled_from(GRAMS).map(lambda grams: {"shipment.weight_g": {"at_most": f"{grams}g"}}),
        st.sampled_from(SELLERS).map(lambda seller: {"shipment.seller": {"not": seller}}),
        money(currency).map(lambda amount: {"shipment.subtotal": {"at_least": amount}}),
        st.sampled_from(ZONES).map(lambda zone: {"shipment.seller": {"known": zone == "z0"}}),
    ]
    return whens(currency, AFTER_COUPONS, tuple(parcels)) | st.one_of(parcels)


@st.composite
def _methods(draw: Draw[object], currency: str, method: str, zones: tuple[str, ...]) -> Body:
    rates = {zone: draw(_rates(currency)) for zone in zones if draw(st.integers(0, 3))}
    rate = None if rates and draw(st.booleans()) else draw(_rates(currency))
    some_zones = maybe(st.just(list(zones[:1]))) if zones else st.none()
    return given_keys(
        {
            "id": method,
            "when": draw(maybe(_of_parcels(currency), 3)),
            "rates": rates or None,
            "rate": rate,
            "days": [1, 3],
            "free_from": draw(maybe(_free_from(currency, some_zones), 3)),
            **draw(windows()),
        }
    )


def _free_from(currency: str, zones: SearchStrategy[object]) -> SearchStrategy[Body]:
    parts = {
        "amount": money(currency),
        "of": st.just("subtotal.after_discounts"),
        "tax": st.sampled_from(["included", "excluded"]),
        "zones": zones,
    }
    return st.fixed_dictionaries(parts).map(given_keys)


@cache
def _refusals(currency: str) -> SearchStrategy[list[Body]]:
    refusal = st.fixed_dictionaries(
        {"when": _of_parcels(currency), "code": st.sampled_from(["too_much", "not_today"])},
        optional={"methods": st.lists(st.sampled_from(METHODS), min_size=1, unique=True)},
    )
    numbered = st.lists(refusal, min_size=1, max_size=2)
    return numbered.map(lambda found: [{"id": f"no{number}", **body} for number, body in enumerate(found)])


# rates ---------------------------------------------------------------------------------------------------------


@cache
def _rates(currency: str) -> SearchStrategy[Body]:
    price = money(currency, 1500)
    return st.one_of(
        price.map(lambda amount: {"flat": amount}),
        price.map(lambda amount: {"per_item": amount}),
        st.tuples(price, price).map(lambda pair: {"first_item": pair[0], "each_further": pair[1]}),
        _bands(currency).map(lambda body: {"bands": body}),
        _percent_rates(currency),
        st.tuples(price, price, st.sampled_from([100, 300, 1000]), maybe(st.sampled_from(GRAMS))).map(_base_and_step),
        st.just({"table": "tariff"}),
    )


def _base_and_step(found: tuple[str, str, int, int | None]) -> Body:
    base, plus, per, limit = found
    return given_keys(
        {
            "base": base,
            "plus": plus,
            "per": f"{per}g",
            "by": "shipment.weight_g",
            "up_to": None if limit is None else f"{limit}g",
        }
    )


def _percent_rates(currency: str) -> SearchStrategy[Body]:
    of = st.sampled_from(
        [
            {"of": "shipment.subtotal"},
            {"of": "subtotal.after_discounts", "tax": "included"},
            {"of": "subtotal.after_discounts", "tax": "excluded"},
        ]
    )
    low_high = st.tuples(st.integers(0, 300), st.integers(0, 600), st.booleans(), st.booleans()).map(
        lambda found: given_keys(
            {
                "min": format_amount(found[0], currency) if found[2] else None,
                "max": format_amount(found[0] + found[1], currency) if found[3] else None,
            }
        )
    )
    return st.tuples(percents, of, low_high).map(lambda found: {"percent": found[0], **found[1], **found[2]})


@cache
def _bands(currency: str) -> SearchStrategy[Body]:
    price = money(currency, 1500)
    limits = st.lists(st.integers(4, 500), min_size=1, max_size=3).map(lambda steps: list(accumulate(steps)))
    ends = st.lists(st.sampled_from(["below", "up_to"]), min_size=3, max_size=3)
    rest = maybe(st.tuples(price, maybe(st.tuples(price, st.integers(1, 400)))))
    late = st.sampled_from([False, False, False, True])

    def of(by: Body, write: Callable[[int], object]) -> SearchStrategy[Body]:
        def rows(
            found: tuple[list[int], list[str], list[str], tuple[str, tuple[str, int] | None] | None, bool],
        ) -> Body:
            limits, ends, prices, rest, starts_late = found
            body = [
                {end: write(limit), "price": amount} for limit, end, amount in zip(limits, ends, prices, strict=False)
            ]
            if starts_late:  # nothing holds from where the row before ended
                body[-1]["from"] = write(limits[-1] - 2)
            if rest is not None:
                amount, step = rest
                steps = {} if step is None else {"plus": step[0], "per": write(step[1])}
                body.append({"rest": {"price": amount, **steps}})
            return {**by, "rows": body}

        prices = st.lists(price, min_size=3, max_size=3)
        return st.tuples(limits, ends, prices, rest, late).map(rows)

    grams = [{"by": "shipment.weight_g"}, {"by": "shipment.chargeable_weight_g"}]
    amounts = [{"by": "shipment.subtotal"}, {"by": "subtotal.after_discounts", "tax": "included"}]
    return st.one_of(
        *(of(by, lambda grams: f"{grams}g") for by in grams),
        *(of(by, lambda minor: format_amount(minor, currency)) for by in amounts),
        of({"by": "shipment.volume_cm3"}, lambda volume: f"{volume}cm3"),
        of({"by": "defined.some"}, lambda count: count),
        of({"by": "shipment.item_count"}, lambda count: count),
    )


def _tables(currency: str, zones: list[str]) -> SearchStrategy[Body]:
    row = st.tuples(
        st.sampled_from(["", "BR", "PT"]),
        st.sampled_from(["", *zones]),
        st.sampled_from(GRAMS),
        st.sampled_from([100, 500, 5000, 50000]),
        money(currency, 1500),
        maybe(st.tuples(money(currency, 200), st.sampled_from(["100g", "1kg"])), 3),
    )

    def body(rows: list[tuple[str, str, int, int, str, tuple[str, str] | None]]) -> Body:
        with_zone = bool(zones)
        columns = [
            "destination.country",
            *(["zone"] if with_zone else []),
            "shipment.weight_g:from",
            "shipment.weight_g:below",
            "price",
            "plus",
            "per",
        ]
        cells = [
            [
                country,
                *([zone] if with_zone else []),
                f"{low}g",
                f"{low + size}g",
                price,
                *(steps or ("", "")),
            ]
            for country, zone, low, size, price, steps in rows
        ]
        return {"columns": columns, "rows": cells}

    return st.lists(row, min_size=1, max_size=4).map(body)
