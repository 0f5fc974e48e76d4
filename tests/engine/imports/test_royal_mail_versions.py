"""Dated editions of a tariff become methods with windows that follow each other without a gap."""

from collections import Counter

import pytest

from engine.imports.outcome import ImportOptions
from engine.imports.royal_mail_versions import import_royal_mail_versions
from engine.text.format import format_yaml
from engine.text.load import load
from engine.text.nodes import to_plain
from engine.text.source import Source

OPTIONS = ImportOptions("domestic", "MIT")
HEAD = "effective_from,service,format,compensation_gbp,min_weight_g,max_weight_g,price_gbp\n"


def methods(rows):
    outcome = import_royal_mail_versions(Source("rates.csv", HEAD + rows), OPTIONS)
    return to_plain(load(Source("x.yaml", outcome.text)).node)["methods"], outcome


def test_each_edition_ends_where_the_next_one_starts_whatever_the_order_of_rows():
    found, _ = methods("2017-03-27,a_service,letter,20,1,100,0.65\n2014-10-20,a_service,letter,20,1,100,0.62\n")

    assert [(method["id"], method["from"], method.get("until")) for method in found] == [
        ("a-letter-2014-10-20", "2014-10-20", "2017-03-27"),
        ("a-letter-2017-03-27", "2017-03-27", None),
    ]


def test_compensation_makes_a_method_of_its_own_only_where_there_are_several():
    found, _ = methods(
        "2014-10-20,a,any,50,1,100,6.22\n2014-10-20,a,any,1000.00,1,100,7.22\n2014-10-20,b,letter,20,1,9,1\n"
    )

    assert [method["id"] for method in found] == ["a-50-2014-10-20", "a-1000-2014-10-20", "b-letter-2014-10-20"]
    assert found[1]["name"] == {"en": "A (compensation up to £1000.00)"}


def test_a_row_that_cannot_be_read_is_reported_and_the_edition_stays():
    found, outcome = methods("20.10.2014,a,letter,20,1,100,0.62\n2014-10-20,a,letter,20,1,100,0.62\n")

    assert [(str(fault.span), fault.message) for fault in outcome.diagnostics] == [
        ("rates.csv:2:1", "effective_from: '20.10.2014' cannot be read")
    ]
    assert (outcome.counts[0].written, outcome.counts[0].reported) == (1, 1)
    assert len(found) == 1


@pytest.fixture(scope="module")
def real(shared_data):
    path = shared_data / "tariff" / "royal_mail_domestic_versions" / "rates.csv"
    return import_royal_mail_versions(Source("rates.csv", path.read_text()), OPTIONS)


def test_the_real_editions_are_complete_and_formatted(real):
    plain = to_plain(load(Source("x.yaml", real.text)).node)
    windows = Counter((method["from"], method.get("until")) for method in plain["methods"])

    assert real.diagnostics == ()
    assert (real.counts[0].read, real.counts[0].written) == (320, 320)
    assert windows == {("2014-10-20", "2015-03-30"): 28, ("2015-03-30", "2017-03-27"): 28, ("2017-03-27", None): 28}
    assert len({method["id"] for method in plain["methods"]}) == 84
    assert format_yaml(Source("x.yaml", real.text)) == (real.text, ())
