"""Four joined tables of a postal tariff become one shipping ruleset, defects included."""

import re
from itertools import pairwise

import pytest

from engine.imports.outcome import ImportOptions
from engine.imports.royal_mail import RoyalMailFiles, import_royal_mail
from engine.text.format import format_yaml
from engine.text.load import load
from engine.text.nodes import to_plain
from engine.text.source import Source

OPTIONS = ImportOptions("post", "Prices: the carrier's\nLicence: MIT")

COUNTRIES = "country,zone\nFR,EU\nNO,EU\nNO,WORLD\nFR-H,EU\nFR,EU\n"
LINKS = "zone,method\nEU,EU_LETTER\nWORLD,WORLD_LETTER\nWORLD,WORLD_PARCEL\nMOON,MOON_LETTER\n"
METAS = (
    "method,min_order_value_gbp,max_order_value_gbp,insurance_gbp,display_name,size_class\n"
    "EU_LETTER,0,20,20,Letter: small,\n"
    "WORLD_LETTER,0,20,20,Letter: small,\n"
    "WORLD_PARCEL,50.01,250,250,Parcel,SMALL\n"
    "WORLD_CRATE,0,20,20,Crate,\n"
)
RATES = (
    "method,min_weight_g,max_weight_g,price_gbp,insurance_gbp,size_class\n"
    "EU_LETTER,1,20,2.20,20,\n"
    "EU_LETTER,20,100,2.10,20,\n"
    "WORLD_LETTER,1,100,3,20,\n"
    "WORLD_PARCEL,1,2000,9.5,100,SMALL\n"
    "WORLD_PARCEL,2001,heavy,12.005,250,\n"
    "MOON_LETTER,1,5,99.00,20,\n"
)


def imported(countries=COUNTRIES, links=LINKS, metas=METAS, rates=RATES):
    files = RoyalMailFiles(
        Source("countries.csv", countries),
        Source("links.csv", links),
        Source("metas.csv", metas),
        Source("rates.csv", rates),
    )
    return import_royal_mail(files, OPTIONS)


def test_a_small_tariff_becomes_this_text():
    assert imported().text == (
        """\
# Made by `sostech import tariff royal-mail`. Correct the source and import again, rather than this file.
# Prices: the carrier's
# Licence: MIT
ruleset: shipping
name: post
version: 1
vocabulary: checkout/1
currency: GBP
timezone: Europe/London
summary: "Royal Mail and Parcelforce by zone, service and weight"

# A country lies in several zones of the source; a method takes the first it has a rate for.
policy: all
# Letter, large letter and parcel are methods; the weight alone does not tell which one fits.
choose: cheapest
zones:
  - id: eu
    where:
      destination.country:
        in:
          - FR # countries.csv:2
          - "NO" # countries.csv:3
  - id: world
    where:
      destination.country:
        in:
          - "NO" # countries.csv:4
methods:
  - id: letter # metas.csv:2, metas.csv:3
    name: {en: "Letter: small (compensation up to £20.00)"}
    when: {subtotal.after_discounts: {at_most: "20.00"}}
    rates:
      eu:
        bands:
          by: shipment.weight_g
          rows:
            - {from: 1g, up_to: 20g, price: "2.20"} # rates.csv:2
            - {from: 20g, up_to: 100g, price: "2.10"} # rates.csv:3
      world:
        bands:
          by: shipment.weight_g
          rows:
            - {from: 1g, up_to: 100g, price: "3.00"} # rates.csv:4
  - id: parcel # metas.csv:4
    name: {en: "Parcel (compensation up to £250.00)"}
    when: {subtotal.after_discounts: {at_least: "50.01", at_most: "250.00"}}
    rates:
      world:
        bands:
          by: shipment.weight_g
          rows:
            - {from: 1g, up_to: 2000g, price: "9.50"} # rates.csv:5, size SMALL, compensation £100
"""
    )


def test_what_is_not_carried_over_is_told_with_file_and_line():
    assert [(str(found.span), found.code, found.message) for found in imported().diagnostics] == [
        ("countries.csv:5:1", "RS804", "country: 'FR-H' cannot be read"),
        ("countries.csv:6:1", "RS810", "country FR is in zone 'EU' already"),
        ("links.csv:5:6", "RS805", "method MOON_LETTER is not offered: no country lies in zone MOON and "
         "the method table does not describe it"),
        ("metas.csv:5:1", "RS805", "no zone offers method WORLD_CRATE"),
        ("rates.csv:6:19", "RS804", "max_weight_g: 'heavy' cannot be read"),
        ("rates.csv:6:25", "RS804", "'12.005' has too many decimal digits (3), GBP allows at most 2"),
        ("rates.csv:7:1", "RS805", "1 price of method MOON_LETTER, which is not offered"),
    ]  # fmt: skip


def test_every_row_is_written_or_reported():
    assert [(count.file, count.read, count.written, count.reported) for count in imported().counts] == [
        ("countries.csv", 5, 3, 2),
        ("links.csv", 4, 3, 1),
        ("metas.csv", 4, 3, 1),
        ("rates.csv", 6, 4, 2),
    ]


def test_a_service_with_two_order_value_ranges_is_two_methods():
    metas = METAS.replace("WORLD_LETTER,0,20,20", "WORLD_LETTER,0,50,50")

    plain = to_plain(load(Source("post.yaml", imported(metas=metas).text)).node)

    assert [method["id"] for method in plain["methods"]] == ["letter-0-2000-2000", "letter-0-5000-5000", "parcel"]


def test_a_table_without_a_needed_column_gives_no_ruleset_and_says_why():
    outcome = imported(rates="method,weight\nEU_LETTER,3\n")

    assert outcome.text == ""
    assert "column 'price_gbp' is missing" in [found.message for found in outcome.diagnostics]


def test_a_band_that_ends_before_it_starts_is_told():
    outcome = imported(rates=RATES.replace("EU_LETTER,1,20,", "EU_LETTER,20,1,"))

    assert "the band ends at 1 g, before it starts at 20 g" in [found.message for found in outcome.diagnostics]


# the real tariff ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(shared_data):
    folder = shared_data / "tariff" / "royal_mail_2023"
    names = ("country_to_zone.csv", "zone_to_method.csv", "method_meta.csv", "rates_by_weight.csv")
    return import_royal_mail(RoyalMailFiles(*(Source(name, (folder / name).read_text()) for name in names)), OPTIONS)


def test_the_real_tariff_loses_no_row(real):
    assert [(count.file, count.read, count.written, count.reported) for count in real.counts] == [
        ("country_to_zone.csv", 558, 554, 4),
        ("zone_to_method.csv", 242, 228, 14),
        ("method_meta.csv", 268, 227, 41),
        ("rates_by_weight.csv", 2751, 2726, 25),
    ]


def test_the_unreadable_countries_of_the_real_tariff_are_told(real):
    assert [(str(found.span), found.message) for found in real.diagnostics if found.code == "RS804"] == [
        ("country_to_zone.csv:171:1", "country: 'FR-H' cannot be read"),
        ("country_to_zone.csv:381:1", "country: 'NQAQ' cannot be read"),
        ("country_to_zone.csv:415:1", "country: 'PT-20' cannot be read"),
        ("country_to_zone.csv:416:1", "country: 'PT-30' cannot be read"),
    ]


def test_the_overlaps_of_the_real_tariff_are_still_there(real):
    rows = re.findall(r"\{from: (\d+)g, up_to: (\d+)g.*# rates_by_weight.csv:(\d+)", real.text)
    shared = [line for (_, end, _), (start, _, line) in pairwise(rows) if start == end]

    assert len(set(shared)) == 16


def test_the_real_ruleset_is_formatted_as_every_ruleset(real):
    assert format_yaml(Source("post.yaml", real.text)) == (real.text, ())
