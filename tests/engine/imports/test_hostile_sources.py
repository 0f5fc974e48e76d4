"""Whatever a source holds, an import ends with a ruleset that loads, or with findings; it never raises."""

import json

from hypothesis import given
from hypothesis import strategies as st

from engine.imports.outcome import ImportOptions
from engine.imports.tariffs import TARIFFS
from engine.imports.vat import import_vat
from engine.text.diagnostics import has_errors
from engine.text.load import load
from engine.text.source import Source

OPTIONS = ImportOptions("x", "y")

HEADS = {
    "country_to_zone.csv": "country,zone",
    "zone_to_method.csv": "zone,method",
    "method_meta.csv": "method,min_order_value_gbp,max_order_value_gbp,insurance_gbp,display_name",
    "rates.csv": "effective_from,service,format,compensation_gbp,min_weight_g,max_weight_g,price_gbp",
    "rates_by_weight.csv": "zone,method,min_weight_g,max_weight_g,price_gbp,price_eur,size_class,width_cm",
    "zones.csv": "zone,zone_name,country",
    "step_rates.csv": "zone,base_price_eur,step_price_eur,step_weight_g,max_weight_g,rounding",
}
CELL = st.one_of(
    st.sampled_from(["A", "B", "A_B", "NO", "DE", "1", "20", "0", "", "1.00", "2014-10-20", "ROUND_UP"]),
    st.sampled_from(['"', "x,y", "#", "é: -"]),
    st.text(max_size=5),
)


def table(draw, head):
    width = head.count(",") + 1
    rows = draw(st.lists(st.lists(CELL, min_size=width, max_size=width), max_size=6))
    return "\n".join([head, *(",".join(row) for row in rows)])


@given(st.sampled_from(TARIFFS), st.data())
def test_any_table_ends_in_a_ruleset_that_loads_or_in_findings(tariff, data):
    files = {name: Source(name, table(data.draw, HEADS[name])) for name in tariff.files}
    outcome = tariff.read(files, OPTIONS)

    assert all(count.read == count.written + count.reported for count in outcome.counts)
    if outcome.text and not any("\ud800" <= char <= "\udfff" for char in outcome.text):
        assert not has_errors(load(Source("x.yaml", outcome.text)).diagnostics)


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-5, 200), st.sampled_from(["0000-01-01", "2014-01-01", r"9\d{2,}"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["items", "AT", "rates", "effective_from", "exceptions", "name", "postcode", "standard"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=20,
)


@given(JSON, JSON)
def test_any_json_ends_in_a_tax_ruleset_that_loads_or_in_findings(country, anything):
    for value in (
        anything,
        {"items": {"AT": [{"effective_from": "0000-01-01", "rates": country}]}},
        {"items": country},
    ):
        outcome = import_vat(Source("vat.json", json.dumps(value)), OPTIONS)

        if outcome.text:
            assert not has_errors(load(Source("x.yaml", outcome.text)).diagnostics)
        else:
            assert outcome.counts[0].written == 0
