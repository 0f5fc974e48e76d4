"""The two German tariffs become rulesets by band and by started kilogram."""

import pytest

from engine.imports.dhl import import_dhl_express, import_dhl_premium
from engine.imports.outcome import ImportOptions
from engine.text.format import format_yaml
from engine.text.load import load
from engine.text.nodes import to_plain
from engine.text.source import Source

OPTIONS = ImportOptions("dhl", "MIT")
ZONES = "zone,zone_name,country\n1,Zone 1,AT\nnational,Home,DE\n"
EXPRESS = "zone,min_weight_g,max_weight_g,price_eur,length_cm,width_cm,height_cm,depth_cm\n"
STEPS = "zone,name,base_price_eur,step_price_eur,step_weight_g,max_weight_g,rounding\n"


def express(rows, zones=ZONES):
    return import_dhl_express(Source("zones.csv", zones), Source("rates.csv", EXPRESS + rows), OPTIONS)


def premium(rows, zones=ZONES):
    return import_dhl_premium(Source("zones.csv", zones), Source("steps.csv", STEPS + rows), OPTIONS)


def plain(outcome):
    return to_plain(load(Source("dhl.yaml", outcome.text)).node)


def messages(outcome):
    return [(found.code, str(found.span), found.message) for found in outcome.diagnostics]


def test_bands_become_rates_by_zone_and_the_common_box_a_refusal_by_volume():
    outcome = express("1,1,500,37.96,,60,120,60\nnational,1,3000,12.35,,60,120,60\n")

    document = plain(outcome)
    assert document["zones"][0] == {"id": "zone-1", "where": {"destination.country": {"in": ["AT"]}}}
    assert document["methods"][0]["rates"] == {
        "zone-1": {"bands": {"by": "shipment.weight_g", "rows": [{"from": "1g", "up_to": "500g", "price": "37.96"}]}},
        "national": {
            "bands": {"by": "shipment.weight_g", "rows": [{"from": "1g", "up_to": "3000g", "price": "12.35"}]}
        },
    }
    assert document["refuse"] == [
        {"id": "too-large", "when": {"shipment.volume_cm3": {"more_than": "432000cm3"}}, "code": "too_large"}
    ]
    assert messages(outcome) == [
        ("RS808", "rates.csv:2:1", "a parcel of at most 60 × 120 × 60 cm is written as a volume of at most 432000 cm³")
    ]


def test_sides_that_differ_between_rows_are_left_out_and_told():
    outcome = express("1,1,500,37.96,,60,120,60\nnational,1,3000,12.35,,60,60,60\n")

    assert "refuse" not in plain(outcome)
    assert [found.code for found in outcome.diagnostics] == ["RS808"]


def test_a_country_in_two_zones_stays_in_both_and_twice_in_one_zone_is_told():
    zones = ZONES + "2,Zone 2,AT\n1,Zone 1,AT\n"
    outcome = express("1,1,500,1,,,,\n2,1,500,2,,,,\nnational,1,500,3,,,,\n", zones)

    assert [zone["where"]["destination.country"]["in"] for zone in plain(outcome)["zones"]] == [["AT"], ["DE"], ["AT"]]
    assert messages(outcome) == [("RS810", "zones.csv:5:10", "country AT is in zone '1' already")]


def test_prices_without_a_zone_and_zones_without_a_price_are_told():
    outcome = express("9,1,500,1.00,,,,\n1,1,500,1.00,,,,\n")

    assert messages(outcome) == [
        ("RS805", "rates.csv:2:1", "no country lies in zone '9'; its 1 prices are never charged"),
        ("RS805", "zones.csv:3:1", "zone 'national' has no price; its countries are never charged"),
    ]
    assert [(count.read, count.written) for count in outcome.counts] == [(2, 2), (2, 1)]


def test_a_step_becomes_base_and_plus_and_flat_steps_become_bands():
    outcome = premium("1,,13.20,0.90,1000,31500,ROUND_UP\nnational,,5.05,,,1000,\nnational,,6.6,,,5000,\n")

    assert plain(outcome)["methods"][0]["rates"] == {
        "zone-1": {
            "base": "13.20",
            "plus": "0.90",
            "per": "1000g",
            "by": "shipment.weight_g",
            "up_to": "31500g",
        },
        "national": {
            "bands": {
                "by": "shipment.weight_g",
                "rows": [{"up_to": "1000g", "price": "5.05"}, {"up_to": "5000g", "price": "6.60"}],
            }
        },
    }
    assert outcome.diagnostics == ()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1,,13.20,0.90,1000,31500,ROUND_DOWN\n", "steps are counted ROUND_DOWN"),
        ("1,,13.20,0.90,1000,31500,\n", "steps are counted without saying how"),
        ("1,,13.20,0.90,0,31500,ROUND_UP\n", "a step of 0 g never ends"),
        ("1,,13.20,,1000,31500,ROUND_UP\n", "'' is not an amount of EUR"),
        ("national,,9.00,0.90,1000,31500,ROUND_UP\n", "zone 'national' has a price per step already"),
    ],
)
def test_a_step_that_cannot_be_written_exactly_is_reported(row, message):
    outcome = premium("national,,5.05,,,1000,\n" + row)

    assert message in [found.message for found in outcome.diagnostics if found.code == "RS804"]
    assert outcome.counts[1].reported == 1


# the real tariffs ---------------------------------------------------------------------------------------------


def real(shared_data, folder, rates, read):
    path = shared_data / "tariff" / folder
    return read(*(Source(name, (path / name).read_text()) for name in ("zones.csv", rates)), OPTIONS)


def test_the_real_express_tariff_loses_no_row_and_is_formatted(shared_data):
    outcome = real(shared_data, "dhl_express_de", "rates_by_weight.csv", import_dhl_express)

    assert [(count.read, count.written) for count in outcome.counts] == [(229, 228), (205, 205)]
    assert [found.code for found in outcome.diagnostics] == ["RS808", "RS810"]
    assert format_yaml(Source("dhl.yaml", outcome.text)) == (outcome.text, ())


def test_the_real_step_tariff_loses_no_row_and_is_formatted(shared_data):
    outcome = real(shared_data, "dhl_premium_business_de", "step_rates.csv", import_dhl_premium)

    assert [(count.read, count.written) for count in outcome.counts] == [(196, 196), (14, 14)]
    assert outcome.diagnostics == ()
    assert format_yaml(Source("dhl.yaml", outcome.text)) == (outcome.text, ())
