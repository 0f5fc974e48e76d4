"""Whatever is sent as a catalogue, the answer is a problem or a report, and nothing is half written."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import msgspec
import pytest

from tests.server.catalog_imports.conftest import Desk, table
from tests.shop import expect

HEADER = ("product", "product_name", "sku", "list_price")
MUG = ("mug", "Mug", "MUG", "39.90")
GOOD = table(HEADER, MUG)


async def test_a_byte_order_mark_and_semicolons_of_spreadsheets_are_fine(desk: Desk) -> None:
    await desk.load(b"\xef\xbb\xbf" + GOOD.replace(",", ";").replace("39.90", "39.90").encode())
    assert await desk.fetch("SELECT slug, name FROM products") == [{"slug": "mug", "name": "Mug"}]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\r\n\r\n", "is empty"),
        (GOOD.encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04 anything", "a spreadsheet"),
        ("product,product_name,sku,list_price\r\nmug,Café,MUG,1\r\n".encode("latin-1"), "line 2 holds the byte 0xE9"),
        ((GOOD + 'vase,"Vase,V,1\r\n').encode(), "begins in line 3"),
        ((GOOD + "vase," + "x" * 200_000 + ",V,1\r\n").encode(), "field larger"),
        ((GOOD + 'vase,"Va"se,V,1\r\n').encode(), "begins in line 3"),
    ],
)
async def test_a_file_that_is_not_csv_is_refused_and_says_why(desk: Desk, content: bytes, words: str) -> None:
    answer = await desk.send(content, "?on_error=skip")
    assert (answer.status, answer.code) == (400, "import_unreadable")
    assert words in answer.json["detail"]
    assert await desk.fetch("SELECT 1 FROM products") == []


async def test_wrong_columns_are_all_named(desk: Desk) -> None:
    answer = await desk.send(table(("product", "product_nam", "sku", "sku"), MUG))
    assert (answer.status, answer.code) == (422, "import_columns_wrong")
    assert [fault["code"] for fault in answer.json["errors"]] == ["unknown", "repeated", "missing", "missing"]
    assert "product_name" in answer.json["errors"][0]["message"]


async def test_another_media_type_is_refused(desk: Desk) -> None:
    answer = await desk.send(GOOD, headers={"Content-Type": "application/vnd.ms-excel"})
    assert answer.status == 415


async def test_a_file_of_too_many_rows_is_refused(desk: Desk) -> None:
    answer = await desk.send(table(HEADER) + "a,A,S,1\n" * 20_001)
    assert (answer.status, answer.code) == (413, "import_too_long")


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f"])
async def test_control_characters_are_rejected_in_their_row(desk: Desk, character: str) -> None:
    report = expect(await desk.send(table(HEADER, ("mug", f"M{character}ug", "MUG", "1"))))
    assert [(fault["line"], fault["column"]) for fault in report["rejections"]] == [(2, "product_name")]
    assert "U+00" in report["rejections"][0]["message"]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("specifications", "[1]"),
        ("specifications", "{" * 100),
        ("specifications", r'{""a"": ""\u0000""}'),
        ("on_hand", "1_000"),
        ("on_hand", "١٢"),
        ("on_hand", "9" * 30),
        ("list_price", "1e3"),
        ("list_price", "NaN"),
        ("list_price", "9" * 40),
        ("category", "a//b"),
        ("category", "../etc"),
        ("options", "size:m|size:l"),
        ("tags", "|".join(f"t{n}" for n in range(60))),
        ("sku", " MUG"),
        ("sku", "S" * 101),
        ("product_name", "N" * 301),
        ("description", "D" * 20_001),
    ],
)
async def test_values_that_cannot_be_are_rejected_with_their_column(desk: Desk, column: str, cell: str) -> None:
    head = list(dict.fromkeys((*HEADER, column)))
    row = dict(zip(HEADER, MUG, strict=True)) | {column: f'"{cell}"'}
    report = expect(await desk.send(table(head, [row[name] for name in head])))
    assert [fault["column"] for fault in report["rejections"]] == [column]
    assert len(report["rejections"][0]["value"]) <= 80


async def test_what_a_spreadsheet_would_run_is_exported_with_an_apostrophe_and_comes_back(desk: Desk) -> None:
    names = ["=1+1", "+55 11", "-5", "@SUM(A1)", "'=quoted", "'plain", "''", "=cmd|' /C calc'!A0", "a=b"]
    rows = [[f"p-{number}", name, f"S-{number}", "1"] for number, name in enumerate(names)]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([HEADER, *([row[0], f"'{row[1]}", *row[2:]] for row in rows)])
    await desk.load(text.getvalue())
    exported = await desk.export()
    for row in csv.reader(io.StringIO(exported, newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
    kept = {row["slug"]: row["name"] for row in await desk.fetch("SELECT slug, name FROM products")}
    assert kept["p-0"] == "=1+1"
    assert (await desk.load(exported))["products"]["unchanged"] == len(names)


async def test_naughty_strings_survive_a_round_trip_or_are_rejected(desk: Desk, shared_data: Path) -> None:
    strings: list[str] = msgspec.json.decode((shared_data / "hostile" / "blns" / "blns.json").read_bytes())
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow((*HEADER, "description", "variant_name", "tags", "brand_name", "brand", "options", "option_names"))
    for number, string in enumerate(strings):
        name = string[:300].strip() or "empty"
        escaped = "".join(f"\\{letter}" if letter in "\\|:" else letter for letter in string[:60].strip())
        writer.writerow(
            (f"p-{number}", name, f"S-{number}", "1", string, name, escaped, name[:200], f"b-{number}", "size:m",
             f"Size:{escaped or 'M'}")
        )  # fmt: skip
    report = expect(await desk.send(text.getvalue().encode("utf-8", "surrogatepass"), "?on_error=skip"))
    assert report["rows"] == len(strings)
    assert report["products"]["created"] + report["rejected_rows"] == len(strings)
    assert report["products"]["created"] > 450
    exported = await desk.export()
    again = await desk.load(exported)
    assert again["products"] == {"created": 0, "updated": 0, "unchanged": report["products"]["created"]}
