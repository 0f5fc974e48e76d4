"""Somebody who brings whole catalogues in and takes them out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from server.web.call import Shop
from storage.tenancy import Store
from tests.server.actors import Actors, install_actors
from tests.shop import Answer, Client, expect

TABLES = (
    "brands", "sellers", "categories", "attributes", "attribute_values", "products", "product_options",
    "product_attribute_values", "variants", "stock_levels", "stock_movements", "audit_log",
)  # fmt: skip


@dataclass(frozen=True)
class Desk:
    """One store's import and export, and a look behind them."""

    client: Client
    shop: Shop

    async def send(self, content: str | bytes, query: str = "", headers: Mapping[str, str] | None = None) -> Answer:
        """Import a file."""
        raw = content.encode() if isinstance(content, str) else content
        sent = {"Content-Type": "text/csv", **(headers or {})}
        return await self.client.call("POST", f"/catalog/imports{query}", data=raw, headers=sent)

    async def load(self, content: str | bytes, query: str = "") -> Any:
        """Import a file and see it done."""
        report = expect(await self.send(content, query))
        assert report["outcome"] == "applied", report["rejections"][:5]
        return report

    async def export(self) -> str:
        """The exported file."""
        answer = await self.client.get("/catalog/export.csv")
        assert answer.status == 200, answer.raw[:500]
        return answer.raw.decode()

    async def fetch(self, sql: str, *arguments: object) -> list[dict[str, Any]]:
        """Rows of the store."""
        rows = await self.shop.database.transaction(self.client.store.id, lambda tx: tx.fetch(sql, *arguments))
        return [dict(row) for row in rows]

    async def contents(self) -> dict[str, list[dict[str, Any]]]:
        """Everything the store's catalogue holds, to compare."""
        return {table: await self.fetch(f"SELECT * FROM {table} ORDER BY 1") for table in TABLES}

    def of(self, store: Store, token: str) -> Desk:
        """The same for another store."""
        return Desk(Client(self.client.session, self.client.base, store, token), self.shop)


def table(*rows: Sequence[str]) -> str:
    """Rows of cells as CSV; nothing in them needs quotes."""
    return "".join(",".join(row) + "\r\n" for row in rows)


@pytest.fixture(scope="session")
def actors(shop: Shop) -> Actors:
    """People with roles."""
    return install_actors(shop)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(client: Client, actors: Actors, store: Store, shop: Shop) -> Desk:
    """An admin of this test's store."""
    return Desk(client.signed_in(actors.token(store, roles=("admin",))), shop)
