"""How does a process hear at once of what any process announces? PostgreSQL tells whoever listens, with the commit.

Nothing may depend on it: whoever cannot listen has to find the same at its next look.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import asyncpg
import structlog

from storage.database import Database
from storage.errors import DatabaseUnavailable
from storage.pauses import pause_after

AWAY: Final = (
    DatabaseUnavailable, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)  # fmt: skip
"""PostgreSQL went away, in the middle of something perhaps."""

LEAST_POOL: Final = 4
"""Connections: of fewer none is kept for listening alone."""
PATIENCE_SECONDS: Final = 5.0
"""For a connection to listen on."""
LOOKS_EVERY_SECONDS: Final = 1.0
"""Whether the connection is still there."""
FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 60.0

Hear = Callable[[str | None], None]
"""Called with what each announcement says; with None after a silence, in which anything may have been announced.

In the event loop, so it has to be quick: it sets an event, or begins a task.
"""

_LOG: Final = structlog.get_logger("sostech.database")


@asynccontextmanager
async def listening(database: Database, channel: str, hear: Hear) -> AsyncIterator[None]:
    """Have `hear` told of all that is announced in the channel, meanwhile, on a connection of the pool.

    A connection that is lost is replaced, and a database that is away asked for again, less and less often; as soon as
    somebody listens, `hear` is told of the silence before. Raises nothing. Small pools listen to nothing.
    """
    ear = asyncio.create_task(_keep_listening(database, channel, hear), name=f"ear for {channel}")
    try:
        yield
    finally:
        ear.cancel()
        # Whatever it was doing: nobody listens any more.
        await asyncio.gather(ear, return_exceptions=True)


async def _keep_listening(database: Database, channel: str, hear: Hear) -> None:
    failures = 0

    def heard(payload: str | None) -> None:
        nonlocal failures
        failures = 0
        hear(payload)

    while database.pool.get_max_size() >= LEAST_POOL:
        try:
            await _listen(database, channel, heard)
        except AWAY as error:
            _LOG.warning("not_listening", channel=channel, error=type(error).__name__)
        failures += 1
        await asyncio.sleep(pause_after(failures, first=FIRST_PAUSE_SECONDS, longest=LONGEST_PAUSE_SECONDS))


async def _listen(database: Database, channel: str, hear: Hear) -> None:
    """Until the connection is lost. Raises what AWAY names."""
    pool = database.pool
    connection = await pool.acquire(timeout=PATIENCE_SECONDS)

    def told(*notice: Any) -> None:
        hear(str(notice[-1]))

    try:
        await connection.add_listener(channel, told)
        hear(None)
        while not connection.is_closed():
            await asyncio.sleep(LOOKS_EVERY_SECONDS)
    finally:
        # It listens, and may be in the middle of something: nobody else is to have it.
        with suppress(*AWAY):
            connection.terminate()
        with suppress(*AWAY):
            await pool.release(connection)
