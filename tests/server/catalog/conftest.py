"""A catalogue to test with: staff and sellers who write it through the API, and short ways to fill it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.actors import Actors, install_actors
from tests.shop import Client, expect


@pytest.fixture(scope="session")
def actors(shop: Shop) -> Actors:
    """People with roles."""
    return install_actors(shop)


@dataclass(frozen=True)
class Catalogue:
    """Staff of one store at work. `client` is a moderator."""

    client: Client
    shop: Shop
    store: Store

    async def brand(self, name: str) -> str:
        """A brand; its slug."""
        return str(expect(await self.client.post("/brands", {"name": name}), 201)["slug"])

    async def category(self, name: str, parent: str | None = None) -> dict[str, Any]:
        """A category."""
        made: dict[str, Any] = expect(await self.client.post("/categories", {"name": name, "parent": parent}), 201)
        return made

    async def attribute(self, code: str, *values: str) -> None:
        """An attribute with values."""
        body = {
            "name": code.title(),
            "code": code,
            "values": [{"name": value.title(), "code": value} for value in values],
        }
        expect(await self.client.post("/attributes", body), 201)

    async def product(self, name: str, price: str | None = "10.00", **fields: Any) -> dict[str, Any]:
        """An active product, with one variant when there is a price."""
        variants = [] if price is None else [{"sku": f"SKU-{new_id().hex}", "list_price": price}]
        body = {"name": name, "status": "active", "variants": variants, **fields}
        made: dict[str, Any] = expect(await self.client.post("/products", body), 201)
        return made

    async def names(self, query: str = "") -> list[str]:
        """The names of the products that a list shows to anybody."""
        listed = expect(await self.client.signed_in(None).get(f"/products{query}"))
        return [item["name"] for item in listed["items"]]

    async def version(self, slug: str) -> dict[str, str]:
        """The headers with which a change names the version of the product as it is now."""
        answer = await self.client.get(f"/manage/products/{slug}")
        expect(answer)
        return {"If-Match": answer.headers["ETag"]}

    async def stock(self, sku: str, on_hand: int, reserved: int = 0) -> None:
        """Put pieces on the shelf."""
        await self.sql(
            "INSERT INTO stock_levels (variant_id, store_id, on_hand, reserved)"
            " SELECT id, store_id, $2, $3 FROM variants WHERE sku = $1"
            " ON CONFLICT (variant_id) DO UPDATE SET on_hand = excluded.on_hand, reserved = excluded.reserved",
            sku, on_hand, reserved,
        )  # fmt: skip

    async def sql(self, statement: str, *arguments: object) -> Any:
        """Run a statement in the store; its first value."""
        return await self.shop.database.transaction(self.store.id, lambda tx: tx.fetchval(statement, *arguments))


@pytest_asyncio.fixture(loop_scope="session")
async def catalogue(client: Client, actors: Actors, shop: Shop, store: Store) -> Catalogue:
    """The catalogue of this test's store."""
    return Catalogue(client.signed_in(actors.token(store, roles=("moderator",))), shop, store)
