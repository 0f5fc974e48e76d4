"""How does a process hear at once of what any process announces? PostgreSQL tells whoever listens, with the commit.

One connection, beside the pool, listens to all channels that somebody in the process wants to hear. Nothing may depend
on it: whoever cannot listen has to find the same at its next look.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final
from weakref import WeakKeyDictionary

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

PATIENCE_SECONDS: Final = 5.0
"""For a connection to listen on, and for each of its answers."""
LOOKS_EVERY_SECONDS: Final = 1.0
"""Whether the connection is still there."""
ASKS_EVERY_SECONDS: Final = 20.0
"""Whether PostgreSQL still answers on it: a network may lose a connection without telling either end."""
FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 60.0

Hear = Callable[[str | None], None]
"""Called with what each announcement says; with None after a silence, in which anything may have been announced.

In the event loop, so it has to be quick: it sets an event, or begins a task.
"""

_LOG: Final = structlog.get_logger("sostech.database")


@asynccontextmanager
async def listening(database: Database, channel: str, hear: Hear) -> AsyncIterator[None]:
    """Have `hear` told of all that is announced in the channel, meanwhile, on a connection beside the pool.

    A connection that is lost is replaced, and a database that is away asked for again, less and less often; as soon as
    somebody listens, `hear` is told of the silence before. Raises nothing.
    """
    ear = _EARS.get(database)
    if ear is None:
        ear = _EARS[database] = _Ear(database)
    hearer = ear.begin(channel, hear)
    try:
        yield
    finally:
        if not ear.end(channel, hearer):
            if _EARS.get(database) is ear:
                del _EARS[database]
            await ear.close()


class _Hearer:
    """One who hears a channel. `has_begun` once it was told of the silence before, on the connection there is now."""

    __slots__ = ("has_begun", "hear")

    def __init__(self, hear: Hear) -> None:
        self.hear = hear
        self.has_begun = False


class _Ear:
    """The connection that listens for a process, for as long as anybody wants to hear anything."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._hearers: dict[str, list[_Hearer]] = defaultdict(list)
        self._changed = asyncio.Event()
        self._failures = 0
        self._task = asyncio.create_task(self._keep_listening(), name="ear")

    def begin(self, channel: str, hear: Hear) -> _Hearer:
        """Somebody wants to hear a channel."""
        hearer = _Hearer(hear)
        self._hearers[channel].append(hearer)
        self._changed.set()
        return hearer

    def end(self, channel: str, hearer: _Hearer) -> bool:
        """They do not any more; whether anybody else wants to hear anything."""
        self._hearers[channel].remove(hearer)
        if not self._hearers[channel]:
            del self._hearers[channel]
        self._changed.set()
        return bool(self._hearers)

    async def close(self) -> None:
        """Listen no more, whatever it was doing."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _keep_listening(self) -> None:
        while True:
            try:
                await self._listen()
            except Exception as error:  # noqa: BLE001  # whatever it is, people want to hear on
                _LOG.warning("not_listening", channels=sorted(self._hearers), error=type(error).__name__)
            self._failures += 1
            pause = pause_after(self._failures, first=FIRST_PAUSE_SECONDS, longest=LONGEST_PAUSE_SECONDS)
            await asyncio.sleep(pause)

    async def _listen(self) -> None:
        """Until the connection is lost. Raises what AWAY names."""
        connection = await self._database.connect_apart(PATIENCE_SECONDS)
        listened: set[str] = set()
        for hearer in self._all():
            hearer.has_begun = False
        try:
            while not connection.is_closed():
                self._changed.clear()
                await self._follow(connection, listened)
                await self._wait(connection)
        finally:
            # It may be in the middle of something, and perhaps nobody answers on it any more.
            with suppress(*AWAY):
                connection.terminate()

    async def _follow(self, connection: Any, listened: set[str]) -> None:
        """Listen to what somebody wants to hear, no less and no more; asking so, it is known that it is heard."""
        wanted = set(self._hearers)
        async with asyncio.timeout(PATIENCE_SECONDS):
            for channel in listened - wanted:
                await connection.remove_listener(channel, self._told)
            for channel in wanted - listened:
                await connection.add_listener(channel, self._told)
            listened.clear()
            listened.update(wanted)
            await connection.execute("; ".join(f'LISTEN "{channel}"' for channel in sorted(wanted)))
        for channel in wanted:
            for hearer in tuple(self._hearers.get(channel, ())):
                if not hearer.has_begun:
                    hearer.has_begun = True
                    self._tell(hearer, None)

    async def _wait(self, connection: Any) -> None:
        """Until somebody else wants to hear something, it is time to ask whether it is heard, or the end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ASKS_EVERY_SECONDS):
                while not self._changed.is_set() and not connection.is_closed():
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LOOKS_EVERY_SECONDS):
                            await self._changed.wait()

    def _told(self, _connection: object, _process: int, channel: str, payload: object) -> None:
        for hearer in tuple(self._hearers.get(channel, ())):
            self._tell(hearer, str(payload))

    def _tell(self, hearer: _Hearer, said: str | None) -> None:
        """Tell one; what goes wrong there must not keep the others from hearing, nor end the listening."""
        self._failures = 0
        try:
            hearer.hear(said)
        except Exception as error:  # noqa: BLE001  # see above
            _LOG.exception("not_taken", error=type(error).__name__)

    def _all(self) -> list[_Hearer]:
        return [hearer for hearers in self._hearers.values() for hearer in hearers]


_EARS: Final[WeakKeyDictionary[Database, _Ear]] = WeakKeyDictionary()
