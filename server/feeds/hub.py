"""How do steps come from the database to whoever watches? One hub in each process reads them and hands them out.

A feed is the steps of one thing, a conversation or an order, numbered by the database in the order of commits. Whoever
watches a thing says which step they have seen last, and is handed all that follow, in order, each once. What they
missed and what happens from now on come the same way: the hub reads what is new after the least that is known here, and
each watch takes what it has not had. A notice says only that there is something to read, so one that is lost, early
or doubled does no harm; every few seconds the hub looks at everything that is watched.

Whoever takes steps more slowly than they come is not waited for: they are handed the next once they have room for it.
Nor is the database waited for: what is read is handed out when it is there, and meanwhile what was offered.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Final, Protocol

import structlog

from server.feeds.notices import Notice, Notices
from server.feeds.readings import MOST_STEPS, MOST_THINGS, Found, Group, Readings, Wanted
from server.feeds.steps import Due, Feed, Step, Thing
from server.web.call import Resource
from storage.database import Database

LOOKS_EVERY_SECONDS: Final = 10.0
"""How late a step is at most whose notice was lost."""
ROOM_SECONDS: Final = 0.1
"""How soon somebody is asked again who had no room for the next step."""
OFFERED_SECONDS: Final = 0.1
"""How long a notice waits at most for the step itself, while one is written here."""

_LOG: Final = structlog.get_logger("sostech.feeds")


@dataclass(frozen=True, slots=True)
class _Offer:
    """A step that was made here; `after` is the one before it. Since when it is there, as of Due."""

    after: int
    step: Step
    since: float


Deliver = Callable[[Step], Awaitable[None]]


class Receiver(Protocol):
    """Where delivered steps go, as far as the hub has to know."""

    def has_room(self) -> bool:
        """Whether one more step may be delivered now; asked again soon when not."""
        ...

    def lost_a_step(self) -> None:
        """A step could not be delivered, so the watch was closed: whoever watches has to begin again to get it."""
        ...


class _Anybody:
    """Has room for everything, and is told by nobody that a watch is closed."""

    def has_room(self) -> bool:
        return True

    def lost_a_step(self) -> None:
        return


ANYBODY: Final[Receiver] = _Anybody()


class Watch:
    """Somebody who watches a thing. `seen` is the last step they were handed."""

    __slots__ = ("_deliver", "_hub", "is_open", "receiver", "seen", "thing")

    def __init__(self, hub: Hub, thing: Thing, seen: int, deliver: Deliver, receiver: Receiver) -> None:
        self._hub = hub
        self._deliver = deliver
        self.thing = thing
        self.seen = seen
        self.receiver = receiver
        self.is_open = True

    async def take(self, steps: Iterable[Step]) -> int:
        """Hand out those that follow what was seen, as long as there is room for them; how many these were.

        Whoever cannot take a step is not handed the next.
        """
        handed = 0
        for step in steps:
            if step.seq <= self.seen:
                continue
            if not self.is_open or not self.receiver.has_room():
                break
            await self._deliver(step)
            self.seen = step.seq
            handed += 1
        return handed

    def close(self) -> None:
        """Watch no more; may be called again."""
        if self.is_open:
            self.is_open = False
            self._hub.let_go(self)


class Hub:
    """The watches of this process; `run` it in a task of its own."""

    def __init__(self, database: Database, notices: Notices, feeds: Mapping[str, Feed]) -> None:
        """`feeds` by the kind of thing that their notices name."""
        self._feeds = feeds
        self._readings = Readings(database, feeds, self._ring, self._look_again)
        self._watches: dict[Thing, set[Watch]] = {}
        self._due: dict[Thing, Due] = {}
        self._offers: dict[Thing, list[_Offer]] = {}
        self._writing: Counter[Thing] = Counter()
        self._held: dict[Thing, Due] = {}
        self._full: set[Watch] = set()
        self._rung = asyncio.Event()
        self.handed: Counter[str] = Counter()
        """How many steps were handed out, by kind of thing, each time to one watch."""
        self.noted: list[Callable[[str, float], None]] = []
        """Called for each thing whose steps were handed out, with its kind, and the seconds since its notice came."""
        for kind in feeds:
            notices.on(kind, self._heard)
        notices.on_silence(self._look_at_all)

    def watch(self, thing: Thing, after: int, deliver: Deliver, receiver: Receiver = ANYBODY) -> Watch:
        """Have each step of the thing after this one delivered, until the watch is closed.

        `deliver` must not wait for people: it puts the step where somebody else sends it from. `receiver` says whether
        there is room for it there; a connection of a socket is one.
        """
        watch = Watch(self, thing, after, deliver, receiver)
        self._watches.setdefault(thing, set()).add(watch)
        self._look_at(thing)
        return watch

    @contextmanager
    def writing(self, thing: Thing) -> Iterator[None]:
        """A step of the thing is written meanwhile, and will be offered: its notice may come before, and need not."""
        self._writing[thing] += 1
        try:
            yield
        finally:
            self._writing[thing] -= 1
            if not self._writing[thing]:
                del self._writing[thing]
            self._look_at_held(thing)

    def offer(self, thing: Thing, after: int, step: Step) -> None:
        """Hand out a committed step that was made here and follows `after`, without reading it.

        Whoever is not there yet, or misses what came between, gets it from the database, like all that is not offered.
        """
        if thing in self._watches:
            self._offers.setdefault(thing, []).append(_Offer(after, step, _now()))
            self._ring()

    def let_go(self, watch: Watch) -> None:
        """Forget a watch that is closed."""
        self._full.discard(watch)
        watches = self._watches.get(watch.thing)
        if watches is not None:
            watches.discard(watch)
            if not watches:
                del self._watches[watch.thing]
                self._offers.pop(watch.thing, None)

    @property
    def watched(self) -> Mapping[str, int]:
        """How many things are watched here, by their kind."""
        return {**dict.fromkeys(self._feeds, 0), **Counter(thing.kind for thing in self._watches)}

    async def run(self) -> None:
        """Have read and hand out until cancelled."""
        last_look = _now()
        try:
            while True:
                await self._until_rung(last_look + LOOKS_EVERY_SECONDS)
                if _now() - last_look >= LOOKS_EVERY_SECONDS:
                    last_look = _now()
                    self._look_at_all()
                self._look_who_has_room()
                await self._hand_out_offers()
                for found in self._readings.take():
                    await self._hand_out_found(found)
                due, self._due = self._due, {}
                self._have_read(due)
        finally:
            await self._readings.end()

    async def _until_rung(self, next_look: float) -> None:
        """Wait for a notice, or until it is time to look without one, or whether there is room again."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(min(next_look, _now() + ROOM_SECONDS) if self._full else next_look):
                await self._rung.wait()
        self._rung.clear()

    def _ring(self) -> None:
        self._rung.set()

    def _heard(self, notice: Notice) -> None:
        thing = Thing(notice.kind, notice.store_id, notice.id)
        if not self._is_missed(thing, notice.seq):
            return
        due = Due(_now(), notice.seq)
        if not self._writing[thing]:
            self._look_again({thing: due})
        elif thing in self._held:
            self._held[thing] = self._held[thing].and_also(due)
        else:
            self._held[thing] = due
            # Who writes may wait for somebody who writes elsewhere.
            asyncio.get_running_loop().call_later(OFFERED_SECONDS, self._look_at_held, thing)

    def _look_at_held(self, thing: Thing) -> None:
        """Look at what was noticed while somebody wrote here: what they wrote is offered by now."""
        due = self._held.pop(thing, None)
        if due is not None:
            self._look_again({thing: due})

    def _is_missed(self, thing: Thing, until: float) -> bool:
        """Whether somebody who watches has not been handed the steps up to this one."""
        return any(watch.seen < until for watch in self._of(thing))

    def _look_at(self, thing: Thing) -> None:
        """There may be steps of it, nobody knows how many."""
        self._look_again({thing: Due(_now(), math.inf)})

    def _look_again(self, some: Mapping[Thing, Due]) -> None:
        for thing, due in some.items():
            known = self._due.get(thing)
            self._due[thing] = due if known is None else known.and_also(due)
        self._ring()

    def _look_at_all(self) -> None:
        for thing in self._watches:
            self._look_at(thing)

    def _look_who_has_room(self) -> None:
        for watch in tuple(self._full):
            if watch.receiver.has_room():
                self._full.discard(watch)
                self._look_at(watch.thing)

    async def _hand_out_offers(self) -> None:
        """Hand out what was offered to those whose next it is; have it read for the others."""
        offers, self._offers = self._offers, {}
        for thing, some in offers.items():
            some.sort(key=lambda each: each.step.seq)
            if not self._is_missed(thing, some[-1].step.seq):
                continue
            has_gap = any(later.after > earlier.step.seq for earlier, later in pairwise(some))
            if has_gap or self._is_missed(thing, some[0].after):
                self._look_at(thing)
            if not has_gap and await self._hand_out(thing, some[0].after, [each.step for each in some]):
                for note in self.noted:
                    note(thing.kind, _now() - some[0].since)

    def _have_read(self, due: Mapping[Thing, Due]) -> None:
        """Have read what somebody misses; the rest waits for the end of a reading, which rings."""
        groups: dict[Group, dict[Thing, Due]] = defaultdict(dict)
        for thing, this in due.items():
            if self._is_missed(thing, this.until):
                groups[thing.kind, thing.store_id][thing] = this
        for group, things in groups.items():
            some = dict(islice(things.items(), MOST_THINGS)) if self._readings.may_begin(group) else {}
            self._due.update((thing, things[thing]) for thing in things.keys() - some.keys())
            wanted = self._wanted(some)
            if wanted:
                self._readings.begin(group, wanted)
            elif 0 < len(some) < len(things):
                # None of these has room, and no reading that ends will ring for the rest.
                self._ring()

    def _wanted(self, due: Mapping[Thing, Due]) -> Mapping[Thing, Wanted]:
        """What those miss who have room for it; the others are asked again soon, and hold up nobody.

        Who has seen more than one of them, whoever that is, is handed it with them, and the rest is read next. By
        chance, because who always begins anew would else keep those from their turn who have seen more.
        """
        return {
            thing: Wanted(random.choice(tuple({watch.seen for watch in able})), this)
            for thing, this in due.items()
            if (able := self._with_room(thing))
        }

    async def _hand_out_found(self, found: Found) -> None:
        for thing, wanted in found.wanted.items():
            if await self._hand_out(thing, wanted.after, found.steps.get(thing.id, ())):
                for note in self.noted:
                    note(thing.kind, _now() - wanted.due.since)

    def _with_room(self, thing: Thing) -> Sequence[Watch]:
        """Who could be handed a step of it now."""
        able = []
        for watch in self._of(thing):
            if watch.receiver.has_room():
                able.append(watch)
            else:
                self._full.add(watch)
        return able

    async def _hand_out(self, thing: Thing, after: int, steps: Sequence[Step]) -> int:
        """Hand these steps, which are all that follow `after` up to the last, to whoever watches; how many they took.

        Who came while we read, or had no room then, may have seen less than `after`: like those who have no room now,
        they are looked after as soon as they have it.
        """
        handed = 0
        last = steps[-1].seq if steps else after
        for watch in tuple(self._of(thing)):
            if watch.seen >= after:
                handed += await self._hand_to(watch, steps)
            if watch.is_open and watch.seen < last:
                self._full.add(watch)
        if len(steps) == MOST_STEPS:
            self._look_at(thing)
        self.handed[thing.kind] += handed
        return handed

    async def _hand_to(self, watch: Watch, steps: Sequence[Step]) -> int:
        try:
            return await watch.take(steps)
        except Exception as error:  # noqa: BLE001  # one who cannot take it must not keep it from the others
            _LOG.exception("watch_failed", kind=watch.thing.kind, error=type(error).__name__)
            watch.close()
            watch.receiver.lost_a_step()
            return 0

    def _of(self, thing: Thing) -> Set[Watch]:
        return self._watches.get(thing, frozenset())


def _now() -> float:
    return asyncio.get_running_loop().time()


HUB: Final = Resource[Hub]("feeds.hub")
