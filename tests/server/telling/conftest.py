"""A shop of these tests alone, because they put channels of their own in place, and a store in it for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from server.telling.channels import CHANNELS
from server.telling.pacing import PACES, Paces
from server.web.call import Shop
from storage.database import Database
from tests.server.telling.people import Telling
from tests.shop import Client, new_shop, new_store


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def telling_shop(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The real shop, served nowhere."""
    return new_shop(database, Path(tmp_path_factory.mktemp("telling")))


@pytest_asyncio.fixture(loop_scope="session")
async def telling(telling_shop: Shop) -> AsyncIterator[Telling]:
    """A store where people are told."""
    channels = telling_shop.use(CHANNELS)
    telling_shop.provide(PACES, Paces())
    yield Telling(telling_shop, await new_store(telling_shop))
    telling_shop.provide(CHANNELS, channels)


@pytest.fixture
def here(shop: Shop, client: Client) -> Telling:
    """The store that the client calls."""
    return Telling(shop, client.store)
