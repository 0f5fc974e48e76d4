"""A database of these tests alone, two server processes on it, and stores whose books can be looked at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from server.web.call import Shop
from storage.database import APP_ROLE, Database
from tests.database import Cluster
from tests.server.fire.processes import Running, server
from tests.server.fire.stores import Place, limited_store, lowest_shop
from tests.shop import Client


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def fire_url(cluster: Cluster) -> str:
    """Where the application signs in to a migrated database of these tests."""
    name = await asyncio.to_thread(cluster.new_database)
    return cluster.url(name, APP_ROLE)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the processes run; their keys and the stores' rules are in `var`."""
    made = tmp_path_factory.mktemp("fire")
    made.chmod(0o755)
    return made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def fire_shop(fire_url: str, folder: Path) -> AsyncIterator[Shop]:
    """A shop that serves nobody, on the same database and with the same keys: for looking, and for making people."""
    database = await Database.open(fire_url)
    yield lowest_shop(database, folder)
    await database.close()


@dataclass(frozen=True)
class Two:
    """Two processes of one shop."""

    first: Running
    second: Running

    def address(self, number: int) -> str:
        """Every second one goes to the second."""
        return (self.first, self.second)[number % 2].address


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def two(fire_shop: Shop, fire_url: str, folder: Path) -> AsyncIterator[Two]:
    """Two server processes."""
    async with server(folder, fire_url) as first, server(folder, fire_url) as second:
        yield Two(first, second)


@pytest_asyncio.fixture(loop_scope="session")
async def place(fire_shop: Shop, session: ClientSession, two: Two) -> Place:
    """A store of this test alone, whose rules limit what can be used; clients of it without an address yet."""
    store = await limited_store(fire_shop)
    return Place(fire_shop, store, Client(session, two.first.address, store))
