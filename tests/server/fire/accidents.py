"""What can be killed, and how does it come back? A server, a worker, one session of PostgreSQL, all of PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from storage.database import Database
from storage.errors import DatabaseUnavailable
from tests.server.fire.processes import Running
from tests.server.test_restart import Outage

PATIENCE_SECONDS: Final = 120
"""Longer than anything here may take on a busy machine; who waits longer hangs."""

_SESSIONS: Final = """
SELECT string_agg(pid::text, ' ') FROM pg_stat_activity
 WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid()
"""


async def eventually(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is so, while PostgreSQL may come and go; fail when it never is."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            with suppress(DatabaseUnavailable):
                if await is_so():
                    return
            await asyncio.sleep(0.05)


@dataclass(frozen=True)
class Field:
    """All that can be killed. `database` is a pool of ours, to look with."""

    outage: Outage
    database: Database
    server: Running
    worker: Running

    async def kill_server(self) -> None:
        """And start it again at the same port."""
        await self._again(self.server)

    async def kill_worker(self) -> None:
        """And start it again."""
        await self._again(self.worker)

    async def kill_session(self) -> None:
        """One session is killed, whereupon PostgreSQL ends all of them and recovers by itself."""
        found: list[str] = []

        async def somebody_is_there() -> bool:
            found[:] = ((await self.database.fetchval(_SESSIONS)) or "").split()
            return bool(found)

        await eventually(somebody_is_there)
        with suppress(ProcessLookupError):
            os.kill(int(found[len(found) // 2]), signal.SIGKILL)
        await self._answers()

    async def kill_postgres(self) -> None:
        """The whole of it, and it is started again."""
        await self.outage.take_away(signal.SIGKILL)
        await self.outage.bring_back()
        await self._answers()

    @property
    def accidents(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """All of them."""
        return (self.kill_server, self.kill_worker, self.kill_session, self.kill_postgres)

    async def _again(self, running: Running) -> None:
        await running.kill()
        # Without its database the program does not start, and says so.
        await self._answers()
        await running.start()

    async def _answers(self) -> None:
        async def is_there() -> bool:
            return await self.database.fetchval("SELECT 1") == 1

        await eventually(is_there)
