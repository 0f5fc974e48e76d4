"""How do steps come from the database to whoever watches? One hub in each process reads them and hands them out.

A feed is the steps of one thing, a conversation or an order, numbered by the database in the order of commits. Whoever
watches a thing says which step they have seen last, and is handed all that follow, in order, each once. What they
missed and what happens from now on come the same way: the hub reads what is new after the least that is known here, and
each watch takes what it has not had. A notice says only that there is something to read, so one that is lost, early
or doubled does no harm; every few seconds the hub looks at everything that is watched.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

import structlog

from server.feeds.notices import Notice, Notices
from server.web.call import Resource
from storage.database import Database
from storage.errors import DatabaseUnavailable
from storage.transaction import Transaction

LOOKS_EVERY_SECONDS: Final = 10.0
"""How late a step is at most whose notice was lost."""
AGAIN_SECONDS: Final = 1.0
"""How soon the database is asked again that did not answer."""
MOST_THINGS: Final = 500
"""That one statement reads."""
MOST_STEPS: Final = 200
"""Of one thing that one statement reads; the rest comes with the next."""

_LOG: Final = structlog.get_logger("sostech.feeds")


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that has steps."""

    kind: str
    store_id: UUID
    id: UUID


@dataclass(frozen=True, slots=True)
class Step:
    """What a feed read. `value` is its own; each watch shows of it what its audience may see."""

    seq: int
    value: Any


class Feed(Protocol):
    """Reads the steps of one kind of thing."""

    async def __call__(self, tx: Transaction, after: Mapping[UUID, int], most: int) -> Mapping[UUID, Sequence[Step]]:
        """For each thing its steps that follow, at most `most`, in order: in one statement for all of them."""
        ...


Deliver = Callable[[Step], Awaitable[None]]


class Watch:
    """Somebody who watches a thing. `seen` is the last step they were handed."""

    __slots__ = ("_deliver", "_hub", "is_open", "seen", "thing")

    def __init__(self, hub: Hub, thing: Thing, seen: int, deliver: Deliver) -> None:
        self._hub = hub
        self._deliver = deliver
        self.thing = thing
        self.seen = seen
        self.is_open = True

    async def take(self, steps: Iterable[Step]) -> None:
        """Hand out those that follow what was seen. Whoever cannot take a step is not handed the next."""
        for step in steps:
            if not self.is_open:
                return
            if step.seq > self.seen:
                await self._deliver(step)
                self.seen = step.seq

    def close(self) -> None:
        """Watch no more; may be called again."""
        if self.is_open:
            self.is_open = False
            self._hub.let_go(self)


class Hub:
    """The watches of this process; `run` it in a task of its own."""

    def __init__(self, database: Database, notices: Notices, feeds: Mapping[str, Feed]) -> None:
        """`feeds` by the kind of thing that their notices name."""
        self._database = database
        self._feeds = feeds
        self._watches: dict[Thing, set[Watch]] = {}
        self._due: set[Thing] = set()
        self._rung = asyncio.Event()
        for kind in feeds:
            notices.on(kind, self._heard)
        notices.on_silence(self._look_at_all)

    def watch(self, thing: Thing, after: int, deliver: Deliver) -> Watch:
        """Have each step of the thing after this one delivered, until the watch is closed.

        `deliver` must not wait for people: it puts the step where somebody else sends it from.
        """
        watch = Watch(self, thing, after, deliver)
        self._watches.setdefault(thing, set()).add(watch)
        self._look_at(thing)
        return watch

    def let_go(self, watch: Watch) -> None:
        """Forget a watch that is closed."""
        watches = self._watches.get(watch.thing)
        if watches is not None:
            watches.discard(watch)
            if not watches:
                del self._watches[watch.thing]

    @property
    def watched(self) -> int:
        """How many things are watched here."""
        return len(self._watches)

    async def run(self) -> None:
        """Read and hand out until cancelled."""
        while True:
            if not await self._ring():
                self._look_at_all()
            due, self._due = self._due, set()
            try:
                await self._serve(due)
            except DatabaseUnavailable as error:
                _LOG.warning("feeds_wait", reason=str(error))
                self._due |= due
                await asyncio.sleep(AGAIN_SECONDS)
                self._rung.set()

    async def _ring(self) -> bool:
        """Wait for a notice; whether one came."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOKS_EVERY_SECONDS):
                await self._rung.wait()
        rung = self._rung.is_set()
        self._rung.clear()
        return rung

    def _heard(self, notice: Notice) -> None:
        thing = Thing(notice.kind, notice.store_id, notice.id)
        watches = self._watches.get(thing)
        if watches is not None and any(watch.seen < notice.seq for watch in watches):
            self._look_at(thing)

    def _look_at(self, thing: Thing) -> None:
        self._due.add(thing)
        self._rung.set()

    def _look_at_all(self) -> None:
        self._due.update(self._watches)
        self._rung.set()

    async def _serve(self, due: set[Thing]) -> None:
        groups: dict[tuple[str, UUID], list[Thing]] = defaultdict(list)
        for thing in due:
            if thing in self._watches:
                groups[thing.kind, thing.store_id].append(thing)
        for (kind, store_id), things in groups.items():
            for begin in range(0, len(things), MOST_THINGS):
                await self._serve_some(kind, store_id, things[begin : begin + MOST_THINGS])

    async def _serve_some(self, kind: str, store_id: UUID, things: Sequence[Thing]) -> None:
        """Read what is new of things of one kind and store, and hand it out."""
        after = {thing.id: min(each.seen for each in watches) for thing in things if (watches := self._of(thing))}
        if not after:
            return
        feed = self._feeds[kind]
        found = await self._database.transaction(store_id, lambda tx: feed(tx, after, MOST_STEPS))
        for thing in things:
            steps = found.get(thing.id, ())
            # Who came while we read and has seen less than was asked for is looked after next time.
            for watch in tuple(self._of(thing)):
                if watch.seen >= after.get(thing.id, 0):
                    await self._hand_out(watch, steps)
                else:
                    self._look_at(thing)
            if len(steps) == MOST_STEPS:
                self._look_at(thing)

    def _of(self, thing: Thing) -> Set[Watch]:
        return self._watches.get(thing, frozenset())

    async def _hand_out(self, watch: Watch, steps: Sequence[Step]) -> None:
        try:
            await watch.take(steps)
        except Exception as error:  # noqa: BLE001  # one who cannot take it must not keep it from the others
            _LOG.exception("watch_failed", kind=watch.thing.kind, error=type(error).__name__)
            watch.close()


HUB: Final = Resource[Hub]("feeds.hub")
