"""Staff see what is there, what runs low and how it came to be so."""

from __future__ import annotations

import asyncpg
import pytest

from server.web.call import Shop
from storage.tenancy import Store
from tests.server.actors import Actors
from tests.server.inventory.conftest import Keeper, Shelf
from tests.shop import Client, expect, new_store


async def test_a_variant_that_never_had_stock_is_sold_out(keeper: Keeper, shelf: Shelf) -> None:
    await shelf.put("NEW")
    level = expect(await keeper.client.get("/inventory/NEW"))
    assert (level["on_hand"], level["available"], level["state"], level["updated_at"]) == (0, 0, "sold_out", None)


async def test_the_list_keeps_the_state_and_the_beginning_asked_for(keeper: Keeper, shelf: Shelf) -> None:
    await shelf.put("A-FULL", on_hand=50, threshold=5)
    await shelf.put("A-LOW", on_hand=7, reserved=2, threshold=5)
    await shelf.put("B-ALL-RESERVED", on_hand=7, reserved=7, threshold=5)
    await shelf.put("B-NO-THRESHOLD", on_hand=1)

    async def listed(query: str) -> list[str]:
        return [level["sku"] for level in expect(await keeper.client.get(f"/inventory{query}"))["items"]]

    assert await listed("") == ["A-FULL", "A-LOW", "B-ALL-RESERVED", "B-NO-THRESHOLD"]
    assert await listed("?state=low") == ["A-LOW"]
    assert await listed("?state=sold_out") == ["B-ALL-RESERVED"]
    assert await listed("?state=in_stock") == ["A-FULL", "B-NO-THRESHOLD"]
    assert await listed("?sku_prefix=B-&state=in_stock") == ["B-NO-THRESHOLD"]
    assert await listed("?sku_prefix=%25") == []


async def test_pages_of_levels_follow_each_other_both_ways(keeper: Keeper, shelf: Shelf) -> None:
    await shelf.put(*(f"S{number}" for number in range(5)))
    first = expect(await keeper.client.get("/inventory?limit=2"))
    second = expect(await keeper.client.get(f"/inventory?limit=2&cursor={first['next']}"))
    again = expect(await keeper.client.get(f"/inventory?limit=2&cursor={second['prev']}"))
    assert [level["sku"] for level in second["items"]] == ["S2", "S3"]
    assert again["items"] == first["items"]


async def test_pages_of_the_ledger_show_every_movement_once(keeper: Keeper, shelf: Shelf) -> None:
    await shelf.put("A")
    for delta in (5, -1, -2, 4, 3):
        expect(await keeper.adjust({"sku": "A", "delta": delta, "reason": "other"}), 201)
    seen: list[int] = []
    cursor = ""
    while cursor is not None:
        shown = expect(await keeper.client.get(f"/inventory/A/movements?limit=2{cursor and f'&cursor={cursor}'}"))
        seen += [movement["delta"] for movement in shown["items"]]
        cursor = shown["next"]
    assert seen == [3, 4, -2, -1, 5]


async def test_crossing_the_threshold_downwards_is_announced_once(keeper: Keeper, shelf: Shelf) -> None:
    await shelf.put("A", on_hand=7)
    expect(await keeper.client.put("/inventory/A/threshold", {"low_stock_threshold": 5}))
    for delta in (-1, -1, -1, +4, -4):
        expect(await keeper.adjust({"sku": "A", "delta": delta, "reason": "other"}), 201)
    lines = [line for event in await shelf.announced("StockRanLow") for line in event["lines"]]
    assert [(line["sku"], line["available"], line["low_stock_threshold"]) for line in lines] == [
        ("A", 5, 5),
        ("A", 4, 5),
    ]


async def test_the_last_piece_sells_out(keeper: Keeper, shelf: Shelf) -> None:
    await shelf.put("A", on_hand=3, reserved=1)
    booked = expect(await keeper.adjust({"sku": "A", "delta": -2, "reason": "lost"}), 201)
    assert booked["lines"][0]["state"] == "sold_out"
    assert [event["lines"][0]["sku"] for event in await shelf.announced("VariantsSoldOut")] == ["A"]
    assert await shelf.announced("StockRanLow") == []


async def test_a_threshold_can_be_set_and_taken_away(keeper: Keeper, shelf: Shelf) -> None:
    await shelf.put("A")
    level = expect(await keeper.client.put("/inventory/A/threshold", {"low_stock_threshold": 3}))
    assert (level["low_stock_threshold"], level["on_hand"]) == (3, 0)
    level = expect(await keeper.client.put("/inventory/A/threshold", {"low_stock_threshold": None}))
    assert level["low_stock_threshold"] is None
    assert await shelf.value("SELECT count(*) FROM audit_log WHERE action = 'inventory.threshold'") == 2


async def test_another_stores_sku_does_not_exist_here(
    keeper: Keeper, shelf: Shelf, shop: Shop, client: Client, actors: Actors
) -> None:
    other = await new_store(shop)
    await Shelf(shop, other).put("THEIRS", on_hand=5)
    for answer in (
        await keeper.client.get("/inventory/THEIRS"),
        await keeper.client.get("/inventory/THEIRS/movements"),
        await keeper.client.put("/inventory/THEIRS/threshold", {"low_stock_threshold": 3}),
    ):
        assert (answer.status, answer.code) == (404, "sku_unknown")
    assert (await keeper.adjust({"sku": "THEIRS", "delta": 1, "reason": "found"})).status == 422
    assert expect(await keeper.client.get("/inventory"))["items"] == []
    assert await Shelf(shop, other).on_hand("THEIRS") == 5


async def test_the_ledger_cannot_be_rewritten(shelf: Shelf, keeper: Keeper, store: Store) -> None:
    await shelf.put("A")
    expect(await keeper.adjust({"sku": "A", "delta": 1, "reason": "found"}), 201)
    for statement in ("UPDATE stock_movements SET delta = 2", "DELETE FROM stock_movements"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await shelf.value(statement)


async def test_customers_do_not_see_levels(client: Client, actors: Actors, store: Store) -> None:
    someone = client.signed_in(actors.token(store, roles=("customer",)))
    assert (await someone.get("/inventory")).status == 403
    assert (await client.get("/inventory")).status == 401
