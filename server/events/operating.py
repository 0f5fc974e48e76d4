"""What does an operator do about events from the command line? The same as people do over HTTP, and a little more.

Whoever can run it has the database anyway, so nobody's roles are asked for; what is changed is in the audit log. Only
here is seen what the outbox could not hand over: it is of no store.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

import msgspec

from server.databases import connected
from server.events import outbox_repo, reading_repo
from server.events.outbox_repo import SetAside
from server.events.reading_repo import Delivery, EventsWindow, HandlerState, KeptEvent
from server.settings import Settings
from server.stores import StoreMissing
from storage import audit
from storage.database import Database
from storage.pages import Window
from storage.tenancy import Store, StoreDirectory
from storage.transaction import Transaction

LOOKS_EVERY_SECONDS: Final = 0.5
LOOKS_BACK: Final = 1000
"""Announcements of all stores: of two that were made so close together the later may be kept first."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in the last day, how the handlers get on, and what is in the outbox of all stores."""

    happened: dict[str, int]
    handlers: list[HandlerState]
    waiting: int
    waiting_seconds: float
    set_aside: int


async def tail(settings: Settings, slug: str, *, name: str | None, last: int, follow: bool) -> AsyncIterator[KeptEvent]:
    """The last events of a store in their order, and with `follow` those that come, each once.

    Raises StoreMissing, StorageError.
    """
    async with _store(settings, slug) as (database, store):
        most = max(last, LOOKS_BACK) if follow else last
        found = await _events(database, store, name, Window(None, False, most))
        found.reverse()
        known = {event.id: event.position for event in found}
        for event in found[-last:]:
            yield event
        while follow:
            # One that was announced earlier may have been kept later.
            after = max(known.values(), default=0) - LOOKS_BACK
            known = {event_id: position for event_id, position in known.items() if position > after}
            found = await _events(database, store, name, Window((after, ""), True, 2 * LOOKS_BACK))
            new = [event for event in found if event.id not in known]
            for event in new:
                yield event
            known |= {event.id: event.position for event in new}
            if not new:
                await asyncio.sleep(LOOKS_EVERY_SECONDS)


async def dead(
    settings: Settings, slug: str, *, handler: str | None, most: int
) -> tuple[list[Delivery], list[SetAside]]:
    """Deliveries of a store that were given up, the newest first, and what was set aside. Raises as `tail` does."""

    async def work(tx: Transaction) -> tuple[list[Delivery], list[SetAside]]:
        window: EventsWindow = Window(None, False, most)
        found = await reading_repo.deliveries(tx, state="dead", handler=handler, window=window)
        return found, await outbox_repo.those_set_aside(tx, most)

    async with _store(settings, slug) as (database, store):
        return await database.transaction(store.id, work)


async def summary(settings: Settings, slug: str) -> Summary:
    """How events get on. Raises as `tail` does."""

    async def work(tx: Transaction) -> Summary:
        happened, handlers = await reading_repo.summary(tx)
        outbox = await outbox_repo.state_of_outbox(tx)
        return Summary(
            happened=happened, handlers=handlers, waiting=outbox.waiting, waiting_seconds=outbox.waiting_seconds,
            set_aside=outbox.set_aside,
        )  # fmt: skip

    async with _store(settings, slug) as (database, store):
        return await database.transaction(store.id, work)


async def retry(settings: Settings, slug: str, *, event_id: UUID | None, handler: str | None) -> int:
    """Have dead deliveries of a store tried again; how many. Raises as `tail` does."""

    async def work(tx: Transaction) -> int:
        count = await reading_repo.retry(tx, "dead", event_id, handler)
        if count:
            await audit.record(
                tx, actor_kind="system", actor_id=None, action="events.retry", resource_type="event_delivery",
                resource_id=str(event_id or "all"), before=None, after={"handler": handler, "count": count},
                request_id=None,
            )  # fmt: skip
        return count

    async with _store(settings, slug) as (database, store):
        return await database.transaction(store.id, work)


async def retry_set_aside(settings: Settings) -> int:
    """Have everything that was set aside read again, of all stores; how many. Raises StorageError."""
    async with connected(settings) as database:
        return await database.transaction(None, outbox_repo.take_back)


async def _events(database: Database, store: Store, name: str | None, window: EventsWindow) -> list[KeptEvent]:
    async def work(tx: Transaction) -> list[KeptEvent]:
        return await reading_repo.events(tx, name=name, aggregate=None, since=None, until=None, window=window)

    return await database.transaction(store.id, work)


@asynccontextmanager
async def _store(settings: Settings, slug: str) -> AsyncIterator[tuple[Database, Store]]:
    async with connected(settings) as database:
        stores = StoreDirectory(database)
        store = await stores.by_slug(slug)
        if store is None:
            known = ", ".join(each.slug for each in await stores.all())
            raise StoreMissing(f"there is no open store {slug!r}; there are: {known or 'none'}")
        yield database, store
