"""Real tariffs become rulesets that decide carts, and the defects known of one are found by the lints at its rows."""

import csv
import re
import sys
from functools import cache
from pathlib import Path

import pytest

from engine.facts.scenario import ScenarioContext, read_scenario
from engine.facts.vocabulary import Vocabulary, read_vocabulary
from engine.imports.outcome import Imported, ImportOptions
from engine.imports.tariffs import import_tariff
from engine.imports.vat import import_vat
from engine.pipeline import Reading, check_ruleset, compile_book, evaluate, read_ruleset
from engine.runtime.decision import Decision
from engine.text.diagnostics import has_errors
from engine.text.load import load
from engine.text.source import Source, Span

VOCABULARY = Path(__file__).parents[3] / "rules" / "vocabularies" / "checkout-1.yaml"
OPTIONS = ImportOptions("real", "as published")
PLACE = re.compile(r"# .*?rates_by_weight\.csv:([0-9]+)")
CODES = {"overlap": "RS413", "price_drop": "RS415"}
CART = """\
at: {at}
lines: [{{sku: A, price: "{price}", quantity: 1, weight: {weight}}}]
destination: {{country: {country}, postcode: "{postcode}"}}
"""


def tariff(shared_data: Path, carrier: str, folder: str) -> Imported:
    paths = sorted((shared_data / "tariff" / folder).glob("*.csv"))
    return import_tariff(carrier, {path.name: Source(path.name, path.read_text("utf-8")) for path in paths}, OPTIONS)


@cache
def vocabulary() -> Vocabulary:
    found, faults = read_vocabulary(Source(VOCABULARY.name, VOCABULARY.read_text("utf-8")))
    assert found is not None, faults
    return found


def read(imported: Imported) -> Reading:
    source = Source("real.yaml", imported.text)
    return read_ruleset(source, vocabularies={vocabulary().ref: vocabulary()}, attachments=lambda path: None)


def decide(reading: Reading, currency: str, **cart: str) -> Decision:
    assert reading.document is not None, reading.diagnostics
    facts = {"at": "2023-06-01T12:00:00Z", "price": "10.00", "weight": "500g", "postcode": "0", **cart}
    node = load(Source("cart.yaml", CART.format(**facts))).node
    assert node is not None
    scenario, faults = read_scenario(node, ScenarioContext(vocabulary=vocabulary(), currency=currency))
    assert scenario is not None, faults
    book = compile_book({reading.document.head.kind: reading.document}, currency, vocabulary())
    return evaluate(book, scenario.cart)


def test_every_known_defect_of_the_international_tariff_is_found_at_its_rows_and_no_other(shared_data: Path) -> None:
    imported = tariff(shared_data, "royal-mail", "royal_mail_2023")
    lines = imported.text.splitlines()

    def row(span: Span | None) -> int:
        assert span is not None
        place = PLACE.search(lines[span.line - 1])
        assert place is not None, lines[span.line - 1]
        return int(place[1])

    found = [
        (finding.code, row(finding.related[0].span), row(finding.span))
        for finding in check_ruleset(read(imported), cap=sys.maxsize)
        if finding.code in CODES.values()
    ]
    assert sorted(found) == sorted(known_defects(shared_data / "tariff" / "royal_mail_2023"))
    assert len(found) == 18


def known_defects(folder: Path) -> list[tuple[str, int, int]]:
    """Code and the lines of both rows in the table of prices, for each defect that is named by two rows."""
    with (folder / "rates_by_weight.csv").open(encoding="utf-8", newline="") as table:
        columns = ("method", "min_weight_g", "max_weight_g", "price_gbp")
        lines = {tuple(row[name] for name in columns): line for line, row in enumerate(csv.DictReader(table), start=2)}
    with (folder / "ANOMALIES.csv").open(encoding="utf-8", newline="") as table:
        return [
            (
                CODES[row["kind"]],
                lines[row["method"], row["lo1"], row["hi1"], row["price1"]],
                lines[row["method"], row["lo2"], row["hi2"], row["price2"]],
            )
            for row in csv.DictReader(table)
            if row["kind"] in CODES
        ]


def test_where_two_rows_overlap_the_earlier_decides(shared_data: Path) -> None:
    reading = read(tariff(shared_data, "royal-mail", "royal_mail_2023"))
    options = {
        weight: {option.method: option.total for option in decide(reading, "GBP", country="US", weight=weight).options}
        for weight in ("19g", "20g", "21g")
    }
    assert [options[weight]["international-signed-letter"] for weight in options] == [677, 677, 767]


@pytest.mark.parametrize(
    ("carrier", "folder", "currency", "cart", "method", "price"),
    [
        (
            "royal-mail",
            "royal_mail_domestic_versions",
            "GBP",
            {"country": "GB", "weight": "90g", "at": "2014-11-01T12:00:00Z"},
            "first-class-letter-2014-10-20",
            62,
        ),
        ("dhl", "dhl_express_de", "EUR", {"country": "AT", "weight": "400g"}, "express", 3796),
        ("dhl", "dhl_premium_business_de", "EUR", {"country": "AT", "weight": "400g"}, "parcel", 1410),
    ],
)
def test_a_tariff_decides_a_cart(
    shared_data: Path, carrier: str, folder: str, currency: str, cart: dict[str, str], method: str, price: int
) -> None:
    reading = read(tariff(shared_data, carrier, folder))
    assert not has_errors(check_ruleset(reading))
    options = {option.method: option.total for option in decide(reading, currency, **cart).options}
    assert options[method] == price


def test_the_table_of_rates_decides_tax_by_date_and_territory(shared_data: Path) -> None:
    path = shared_data / "vat" / "ibericode_vat-rates.json"
    reading = read(import_vat(Source(path.name, path.read_text("utf-8")), OPTIONS))
    assert not has_errors(check_ruleset(reading))
    germany = [
        decide(reading, "EUR", country="DE", price="119.00", at=at)
        for at in ("2020-06-30T12:00:00Z", "2020-07-01T12:00:00Z")
    ]
    assert [decision.totals.tax for decision in germany] == [1900, 1641]
    canaries = decide(reading, "EUR", country="ES", postcode="35001", price="121.00")
    assert canaries.totals.tax == 0
