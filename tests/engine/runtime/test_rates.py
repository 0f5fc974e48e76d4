"""Every way to price a parcel, at, below and above each border."""

from __future__ import annotations

import pytest

from tests.engine.runtime.books import decide, line, lines


def price(rate: str, cart: object, more: str = "", **bodies: str) -> int | str:
    """The price of the only method, or the code of the first reason why there is none."""
    decision = decide(cart, shipping=f"{more}\nmethods: [{{id: m, rate: {rate}}}]", **bodies)
    (option,) = decision.options
    return option.price if option.price is not None else option.reasons[0].code


def parcel(grams: int, quantity: int = 1, volume: int | None = None) -> dict[str, object]:
    more = {} if volume is None else {"volume": f"{volume}cm3"}
    return {"lines": [line("10.00", quantity, weight=f"{grams}g", **more)]}


def test_a_flat_rate_is_one_price() -> None:
    assert price("{flat: '9.90'}", parcel(5000, 7)) == 990


@pytest.mark.parametrize(("units", "each", "first"), [(1, 200, 500), (2, 400, 650), (10, 2000, 1850)])
def test_rates_by_item(units: int, each: int, first: int) -> None:
    assert price("{per_item: '2.00'}", parcel(1, units)) == each
    assert price("{first_item: '5.00', each_further: '1.50'}", parcel(1, units)) == first


BANDS = """{bands: {by: shipment.weight_g, rows: [{below: 500g, price: '1.00'}, {up_to: 2kg, price: '2.00'},
  {from: 3kg, up_to: 4kg, price: '3.00'}, {rest: {price: '4.00', plus: '0.50', per: 1kg}}]}}"""


@pytest.mark.parametrize(
    ("grams", "expected"),
    [
        (1, 100),
        (499, 100),
        (500, 200),
        (2000, 200),
        (2001, "no_band"),
        (2999, "no_band"),
        (3000, 300),
        (4000, 300),
        (4001, 450),  # the first started kilogram above 4 kg
        (5000, 450),
        (5001, 500),
    ],
)
def test_bands_hold_from_their_start_to_their_end(grams: int, expected: int | str) -> None:
    assert price(BANDS, parcel(grams)) == expected


@pytest.mark.parametrize(
    ("grams", "expected"), [(1, 1410), (1000, 1410), (1001, 1500), (31500, 4200), (31501, "above_limit")]
)
def test_a_base_and_started_steps_up_to_a_limit(grams: int, expected: int | str) -> None:
    rate = "{base: '13.20', plus: '0.90', per: 1kg, by: shipment.weight_g, up_to: 31.5kg}"
    assert price(rate, parcel(grams)) == expected


@pytest.mark.parametrize(
    ("items", "expected"), [("10.00", 300), ("60.00", 300), ("60.10", 301), ("400.00", 2000), ("401.00", 2000)]
)
def test_a_percentage_within_bounds(items: str, expected: int) -> None:
    rate = "{percent: 5, of: subtotal.after_discounts, tax: included, min: '3.00', max: '20.00'}"
    assert price(rate, lines(items)) == expected


def test_a_percentage_of_the_net_sum_knows_the_tax() -> None:
    rate = "{percent: 10, of: subtotal.after_discounts, tax: excluded}"
    tax = "prices: included\nrates: [{id: t, percent: 20}]"
    assert price(rate, lines("12.00"), tax=tax) == 100


TABLE = """
tables:
  tariff:
    columns: [destination.country, "shipment.weight_g:from", "shipment.weight_g:below", price, plus, per]
    rows: [[BR, 0g, 1kg, "5.00", "", ""], [BR, 1kg, 5kg, "6.00", "1.00", 1kg], ["", 0g, 1kg, "9.00", "", ""]]
"""


@pytest.mark.parametrize(
    ("country", "grams", "expected"),
    [
        ("BR", 999, 500),
        ("BR", 1000, 600),
        ("BR", 1001, 700),
        ("BR", 5000, "no_row"),
        ("PT", 999, 900),
        ("PT", 1000, "no_row"),
        (None, 999, 900),
        (None, 1000, "fact_missing"),
    ],
)
def test_the_first_row_of_a_table_that_matches(country: str | None, grams: int, expected: int | str) -> None:
    cart = parcel(grams) | ({"destination": {"country": country}} if country else {})
    assert price("{table: tariff}", cart, TABLE) == expected


def test_a_row_may_name_the_zone_of_its_method() -> None:
    more = """
policy: all
zones: [{id: far, where: {destination.country: {in: [BR, PT]}}}, {id: near, where: {destination.country: BR}}]
tables: {t: {columns: [zone, price], rows: [[far, "9.00"], [near, "4.00"]]}}
"""
    shipping = f"{more}\nmethods: [{{id: m, rates: {{near: {{table: t}}}}}}, {{id: n, rate: {{table: t}}}}]"
    decision = decide({**lines("1.00"), "destination": {"country": "BR"}}, shipping=shipping)
    assert [(option.zone, option.price) for option in decision.options] == [("near", 400), ("far", 900)]


@pytest.mark.parametrize(("quantity", "expected"), [(2, 100), (3, 200)])
def test_bands_may_be_by_a_sum_over_lines(quantity: int, expected: int) -> None:
    more = "define: {bulky: {aggregate: quantity, where: {line.category: {under: bulky}}}}"
    rate = "{bands: {by: defined.bulky, rows: [{below: 3, price: '1.00'}, {rest: {price: '2.00'}}]}}"
    assert price(rate, lines("1.00", quantity=quantity, category="bulky"), more) == expected
    assert price(rate, lines("1.00", quantity=quantity), more) == 100  # none at all is nought, not unknown


@pytest.mark.parametrize(("volume", "expected"), [(4999, 100), (5000, 100), (5001, 200), (None, "fact_missing")])
def test_the_chargeable_weight_is_the_greater_of_weight_and_volume(volume: int | None, expected: int | str) -> None:
    rate = "{bands: {by: shipment.chargeable_weight_g, rows: [{up_to: 1kg, price: '1.00'}, {rest: {price: '2.00'}}]}}"
    assert price(rate, parcel(1000, 1, volume), "volumetric_divisor: 5000") == expected


def test_a_line_without_weight_is_named_and_not_the_one_without_volume() -> None:
    cart = {"lines": [line("1.00", weight="1kg"), {"sku": "T", "price": "1.00", "quantity": 1, "volume": "5cm3"}]}
    rate = "{base: '1.00', plus: '1.00', per: 1kg, by: shipment.weight_g}"
    (option,) = decide(cart, shipping=f"methods: [{{id: m, rate: {rate}}}]").options
    assert option.reasons[0].params["line"] == "L2"


def test_the_volume_of_a_parcel_is_known_though_a_weight_is_not() -> None:
    cart = {"lines": [{"sku": "T", "price": "1.00", "quantity": 2, "volume": "5cm3"}]}
    rate = "{bands: {by: shipment.volume_cm3, rows: [{up_to: 10cm3, price: '1.00'}]}}"
    assert price(rate, cart) == 100


DAYS = """
shipments: seller
tables:
  t:
    columns: ["shipment.weight_g:from", "shipment.weight_g:below", price, days]
    rows: [[0g, 1kg, "1.00", 1-2], [1kg, 5kg, "2.00", 2-4], [5kg, 9kg, "3.00", ""]]
methods: [{id: m, days: [7, 9], rate: {table: t}}]
"""


@pytest.mark.parametrize(
    ("grams", "expected"),
    [([500], (1, 2)), ([2000], (2, 4)), ([500, 2000], (2, 4)), ([500, 6000], (7, 9)), ([6000], (7, 9))],
)
def test_the_days_of_a_row_win_over_those_of_the_method_and_the_slowest_parcel_counts(
    grams: list[int], expected: tuple[int, int]
) -> None:
    parcels = [line("1.00", weight=f"{each}g", seller=f"s{number}") for number, each in enumerate(grams)]
    (option,) = decide({"lines": parcels}, shipping=DAYS).options
    assert option.days == expected
