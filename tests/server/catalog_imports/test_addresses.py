"""What is imported can be reached at its address, and what was made at an address can be imported again."""

from __future__ import annotations

from tests.server.catalog_imports.conftest import Desk, table
from tests.shop import expect

HEADER = ("product", "product_name", "sku", "list_price")
VARIANT = {"sku": "MADE", "list_price": "1.00"}


async def test_a_word_of_an_address_is_no_slug(desk: Desk) -> None:
    report = expect(await desk.send(table(HEADER, ("facets", "Facets", "F", "1"))))
    assert [(fault["column"], fault["value"]) for fault in report["rejections"]] == [("product", "facets")]
    assert "another slug" in report["rejections"][0]["message"]


async def test_what_was_imported_can_be_addressed_and_what_was_made_be_imported(desk: Desk) -> None:
    longest, code, sku = "s_" + "x" * 98, "c" * 60, "S" + ". -_" * 24 + "abc"
    header = (*HEADER, "brand", "attributes")
    await desk.load(table(header, (longest, "Long", sku, "1", longest, f"{code}:{code}")))
    shown = expect(await desk.client.get(f"/manage/products/{longest}"))
    assert (shown["slug"], shown["brand"]["code"]) == (longest, longest)
    assert expect(await desk.client.get(f"/inventory/{sku}"))["on_hand"] == 0
    expect(await desk.client.patch(f"/attributes/{code}", {"name": "Colour"}), 204)
    expect(await desk.client.post("/products", {"name": "Made", "slug": "with_line", "variants": [VARIANT]}), 201)
    report = await desk.load(await desk.export())
    assert report["products"] == {"created": 0, "updated": 0, "unchanged": 2}
    too_long = table(
        header,
        (longest + "x", "A", "A", "1", "", ""),
        ("b", "B", sku + "xx", "1", "", ""),
        ("c", "C", "C/1", "1", "", ""),
        ("d", "D", "D", "1", "", f"{code}c:red"),
    )
    rejections = expect(await desk.send(too_long))["rejections"]
    assert [fault["column"] for fault in rejections] == ["product", "sku", "sku", "attributes"]
