"""Conversations whose messages are the steps, written by SQL alone, and a hub that hands them out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import pytest
import pytest_asyncio

from server.feeds.hub import Hub, Watch
from server.feeds.notices import CHANNEL, Notices
from server.feeds.steps import Step, Thing
from storage.database import Database
from storage.ids import new_id
from storage.listening import listening
from storage.tenancy import Store
from storage.transaction import Transaction

KIND = "chat"

_READ = """
    SELECT asked.id, m.seq, m.body
      FROM unnest($1::uuid[], $2::bigint[]) AS asked (id, seen),
           LATERAL (SELECT seq, body FROM chat_messages
                     WHERE conversation_id = asked.id AND seq > asked.seen ORDER BY seq LIMIT $3) AS m
     ORDER BY asked.id, m.seq
"""
_BEGIN = """
    WITH customer AS (
        INSERT INTO users (id, store_id, email, email_folded, name) VALUES ($1, $2, $3, $3, 'Ana') RETURNING id)
    INSERT INTO conversations (id, store_id, customer_id, subject, key)
    SELECT $1, $2, id, 'Where is it?', 'test' FROM customer
"""
_WRITE = """
    WITH next AS (UPDATE conversations SET seq = seq + $3 WHERE id = $2 RETURNING seq)
    INSERT INTO chat_messages (id, store_id, conversation_id, seq, change, author_role, kind, body)
    SELECT gen_random_uuid(), $1, $2, n, n, 'system', 'text', n::text
      FROM next, generate_series(next.seq - $3 + 1, next.seq) AS n
"""


async def read(tx: Transaction, after: Mapping[UUID, int], most: int) -> Mapping[UUID, Sequence[Step]]:
    """The feed of these tests."""
    found: dict[UUID, list[Step]] = {}
    for row in await tx.fetch(_READ, list(after), list(after.values()), most):
        found.setdefault(row["id"], []).append(Step(row["seq"], row["body"]))
    return found


async def begin(database: Database, store: Store) -> Thing:
    """A conversation without messages."""
    thing = Thing(KIND, store.id, new_id())
    await database.transaction(store.id, lambda tx: tx.execute(_BEGIN, thing.id, store.id, f"{thing.id}@example.com"))
    return thing


async def write(database: Database, thing: Thing, count: int = 1) -> None:
    """So many messages more, in one transaction."""
    await database.transaction(thing.store_id, lambda tx: tx.execute(_WRITE, thing.store_id, thing.id, count))


@dataclass
class Reader:
    """Somebody who watches, and notes what they are handed. Without room they take nothing."""

    got: list[int] = field(default_factory=list)
    room: Callable[[], bool] = lambda: True
    lost: int = 0
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, step: Step) -> None:
        """Note a step; its value has to be its own."""
        assert step.value == str(step.seq)
        self.got.append(step.seq)
        self._heard.set()

    def has_room(self) -> bool:
        """As the test says."""
        return self.room()

    def lost_a_step(self) -> None:
        """Note that the watch was closed."""
        self.lost += 1
        self._heard.set()

    async def until(self, seq: int) -> None:
        """Wait until this step was handed over."""
        async with asyncio.timeout(30):
            while not self.got or self.got[-1] < seq:
                self._heard.clear()
                await self._heard.wait()

    def watches(self, hub: Hub, thing: Thing, after: int = 0) -> Watch:
        """Watch a thing."""
        return hub.watch(thing, after, self.take, self)


@asynccontextmanager
async def running(database: Database) -> AsyncIterator[Hub]:
    """A hub like that of a process, which hears what is committed."""
    notices = Notices()
    hub = Hub(database, notices, {KIND: read})
    task = asyncio.create_task(hub.run())
    try:
        async with listening(database, CHANNEL, notices.heard):
            yield hub
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest_asyncio.fixture(loop_scope="session")
async def hub(database: Database) -> AsyncIterator[Hub]:
    """A hub of this test."""
    async with running(database) as hub:
        yield hub


@pytest_asyncio.fixture(loop_scope="session")
async def thing(database: Database, store: Store) -> Thing:
    """A conversation of this test."""
    return await begin(database, store)


@pytest.fixture
def reader() -> Reader:
    """Somebody."""
    return Reader()
