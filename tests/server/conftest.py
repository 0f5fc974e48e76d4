"""The shop under test: one server per test process, one store per test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import structlog
from aiohttp import ClientSession, DummyCookieJar

from server.web.call import Shop
from storage.database import APP_ROLE, Database
from storage.tenancy import Store
from tests.contract.state import Tables, Watched, watched_shop
from tests.database import SHARED, Cluster
from tests.server.actors import install_actors
from tests.server.cart.goods import Goods, Shopper, Shoppers
from tests.shop import Client, new_shop, new_store, serving

# Plain tracebacks: drawing all local variables of a failure takes longer than the test.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def database(cluster: Cluster) -> AsyncIterator[Database]:
    """A pool of the application role on a migrated database, shared by all tests of this process."""
    database = await Database.open(cluster.url(SHARED, APP_ROLE))
    yield database
    await database.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shop(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The real shop."""
    return new_shop(database, Path(tmp_path_factory.mktemp("shop")))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def address(shop: Shop) -> AsyncIterator[str]:
    """Where the shop is served."""
    async with serving(shop) as address:
        yield address


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def session() -> AsyncIterator[ClientSession]:
    """A client session that keeps no cookies."""
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        yield session


# A process that starts compiles the books of all open stores with rulesets of their own, so of all tests before.
_LEAVE = "UPDATE stores SET status = 'suspended' WHERE id = (SELECT store_id FROM rule_switches)"


@pytest_asyncio.fixture(loop_scope="session")
async def store(shop: Shop) -> AsyncIterator[Store]:
    """A store of this test alone."""
    made = await new_store(shop)
    yield made
    await shop.database.transaction(made.id, lambda tx: tx.execute(_LEAVE))


@pytest_asyncio.fixture(loop_scope="session")
async def client(address: str, session: ClientSession, store: Store) -> Client:
    """Nobody in particular, calling this test's store."""
    return Client(session, address, store)


@pytest.fixture
def goods(shop: Shop, store: Store) -> Goods:
    """The catalogue of the test's store."""
    return Goods(shop, store)


@pytest.fixture
def shoppers(shop: Shop, client: Client) -> Shoppers:
    """People of the test's store."""
    return Shoppers(shop, client, install_actors(shop))


@pytest.fixture
def guest(shoppers: Shoppers) -> Shopper:
    """A stranger."""
    return shoppers.guest()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def watched(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Watched]:
    """A shop on a small database; whoever says "and nothing changes" takes its shop and address for their own."""
    async with watched_shop(cluster, Path(tmp_path_factory.mktemp("watched"))) as watched:
        yield watched


@pytest.fixture
def tables(watched: Watched) -> Tables:
    """Everything in it that could have been changed."""
    return watched.tables
