"""Which store is this request for? By slug or domain, remembered for a few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from storage.database import Database
from storage.transaction import Transaction

REMEMBERED_SECONDS: Final = 5.0
MOST_REMEMBERED: Final = 10_000


class Store(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant as requests see it. `currency` is ISO 4217, `timezone` an IANA zone, `country` ISO 3166-1 alpha-2."""

    id: UUID
    slug: str
    name: str
    domain: str | None
    currency: str
    timezone: str
    locale: str
    country: str
    settings: dict[str, Any]


class StoreDirectory:
    """Active stores by slug and by domain. A change is seen at once here, elsewhere within REMEMBERED_SECONDS."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._remembered: dict[tuple[str, str], tuple[float, Store | None]] = {}

    async def by_slug(self, slug: str) -> Store | None:
        """The active store of that slug, or None."""
        return await self._find("slug", slug)

    async def by_domain(self, domain: str) -> Store | None:
        """The active store that has this domain (lower case, without port), or None."""
        return await self._find("domain", domain)

    def forget(self) -> None:
        """Look everything up again."""
        self._remembered.clear()

    async def _find(self, column: str, value: str) -> Store | None:
        until, store = self._remembered.get((column, value), (0.0, None))
        if until > self._clock():
            return store
        store = await self._look_up(column, value)
        if len(self._remembered) >= MOST_REMEMBERED:
            # Names that nobody has, asked for one after the other, must not fill the memory.
            self._remembered.clear()
        self._remembered[column, value] = (self._clock() + REMEMBERED_SECONDS, store)
        return store

    async def all(self) -> list[Store]:
        """Every active store, by slug; not remembered."""

        async def work(transaction: Transaction) -> list[Store]:
            rows = await transaction.fetch(f"{_STORES} WHERE status = 'active' ORDER BY slug")
            return [_store(row) for row in rows]

        return await self._database.transaction(None, work)

    async def _look_up(self, column: str, value: str) -> Store | None:
        async def work(transaction: Transaction) -> Store | None:
            row = await transaction.fetchrow(f"{_STORES} WHERE {column} = $1 AND status = 'active'", value)
            return None if row is None else _store(row)

        return await self._database.transaction(None, work)


_STORES: Final = """
SELECT id, slug, name, domain, currency, timezone, locale, country, settings::text AS settings FROM stores
"""


def _store(row: asyncpg.Record) -> Store:
    return Store(**{**dict(row), "settings": msgspec.json.decode(row["settings"])})
