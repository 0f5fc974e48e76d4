"""Everything here runs on the embedded PostgreSQL, and again on the system's where there is one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from storage.database import APP_ROLE, Database
from storage.embedded import Binaries, EmbeddedError, find_binaries
from tests.database import Cluster, running_cluster


def _binaries(source: str) -> Binaries:
    try:
        found = find_binaries("system" if source == "system" else "wheel")
    except EmbeddedError as error:
        pytest.skip(str(error))
    if found.source != source:
        pytest.skip(f"there is no PostgreSQL of the {source} here")
    return found


@pytest.fixture(scope="session", params=["wheel", "system"])
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A running server of either kind."""
    with running_cluster(_binaries(request.param)) as cluster:
        yield cluster


@pytest.fixture
def empty_url(cluster: Cluster) -> Iterator[str]:
    """An empty database's address, with all rights."""
    name = cluster.new_database(migrated=False)
    yield cluster.url(name)
    cluster.drop_database(name)


@pytest.fixture
def database_name(cluster: Cluster) -> Iterator[str]:
    """A migrated database of this test alone."""
    name = cluster.new_database()
    yield name
    cluster.drop_database(name)


@pytest_asyncio.fixture(loop_scope="session")
async def owner(cluster: Cluster, database_name: str) -> AsyncIterator[Database]:
    """The database, with all rights."""
    database = await Database.open(cluster.url(database_name), role=None, pool_size=5)
    yield database
    await database.close()


@pytest_asyncio.fixture(loop_scope="session")
async def app(cluster: Cluster, database_name: str) -> AsyncIterator[Database]:
    """The same database, with the rights of the shop."""
    database = await Database.open(cluster.url(database_name, APP_ROLE), pool_size=8)
    yield database
    await database.close()
