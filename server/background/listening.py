"""How does a worker learn at once of what any process announces? PostgreSQL tells whoever listens, with the commit.

Nothing depends on it: whoever cannot listen finds the same at its next look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import structlog
from pgqueuer.domain.settings import db_settings

from server.background.pauses import Rests
from server.decisions.switching import AWAY
from storage.database import Database

LEAST_POOL: Final = 4
"""Connections: of fewer none is kept for listening alone."""
PATIENCE_SECONDS: Final = 5.0
LOOKS_EVERY_SECONDS: Final = 1.0
"""Whether the connection is still there."""

_CHANNEL: Final = str(db_settings().channel)
_ANNOUNCED: Final = '"operation" : "insert"'
"""In what pgqueuer tells of a change; jobs that were taken away are no news."""
_LOG: Final = structlog.get_logger("sostech.worker")


class Ear:
    """Listens; `run` it in a task of its own. `hear` is called for every announcement, and after each silence."""

    def __init__(self, database: Database, hear: Callable[[], None]) -> None:
        self._database = database
        self._hear = hear
        self._rests = Rests()

    async def run(self) -> None:
        """Listen until cancelled; while the database is away, ask for it again, less and less often."""
        if self._database.pool.get_max_size() < LEAST_POOL:
            return
        while True:
            try:
                await self._listen()
            except AWAY as error:
                _LOG.warning("not_listening", error=type(error).__name__)
            await asyncio.sleep(self._rests.failed(self))

    async def _listen(self) -> None:
        pool = self._database.pool
        connection = await pool.acquire(timeout=PATIENCE_SECONDS)
        try:
            await connection.add_listener(_CHANNEL, self._told)
            self._rests.went_well(self)
            # What was announced before anybody listened.
            self._hear()
            while not connection.is_closed():
                await asyncio.sleep(LOOKS_EVERY_SECONDS)
        finally:
            # It listens: nobody else is to have it.
            with suppress(*AWAY):
                connection.terminate()
            with suppress(*AWAY):
                await pool.release(connection)

    def _told(self, *notice: Any) -> None:
        if _ANNOUNCED in str(notice[-1]):
            self._hear()
