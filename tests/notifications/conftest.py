"""A migrated database with the rights of the shop."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from storage.database import APP_ROLE, Database
from tests.database import Cluster


@pytest.fixture
def database_name(cluster: Cluster) -> str:
    """A migrated database of this test alone."""
    return cluster.new_database()


@pytest_asyncio.fixture(loop_scope="session")
async def database(cluster: Cluster, database_name: str) -> AsyncIterator[Database]:
    """The database, with the rights of the shop."""
    database = await Database.open(cluster.url(database_name, APP_ROLE), pool_size=4)
    yield database
    await database.close()
