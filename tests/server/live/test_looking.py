"""Is something read once for all who look at it, no more often than it may be, and not at all while nobody looks?"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

import pytest

from server.live import looking as looking_module
from server.live.looking import Lookout
from storage.database import Database
from storage.ids import new_id
from storage.transaction import Transaction

STORE: Final = new_id()


class Room:
    """Of somebody who can be full."""

    def __init__(self) -> None:
        self.is_full = False
        self.lost = 0

    def has_room(self) -> bool:
        return not self.is_full

    def lost_a_step(self) -> None:
        self.lost += 1


class Counter:
    """Something to look at: each reading finds one more."""

    def __init__(self) -> None:
        self.count = 0
        self.asked: list[set[UUID]] = []

    async def read(self, _tx: Transaction, things: Collection[UUID]) -> Mapping[UUID, int]:
        self.count += 1
        self.asked.append(set(things))
        return dict.fromkeys(things, self.count)


class Shown:
    """What somebody was shown."""

    def __init__(self, fails: bool = False) -> None:
        self.values: list[int] = []
        self._fails = fails
        self._rung = asyncio.Event()

    async def show(self, value: int) -> None:
        if self._fails:
            raise ValueError("cannot look")
        self.values.append(value)
        self._rung.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.values) < count:
                self._rung.clear()
                await self._rung.wait()


def lookout(database: Database, counter: Counter, pause: float = 0.0, look: float = 60.0) -> Lookout[int]:
    return Lookout(database, counter.read, pause_seconds=pause, look_seconds=look)


async def test_all_who_look_are_shown_one_reading(database: Database) -> None:
    counter, things = Counter(), [new_id(), new_id()]
    looking, shown = lookout(database, counter), [Shown() for _ in range(10)]
    looks = [looking.look(STORE, things[place % 2], each.show) for place, each in enumerate(shown)]
    for each in shown:
        await each.until(1)
    assert counter.asked == [set(things)]
    for each in looks:
        each.close()


async def test_changes_that_come_fast_are_shown_as_one(database: Database) -> None:
    counter, thing, shown = Counter(), new_id(), Shown()
    begun, gate = asyncio.Event(), asyncio.Event()

    async def read(tx: Transaction, things: Collection[UUID]) -> Mapping[UUID, int]:
        begun.set()
        await gate.wait()
        return await counter.read(tx, things)

    looking = Lookout(database, read, pause_seconds=0.0, look_seconds=60.0)
    look = looking.look(STORE, thing, shown.show)
    await begun.wait()
    for _ in range(100):
        looking.changed(STORE, thing)
        await asyncio.sleep(0)
    gate.set()
    await shown.until(2)
    assert counter.count == 2
    look.close()


async def test_nothing_is_read_again_before_the_pause_is_over(database: Database) -> None:
    counter, thing, shown = Counter(), new_id(), Shown()
    looking = lookout(database, counter, pause=30.0)
    look = looking.look(STORE, thing, shown.show)
    await shown.until(1)
    looking.changed(STORE, thing)
    await asyncio.sleep(0.05)
    assert looking.readings == 1
    look.close()


async def test_nothing_is_read_while_nobody_looks(database: Database) -> None:
    counter, thing, shown = Counter(), new_id(), Shown()
    looking = lookout(database, counter, look=0.01)
    look = looking.look(STORE, thing, shown.show)
    await shown.until(3)
    look.close()
    look.close()
    # One that had begun goes on to its end.
    async with asyncio.timeout(10):
        while counter.count < looking.readings:
            await asyncio.sleep(0.01)
    read = counter.count
    looking.changed(STORE, thing)
    looking.look_at_all()
    await asyncio.sleep(0.05)
    assert (counter.count, looking.is_looked_at) == (read, False)


async def test_who_comes_after_everybody_has_left_is_shown_it_too(database: Database) -> None:
    counter, thing = Counter(), new_id()
    looking = lookout(database, counter)
    for _ in range(3):
        shown = Shown()
        look = looking.look(STORE, thing, shown.show)
        await shown.until(1)
        look.close()


async def test_who_has_no_room_is_shown_the_newest_once_they_have(database: Database) -> None:
    counter, thing, room, slow, quick = Counter(), new_id(), Room(), Shown(), Shown()
    looking = lookout(database, counter)
    room.is_full = True
    looks = [looking.look(STORE, thing, slow.show, room), looking.look(STORE, thing, quick.show)]
    await quick.until(1)
    looking.changed(STORE, thing)
    await quick.until(2)
    assert slow.values == []
    room.is_full = False
    await slow.until(1)
    assert slow.values == quick.values[-1:]
    for each in looks:
        each.close()


async def test_who_comes_while_it_is_read_is_not_shown_what_was_before_them(database: Database) -> None:
    counter, thing, early, late = Counter(), new_id(), Shown(), Shown()
    begun, gate = asyncio.Event(), asyncio.Event()

    async def read(tx: Transaction, things: Collection[UUID]) -> Mapping[UUID, int]:
        found = await counter.read(tx, things)
        begun.set()
        await gate.wait()
        return found

    looking = Lookout(database, read, pause_seconds=0.0, look_seconds=60.0)
    looks = [looking.look(STORE, thing, early.show)]
    await begun.wait()
    # They have seen for themselves what it is like now, later than this reading.
    looks.append(looking.look(STORE, thing, late.show))
    gate.set()
    await late.until(1)
    assert (early.values, late.values) == ([1, 2], [2])
    for each in looks:
        each.close()


async def test_a_reading_that_is_never_answered_keeps_it_from_nobody(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking_module, "PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(looking_module, "AGAIN_SECONDS", 0.01)
    counter, here, away, hung = Counter(), Shown(), Shown(), list[Collection[UUID]]()

    async def read(tx: Transaction, things: Collection[UUID]) -> Mapping[UUID, int]:
        if not hung:
            hung.append(things)
            await asyncio.Event().wait()
        return await counter.read(tx, things)

    looking = Lookout(database, read, pause_seconds=0.0, look_seconds=60.0)
    looks = [looking.look(store, new_id(), each.show) for store, each in ((STORE, here), (new_id(), away))]
    await here.until(1)
    await away.until(1)
    assert len(hung) == 1
    for each in looks:
        each.close()


async def test_one_who_fails_keeps_it_from_nobody(database: Database) -> None:
    counter, thing, room, bad, good = Counter(), new_id(), Room(), Shown(fails=True), Shown()
    looking = lookout(database, counter)
    looking.look(STORE, thing, bad.show, room)
    look = looking.look(STORE, thing, good.show)
    await good.until(1)
    looking.changed(STORE, thing)
    await good.until(2)
    assert room.lost == 1
    look.close()


async def test_a_change_of_a_store_is_one_of_all_its_things(database: Database) -> None:
    counter, here, away = Counter(), Shown(), Shown()
    things, other = [new_id(), new_id()], new_id()
    looking = lookout(database, counter)
    looks = [looking.look(STORE, thing, here.show) for thing in things]
    looks.append(looking.look(other, things[0], away.show))
    await here.until(2)
    await away.until(1)
    counter.asked.clear()
    looking.store_changed(STORE)
    await here.until(4)
    assert counter.asked == [set(things)]
    for each in looks:
        each.close()


async def test_what_nobody_tells_of_is_read_every_few_seconds_however_much_else_happens(database: Database) -> None:
    counter, busy, idle = Counter(), Shown(), Shown()
    thing, other = new_id(), new_id()
    looking = lookout(database, counter, look=0.2)
    looks = [looking.look(STORE, thing, busy.show), looking.look(other, thing, idle.show)]
    async with asyncio.timeout(20):
        while len(idle.values) < 3:
            looking.changed(STORE, thing)
            await asyncio.sleep(0.01)
    assert len(busy.values) > 3
    for each in looks:
        each.close()
