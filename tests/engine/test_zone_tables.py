"""One tariff table for all zones: its rows name the zone, and the zone is that of the destination."""

from functools import cache
from pathlib import Path

import pytest

from engine.facts.scenario import ScenarioContext, read_scenario
from engine.facts.vocabulary import Vocabulary, read_vocabulary
from engine.pipeline import Reading, check_ruleset, compile_book, evaluate, read_ruleset
from engine.text.load import load
from engine.text.source import Source

VOCABULARIES = Path(__file__).resolve().parents[2] / "rules" / "vocabularies"

SHIPPING = """\
ruleset: shipping
name: t
version: 1
vocabulary: checkout/1
currency: EUR
zones:
  - {id: near, where: {destination.country: DE}}
  - {id: far, where: {destination.country: {in: [AT, CH]}}}
methods:
  - {id: parcel, rate: {table: prices}}
tables:
  prices: {columns: [zone, price], rows: [[near, "4.90"], [far, "9.90"]]}
refuse:
  - {id: elsewhere, when: {destination.country: {not_in: [AT, CH, DE]}}, code: not_there}
  - {id: nowhere, when: {destination.country: {known: false}}, code: where_to}
"""
DATED = SHIPPING.replace("{id: parcel,", "{id: parcel, from: 2020-01-01,")
"""A window makes conditions read the calendar, with facts of their own."""
BY_SELLER = SHIPPING.replace("zones:", "shipments: seller\nzones:", 1)
WITH_A_SET = SHIPPING.replace("{id: parcel,", "{id: parcel, when: {not: {cart.tags: {any_of: [bulky]}}},")


@cache
def vocabulary() -> Vocabulary:
    found, faults = read_vocabulary(Source("checkout-1", (VOCABULARIES / "checkout-1.yaml").read_text("utf-8")))
    assert found is not None, faults
    return found


def read(text: str) -> Reading:
    return read_ruleset(
        Source("shipping.yaml", text),
        vocabularies={vocabulary().ref: vocabulary()},
        attachments=lambda path: None,
    )


def shipping_to(country: str, text: str) -> int:
    reading = read(text)
    assert reading.document is not None, reading.diagnostics
    cart = f"{{lines: [{{sku: A, price: 10, quantity: 1}}], cart: {{tags: [x]}}, destination: {{country: {country}}}}}"
    node = load(Source("cart", cart)).node
    assert node is not None
    scenario, faults = read_scenario(
        node, ScenarioContext(vocabulary=vocabulary(), currency="EUR", now=1_777_593_600_000_000)
    )
    assert scenario is not None, faults
    return evaluate(compile_book({"shipping": reading.document}, "EUR", vocabulary()), scenario.cart).totals.shipping


@pytest.mark.parametrize("text", [SHIPPING, DATED, BY_SELLER, WITH_A_SET], ids=["plain", "dated", "by seller", "set"])
def test_the_row_of_the_zone_is_taken(text: str) -> None:
    assert shipping_to("DE", text) == 490
    assert shipping_to("CH", text) == 990


def test_a_row_for_every_zone_leaves_no_place_without_a_price() -> None:
    assert check_ruleset(read(SHIPPING)) == ()


def test_a_zone_without_a_row_is_found() -> None:
    found = check_ruleset(read(SHIPPING.replace(', [far, "9.90"]', "")))
    assert [finding.code for finding in found] == ["RS421"]
    assert "shipping.zone = far" in found[0].witness
