"""A table of VAT rates becomes a tax ruleset with windows and territories."""

import json

import pytest

from engine.imports.outcome import ImportOptions
from engine.imports.vat import import_vat
from engine.text.format import format_yaml
from engine.text.load import load
from engine.text.nodes import to_plain
from engine.text.source import Source

OPTIONS = ImportOptions("eu", "MIT")


def imported(items):
    return import_vat(Source("vat.json", json.dumps({"items": items}, indent=1)), OPTIONS)


def rates(outcome):
    return to_plain(load(Source("vat.yaml", outcome.text)).node)["rates"]


def entry(start, exceptions=(), **named):
    written = {"effective_from": start, "rates": named}
    return {**written, "exceptions": list(exceptions)} if exceptions else written


def test_entries_follow_each_other_whatever_their_order_and_year_zero_is_open():
    found = rates(
        imported(
            {
                "DE": [
                    entry("2021-01-01", standard=19),
                    entry("0000-01-01", standard=19),
                    entry("2020-07-01", standard=16),
                ]
            }
        )
    )

    assert [(rate["id"], str(rate["percent"]), rate.get("from"), rate.get("until")) for rate in found] == [
        ("de-standard", "19", None, "2020-07-01"),
        ("de-standard-2020-07-01", "16", "2020-07-01", "2021-01-01"),
        ("de-standard-2021-01-01", "19", "2021-01-01", None),
    ]


def test_territories_come_first_and_their_standard_rate_holds_for_classes_they_do_not_name():
    madeira = {"name": "Madeira", "postcode": r"9[0-4]\d{2,}", "standard": 22, "reduced1": 5}
    found = rates(imported({"AT": [entry("0000-01-01", standard=20)], "PT": [
        entry("0000-01-01", [madeira], reduced1=6, reduced2=13.5, standard=23)
    ]}))  # fmt: skip

    prefixes = {"starts_with": ["90", "91", "92", "93", "94"]}
    assert [(rate["id"], rate["where"]) for rate in found[:3]] == [
        (
            "pt-madeira-standard",
            {
                "destination.country": "PT",
                "destination.postcode": prefixes,
                "tax.class": {"in": ["standard", "reduced2"]},
            },
        ),
        (
            "pt-madeira-reduced1",
            {"destination.country": "PT", "destination.postcode": prefixes, "tax.class": "reduced1"},
        ),
        ("at-standard", {"destination.country": "AT", "tax.class": "standard"}),
    ]
    assert [str(rate["percent"]) for rate in found if rate["id"] == "pt-reduced2"] == ["13.5"]


def test_a_pattern_with_lists_and_prefixes_becomes_an_alternative():
    odd = {"name": "Odd", "postcode": r"(1\d{3}|2000)", "standard": 5}
    found = rates(imported({"AT": [entry("0000-01-01", [odd], standard=20)]}))

    assert found[0]["where"]["any"] == [
        {"destination.postcode": {"in": ["2000"]}},
        {"destination.postcode": {"starts_with": ["1"]}},
    ]


def test_a_pattern_that_cannot_be_translated_is_told_and_only_its_rates_are_left_out():
    odd = {"name": "Odd", "postcode": "9.*", "standard": 5}
    outcome = imported({"AT": [entry("0000-01-01", [odd], standard=20)]})

    assert [(found.code, found.severity, found.message) for found in outcome.diagnostics] == [
        (
            "RS806",
            "warning",
            "the postcodes '9.*' of Odd cannot be translated: '.*' is not digits, a class of digits or \\d",
        )
    ]
    assert [rate["id"] for rate in rates(outcome)] == ["at-standard"]
    assert (outcome.counts[0].read, outcome.counts[0].written, outcome.counts[0].reported) == (2, 1, 1)


def test_every_fault_of_the_table_is_told_at_once():
    outcome = imported(
        {
            "AT": [entry("yesterday", standard=20), {"rates": {"standard": 1}}],
            "BE": {"standard": 21},
            "DE": [entry("0000-01-01", standard=190, reduced="x", parking=[1]), {"effective_from": "2020-01-01"}],
            "FR": [entry("0000-01-01", [{"name": "X"}], standard=20)],
            "IT": [entry("2020-01-01", standard=20), entry("2020-01-01", standard=21)],
        }
    )

    assert sorted((found.code, found.message) for found in outcome.diagnostics) == [
        ("RS804", "'190' is above 100 percent"),
        ("RS804", "'x' is not a percentage"),
        ("RS804", "effective_from: 'yesterday' is no day"),
        ("RS807", "expected a list"),
        ("RS807", "expected a percentage for 'parking'"),
        ("RS807", "expected an exception with 'name' and 'postcode'"),
        ("RS807", "expected an object with 'effective_from'"),
        ("RS807", "expected an object with an object 'rates'"),
        ("RS810", "IT has two entries from 2020-01-01"),
    ]
    assert [rate["id"] for rate in rates(outcome)] == ["fr-standard", "it-standard-2020-01-01"]


@pytest.mark.parametrize("text", ["", "[]", '{"items": 3}', "{", '{"items": {}}'])
def test_a_text_that_is_no_table_gives_no_ruleset(text):
    assert import_vat(Source("vat.json", text), OPTIONS).text == ""


@pytest.fixture(scope="module")
def real(shared_data):
    text = (shared_data / "vat" / "ibericode_vat-rates.json").read_text(encoding="utf-8")
    return text, import_vat(Source("vat-rates.json", text), OPTIONS)


def test_the_real_table_loses_no_rate_and_is_formatted(real):
    text, outcome = real
    stated = sum(
        len(part["rates"]) + sum(len(territory) - 2 for territory in part.get("exceptions", []))
        for country in json.loads(text)["items"].values()
        for part in country
    )

    assert outcome.diagnostics == ()
    assert (outcome.counts[0].read, outcome.counts[0].written, len(rates(outcome))) == (stated, 184, 184)
    assert format_yaml(Source("vat.yaml", outcome.text)) == (outcome.text, ())


def test_rates_of_the_real_table_stand_where_and_when_the_source_has_them(real):
    found = {rate["id"]: rate for rate in rates(real[1])}

    assert (found["lu-standard-2023-01-01"]["from"], found["lu-standard-2023-01-01"]["until"]) == (
        "2023-01-01",
        "2024-01-01",
    )
    assert found["es-canary-islands-standard"]["where"]["destination.postcode"] == {"starts_with": ["35", "38"]}
    assert found["gb-standard-2011-01-04"]["percent"] == 20
    assert list(found).index("at-mittelberg-standard-2016-01-01") < list(found).index("es-standard")
