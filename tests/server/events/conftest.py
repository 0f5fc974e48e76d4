"""A database of these tests alone, and stores in it where things happen and handlers that a test brings react."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest_asyncio

from notifications.events import CustomerRegistered, Event
from notifications.outbox import announce
from server.events.delivering import deliver_due
from server.events.spreading import spread
from server.web.call import Shop
from server.web.reacting import HANDLERS, Handler, Reaction, always
from storage import audit
from storage.database import APP_ROLE, Database
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.database import Cluster
from tests.shop import new_shop, new_store

NAMES = ("CustomerRegistered", "MailRequested", "CouponAccepted")


def registered(customer: str = "c-1", email: str = "e") -> CustomerRegistered:
    """Something that happens to a customer."""
    return CustomerRegistered(customer_id=customer, customer_email=email)


async def write_down(it: Reaction) -> None:
    """A handler's work: an entry that tells which event it was, in the transaction of the delivery."""
    await audit.record(
        it.tx, actor_kind="system", actor_id=None, action="events.seen", resource_type="event",
        resource_id=str(it.event_id), before=None, after={"attempt": it.attempt}, request_id=None,
    )  # fmt: skip


def recorder(*names: str) -> Handler:
    """Writes down what it is given of these events; without any, of all that tests announce."""
    return Handler(always(*(names or NAMES)), write_down)


@dataclass
class Happenings:
    """What happens in one store, and what becomes of it."""

    shop: Shop
    store: Store

    async def announce(self, *events: Event) -> None:
        """These happen, one after another, in one transaction."""

        async def work(tx: Transaction) -> None:
            for event in events:
                await announce(tx, event)

        await self.shop.database.transaction(self.store.id, work)

    async def spread(self) -> int:
        """Until the outbox is empty; how many left it."""
        total = 0
        while done := await spread(self.shop):
            total += done
        return total

    async def deliver(self) -> int:
        """What is due now; how many tries."""
        return await deliver_due(self.shop, self.store)

    async def let_time_pass(self) -> None:
        """Leases and pauses are over."""
        await self.execute("UPDATE event_deliveries SET next_try_at = now() WHERE state = 'due'")

    async def deliver_all(self) -> None:
        """Until nothing is due any more, whatever the pauses."""
        while True:
            await self.let_time_pass()
            if not await self.deliver():
                return

    async def deliveries(self) -> list[Mapping[str, Any]]:
        """All deliveries, in the order of their events."""
        return await self.rows("SELECT * FROM event_deliveries ORDER BY position, handler")

    async def states(self) -> list[str]:
        """Where each delivery stands, in the order of their events."""
        return [row["state"] for row in await self.deliveries()]

    async def seen(self) -> list[str]:
        """Ids of events that a handler wrote down, in that order."""
        return [row["resource_id"] for row in await self.rows("SELECT resource_id FROM audit_log ORDER BY id")]

    async def event_ids(self) -> list[UUID]:
        """Ids of the kept events, in their order."""
        return [row["id"] for row in await self.rows("SELECT id FROM events ORDER BY position")]

    async def rows(self, sql: str, *arguments: object) -> list[Mapping[str, Any]]:
        """Rows of the store."""
        return [
            dict(row)
            for row in await self.shop.database.transaction(self.store.id, lambda tx: tx.fetch(sql, *arguments))
        ]

    async def execute(self, sql: str, *arguments: object) -> int:
        """Change the store."""
        return await self.shop.database.transaction(self.store.id, lambda tx: tx.execute(sql, *arguments))

    async def waiting(self) -> list[Mapping[str, Any]]:
        """The jobs of the outbox, of all stores."""
        return await self.rows("SELECT id, status::text AS status FROM pgqueuer ORDER BY id")


NewHappenings = Callable[..., Awaitable[Happenings]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def events_database(cluster: Cluster) -> str:
    """Name of a migrated database of these tests."""
    return await asyncio.to_thread(cluster.new_database)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def events_pool(cluster: Cluster, events_database: str) -> AsyncIterator[Database]:
    """A pool on it."""
    database = await Database.open(cluster.url(events_database, APP_ROLE))
    yield database
    await database.close()


@pytest_asyncio.fixture(loop_scope="session")
async def new_happenings(events_pool: Database, tmp_path: Path) -> NewHappenings:
    """`await new_happenings({"name": handler})`: a new store, with these handlers and nothing in the outbox."""
    await events_pool.transaction(None, lambda tx: tx.execute("DELETE FROM pgqueuer"))

    async def make(handlers: Mapping[str, Handler] | None = None, **settings: Any) -> Happenings:
        shop = new_shop(events_pool, tmp_path / new_id().hex, **settings)
        shop.provide(HANDLERS, {"recorder": recorder()} if handlers is None else handlers)
        return Happenings(shop, await new_store(shop))

    return make


def failing(times: int, then: Handler, error: Exception | None = None) -> Handler:
    """Fails so often, each time after it has done its work; then it is the other one."""
    left = times

    async def react(it: Reaction) -> None:
        nonlocal left
        await then.react(it)
        if left:
            left -= 1
            raise error or ZeroDivisionError("a fault of ours")

    return Handler(then.wants, react)


def asking(answer: Callable[[Collection[str]], Collection[str]], asked: list[Collection[str]]) -> Handler:
    """Wants what `answer` says, and notes what it was asked."""

    async def wants(_shop: Shop, _store: Store, _tx: Transaction, names: Collection[str]) -> Collection[str]:
        asked.append(names)
        return answer(names)

    return Handler(wants, write_down)
