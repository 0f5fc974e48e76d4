"""How many statements did this piece of work send? A request asks, tests assert, `Server-Timing` shows it.

The connection counts by itself: asyncpg's query loggers take half as long as the statements they tell about.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, TypeVar

import asyncpg

T = TypeVar("T")


@dataclass(slots=True)
class Statements:
    """The statements sent so far, BEGIN and COMMIT included, and the seconds spent waiting for them."""

    sent: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def count(self) -> int:
        """How many statements were sent: the round trips, once they are prepared."""
        return len(self.sent)


_counting: ContextVar[Statements | None] = ContextVar("statements", default=None)


@contextmanager
def counted_statements() -> Iterator[Statements]:
    """Count what this task, and those it starts, sends from here on."""
    statements = Statements()
    token = _counting.set(statements)
    try:
        yield statements
    finally:
        _counting.reset(token)


class CountedConnection(asyncpg.Connection):
    """A connection that notes each statement, and how long it took, for whoever counts. Methods are asyncpg's."""

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:
        return await _counted(query, super().execute(query, *args, timeout=timeout))

    async def executemany(self, command: str, args: Any, *, timeout: float | None = None) -> None:
        await _counted(command, super().executemany(command, args, timeout=timeout))

    async def fetch(self, query: str, *args: Any, **options: Any) -> list[Any]:
        return await _counted(query, super().fetch(query, *args, **options))

    async def fetchrow(self, query: str, *args: Any, **options: Any) -> Any:
        return await _counted(query, super().fetchrow(query, *args, **options))

    async def fetchval(self, query: str, *args: Any, **options: Any) -> Any:
        return await _counted(query, super().fetchval(query, *args, **options))


async def _counted(sent: str, statement: Awaitable[T]) -> T:
    statements = _counting.get()
    if statements is None:
        return await statement
    statements.sent.append(sent)
    began = perf_counter()
    try:
        return await statement
    finally:
        statements.seconds += perf_counter() - began
