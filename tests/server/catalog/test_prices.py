"""Lists by price agree with what products really cost, whoever wrote the variants and whichever offers are on."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.catalog.conftest import Catalogue
from tests.shop import expect


async def _offer(catalogue: Catalogue, sku: str, cents: int, on: bool = True) -> None:
    """An offer that is on for an hour, or that was."""
    begin, end = ("1 hour", "-1 hour") if on else ("2 hours", "1 hour")
    await catalogue.sql(
        "INSERT INTO offers (id, store_id, variant_id, name, price, starts_at, ends_at)"
        f" SELECT $1, store_id, id, 'x', $3, now() - interval '{begin}', now() - interval '{end}'"
        "   FROM variants WHERE sku = $2",
        new_id(), sku, cents,
    )  # fmt: skip


async def _market(catalogue: Catalogue) -> None:
    """Ten products, every second one with an offer that is on, some with one that is over."""
    for number in range(10):
        variants = [
            {"sku": f"A{number}", "list_price": f"{10 + number % 4}.00"},
            {"sku": f"B{number}", "list_price": f"{12 + number % 3}.00", "sale_price": f"{11 + number % 3}.00"},
        ]
        await catalogue.attribute(f"kind{number}", "a", "b")
        for variant, value in zip(variants, "ab", strict=True):
            variant["options"] = {f"kind{number}": value}  # type: ignore[assignment]  # the only value that is no text
        await catalogue.product(f"P{number}", None, options=[f"kind{number}"], variants=variants)
        await _offer(catalogue, f"A{number}", 100, on=False)
        if number % 2:
            await _offer(catalogue, f"B{number}", 850 + 100 * number)


async def _all(catalogue: Catalogue, query: str) -> list[dict[str, Any]]:
    """Every card of a list, page by page."""
    cards: list[dict[str, Any]] = []
    cursor = ""
    while cursor is not None:
        page = expect(await catalogue.client.signed_in(None).get(f"/products?{query}{cursor and f'&cursor={cursor}'}"))
        cards += page["items"]
        cursor = page["next"]
    return cards


@pytest.mark.parametrize("limit", [1, 3, 100])
async def test_products_with_and_without_offers_are_merged_into_one_order(catalogue: Catalogue, limit: int) -> None:
    await _market(catalogue)
    real = {card["slug"]: Decimal(card["price"]) for card in await _all(catalogue, "limit=100")}
    assert len(real) == 10
    up = [(Decimal(card["price"]), card["id"]) for card in await _all(catalogue, f"sort=price&limit={limit}")]
    down = [(Decimal(card["price"]), card["id"]) for card in await _all(catalogue, f"sort=-price&limit={limit}")]
    assert up == sorted(up)
    assert down == up[::-1]
    assert sorted(price for price, _ in up) == sorted(real.values())


@pytest.mark.parametrize("sort", ["newest", "price", "-price"])
@pytest.mark.parametrize(("low", "high"), [("9.50", "10.00"), ("10.01", "99"), ("0", "9.49"), ("11.00", "11.00")])
async def test_a_price_range_keeps_what_really_costs_that_much(
    catalogue: Catalogue, sort: str, low: str, high: str
) -> None:
    await _market(catalogue)
    everything = await _all(catalogue, "limit=100")
    inside = {card["slug"] for card in everything if Decimal(low) <= Decimal(card["price"]) <= Decimal(high)}
    assert {card["slug"] for card in await _all(catalogue, f"sort={sort}&min_price={low}&max_price={high}")} == inside


async def test_the_base_price_follows_every_change_of_the_variants(catalogue: Catalogue) -> None:
    made = await catalogue.product("Mug", "10.00")

    async def base() -> Any:
        return await catalogue.sql("SELECT base_price FROM products WHERE slug = 'mug'")

    assert await base() == 1000
    address = f"/products/mug/variants/{made['variants'][0]['id']}"
    expect(await catalogue.client.patch(address, {"sale_price": "8.00"}))
    assert await base() == 800
    # Also when they are written past the catalogue's own use cases, as imports do.
    await catalogue.sql("UPDATE variants SET sale_price = NULL, list_price = 700")
    assert await base() == 700
    expect(await catalogue.client.patch(address, {"status": "inactive"}))
    assert await base() is None
    assert await catalogue.names() == []
    expect(await catalogue.client.patch(address, {"status": "active"}))
    expect(await catalogue.client.delete(address), 204)
    assert await base() is None


async def test_two_writers_of_one_product_at_the_same_moment_leave_the_right_base_price(
    catalogue: Catalogue, shop: Shop, store: Store
) -> None:
    product = UUID((await catalogue.product("Mug", None))["id"])
    first_wrote, second_waits = asyncio.Event(), asyncio.Event()

    async def write(tx: Transaction, sku: str, cents: int) -> None:
        await tx.execute(
            "INSERT INTO variants (id, store_id, product_id, sku, list_price, option_pairs)"
            " VALUES ($1, $2, $3, $4, $5, ARRAY[$4])",
            new_id(), store.id, product, sku, cents,
        )  # fmt: skip

    async def first(tx: Transaction) -> None:
        await write(tx, "one", 500)
        first_wrote.set()
        await second_waits.wait()

    async def second(tx: Transaction) -> None:
        await first_wrote.wait()
        await write(tx, "two", 900)

    async def watch() -> None:
        """Let the first one commit as soon as the second one waits for it."""
        await first_wrote.wait()
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')"
        while not await shop.database.transaction(None, lambda tx: tx.fetchval(waiting)):
            await asyncio.sleep(0.01)
        second_waits.set()

    await asyncio.wait_for(
        asyncio.gather(
            shop.database.transaction(store.id, first), shop.database.transaction(store.id, second), watch()
        ),
        timeout=30,
    )
    # The second one saw only itself when it began to write; 900 would hide the cheaper variant.
    assert await catalogue.sql("SELECT base_price FROM products WHERE slug = 'mug'") == 500
