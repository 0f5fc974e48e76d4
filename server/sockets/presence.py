"""Who is there? Each process writes down whom it holds, in batches, and says every few seconds that it lives.

Somebody is there while one of their connections is, of whatever device, to a namespace that shows it: who looks at
products or orders alone does not see what others write to them. They are gone when the last of them is closed,
or when the process that held it has not been heard of for a while. Whoever wants to be told of changes asks for notices
of the kind `presence`, and then asks who is `online`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress
from itertools import islice
from typing import Final
from uuid import UUID

import structlog

from server.sockets import presence_repo
from server.sockets.connections import Connection
from server.web.call import Resource, Shop
from storage.database import Database
from storage.errors import DatabaseUnavailable
from storage.ids import new_id

BEATS_EVERY_SECONDS: Final = 15.0
BATCH_SECONDS: Final = 0.1
"""How long comings and goings are gathered before they are written down together."""
MOST_AT_ONCE: Final = 1_000
"""Comings, or goings, that one statement writes down."""
AGAIN_SECONDS: Final = 1.0
LEAVES_IN_SECONDS: Final = 2.0
PATIENCE_SECONDS: Final = 10.0
"""For the database to write down what waits."""

_LOG: Final = structlog.get_logger("sostech.presence")


async def online(shop: Shop, store_id: UUID, user_ids: Collection[UUID]) -> set[UUID]:
    """Who of these users of a store is there now, in any process. `presence_repo.online` inside a transaction."""
    return await shop.database.transaction(store_id, lambda tx: presence_repo.online(tx, user_ids))


class Presence:
    """Whom this process holds; `run` it in a task of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._here: dict[UUID, Connection] = {}
        self.process_id = new_id()
        self._came: dict[UUID, Connection] = {}
        self._left: set[UUID] = set()
        self._rung = asyncio.Event()
        self._next_beat = float("-inf")
        self._is_sure = True
        """Whether the database has answered all that it was told: it may have known this process no longer."""

    def came(self, connection: Connection) -> None:
        """Somebody is there; only who is signed in is written down."""
        if connection.actor.kind == "user":
            self._here[connection.id] = self._came[connection.id] = connection
            self._rung.set()

    def left(self, connection: Connection) -> None:
        """Somebody is gone; nothing if they never were there."""
        if self._here.pop(connection.id, None) is None:
            return
        # Who came and left between two batches was never written down, unless that is what is being done now.
        self._came.pop(connection.id, None)
        self._left.add(connection.id)
        self._rung.set()

    def beat_soon(self) -> None:
        """The database was away, and may have forgotten this process."""
        self._next_beat = float("-inf")
        self._rung.set()

    async def run(self) -> None:
        """Write down who comes and goes, until cancelled; then that nobody is held any more."""
        try:
            while True:
                try:
                    async with asyncio.timeout(PATIENCE_SECONDS):
                        await self._write()
                except Exception as error:  # noqa: BLE001  # whatever it is, people come and go on
                    _LOG.warning("presence_waits", error=type(error).__name__, reason=str(error))
                    self.beat_soon()
                    await asyncio.sleep(AGAIN_SECONDS)
                else:
                    await self._ring()
        finally:
            # Whoever cannot say goodbye is found dead by the others.
            with suppress(DatabaseUnavailable, TimeoutError):
                async with asyncio.timeout(LEAVES_IN_SECONDS):
                    await presence_repo.end(self._database, self.process_id)

    async def _ring(self) -> None:
        """Until there is something to write down, gathered for a moment, or the next beat is due."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(self._next_beat):
                await self._rung.wait()
        await asyncio.sleep(BATCH_SECONDS)

    async def _write(self) -> None:
        """Say that this process lives, when it is time to, and write down all that waits."""
        self._rung.clear()
        beats = _now() >= self._next_beat
        if beats:
            self._next_beat = _now() + BEATS_EVERY_SECONDS
            await self._write_some()
            if ended := await presence_repo.end_dead(self._database):
                _LOG.warning("processes_died", count=ended)
        while self._came or self._left:
            await self._write_some()

    async def _write_some(self) -> None:
        came = dict(islice(self._came.items(), MOST_AT_ONCE))
        left = set(islice(self._left, MOST_AT_ONCE))
        for each in came:
            del self._came[each]
        self._left -= left
        rows = [(each.id, each.store.id, each.actor.id) for each in came.values() if each.actor.id is not None]
        try:
            is_known = await presence_repo.note(self._database, self.process_id, rows, list(left))
        except BaseException:
            self._left |= left
            self._came |= {id: each for id, each in came.items() if id not in self._left}
            self._is_sure = False
            raise
        if not is_known or not self._is_sure:
            # New, or ended by others who thought it dead, with all that it had written down.
            self._is_sure = True
            self._came |= self._here
            self._rung.set()


PRESENCE: Final = Resource[Presence]("sockets.presence")


def _now() -> float:
    return asyncio.get_running_loop().time()
