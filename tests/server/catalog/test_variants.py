"""Variants are added one by one or for all combinations; offers give them another price for a while."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.catalog.snapshot import SALE_PRICE
from storage.transaction import Transaction
from tests.server.catalog.conftest import Catalogue
from tests.shop import Answer, expect


async def _shirt(catalogue: Catalogue) -> None:
    await catalogue.attribute("colour", "red", "blue")
    await catalogue.attribute("size", "s", "m", "l")
    await catalogue.product("Shirt", price=None)


def _generate(**choices: list[str]) -> dict[str, Any]:
    return {
        "options": [{"attribute": attribute, "values": values} for attribute, values in choices.items()],
        "list_price": "10.00",
        "sku_prefix": "SH",
    }


async def test_every_combination_is_made_once(catalogue: Catalogue) -> None:
    await _shirt(catalogue)
    made = expect(
        await catalogue.client.post("/products/shirt/variants/generate", _generate(colour=["red"], size=["s", "m"])),
        201,
    )
    assert made["added"] == 2
    assert [(v["sku"], v["options"]) for v in made["product"]["variants"]] == [
        ("SH-red-s", {"colour": "red", "size": "s"}),
        ("SH-red-m", {"colour": "red", "size": "m"}),
    ]
    kept = made["product"]["variants"][0]["id"]
    expect(await catalogue.client.patch(f"/products/shirt/variants/{kept}", {"list_price": "12.00"}))
    more = _generate(size=["s", "m", "l"], colour=["red", "blue"]) | {"list_price": "99.00"}
    made = expect(await catalogue.client.post("/products/shirt/variants/generate", more), 201)
    assert made["added"] == 4
    by_sku = {variant["sku"]: variant for variant in made["product"]["variants"]}
    assert len(by_sku) == 6
    assert (by_sku["SH-red-s"]["id"], by_sku["SH-red-s"]["list_price"]) == (kept, "12.00")
    assert [option["code"] for option in made["product"]["options"]] == ["colour", "size"]


async def test_parallel_generations_make_every_combination_once(catalogue: Catalogue) -> None:
    await _shirt(catalogue)
    body = _generate(colour=["red", "blue"], size=["s", "m", "l"])
    answers = await asyncio.gather(
        *(catalogue.client.post("/products/shirt/variants/generate", body) for _ in range(5))
    )
    assert sorted(expect(answer, 201)["added"] for answer in answers) == [0, 0, 0, 0, 6]


@pytest.mark.parametrize(("count", "status"), [(500, 201), (501, 422)])
async def test_a_product_has_at_most_500_variants(catalogue: Catalogue, count: int, status: int) -> None:
    await catalogue.attribute("size", *(f"v{number}" for number in range(500)))
    await catalogue.attribute("half", "a", "b")
    await catalogue.product("Shirt", price=None)
    values = [f"v{number}" for number in range(min(count, 500))]
    body = _generate(size=values) if count <= 500 else _generate(size=values, half=["a", "b"])
    answer = await catalogue.client.post("/products/shirt/variants/generate", body)
    assert answer.status == status
    if status == 201:
        one_more = await catalogue.client.post(
            "/products/shirt/variants", {"sku": "X", "list_price": "1", "options": {"size": "v0"}}
        )
        assert one_more.code == "too_many_variants"
    else:
        assert answer.json["errors"][0]["code"] == "too_many"


async def test_senseless_choices_are_refused_with_their_place(catalogue: Catalogue) -> None:
    await _shirt(catalogue)

    async def codes(body: dict[str, Any]) -> set[tuple[str, str]]:
        answer = await catalogue.client.post("/products/shirt/variants/generate", body)
        assert (answer.status, answer.code) == (422, "product_invalid")
        return {(fault["pointer"], fault["code"]) for fault in answer.json["errors"]}

    assert await codes(_generate(colour=["green", "red", "red"], shape=["round"])) == {
        ("/options/0/values/0", "value_unknown"),
        ("/options/0/values/2", "repeated"),
        ("/options/1/attribute", "attribute_unknown"),
    }
    assert await codes(_generate(colour=["red"]) | {"sale_price": "11.00"}) == {("/sale_price", "above_list_price")}
    expect(await catalogue.client.post("/products/shirt/variants/generate", _generate(colour=["red"])), 201)
    assert await codes(_generate(size=["s"])) == {("/options", "other_options")}
    await catalogue.product("Mug")
    plain = await catalogue.client.post("/products/mug/variants/generate", _generate(colour=["red"]))
    assert plain.json["errors"][0]["code"] == "has_variants"


async def test_a_sku_and_a_combination_belong_to_one_variant(catalogue: Catalogue) -> None:
    await _shirt(catalogue)
    expect(await catalogue.client.post("/products/shirt/variants/generate", _generate(colour=["red"])), 201)
    same_options = {"sku": "OTHER", "list_price": "1", "options": {"colour": "red"}}
    assert (await catalogue.client.post("/products/shirt/variants", same_options)).code == "variant_exists"
    same_sku = {"sku": "SH-red", "list_price": "1", "options": {"colour": "blue"}}
    taken = await catalogue.client.post("/products/shirt/variants", same_sku)
    assert (taken.status, taken.code, taken.json["errors"][0]["pointer"]) == (409, "sku_taken", "/sku")
    await catalogue.product("Mug")
    mug = expect(await catalogue.client.get("/manage/products/mug"))["variants"][0]["id"]
    moved = await catalogue.client.patch(f"/products/mug/variants/{mug}", {"sku": "SH-red"})
    assert moved.code == "sku_taken"


async def test_of_two_who_want_one_sku_at_once_exactly_one_gets_it(catalogue: Catalogue) -> None:
    for name in ("One", "Two", "Three"):
        await catalogue.product(name, price=None)
    answers = await asyncio.gather(
        *(
            catalogue.client.post(f"/products/{slug}/variants", {"sku": "WANTED", "list_price": "1"})
            for slug in ("one", "two", "three")
        )
    )
    assert sorted(answer.status for answer in answers) == [201, 409, 409]


async def test_a_variant_is_changed_and_what_is_not_named_stays(catalogue: Catalogue) -> None:
    made = await catalogue.product("Mug", "10.00")
    address = f"/products/mug/variants/{made['variants'][0]['id']}"
    changed = expect(await catalogue.client.patch(address, {"sale_price": "8.00", "weight_g": 300}))
    assert changed["version"] == 2
    assert (changed["variants"][0]["price"], changed["variants"][0]["weight_g"]) == ("8.00", 300)
    too_low = await catalogue.client.patch(address, {"list_price": "7.99"})
    assert too_low.json["errors"][0] == {
        "pointer": "/sale_price", "code": "above_list_price", "message": "is above the list price",
    }  # fmt: skip
    changed = expect(await catalogue.client.patch(address, {"sale_price": None}))
    assert (changed["variants"][0]["price"], changed["variants"][0]["weight_g"]) == ("10.00", 300)
    assert (await catalogue.client.patch(address, {}, headers={"If-Match": '"1"'})).status == 412
    expect(await catalogue.client.delete(address), 204)
    assert await catalogue.names() == []


def _at(**distance: float) -> str:
    return (datetime.now(UTC) + timedelta(**distance)).isoformat()


async def _offer(catalogue: Catalogue, address: str, price: str, starts_at: str, ends_at: str) -> Answer:
    body = {"name": "Sale", "price": price, "starts_at": starts_at, "ends_at": ends_at}
    return await catalogue.client.post(f"{address}/offers", body)


async def test_the_offer_that_is_on_sets_the_price(catalogue: Catalogue) -> None:
    made = await catalogue.product("Mug", "10.00")
    address = f"/products/mug/variants/{made['variants'][0]['id']}"
    expect(await catalogue.client.patch(address, {"sale_price": "8.00"}))
    expect(await _offer(catalogue, address, "9.00", _at(days=1), _at(days=2)), 201)
    anybody = catalogue.client.signed_in(None)
    assert expect(await anybody.get("/products/mug"))["price"] == "8.00"
    made = expect(await _offer(catalogue, address, "9.50", _at(days=-1), _at(hours=1)), 201)
    shown = expect(await anybody.get("/products/mug"))
    assert (shown["price"], shown["list_price"], len(shown["variants"][0]["offers"])) == ("9.50", "10.00", 2)
    assert expect(await anybody.get("/products"))["items"][0]["price"] == "9.50"
    on = next(offer for offer in made["variants"][0]["offers"] if offer["price"] == "9.50")
    expect(await catalogue.client.patch(f"{address}/offers/{on['id']}", {"price": "1.00"}))
    assert expect(await anybody.get("/products/mug"))["price"] == "1.00"
    expect(await catalogue.client.delete(f"{address}/offers/{on['id']}"), 204)
    assert expect(await anybody.get("/products/mug"))["price"] == "8.00"


async def test_an_offer_counts_from_its_first_instant_to_before_its_last(catalogue: Catalogue) -> None:
    made = await catalogue.product("Mug", "10.00")
    variant_id = made["variants"][0]["id"]

    async def work(tx: Transaction) -> list[int]:
        prices = []
        for starts_at, ends_at in (
            ("now()", "now() + interval '1 s'"),
            ("now() - interval '1 s'", "now()"),
            ("now() + interval '1 us'", "now() + interval '1 s'"),
            ("now() - interval '1 s'", "now() + interval '1 us'"),
        ):
            await tx.execute("DELETE FROM offers")
            await tx.execute(
                "INSERT INTO offers (id, store_id, variant_id, name, price, starts_at, ends_at)"
                f" SELECT gen_random_uuid(), store_id, id, 'x', 500, {starts_at}, {ends_at} FROM variants"
                " WHERE id = $1",
                variant_id,
            )
            prices.append(await tx.fetchval(f"SELECT {SALE_PRICE} FROM variants v WHERE v.id = $1", variant_id))
        return prices

    assert await catalogue.shop.database.transaction(catalogue.store.id, work) == [500, 1000, 1000, 500]


async def test_offers_of_a_variant_never_overlap_but_may_touch(catalogue: Catalogue) -> None:
    made = await catalogue.product("Mug", "10.00")
    address = f"/products/mug/variants/{made['variants'][0]['id']}"
    days = [f"2031-01-0{day}T00:00:00Z" for day in range(1, 8)]
    expect(await _offer(catalogue, address, "9", days[1], days[3]), 201)
    for starts_at, ends_at in ((0, 2), (2, 3), (1, 3), (0, 6), (2, 6)):
        clash = await _offer(catalogue, address, "8", days[starts_at], days[ends_at])
        assert (clash.status, clash.code) == (409, "offer_overlaps")
    expect(await _offer(catalogue, address, "9", days[0], days[1]), 201)
    made = expect(await _offer(catalogue, address, "9", days[3], days[4]), 201)
    last = made["variants"][0]["offers"][-1]["id"]
    moved = await catalogue.client.patch(f"{address}/offers/{last}", {"starts_at": days[2]})
    assert moved.code == "offer_overlaps"
    expect(await catalogue.client.patch(f"{address}/offers/{last}", {"ends_at": days[6]}))


async def test_of_parallel_overlapping_offers_exactly_one_is_made(catalogue: Catalogue) -> None:
    made = await catalogue.product("Mug", "10.00")
    address = f"/products/mug/variants/{made['variants'][0]['id']}"
    answers = await asyncio.gather(
        *(_offer(catalogue, address, "9", f"2031-01-0{day}T00:00:00Z", "2031-02-01T00:00:00Z") for day in range(1, 9))
    )
    assert sorted(answer.status for answer in answers) == [201] + [409] * 7


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"price": "10.01"}, "/price"),
        ({"price": "9.999"}, "/price"),
        ({"ends_at": "2031-01-01T00:00:00Z"}, "/ends_at"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "/starts_at"),
        ({"ends_at": "9999-12-31T23:59:59-14:00"}, "/ends_at"),
    ],
)
async def test_senseless_offers_are_refused(catalogue: Catalogue, change: dict[str, str], pointer: str) -> None:
    made = await catalogue.product("Mug", "10.00")
    body = {"name": "Sale", "price": "9", "starts_at": "2031-01-01T00:00:00Z", "ends_at": "2031-01-02T00:00:00Z"}
    address = f"/products/mug/variants/{made['variants'][0]['id']}/offers"
    answer = await catalogue.client.post(address, body | change)
    assert answer.status == 422
    assert answer.json["errors"][0]["pointer"] == pointer


async def test_a_variant_of_another_product_is_not_found(catalogue: Catalogue) -> None:
    mug = await catalogue.product("Mug")
    await catalogue.product("Cup")
    address = f"/products/cup/variants/{mug['variants'][0]['id']}"
    assert (await catalogue.client.patch(address, {"name": "x"})).code == "variant_unknown"
    assert (await catalogue.client.delete(address)).status == 404
    assert (await _offer(catalogue, address, "1", _at(days=1), _at(days=2))).status == 404
