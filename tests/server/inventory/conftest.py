"""A shelf with variants, and people who may and may not change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.actors import Actors, install_actors
from tests.shop import Answer, Client


@dataclass(frozen=True)
class Shelf:
    """The stock of one store, looked at and filled behind the API's back."""

    shop: Shop
    store: Store

    async def put(self, *skus: str, on_hand: int = 0, reserved: int = 0, threshold: int | None = None) -> None:
        """Make a product with a variant for each SKU and this much of each."""

        async def work(tx: Transaction) -> None:
            for sku in skus:
                product, variant = new_id(), new_id()
                await tx.execute(
                    "INSERT INTO products (id, store_id, slug, name, status) VALUES ($1, $2, $3, $4, 'active')",
                    product, self.store.id, f"p-{product.hex}", f"Product {sku}",
                )  # fmt: skip
                await tx.execute(
                    "INSERT INTO variants (id, store_id, product_id, sku, list_price) VALUES ($1, $2, $3, $4, 1990)",
                    variant, self.store.id, product, sku,
                )  # fmt: skip
                if on_hand or reserved or threshold is not None:
                    await tx.execute(
                        "INSERT INTO stock_levels (variant_id, store_id, on_hand, reserved, low_stock_threshold)"
                        " VALUES ($1, $2, $3, $4, $5)",
                        variant, self.store.id, on_hand, reserved, threshold,
                    )  # fmt: skip

        await self.shop.database.transaction(self.store.id, work)

    async def value(self, sql: str, *arguments: object) -> Any:
        """One value out of the store."""
        return await self.shop.database.transaction(self.store.id, lambda tx: tx.fetchval(sql, *arguments))

    async def on_hand(self, sku: str) -> int:
        """Pieces on hand."""
        found = await self.value(
            "SELECT s.on_hand FROM stock_levels s JOIN variants v ON v.id = s.variant_id WHERE v.sku = $1", sku
        )
        return int(found or 0)

    async def ledger_sum(self, sku: str) -> int:
        """What the movements of the SKU add up to."""
        found = await self.value(
            "SELECT sum(m.delta) FROM stock_movements m JOIN variants v ON v.id = m.variant_id WHERE v.sku = $1", sku
        )
        return int(found or 0)

    async def announced(self, name: str) -> list[dict[str, Any]]:
        """The lines of every event of this name that the store's outbox holds, oldest first."""
        rows = await self.shop.database.transaction(
            None,
            lambda tx: tx.fetch("SELECT convert_from(payload, 'UTF8')::json::text AS job FROM pgqueuer ORDER BY id"),
        )
        jobs = [msgspec.json.decode(row["job"]) for row in rows]
        return [job["payload"] for job in jobs if job["store_id"] == str(self.store.id) and job["name"] == name]


@pytest.fixture
def shelf(shop: Shop, store: Store) -> Shelf:
    """The test's own store."""
    return Shelf(shop, store)


@pytest.fixture(scope="session")
def actors(shop: Shop) -> Actors:
    """People with roles."""
    return install_actors(shop)


@dataclass(frozen=True)
class Keeper:
    """Somebody of the warehouse."""

    client: Client

    async def adjust(self, *lines: dict[str, Any], key: str | None = None) -> Answer:
        """Book an adjustment under a key of its own."""
        headers = {"Idempotency-Key": key or new_id().hex}
        return await self.client.post("/inventory/adjustments", {"lines": list(lines)}, headers=headers)


@pytest_asyncio.fixture(loop_scope="session")
async def keeper(client: Client, actors: Actors, store: Store) -> Keeper:
    """Somebody who may read and adjust."""
    return Keeper(client.signed_in(actors.token(store, roles=("warehouse",))))
