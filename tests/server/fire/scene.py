"""The shop of a random schedule: the whole of it in this process, and time, which passes when the schedule says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

from aiohttp import ClientSession, DummyCookieJar

from server.app import build_app
from server.background.runners import RUNNERS
from server.payments.test_provider.deliveries import COURIER, Courier
from server.web.call import Shop
from storage.database import APP_ROLE, Database
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.database import Cluster
from tests.server.fire.people import People
from tests.server.fire.stores import Place, limited_store, lowest_shop
from tests.shop import Client, served

T = TypeVar("T")

PIECES: Final = 6
"""Of each of the SKUs: so few that they run out."""
SKUS: Final = ("A", "B", "C")
WORK: Final = ("deadline", "reservation", "payment", "receipt", "refund")
"""What the worker does; webhooks come when the schedule sends them."""

# Rows are locked in the order the shop does it, for time may pass while others are at work.
_PASS: Final = (
    "SELECT FROM orders ORDER BY id FOR NO KEY UPDATE",
    "SELECT FROM stock_levels ORDER BY variant_id FOR NO KEY UPDATE",
    "UPDATE orders SET deadline_at = deadline_at - {0}, delivered_at = delivered_at - {0}",
    "UPDATE stock_reservations SET expires_at = expires_at - {0}",
    "UPDATE payments SET next_try_at = next_try_at - {0}",
    "UPDATE payment_receipts SET next_try_at = next_try_at - {0}",
    "UPDATE refunds SET next_try_at = next_try_at - {0}",
)
# All others are put off, so that only this one is sent.
_SEND: Final = """
UPDATE test_provider_deliveries
   SET next_try_at = CASE WHEN id = $1 THEN now() WHEN next_try_at IS NOT NULL THEN now() + interval '7 days' END
"""
_FORGE: Final = """
INSERT INTO test_provider_deliveries (id, store_id, event_id, payload, is_forged, next_try_at)
SELECT $1, store_id, event_id, payload, true, now() FROM test_provider_deliveries WHERE id = $2
"""


class Patient(Courier):
    """The provider's courier, who sends nothing by himself: the schedule says when."""

    def hurry(self, store: Store, in_seconds: int = 0) -> None:
        """He does not."""


@dataclass
class Scene:
    """A loop, the shop on it, and where it is served. Steps run one after the other, each to its end."""

    runner: asyncio.Runner | None
    shop: Shop
    session: ClientSession
    address: str

    def run(self, step: Coroutine[Any, Any, T]) -> T:
        """Do a step; for those who are on no loop themselves."""
        assert self.runner is not None
        return self.runner.run(step)

    async def people(self) -> People:
        """A new store with few goods, and its people."""
        store = await limited_store(self.shop)
        place = Place(self.shop, store, Client(self.session, self.address, store))
        await place.stock(*SKUS, pieces=PIECES)
        return People(place, (await place.user("admin")).client, await place.user())


@asynccontextmanager
async def opened(runner: asyncio.Runner | None, cluster: Cluster, folder: Path) -> AsyncIterator[Scene]:
    """The scene on a database of its own."""
    name = await asyncio.to_thread(cluster.new_database)
    async with AsyncExitStack() as stack:
        database = await Database.open(cluster.url(name, APP_ROLE))
        stack.push_async_callback(database.close)
        shop = lowest_shop(database, folder)
        shop.provide(COURIER, Patient(shop))
        session = await stack.enter_async_context(ClientSession(cookie_jar=DummyCookieJar()))
        address = await stack.enter_async_context(served(build_app(shop)))
        shop.use(COURIER).listens_at(address)
        yield Scene(runner, shop, session, address)


async def pass_time(place: Place, hours: float) -> None:
    """So much of it passes for all that waits."""

    async def work(tx: Transaction) -> None:
        for statement in _PASS:
            await tx.execute(statement.format(f"interval '{hours} hours'"))

    await place.shop.database.transaction(place.store.id, work)


async def work(place: Place) -> int:
    """The worker does all that is due but for sending webhooks; how much that was."""
    runners = place.shop.use(RUNNERS)
    done = 0
    for kind in WORK:
        while count := await runners[kind](place.shop, place.store):
            done += count
    return done


async def deliveries(place: Place, *, sent: bool) -> list[UUID]:
    """The webhooks the provider has sent, or has still to send, in the order it made them."""
    condition = "IS NULL" if sent else "IS NOT NULL"
    rows = await place.rows(f"SELECT id FROM test_provider_deliveries WHERE next_try_at {condition} ORDER BY id")
    return [row["id"] for row in rows]


async def send(place: Place, delivery: UUID) -> None:
    """The provider sends this webhook now, once more if it did before."""
    await place.execute(_SEND, delivery)
    await place.shop.use(RUNNERS)["test_delivery"](place.shop, place.store)


async def forge(place: Place, delivery: UUID) -> None:
    """Somebody who does not have the provider's key sends the same."""
    forged = new_id()
    await place.execute(_FORGE, forged, delivery)
    await send(place, forged)


async def refused(place: Place) -> int:
    """Webhooks that were not believed."""
    return int(await place.value("SELECT count(*) FROM payment_receipts WHERE status = 'refused'"))


async def send_all(place: Place) -> int:
    """The provider sends whatever it has still to send; how many webhooks."""
    waiting = await deliveries(place, sent=False)
    for delivery in waiting:
        await send(place, delivery)
    return len(waiting)


async def settle(place: Place) -> None:
    """Everybody says and does all that is left, until nothing is."""
    while await work(place) + await send_all(place):
        # What was put off is not waited for.
        await pass_time(place, 2)
