"""The layer around rooms, with a room of its own behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from server.app import build_app
from server.web.call import Shop
from storage.database import Database
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.actors import Actors, install_actors
from tests.server.web.probe import GATE, STARTED, routes
from tests.shop import new_shop, served

Serving = Callable[..., Any]


@asynccontextmanager
async def probing(shop: Shop) -> AsyncIterator[str]:
    """The probe on a free port; its address."""
    async with served(build_app(shop, [routes])) as address:
        yield address


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shop(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop for the probe."""
    shop = new_shop(database, Path(tmp_path_factory.mktemp("probe")))
    shop.provide(GATE, asyncio.Event())
    shop.provide(STARTED, asyncio.Event())
    return shop


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def address(shop: Shop) -> AsyncIterator[str]:
    """Where the probe is served."""
    install_actors(shop)
    async with probing(shop) as address:
        yield address


@pytest.fixture
def actors(shop: Shop) -> Actors:
    """Tokens for anybody."""
    return install_actors(shop)


@pytest.fixture
def gate(shop: Shop) -> asyncio.Event:
    """What the waiting endpoints wait for; closed at first."""
    shop.use(GATE).clear()
    shop.use(STARTED).clear()
    return shop.use(GATE)


@pytest.fixture
def serve_with(database: Database, tmp_path: Path) -> Serving:
    """`async with serve_with(body_limit_bytes=2048) as address`: the probe with other settings."""

    @asynccontextmanager
    async def serve(**changes: Any) -> AsyncIterator[str]:
        shop = new_shop(database, tmp_path, **changes)
        shop.provide(GATE, asyncio.Event())
        shop.provide(STARTED, asyncio.Event())
        async with probing(shop) as address:
            yield address

    return serve


@pytest.fixture
def notes(database: Database, store: Store) -> Callable[[], Awaitable[list[str]]]:
    """The notes of this test's store."""

    async def work(tx: Transaction) -> list[str]:
        return [row["resource_id"] for row in await tx.fetch("SELECT resource_id FROM audit_log ORDER BY resource_id")]

    return lambda: database.transaction(store.id, work)
