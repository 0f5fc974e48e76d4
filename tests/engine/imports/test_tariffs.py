"""The files of a folder decide which importer reads them."""

import pytest

from engine.imports.outcome import ImportOptions, RowCount, UnbalancedRows
from engine.imports.tariffs import CARRIERS, import_tariff
from engine.text.source import Source

OPTIONS = ImportOptions("x", "MIT")


@pytest.mark.parametrize(
    ("carrier", "folder", "summary"),
    [
        ("royal-mail", "royal_mail_2023", "Royal Mail and Parcelforce"),
        ("royal-mail", "royal_mail_domestic_versions", "3 dated editions"),
        ("dhl", "dhl_express_de", "DHL Express"),
        ("dhl", "dhl_premium_business_de", "DHL Paket International"),
    ],
)
def test_each_real_folder_finds_its_importer(shared_data, carrier, folder, summary):
    paths = (shared_data / "tariff" / folder).glob("*.csv")
    outcome = import_tariff(carrier, {path.name: Source(path.name, path.read_text()) for path in paths}, OPTIONS)

    assert summary in outcome.text.split("\n\n")[0]


def test_files_of_no_tariff_are_told_with_what_would_be_one():
    outcome = import_tariff("dhl", {"zones.csv": Source("zones.csv", "")}, OPTIONS)

    assert [(found.code, found.message, found.hint) for found in outcome.diagnostics] == [
        (
            "RS811",
            "these files are no tariff of dhl: zones.csv",
            "expected (zones.csv, rates_by_weight.csv) or (zones.csv, step_rates.csv)",
        )
    ]
    assert CARRIERS == ("royal-mail", "dhl")


def test_a_count_that_does_not_add_up_is_a_bug():
    with pytest.raises(UnbalancedRows):
        RowCount("x.csv", 3, 1, 1)
