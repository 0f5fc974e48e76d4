"""Is whoever watches a thing handed each of its steps, in order, once, whatever happens meanwhile?"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import pytest
import pytest_asyncio

from server.feeds import hub as hub_module
from server.feeds import readings as readings_module
from server.feeds.hub import Hub
from server.feeds.notices import Notices
from server.feeds.readings import MOST_STEPS
from server.feeds.steps import Step, Thing
from storage.database import Database
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.feeds.conftest import KIND, Reader, begin, read, running, write

EARS = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"


EVENTS = (
    "write", "write", "write and offer", "write and offer", "offer late", "burst", "watch", "leave", "come back",
    "fill", "deafen",
)  # fmt: skip


@dataclass
class Counted:
    """A hub that hears only what the test says, and counts how often it reads."""

    hub: Hub
    notices: Notices
    readings: list[Mapping[UUID, int]]

    def hears(self, thing: Thing, seq: int) -> None:
        """A notice."""
        self.notices.heard(f"{thing.kind} {thing.store_id} {thing.id} {seq}")


@pytest_asyncio.fixture(loop_scope="session")
async def counted(database: Database) -> AsyncIterator[Counted]:
    """A hub of this test."""
    readings: list[Mapping[UUID, int]] = []

    async def counting(tx: Transaction, after: Mapping[UUID, int], most: int) -> Mapping[UUID, Sequence[Step]]:
        found = await read(tx, after, most)
        readings.append(after)
        return found

    notices = Notices()
    hub = Hub(database, notices, {KIND: counting})
    task = asyncio.create_task(hub.run())
    yield Counted(hub, notices, readings)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_is_offered_and_next_for_everybody_is_not_read(
    database: Database, counted: Counted, thing: Thing, reader: Reader
) -> None:
    await write(database, thing)
    other = Reader()
    for each in (reader, other):
        each.watches(counted.hub, thing)
        await each.until(1)
    before = len(counted.readings)
    with counted.hub.writing(thing):
        await write(database, thing, 2)
        counted.hears(thing, 2)
        counted.hears(thing, 3)
        # The one that was committed later is offered first, before the hub can look at any.
        counted.hub.offer(thing, 2, Step(3, "3"))
        counted.hub.offer(thing, 1, Step(2, "2"))
    await asyncio.gather(reader.until(3), other.until(3))
    counted.hub.offer(thing, 1, Step(2, "2"))
    await asyncio.sleep(2 * hub_module.OFFERED_SECONDS)  # until notices that waited were looked at
    assert (reader.got, other.got) == ([1, 2, 3], [1, 2, 3])
    assert len(counted.readings) == before


async def test_who_misses_something_before_what_is_offered_gets_both(
    database: Database, counted: Counted, thing: Thing, reader: Reader
) -> None:
    reader.watches(counted.hub, thing)
    await write(database, thing, 3)
    counted.hub.offer(thing, 2, Step(3, "3"))
    await reader.until(3)
    assert reader.got == [1, 2, 3]
    await write(database, thing, 3)
    counted.hub.offer(thing, 3, Step(4, "4"))
    counted.hub.offer(thing, 5, Step(6, "6"))
    await reader.until(6)
    assert reader.got == [1, 2, 3, 4, 5, 6]


async def test_a_step_that_is_never_offered_although_one_is_written_comes_all_the_same(
    database: Database, counted: Counted, thing: Thing, reader: Reader
) -> None:
    await write(database, thing)
    reader.watches(counted.hub, thing)
    await reader.until(1)
    with counted.hub.writing(thing):
        await write(database, thing)
        counted.hears(thing, 2)
        await reader.until(2)
    assert reader.got == [1, 2]


async def test_what_was_missed_and_what_comes_are_one_row_of_steps(
    database: Database, hub: Hub, thing: Thing, reader: Reader
) -> None:
    await write(database, thing, 5)
    reader.watches(hub, thing, after=2)
    await reader.until(5)
    for _ in range(3):
        await write(database, thing)
    await reader.until(8)
    assert reader.got == [3, 4, 5, 6, 7, 8]


async def test_each_of_two_who_have_seen_different_amounts_gets_what_they_miss(
    database: Database, hub: Hub, thing: Thing
) -> None:
    await write(database, thing, 10)
    new, old = Reader(), Reader()
    new.watches(hub, thing, after=9)
    old.watches(hub, thing, after=1)
    await write(database, thing)
    await asyncio.gather(new.until(11), old.until(11))
    assert (new.got, old.got) == ([10, 11], list(range(2, 12)))


async def test_more_than_one_statement_reads_is_caught_up_with_in_order(
    database: Database, hub: Hub, thing: Thing, reader: Reader
) -> None:
    await write(database, thing, 2 * MOST_STEPS + 1)
    late = Reader()
    late.watches(hub, thing, after=2 * MOST_STEPS)
    reader.watches(hub, thing)
    await asyncio.gather(reader.until(2 * MOST_STEPS + 1), late.until(2 * MOST_STEPS + 1))
    assert reader.got == list(range(1, 2 * MOST_STEPS + 2))
    assert late.got == [2 * MOST_STEPS + 1]


async def test_a_lost_listener_loses_nothing(database: Database, hub: Hub, thing: Thing, reader: Reader) -> None:
    reader.watches(hub, thing)
    await write(database, thing)
    await reader.until(1)
    assert await database.fetchval(f"SELECT count(pg_terminate_backend(pid)) {EARS}") >= 1
    await write(database, thing, 3)
    await reader.until(4)
    assert reader.got == [1, 2, 3, 4]


async def test_a_step_without_a_notice_comes_with_the_next_look(
    database: Database, thing: Thing, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "LOOKS_EVERY_SECONDS", 0.05)
    deaf = Hub(database, Notices(), {KIND: read})
    task = asyncio.create_task(deaf.run())
    try:
        reader.watches(deaf, thing)
        for seq in (1, 2):
            await write(database, thing)
            await reader.until(seq)
    finally:
        task.cancel()
    assert reader.got == [1, 2]


async def test_who_cannot_take_a_step_is_let_go_and_told_and_the_others_get_it(
    database: Database, hub: Hub, thing: Thing, reader: Reader
) -> None:
    broken = Reader()

    async def fail(_step: Step) -> None:
        raise ValueError("a bug")

    watch = hub.watch(thing, 0, fail, broken)
    reader.watches(hub, thing)
    await write(database, thing, 2)
    await reader.until(2)
    assert (watch.is_open, broken.lost) == (False, 1)
    assert (reader.got, reader.lost) == ([1, 2], 0)


async def test_who_has_no_room_is_not_waited_for_and_misses_nothing(
    database: Database, hub: Hub, thing: Thing, reader: Reader
) -> None:
    slow = Reader()
    slow.room = lambda: len(slow.got) < 3
    slow.watches(hub, thing)
    reader.watches(hub, thing)
    await write(database, thing, 5)
    await reader.until(5)
    await slow.until(3)
    await write(database, thing)
    await reader.until(6)
    assert slow.got == [1, 2, 3]
    slow.room = lambda: True
    await slow.until(6)
    assert slow.got == reader.got == [1, 2, 3, 4, 5, 6]


async def test_nothing_is_handed_to_a_watch_that_was_closed(
    database: Database, hub: Hub, thing: Thing, reader: Reader
) -> None:
    gone = Reader()
    watch = gone.watches(hub, thing)
    reader.watches(hub, thing)
    await write(database, thing)
    await asyncio.gather(gone.until(1), reader.until(1))
    watch.close()
    watch.close()
    await write(database, thing)
    await reader.until(2)
    assert gone.got == [1]


async def test_a_feed_that_fails_is_asked_again_and_keeps_nobody_else_waiting(
    database: Database, store: Store, thing: Thing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings_module, "AGAIN_SECONDS", 0.01)
    failures = 3

    async def fail_at_first(tx: Transaction, after: Mapping[UUID, int], most: int) -> Mapping[UUID, Sequence[Step]]:
        nonlocal failures
        if failures:
            failures -= 1
            raise KeyError("a bug")
        return await read(tx, after, most)

    both = Hub(database, Notices(), {KIND: read, "other": fail_at_first})
    task = asyncio.create_task(both.run())
    try:
        other = await begin(database, store)
        await write(database, thing)
        await write(database, other)
        ours, theirs = Reader(), Reader()
        theirs.watches(both, Thing("other", other.store_id, other.id))
        ours.watches(both, thing)
        await asyncio.gather(ours.until(1), theirs.until(1))
    finally:
        task.cancel()
    assert failures == 0


async def test_a_feed_that_waits_for_ever_once_is_asked_again_and_stops_nobody(
    database: Database, thing: Thing, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings_module, "AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(readings_module, "PATIENCE_SECONDS", 0.1)
    waited = 0

    async def wait_at_first(tx: Transaction, after: Mapping[UUID, int], most: int) -> Mapping[UUID, Sequence[Step]]:
        nonlocal waited
        waited += 1
        if waited == 1:
            await tx.fetch("SELECT pg_sleep(3600)")
        monkeypatch.undo()
        return await read(tx, after, most)

    hub = Hub(database, Notices(), {KIND: wait_at_first})
    task = asyncio.create_task(hub.run())
    try:
        await write(database, thing, 2)
        reader.watches(hub, thing)
        await reader.until(2)
    finally:
        task.cancel()
    assert reader.got == [1, 2]
    assert waited > 1


async def test_what_is_offered_comes_while_something_else_is_read_for_long(
    database: Database, store: Store, thing: Thing, reader: Reader
) -> None:
    slow, other = await begin(database, store), Reader()
    is_read, may_end = asyncio.Event(), asyncio.Event()

    async def wait_for_slow(tx: Transaction, after: Mapping[UUID, int], most: int) -> Mapping[UUID, Sequence[Step]]:
        if slow.id in after:
            is_read.set()
            await may_end.wait()
        return await read(tx, after, most)

    hub = Hub(database, Notices(), {KIND: wait_for_slow})
    task = asyncio.create_task(hub.run())
    try:
        for each in (thing, slow):
            await write(database, each)
        reader.watches(hub, thing)
        await reader.until(1)
        other.watches(hub, slow)
        await is_read.wait()
        await write(database, thing)
        hub.offer(thing, 1, Step(2, "2"))
        await reader.until(2)
        # What has to be read of the same store waits, and comes with the next reading.
        late = Reader()
        late.watches(hub, thing)
        assert (other.got, late.got) == ([], [])
        may_end.set()
        await asyncio.gather(other.until(1), late.until(2))
    finally:
        task.cancel()
    assert (reader.got, other.got, late.got) == ([1, 2], [1], [1, 2])


async def test_who_misses_much_keeps_nobody_else_from_what_is_offered(
    database: Database, thing: Thing, reader: Reader
) -> None:
    is_read, may_end = asyncio.Event(), asyncio.Event()

    async def wait_for_the_first(
        tx: Transaction, after: Mapping[UUID, int], most: int
    ) -> Mapping[UUID, Sequence[Step]]:
        if after[thing.id] == 0:
            is_read.set()
            await may_end.wait()
        return await read(tx, after, most)

    hub = Hub(database, Notices(), {KIND: wait_for_the_first})
    task = asyncio.create_task(hub.run())
    try:
        await write(database, thing, 9)
        reader.watches(hub, thing, after=8)
        await reader.until(9)
        late = Reader()
        late.watches(hub, thing)
        # It is a matter of chance after whom is read first, so somebody rings until it is the turn of who is late.
        while not is_read.is_set():
            Reader().watches(hub, thing, after=9).close()
            await asyncio.sleep(0.001)
        await write(database, thing)
        hub.offer(thing, 9, Step(10, "10"))
        await reader.until(10)
        assert late.got == []
        may_end.set()
        await late.until(10)
    finally:
        task.cancel()
    assert late.got == list(range(1, 11))


async def test_who_begins_anew_all_the_time_keeps_nobody_from_what_comes(
    database: Database, counted: Counted, thing: Thing, reader: Reader
) -> None:
    await write(database, thing, 2 * MOST_STEPS)
    reader.watches(counted.hub, thing, after=2 * MOST_STEPS)
    nuisance = counted.hub.watch(thing, 0, Reader().take)
    await write(database, thing)
    before = len(counted.readings)
    while not reader.got:
        assert len(counted.readings) - before < 100, "it is read for them sooner or later"
        nuisance.close()
        nuisance = counted.hub.watch(thing, 0, Reader().take)
        counted.hears(thing, 2 * MOST_STEPS + 1)
        await asyncio.sleep(0.001)
    assert reader.got == [2 * MOST_STEPS + 1]


async def test_a_hub_knows_nothing_of_those_who_left(hub: Hub, thing: Thing, reader: Reader) -> None:
    watches = [reader.watches(hub, thing) for _ in range(3)]
    assert hub.watched == {KIND: 1}
    for watch in watches:
        watch.close()
    assert hub.watched == {KIND: 0}


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_the_order_of_events_everybody_gets_everything_once(
    database: Database, store: Store, seed: int
) -> None:
    """Steps, watches that begin anywhere, closings, comings back, full ones and lost listeners, in a random order."""
    chance = random.Random(seed)
    async with running(database) as one, running(database) as other:
        things = [await begin(database, store) for _ in range(3)]
        written = dict.fromkeys(things, 0)
        readers: list[tuple[Thing, int, Reader]] = []

        def watch(thing: Thing, after: int, reader: Reader) -> None:
            hub = chance.choice([one, other])
            open_watches.append((reader.watches(hub, thing, after), reader))
            readers.append((thing, after, reader))

        open_watches: list[tuple[hub_module.Watch, Reader]] = []
        late: list[tuple[Hub, Thing, int]] = []
        for _ in range(80):
            thing = chance.choice(things)
            match chance.choice(EVENTS):
                case "write":
                    await write(database, thing)
                    written[thing] += 1
                case "write and offer":
                    hub = chance.choice([one, other])
                    with hub.writing(thing):
                        await write(database, thing)
                        written[thing] += 1
                        if chance.random() < 0.6:
                            hub.offer(thing, written[thing] - 1, Step(written[thing], str(written[thing])))
                        else:
                            late.append((hub, thing, written[thing]))
                case "offer late" if late:
                    hub, of, seq = late.pop(chance.randrange(len(late)))
                    for _ in range(chance.randint(1, 2)):
                        hub.offer(of, seq - 1, Step(seq, str(seq)))
                case "burst":
                    count = chance.randint(2, 2 * MOST_STEPS // 3)
                    await write(database, thing, count)
                    written[thing] += count
                case "watch":
                    watch(thing, chance.randint(0, written[thing]), Reader())
                case "leave" if open_watches:
                    open_watches.pop(chance.randrange(len(open_watches)))[0].close()
                case "come back" if open_watches:
                    left, reader = open_watches.pop(chance.randrange(len(open_watches)))
                    left.close()
                    watch(left.thing, left.seen, Reader())
                case "fill" if open_watches:
                    reader = chance.choice(open_watches)[1]
                    limit = len(reader.got) + chance.randint(0, 50)
                    reader.room = lambda reader=reader, limit=limit: len(reader.got) < limit
                case "deafen" if chance.random() < 0.3:
                    await database.fetchval(f"SELECT count(pg_terminate_backend(pid)) {EARS}")
        still_there = {id(reader) for _, reader in open_watches}
        for thing, after, reader in readers:
            reader.room = lambda: True
            if id(reader) in still_there and after < written[thing]:
                await reader.until(written[thing])
        for thing, after, reader in readers:
            whole = list(range(after + 1, written[thing] + 1))
            assert reader.got == (whole if id(reader) in still_there else whole[: len(reader.got)])
