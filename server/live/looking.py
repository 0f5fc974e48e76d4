"""How is somebody shown what something is like now, whenever it changes? One reading serves all who look at it.

The steps of a thing are handed out by the hub, each of them once. Of a picture only the newest counts: changes that
come fast are shown as one, and whoever comes back after an interruption is shown what is there. A notice says only that
there may be something to read; every few seconds everything that is looked at is read without one.

Nothing is read while nobody looks.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from contextvars import Context
from typing import Final, Generic, TypeVar
from uuid import UUID

import structlog

from server.feeds.hub import ANYBODY, Receiver
from server.feeds.notices import Notices
from server.feeds.readings import tell_failure
from storage.database import Database
from storage.transaction import Transaction

V = TypeVar("V")
Read = Callable[[Transaction, Collection[UUID]], Awaitable[Mapping[UUID, V]]]
"""Reads things of one store, all of them in a fixed number of statements; what is not there is left out."""
Show = Callable[[V], Awaitable[None]]
Key = tuple[UUID, UUID]

AGAIN_SECONDS: Final = 1.0
"""How soon the database is asked again that did not answer."""
ROOM_SECONDS: Final = 0.1
"""How soon somebody is asked again who had no room for a picture."""
PATIENCE_SECONDS: Final = 10.0
"""For one reading; all else that is looked at waits for it meanwhile."""
MOST_AT_ONCE: Final = 200
"""Things that are read together."""

_LOG: Final = structlog.get_logger("sostech.live")


class Look(Generic[V]):
    """Somebody who looks at a thing."""

    def __init__(self, lookout: Lookout[V], key: Key, show: Show[V], receiver: Receiver) -> None:
        self._lookout = lookout
        self.key = key
        self.show = show
        self.receiver = receiver

    def close(self) -> None:
        """Look no more; may be called again."""
        self._lookout.let_go(self)


class Lookout(Generic[V]):
    """What is looked at in this process. It reads by itself, in a task of its own, as long as somebody looks.

    Things of a store are read again no sooner than `pause_seconds` after the last time, and every `look_seconds`.
    """

    def __init__(self, database: Database, read: Read[V], *, pause_seconds: float, look_seconds: float) -> None:
        self._database = database
        self._read = read
        self._pause_seconds = pause_seconds
        self._look_seconds = look_seconds
        self._looks: dict[Key, set[Look[V]]] = {}
        self._due: set[Key] = set()
        self._stores_due: set[UUID] = set()
        # How many things of a store are looked at.
        self._in_store: Counter[UUID] = Counter()
        # What somebody is to be shown as soon as they have room for it.
        self._waiting: dict[Look[V], V] = {}
        self._rung = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.readings = 0
        """How often things were read."""

    def hear(self, notices: Notices, *kinds: str) -> None:
        """Read again what notices of these kinds name."""
        for kind in kinds:
            notices.on(kind, lambda notice: self.changed(notice.store_id, notice.id))
        notices.on_silence(self.look_at_all)

    @property
    def is_looked_at(self) -> bool:
        """Whether anybody looks at anything."""
        return bool(self._looks)

    def look(self, store_id: UUID, thing: UUID, show: Show[V], receiver: Receiver = ANYBODY) -> Look[V]:
        """Be shown the thing soon, and whenever it may have changed, until the look is closed.

        `show` must not wait for people. It may be shown the same twice; what is the same to it is its own business.
        """
        look = Look(self, (store_id, thing), show, receiver)
        if look.key not in self._looks:
            self._looks[look.key] = set()
            self._in_store[store_id] += 1
        self._looks[look.key].add(look)
        self.changed(store_id, thing)
        if self._task is None or self._task.done():
            # Of no request: it goes on when that of whoever came first is over.
            self._task = asyncio.get_running_loop().create_task(self._run(), name="lookout", context=Context())
        return look

    def let_go(self, look: Look[V]) -> None:
        """Forget a look that is closed."""
        self._waiting.pop(look, None)
        looks = self._looks.get(look.key)
        if looks is not None:
            looks.discard(look)
            if not looks:
                del self._looks[look.key]
                self._in_store[look.key[0]] -= 1
                self._in_store += Counter()  # without those of which there are none
        self._rung.set()

    def changed(self, store_id: UUID, thing: UUID) -> None:
        """It may be different now."""
        if (store_id, thing) in self._looks:
            self._due.add((store_id, thing))
            self._rung.set()

    def store_changed(self, store_id: UUID) -> None:
        """Everything of a store may be different now."""
        if self._in_store[store_id]:
            self._stores_due.add(store_id)
            self._rung.set()

    def look_at_all(self) -> None:
        """Everything may be different now."""
        self._due.update(self._looks)
        self._rung.set()

    async def _run(self) -> None:
        last_look = _now()
        while self._looks:
            await self._ring()
            if _now() - last_look >= self._look_seconds:
                last_look = _now()
                self._due.update(self._looks)
            await self._show_waiting()
            due = self._take_due()
            await self._serve(due)
            if due:
                await asyncio.sleep(self._pause_seconds)

    async def _ring(self) -> None:
        """Wait until something may be different, or somebody may have room; or for so long that all may be."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ROOM_SECONDS if self._waiting else self._look_seconds):
                await self._rung.wait()
        self._rung.clear()

    def _take_due(self) -> set[Key]:
        """What may be different, of what somebody looks at."""
        due, self._due = self._due, set()
        stores, self._stores_due = self._stores_due, set()
        if stores:
            due.update(key for key in self._looks if key[0] in stores)
        return {key for key in due if key in self._looks}

    async def _serve(self, due: Collection[Key]) -> None:
        stores: dict[UUID, list[UUID]] = defaultdict(list)
        for store_id, thing in due:
            stores[store_id].append(thing)
        for store_id, things in stores.items():
            for begin in range(0, len(things), MOST_AT_ONCE):
                await self._serve_some(store_id, things[begin : begin + MOST_AT_ONCE])

    async def _serve_some(self, store_id: UUID, things: Collection[UUID]) -> None:
        self.readings += 1
        # Who comes while we read may know more than we shall have read: for them it is read again.
        looks = {thing: tuple(self._looks.get((store_id, thing), ())) for thing in things}
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                found = await self._database.transaction(store_id, lambda tx: self._read(tx, things))
        except Exception as error:  # noqa: BLE001  # a store that cannot be read must not keep the others waiting
            tell_failure("look", error)
            asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._again, store_id, things)
            return
        for thing, value in found.items():
            for look in looks[thing]:
                await self._show(look, value)

    def _again(self, store_id: UUID, things: Collection[UUID]) -> None:
        for thing in things:
            self.changed(store_id, thing)

    async def _show_waiting(self) -> None:
        for look, value in tuple(self._waiting.items()):
            await self._show(look, value)

    async def _show(self, look: Look[V], value: V) -> None:
        if look not in self._looks.get(look.key, ()):
            return  # closed meanwhile
        if not look.receiver.has_room():
            self._waiting[look] = value
            return
        self._waiting.pop(look, None)
        try:
            await look.show(value)
        except Exception as error:  # noqa: BLE001  # one who cannot be shown it must not keep it from the others
            _LOG.exception("look_failed", error=type(error).__name__)
            look.close()
            look.receiver.lost_a_step()


def _now() -> float:
    return asyncio.get_running_loop().time()
