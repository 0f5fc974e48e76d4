"""A database that no other test puts work into, and a kind of work to do in it: deliveries of the test provider."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from server.background.runners import RUNNERS, Runner
from server.web.call import Shop
from storage.database import APP_ROLE, Database
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.database import Cluster
from tests.shop import new_shop, new_store

PATIENCE_SECONDS = 60
"""Longer than anything here may take on a busy machine."""
BATCH = 10

_DELIVER = """
WITH mine AS MATERIALIZED (
    SELECT id FROM test_provider_deliveries WHERE next_try_at <= now()
     ORDER BY next_try_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE test_provider_deliveries d SET tries = tries + 1, next_try_at = NULL FROM mine WHERE d.id = mine.id
"""


async def deliver(shop: Shop, store: Store) -> int:
    """A runner: ten at once, each of them exactly once."""
    return await shop.database.transaction(store.id, lambda tx: tx.execute(_DELIVER, BATCH))


async def eventually(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is so; fail when it never is."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await is_so():
            await asyncio.sleep(0.02)


@dataclass(frozen=True)
class Work:
    """What is due in one store, put there and looked at behind the worker's back."""

    shop: Shop
    store: Store

    async def add(self, count: int = 1, *, late_seconds: float = 0.0) -> None:
        """Deliveries that are due, since so many seconds."""
        await self.execute(
            "INSERT INTO test_provider_deliveries (id, store_id, event_id, payload, next_try_at)"
            " SELECT gen_random_uuid(), $1, 'e', '', now() - make_interval(secs => $3) FROM generate_series(1, $2)",
            self.store.id, count, late_seconds,
        )  # fmt: skip

    async def add_expired_carts(self, count: int) -> None:
        """Carts of guests that have expired."""
        await self.execute(
            "INSERT INTO carts (id, store_id, guest_id, expires_at)"
            " SELECT gen_random_uuid(), $1, gen_random_uuid(), now() FROM generate_series(1, $2)",
            self.store.id, count,
        )  # fmt: skip

    async def open_carts(self) -> int:
        """Carts that nobody has closed."""
        return int(await self.value("SELECT count(*) FROM carts WHERE status = 'open'"))

    async def tries(self) -> list[int]:
        """How often each delivery was made, the rarest first."""
        rows = await self.value("SELECT array_agg(tries ORDER BY tries) FROM test_provider_deliveries")
        return list(rows or [])

    async def is_done(self) -> bool:
        """Whether nothing is due."""
        return 0 not in await self.tries()

    async def value(self, sql: str, *arguments: object) -> Any:
        """One value out of the store."""
        return await self.shop.database.transaction(self.store.id, lambda tx: tx.fetchval(sql, *arguments))

    async def execute(self, sql: str, *arguments: object) -> int:
        """Change the store."""
        return await self.shop.database.transaction(self.store.id, lambda tx: tx.execute(sql, *arguments))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def own_database(cluster: Cluster) -> str:
    """Name of a migrated database of these tests."""
    return await asyncio.to_thread(cluster.new_database)


@pytest.fixture(scope="session")
def own_url(cluster: Cluster, own_database: str) -> str:
    """Where the application signs in to it."""
    return cluster.url(own_database, APP_ROLE)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def own_pool(own_url: str) -> AsyncIterator[Database]:
    """A pool on it."""
    database = await Database.open(own_url)
    yield database
    await database.close()


NewWork = Callable[..., Awaitable[Work]]


@pytest_asyncio.fixture(loop_scope="session")
async def new_work(own_pool: Database, tmp_path: Path) -> NewWork:
    """`await new_work(runners, worker_seconds=…)`: a store that is the only one open, in a shop with these settings."""

    async def close_others(tx: Transaction) -> None:
        await tx.execute("UPDATE stores SET status = 'suspended'")

    await own_pool.transaction(None, close_others)

    async def make(runners: dict[str, Runner] | None = None, **settings: Any) -> Work:
        # Rounds as short as a test wants, and no sweep unless the test is about sweeps.
        given = {"worker_seconds": 0.05, "sweep_seconds": 604_800.0, "shutdown_seconds": 60.0, **settings}
        shop = new_shop(own_pool, tmp_path / new_id().hex, **given)
        shop.provide(RUNNERS, {"test_delivery": deliver} if runners is None else runners)
        return Work(shop, await new_store(shop))

    return make


@pytest_asyncio.fixture(loop_scope="session")
async def locked_answers(cluster: Cluster, own_database: str) -> AsyncIterator[None]:
    """The application may not delete stored answers, so that sweeping them fails."""
    owner = await Database.open(cluster.url(own_database), role=None, pool_size=1)
    await owner.transaction(None, lambda tx: tx.execute(f"REVOKE DELETE ON idempotency_keys FROM {APP_ROLE}"))
    yield
    await owner.transaction(None, lambda tx: tx.execute(f"GRANT DELETE ON idempotency_keys TO {APP_ROLE}"))
    await owner.close()
