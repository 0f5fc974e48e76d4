"""What the importers write is read as typed documents without a finding."""

from pathlib import Path

import pytest

from engine.documents.model import Bands, BaseStep, ShippingDocument, TaxDocument
from engine.documents.read import ReadContext, read_document
from engine.facts.vocabulary import read_vocabulary
from engine.imports.outcome import ImportOptions
from engine.imports.tariffs import import_tariff
from engine.imports.vat import import_vat
from engine.text.load import load
from engine.text.source import Source

OPTIONS = ImportOptions("real", "MIT")
VOCABULARY = Path(__file__).parents[3] / "rules" / "vocabularies" / "checkout-1.yaml"


def document(text):
    vocabulary, faults = read_vocabulary(Source(VOCABULARY.name, VOCABULARY.read_text(encoding="utf-8")))
    assert vocabulary is not None, faults
    loaded = load(Source("real.yaml", text))
    assert loaded.node is not None, loaded.diagnostics
    context = ReadContext({vocabulary.ref: vocabulary}, lambda path: None)
    found, findings = read_document(loaded.node, context)
    assert findings == []
    return found


def tariff(shared_data, carrier, folder):
    paths = (shared_data / "tariff" / folder).glob("*.csv")
    files = {path.name: Source(path.name, path.read_text(encoding="utf-8")) for path in paths}
    return document(import_tariff(carrier, files, OPTIONS).text)


def bands(shipping, method, zone):
    rates = next(each for each in shipping.methods if each.id == method).rates
    found = rates[zone]
    assert isinstance(found, Bands)
    return [(row.low, row.high, row.price) for row in found.rows]


def test_the_international_tariff_is_a_shipping_document(shared_data):
    shipping = tariff(shared_data, "royal-mail", "royal_mail_2023")

    assert isinstance(shipping, ShippingDocument)
    assert (shipping.policy, len(shipping.zones), len(shipping.methods)) == ("all", 18, 84)
    assert bands(shipping, "international-signed-letter", "world-zone-three") == [
        (1, 11, 641),
        (11, 21, 677),
        (20, 101, 767),  # the source gives 20 g to two rows
    ]


def test_the_domestic_editions_are_a_shipping_document_with_windows(shared_data):
    shipping = tariff(shared_data, "royal-mail", "royal_mail_domestic_versions")

    letters = [each for each in shipping.methods if each.id.startswith("first-class-letter-")]
    assert [bands(shipping, each.id, "domestic") for each in letters] == [
        [(1, 101, 62)],
        [(1, 101, 63)],
        [(1, 101, 65)],
    ]
    assert [each.window.end for each in letters[:-1]] == [each.window.start for each in letters[1:]]
    assert letters[-1].window.end is None


@pytest.mark.parametrize(("folder", "zones"), [("dhl_express_de", 11), ("dhl_premium_business_de", 9)])
def test_the_carrier_tariffs_are_shipping_documents(shared_data, folder, zones):
    shipping = tariff(shared_data, "dhl", folder)

    assert isinstance(shipping, ShippingDocument)
    assert len(shipping.zones) == len(shipping.methods[0].rates) == zones


def test_a_base_and_its_steps_are_read_as_written(shared_data):
    rate = tariff(shared_data, "dhl", "dhl_premium_business_de").methods[0].rates["zone-1eu"]

    assert isinstance(rate, BaseStep)
    assert (rate.base, rate.plus, rate.per, rate.up_to) == (1320, 90, 1000, 31_500)


def test_the_tax_table_is_a_tax_document(shared_data):
    text = (shared_data / "vat" / "ibericode_vat-rates.json").read_text(encoding="utf-8")
    tax = document(import_vat(Source("vat-rates.json", text), OPTIONS).text)

    assert isinstance(tax, TaxDocument)
    assert len(tax.rates) == 184
    assert next(rate for rate in tax.rates if rate.id == "si-reduced2").percent == (19, 200)
