"""Killed in the middle of everything, again and again: whoever asks until they know has one order, paid once."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from storage.database import APP_ROLE, Database
from storage.embedded import EmbeddedPostgres
from storage.ids import new_id
from tests.database import SHARED, Cluster, in_memory
from tests.server.fire.accidents import Field, eventually
from tests.server.fire.customers import Customer
from tests.server.fire.processes import server, worker
from tests.server.fire.stores import Place, limited_store, lowest_shop
from tests.server.fire.test_races import readied
from tests.server.fire.test_random_lives import MINUTES
from tests.server.test_restart import Outage
from tests.shop import Client

ORDERS: Final = 200 if MINUTES else 40
ROUNDS: Final = 5 if MINUTES else 1
"""How often each accident happens."""
AT_ONCE: Final = 8
"""Customers who buy at the same time."""
SKUS: Final = ("A", "B")

_PAUSES_ARE_OVER: Final = "UPDATE {} SET next_try_at = now() WHERE next_try_at > now()"
_WAITING: Final = ("payments", "payment_receipts", "refunds", "test_provider_deliveries")
_LEFT: Final = " + ".join(f"(SELECT count(*) FROM {table} WHERE next_try_at IS NOT NULL)" for table in _WAITING)


@pytest.fixture(scope="module")
def outage() -> Iterator[Outage]:
    """A PostgreSQL of this test alone, whose commits are on disk."""
    with tempfile.TemporaryDirectory(prefix="sostech-test-", dir=in_memory(), ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        postgres = EmbeddedPostgres(Path(folder))
        with postgres as address:
            cluster = Cluster(address)
            asyncio.run(cluster.make_databases())
            yield Outage(Path(folder), postgres, cluster)


@dataclass(frozen=True)
class Battle:
    """A shop in two processes, all of which can be killed, and a store in it."""

    field: Field
    place: Place


@pytest_asyncio.fixture(loop_scope="session")
async def battle(outage: Outage, session: ClientSession, tmp_path: Path) -> AsyncIterator[Battle]:
    """A server and a worker on that PostgreSQL."""
    tmp_path.chmod(0o755)
    url = outage.cluster.url(SHARED, APP_ROLE)
    database = await Database.open(url, patience_seconds=2.0)
    shop = lowest_shop(database, tmp_path)
    store = await limited_store(shop)
    async with server(tmp_path, url) as serving, worker(tmp_path, url, serving.address) as working:
        place = Place(shop, store, Client(session, serving.address, store))
        yield Battle(Field(outage, database, serving, working), place)
    await database.close()


async def test_whatever_is_killed_everybody_has_one_order_and_the_books_agree(battle: Battle) -> None:
    place, chance = battle.place, random.Random(f"{os.environ.get('SOSTECH_TEST_SEED', '')}kills")
    await place.stock(*SKUS, pieces=ORDERS)
    customers = [
        Customer(shopper, quote, new_id().hex, declines=chance.random() < 0.15)
        for shopper, quote in await readied([place.guest() for _ in range(ORDERS)], *SKUS)
    ]
    accidents = [*battle.field.accidents] * ROUNDS
    chance.shuffle(accidents)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(buy(customers, AT_ONCE))
        for number, accident in enumerate(accidents, 1):
            # Somewhere in the middle: when so many have been told of their order, and the next ones are under way.
            await until_told(customers, ORDERS * number // (len(accidents) + 1))
            await asyncio.sleep(chance.random() / 10)
            await accident()
    await until_nothing_waits(place)
    assert await place.faults(settled=True) == []
    rows = await place.rows("SELECT number::text, guest_id, state, total, captured FROM orders")
    told = {customer.shopper.owner.id: customer for customer in customers}
    assert {row["number"]: row["guest_id"] for row in rows} == {each.number: id for id, each in told.items()}
    assert all(row["state"] == ("payment_failed" if told[row["guest_id"]].declines else "paid") for row in rows)
    assert await place.stock_left() == dict.fromkeys(SKUS, (sum(each.declines for each in customers), 0))


async def buy(customers: Sequence[Customer], at_once: int) -> None:
    """All of them, so many at the same time."""
    seats = asyncio.Semaphore(at_once)

    async def one(customer: Customer) -> None:
        async with seats:
            await customer.buy()

    await asyncio.gather(*(one(customer) for customer in customers))


async def until_told(customers: Sequence[Customer], count: int) -> None:
    """Until so many were told of their order."""

    async def enough() -> bool:
        return sum(customer.number is not None for customer in customers) >= count

    await eventually(enough)


async def until_nothing_waits(place: Place) -> None:
    """Until nothing is due, or will be; pauses after failures are over at once."""

    async def nothing() -> bool:
        left = int(await place.value(f"SELECT {_LEFT}"))
        for table in _WAITING if left else ():
            await place.execute(_PAUSES_ARE_OVER.format(table))
        return left == 0

    await eventually(nothing)
