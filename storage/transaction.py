"""What does a use case hold while it works? One transaction of one store, on one connection.

SQL goes through the methods below; Tortoise models used meanwhile by the same task run on the same connection.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[Any] | asyncpg.pool.PoolConnectionProxy[Any]"

AfterCommit = Callable[[], Awaitable[None]]


class Transaction:
    """An open transaction. `store_id` is None for the platform's own tables only: then no tenant row is visible."""

    __slots__ = ("_after_commit", "_now", "connection", "store_id")

    def __init__(self, connection: Connection, store_id: UUID | None) -> None:
        self.connection = connection
        self.store_id = store_id
        self._after_commit: list[AfterCommit] = []
        self._now: datetime | None = None

    async def fetch(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        """All rows of a statement."""
        return await self.connection.fetch(sql, *arguments)

    async def fetchrow(self, sql: str, *arguments: object) -> asyncpg.Record | None:
        """The first row, or None."""
        return await self.connection.fetchrow(sql, *arguments)

    async def fetchval(self, sql: str, *arguments: object) -> Any:
        """The first column of the first row, or None."""
        return await self.connection.fetchval(sql, *arguments)

    async def execute(self, sql: str, *arguments: object) -> int:
        """Run a statement; the number of rows it changed, which the caller has to look at."""
        status = await self.connection.execute(sql, *arguments)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def now(self) -> datetime:
        """The instant this transaction began, by the database's clock: the one `now` of everything decided in it."""
        if self._now is None:
            self._now = await self.connection.fetchval("SELECT now()")
        return self._now

    def learn_now(self, now: datetime) -> None:
        """Take note of `now()` where a statement told it along with something else; saves asking."""
        self._now = now

    def after_commit(self, action: AfterCommit) -> None:
        """Run `action` once the outermost transaction has committed; never when it rolls back."""
        self._after_commit.append(action)

    async def committed(self) -> None:
        """Run what was waiting for the commit, in order."""
        actions, self._after_commit = self._after_commit, []
        for action in actions:
            await action()

    def forget(self) -> None:
        """Drop what was waiting, before the work is tried again."""
        self._after_commit.clear()
