"""Products show pictures, the lowest position first; what is removed is gone, its bytes too."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from server.catalog.images import MOST_IMAGES
from storage.ids import new_id
from tests.server.catalog.conftest import Catalogue
from tests.shop import Answer, expect


def _png(colour: str = "red", size: tuple[int, int] = (40, 20)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


async def _upload(catalogue: Catalogue, content: bytes, query: str = "", **options: Any) -> Answer:
    return await catalogue.client.call(
        "POST", f"/products/mug/images{query}", data=content, headers={"Content-Type": "image/png"}, **options
    )


async def test_pictures_are_shown_in_their_order_and_the_first_in_lists(catalogue: Catalogue) -> None:
    await catalogue.product("Mug")
    expect(await _upload(catalogue, _png("red"), "?alt=Red&position=2"), 201)
    made = expect(await _upload(catalogue, _png("blue"), "?alt=Blue&position=1"), 201)
    assert made["version"] == 3
    anybody = catalogue.client.signed_in(None)
    images = expect(await anybody.get("/products/mug"))["images"]
    assert [(image["alt"], image["width"], image["height"]) for image in images] == [("Blue", 40, 20), ("Red", 40, 20)]
    card = expect(await anybody.get("/products"))["items"][0]
    assert card["image_url"] == images[0]["url"]
    picture = await anybody.get("/" + images[0]["url"])
    assert (picture.status, picture.headers["Content-Type"]) == (200, "image/webp")

    address = f"/products/mug/images/{images[1]['id']}"
    expect(await catalogue.client.patch(address, {"position": 0}))
    assert expect(await anybody.get("/products"))["items"][0]["image_url"] == images[1]["url"]
    expect(await catalogue.client.delete(address), 204)
    assert (await anybody.get("/" + images[1]["url"])).status == 404
    assert (await catalogue.client.delete(address)).code == "image_unknown"
    expect(await catalogue.client.delete("/products/mug", headers={"If-Match": "*"}), 204)
    assert (await anybody.get("/" + images[0]["url"])).status == 404


async def two_mugs(catalogue: Catalogue) -> dict[str, str]:
    """A mug in red and blue, both offered for less; the ids of the variants by colour."""
    await catalogue.attribute("colour", "red", "blue")
    variants = [
        {"sku": f"M-{colour}", "list_price": "10.00", "options": {"colour": colour}} for colour in ("red", "blue")
    ]
    made = await catalogue.product("Mug", None, options=["colour"], variants=variants)
    await catalogue.sql(
        "INSERT INTO offers (id, store_id, variant_id, name, price, starts_at, ends_at)"
        " SELECT gen_random_uuid(), store_id, id, sku, 500, now(), now() + interval '1 day' FROM variants"
    )
    return {variant["options"]["colour"]: variant["id"] for variant in made["variants"]}


async def offered_pictures(catalogue: Catalogue) -> dict[str, str]:
    """The picture of each variant, by the name of its offer."""
    items = expect(await catalogue.client.get("/offers"))["items"]
    return {item["name"]: item["image_url"] for item in items}


async def test_a_picture_may_be_of_one_variant(catalogue: Catalogue) -> None:
    ids = await two_mugs(catalogue)
    expect(await _upload(catalogue, _png("red"), f"?alt=Red&position=1&variant_id={ids['red']}"), 201)
    expect(await _upload(catalogue, _png("white"), "?alt=All&position=2"), 201)
    shown = expect(await catalogue.client.signed_in(None).get("/products/mug"))
    assert [(image["alt"], image["variant_id"]) for image in shown["images"]] == [("Red", ids["red"]), ("All", None)]
    red, common = (image["url"] for image in shown["images"])
    assert await offered_pictures(catalogue) == {"M-red": red, "M-blue": common}

    address = f"/products/mug/images/{shown['images'][0]['id']}"
    expect(await catalogue.client.patch(address, {"variant_id": ids["blue"]}))
    assert await offered_pictures(catalogue) == {"M-red": common, "M-blue": red}
    expect(await catalogue.client.patch(address, {"alt": "Anything"}))
    assert await offered_pictures(catalogue) == {"M-red": common, "M-blue": red}
    expect(await catalogue.client.patch(address, {"variant_id": None}))
    assert await offered_pictures(catalogue) == {"M-red": red, "M-blue": red}


async def test_without_a_picture_of_its_own_a_variant_shows_any_of_the_product(catalogue: Catalogue) -> None:
    ids = await two_mugs(catalogue)
    made = expect(await _upload(catalogue, _png("red"), f"?variant_id={ids['red']}"), 201)
    picture = made["images"][0]["url"]
    assert await offered_pictures(catalogue) == {"M-red": picture, "M-blue": picture}
    expect(await catalogue.client.delete(f"/products/mug/variants/{ids['red']}"), 204)
    images = expect(await catalogue.client.get("/manage/products/mug"))["images"]
    assert [(image["url"], image["variant_id"]) for image in images] == [(picture, None)]


async def test_a_picture_of_a_variant_the_product_does_not_have_is_refused(catalogue: Catalogue) -> None:
    ids = await two_mugs(catalogue)
    other = (await catalogue.product("Vase"))["variants"][0]["id"]
    answer = await _upload(catalogue, _png(), f"?variant_id={other}")
    assert (answer.status, answer.code) == (422, "product_invalid")
    assert [fault["pointer"] for fault in answer.json["errors"]] == ["query/variant_id"]
    assert await catalogue.sql("SELECT count(*) FROM media") == 0
    made = expect(await _upload(catalogue, _png(), f"?variant_id={ids['red']}"), 201)
    change = await catalogue.client.patch(f"/products/mug/images/{made['images'][0]['id']}", {"variant_id": other})
    assert (change.code, change.json["errors"][0]["pointer"]) == ("product_invalid", "/variant_id")


async def test_what_is_no_picture_or_for_no_product_leaves_nothing_behind(catalogue: Catalogue) -> None:
    await catalogue.product("Mug")
    assert (await _upload(catalogue, b"not a picture")).code == "image_unreadable"
    stale = await catalogue.client.call(
        "POST", "/products/mug/images", data=_png(), headers={"Content-Type": "image/png", "If-Match": '"9"'}
    )
    assert stale.status == 412
    unknown = await catalogue.client.call(
        "POST", "/products/nothing/images", data=_png(), headers={"Content-Type": "image/png"}
    )
    assert unknown.code == "product_unknown"
    text = await catalogue.client.call(
        "POST", "/products/mug/images", data=b"x", headers={"Content-Type": "text/plain"}
    )
    assert text.status == 415
    assert await catalogue.sql("SELECT count(*) FROM media") == 0
    folder = catalogue.shop.settings.data_dir
    assert not [file for file in folder.rglob(f"*{catalogue.store.id}*/**/*") if file.is_file()]


@pytest.mark.parametrize(("there", "status"), [(MOST_IMAGES - 1, 201), (MOST_IMAGES, 422)])
async def test_a_product_has_at_most_thirty_pictures(catalogue: Catalogue, there: int, status: int) -> None:
    made = await catalogue.product("Mug")
    for _ in range(there):
        await _row(catalogue, made["id"])
    assert (await _upload(catalogue, _png())).status == status


async def _row(catalogue: Catalogue, product_id: str) -> None:
    """A picture without bytes."""
    media_id = new_id()
    await catalogue.sql(
        "INSERT INTO media (id, store_id, purpose, key, content_type, size_bytes)"
        " VALUES ($1, $2, 'product', $3, 'image/webp', 1)",
        media_id, catalogue.store.id, str(media_id),
    )  # fmt: skip
    await catalogue.sql(
        "INSERT INTO product_images (id, store_id, product_id, media_id) VALUES ($1, $2, $3, $1)",
        media_id, catalogue.store.id, product_id,
    )  # fmt: skip
