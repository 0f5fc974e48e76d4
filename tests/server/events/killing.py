"""A connection to PostgreSQL that breaks at a chosen statement: before it is sent, or after it was done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import asyncpg

from storage.counting import CountedConnection

_METHODS = ("execute", "fetch", "fetchrow", "fetchval")


@dataclass
class Accident:
    """Happens at the statement of this number, counted from 1, before or after PostgreSQL has done it."""

    at: int
    is_after: bool
    statements: int = 0

    @property
    def has_happened(self) -> bool:
        """Whether there were as many statements."""
        return self.statements >= self.at


@contextmanager
def accident(at: int, *, is_after: bool) -> Iterator[Accident]:
    """Whatever is sent meanwhile counts. The connection is cut as by a process that is killed: without a word."""
    it = Accident(at, is_after)
    wrapped = {name: _breaking(getattr(CountedConnection, name), it) for name in _METHODS}
    with patch.multiple(CountedConnection, **wrapped):
        yield it


def _breaking(method: Callable[..., Awaitable[Any]], it: Accident) -> Callable[..., Awaitable[Any]]:
    async def sent(self: CountedConnection, *arguments: Any, **options: Any) -> Any:
        it.statements += 1
        is_it = it.statements == it.at
        if is_it and not it.is_after:
            self.terminate()
            raise asyncpg.ConnectionDoesNotExistError("killed before the statement")
        result = await method(self, *arguments, **options)
        if is_it:
            self.terminate()
            raise asyncpg.ConnectionDoesNotExistError("killed after the statement")
        return result

    return sent
