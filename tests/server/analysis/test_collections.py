"""Carts are uploaded as a file of lines: what can be read is kept, what cannot is told, and nothing is half there."""

from __future__ import annotations

from io import BytesIO

import pytest

from server.analysis.collections import LARGEST_FILE
from server.analysis.reading import MOST_CARTS, MOST_FAULTS
from tests.server.analysis.analysts import NDJSON, Analyst, a_cart, lines_of
from tests.server.cart.goods import Goods
from tests.shop import expect


async def test_what_cannot_be_read_is_counted_and_told_line_by_line(analyst: Analyst) -> None:
    raw = b"\r\n".join(
        [
            lines_of([a_cart("170.00", id="first")]),
            b"",
            b"{",
            lines_of([a_cart("1.005")]),
            lines_of([a_cart("170.00", id="first")]),
            lines_of([{"lines": [{"sku": "X"}]}]),
            b"\xff\xfe",
            lines_of([a_cart("5.00", colour="red")]),
            lines_of([{**a_cart("5.00"), "lines": [{"sku": "X\0", "price": "1.00", "quantity": 1}]}]),
            lines_of([a_cart("30.00")]),
        ]
    )
    made = expect(await analyst.try_to_upload("lamps", raw))
    assert (made["carts"], made["unreadable"]) == (2, 7)
    told = [(fault["line"], fault["code"]) for fault in made["faults"]]
    assert told == [
        (3, "body_malformed"),
        (4, "amount_invalid"),
        (5, "id_repeated"),
        (6, "body_invalid"),
        (7, "body_malformed"),
        (8, "body_invalid"),
        (9, "body_invalid"),
    ]
    assert "/lines/0/price" in made["faults"][1]["message"] or "1.005" in made["faults"][1]["message"]
    assert expect(await analyst.client.get("/analysis/collections/lamps")) == made
    assert (await analyst.report({"collection": "lamps"}))["counts"]["read"] == 2


async def test_of_very_many_faults_the_first_are_told(analyst: Analyst) -> None:
    made = expect(await analyst.try_to_upload("lamps", lines_of([a_cart("1.00")]) + b"\n{" * (MOST_FAULTS + 20)))
    assert (made["unreadable"], len(made["faults"])) == (MOST_FAULTS + 20, MOST_FAULTS)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "cart_collection_unreadable"),
        (b"\n \r\n", "cart_collection_unreadable"),
        (b"tea\n", "cart_collection_unreadable"),
        (b"{}\n" * (MOST_CARTS + 1), "cart_collection_too_large"),
    ],
    ids=["nothing", "empty lines", "no cart", "too many"],
)
async def test_a_file_without_carts_or_with_too_many_changes_nothing(analyst: Analyst, raw: bytes, code: str) -> None:
    before = await analyst.upload("lamps", a_cart("170.00"))
    refused = await analyst.try_to_upload("lamps", raw)
    assert (refused.status, refused.code) == (422, code)
    assert expect(await analyst.client.get("/analysis/collections/lamps")) == before


async def test_why_no_line_can_be_read_is_told_by_line(analyst: Analyst) -> None:
    refused = await analyst.try_to_upload("lamps", b"tea\n" + lines_of([a_cart("1.005")]))
    assert [(each["pointer"], each["code"]) for each in refused.json["errors"]] == [
        ("line 1", "body_malformed"),
        ("line 2", "amount_invalid"),
    ]
    assert expect(await analyst.client.get("/analysis/collections"))["items"] == []


async def test_a_collection_is_replaced_as_a_whole(analyst: Analyst, goods: Goods) -> None:
    await analyst.upload("lamps", *[a_cart("170.00") for _ in range(1_200)])
    assert await goods.value("SELECT array_agg(part || ': ' || jsonb_array_length(carts) ORDER BY part)"
                             " FROM cart_collection_parts") == ["0: 500", "1: 500", "2: 200"]  # fmt: skip
    await analyst.upload("others", a_cart("1.00"))
    assert (await analyst.upload("lamps", a_cart("30.00")))["carts"] == 1
    assert await goods.value("SELECT count(*) FROM cart_collection_parts") == 2
    listed = expect(await analyst.client.get("/analysis/collections"))["items"]
    assert [(each["name"], each["carts"]) for each in listed] == [("lamps", 1), ("others", 1)]
    expect(await analyst.client.delete("/analysis/collections/lamps"), 204)
    assert (await analyst.client.get("/analysis/collections/lamps")).code == "cart_collection_unknown"
    assert (await analyst.client.delete("/analysis/collections/lamps")).code == "cart_collection_unknown"
    assert await goods.value("SELECT count(*) FROM cart_collection_parts") == 1


async def test_all_parts_of_a_collection_are_compared(analyst: Analyst) -> None:
    await analyst.upload("lamps", *[a_cart("170.00", id=str(number)) for number in range(1_007)])
    assert (await analyst.report({"collection": "lamps"}))["counts"]["read"] == 1_007


async def test_a_store_has_so_many_collections(analyst: Analyst, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.analysis.collections.MOST_COLLECTIONS", 1)
    await analyst.upload("lamps", a_cart("1.00"))
    assert (await analyst.try_to_upload("more", lines_of([a_cart("1.00")]))).code == "cart_collections_too_many"
    await analyst.upload("lamps", a_cart("2.00"))


async def test_a_file_is_of_its_media_type_and_not_too_large(analyst: Analyst) -> None:
    as_json = await analyst.client.put("/analysis/collections/lamps", {"lines": []})
    assert (as_json.status, as_json.code) == (415, "media_type_unsupported")
    large = await analyst.client.put(
        "/analysis/collections/lamps", headers=NDJSON, data=BytesIO(b" " * (LARGEST_FILE + 1))
    )
    assert (large.status, large.code) == (413, "body_too_large")
    named = await analyst.try_to_upload("Lamps", lines_of([a_cart("1.00")]))
    assert (named.status, named.code) == (400, "parameters_malformed")
