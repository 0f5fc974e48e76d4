"""Do the lints find the known defects of a published tariff, each at its line and nothing else of its kind?"""

import csv
from pathlib import Path

from engine.documents.read import ReadContext, read_document
from engine.facts.vocabulary import Vocabulary
from engine.imports.outcome import ImportOptions
from engine.imports.tariffs import import_tariff
from engine.lint import lint
from engine.text.load import load
from engine.text.source import Source

CODES = {"overlap": "RS413", "price_drop": "RS415"}


def test_overlaps_and_price_drops_of_royal_mail_are_found_at_their_rows(
    shared_data: Path, vocabulary: Vocabulary
) -> None:
    folder = shared_data / "tariff" / "royal_mail_2023"
    files = {path.name: Source(path.name, path.read_text(encoding="utf-8")) for path in folder.glob("*.csv")}
    anomalies = list(csv.DictReader(files.pop("ANOMALIES.csv").text.splitlines()))
    written = Source("royal-mail.yaml", import_tariff("royal-mail", files, ImportOptions("royal-mail", "test")).text)
    node = load(written).node
    assert node is not None
    document, faults = read_document(node, ReadContext({vocabulary.ref: vocabulary}, {}.get))
    assert document is not None, faults
    told = sorted(
        (finding.code, _row(written.line(finding.span.line)))
        for finding in lint(document, vocabulary)
        if finding.span is not None and finding.code in (*CODES.values(), "RS410", "RS414")
    )
    expected = sorted(
        (CODES[row["kind"]], (row["lo2"], row["hi2"], row["price2"])) for row in anomalies if row["kind"] in CODES
    )
    assert told == expected


def _row(line: str) -> tuple[str, str, str]:
    """`- {from: 20g, up_to: 100g, price: "7.40"} # …` as `("20", "100", "7.40")`."""
    words = line.split("#")[0].replace(",", " ").replace("}", " ").split()
    low, high, price = (words[words.index(key) + 1] for key in ("{from:", "up_to:", "price:"))
    return low.removesuffix("g"), high.removesuffix("g"), price.strip('"')
