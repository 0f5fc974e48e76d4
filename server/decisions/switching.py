"""How do all processes decide with a version from the moment it is live? They listen, and look every second besides.

PostgreSQL tells whoever listens, in the commit that switches. A process that was away, and plans that begin at an
instant, are found by looking. A book is compiled beside the live one and takes its place as a whole; one that cannot be
compiled changes nothing, and is said in the log.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

import asyncpg
import structlog

from server.decisions import own_repo
from server.decisions.books import BOOKS
from server.decisions.library import RulesetsFaulty
from server.web.call import Resource, Shop
from server.web.middlewares import STORES
from storage.errors import DatabaseUnavailable
from storage.tenancy import Store
from storage.transaction import Transaction

LOOKS_EVERY_SECONDS: Final = 1.0

_AWAY: Final = (
    DatabaseUnavailable, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)  # fmt: skip
"""PostgreSQL went away, in the middle of something perhaps."""

_LOG: Final = structlog.get_logger("sostech.decisions")


class Switchboard:
    """Keeps the live books of this process what the database says they are."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._seen: dict[UUID, int] = {}
        self._changes_at: dict[UUID, float] = {}
        self._told = asyncio.Event()
        self._looking = asyncio.Lock()

    async def look(self) -> None:
        """Switch every store whose rulesets were switched, or whose plans began or ended, since the last look."""
        async with self._looking:
            now = asyncio.get_running_loop().time()
            found = await own_repo.switches(self._shop.database)
            changed = [each for each in found if self._is_other(each, now)]
            # A store that is suspended is not there, and stays one to be switched.
            stores = {store.id: store for store in await self._shop.use(STORES).all()} if changed else {}
            for each in changed:
                if each.store_id in stores:
                    await self._switch(stores[each.store_id])
                    self._seen[each.store_id] = each.seq
            for each in found:
                self._plan(each, now)

    async def switch(self, store: Store) -> None:
        """Take what is live in the store now: for the process that switched it, before it answers."""
        async with self._looking:
            await self._switch(store)

    async def run(self) -> None:
        """Listen and look until cancelled. A database that is away is asked again."""
        while True:
            try:
                await self._listen()
            except _AWAY as error:
                _LOG.warning("rules_not_listening", error=type(error).__name__)
                await asyncio.sleep(LOOKS_EVERY_SECONDS)

    async def _listen(self) -> None:
        pool = self._shop.database.pool
        connection = await pool.acquire(timeout=LOOKS_EVERY_SECONDS * 5)
        try:
            await connection.add_listener(own_repo.CHANNEL, self._hear)
            while not connection.is_closed():
                await self.look()
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOKS_EVERY_SECONDS):
                        await self._told.wait()
                self._told.clear()
        finally:
            # It listens, and may be in the middle of something: nobody else is to have it.
            with suppress(*_AWAY):
                connection.terminate()
            with suppress(*_AWAY):
                await pool.release(connection)

    def _hear(self, *_notice: Any) -> None:
        self._told.set()

    def _is_other(self, found: own_repo.Switches, now: float) -> bool:
        is_due = now >= self._changes_at.get(found.store_id, float("inf"))
        return is_due or self._seen.get(found.store_id) != found.seq

    def _plan(self, found: own_repo.Switches, now: float) -> None:
        if found.changes_in_seconds is None:
            self._changes_at.pop(found.store_id, None)
        else:
            self._changes_at[found.store_id] = now + found.changes_in_seconds

    async def _switch(self, store: Store) -> None:
        books = self._shop.use(BOOKS)

        async def work(tx: Transaction) -> list[own_repo.OwnRuleset]:
            return await own_repo.live(tx)

        own = await self._shop.database.transaction(store.id, work)
        if not own:
            books.without_own(store.id)
            return
        try:
            book = await asyncio.to_thread(books.with_own, store, own)
        except RulesetsFaulty as faults:
            _LOG.error("rulesets_faulty", store=store.slug, faults=str(faults))
            return
        books.replace(store.id, book)
        _LOG.info("rulesets_live", store=store.slug, rulesets={f"{each.kind}/{each.name}": each.number for each in own})


SWITCHBOARD: Final = Resource[Switchboard]("decisions.switchboard")
