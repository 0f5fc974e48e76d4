"""Whatever is killed, cancelled or paused while a replay runs: no cart is counted twice, and nothing is half done."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from server.analysis.process import COMPARER
from server.analysis.running import go_on
from server.background.runners import RUNNERS
from server.background.worker import Worker
from server.serve import working
from server.web.call import Shop
from storage.database import Database
from storage.tenancy import Store
from tests.server.analysis.analysts import Analyst, a_cart
from tests.server.cart.goods import Goods
from tests.shop import expect, new_shop

CARTS = 23
CHUNK = 5

Hook = Callable[[], Awaitable[None]]


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five carts at a time, and after each of them a step; a worker stays with a replay however busy the machine is."""
    monkeypatch.setattr("server.analysis.running.CHUNK", CHUNK)
    monkeypatch.setattr("server.analysis.running.SLICE_SECONDS", 600.0)
    monkeypatch.setattr("server.analysis.running.STEP_SECONDS", 0.0)


@pytest.fixture
def before_chunk(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Hook], None]:
    """`before_chunk(2, hook)`: what happens when a worker is about to compare its second chunk (0: any)."""
    comparer = shop.use(COMPARER)

    def arrange(number: int, hook: Hook) -> None:
        chunks = 0
        compare = comparer.compare

        async def hooked(*arguments: Any) -> bytes:
            nonlocal chunks
            chunks += 1
            if number in (0, chunks):
                await hook()
            return await compare(*arguments)

        monkeypatch.setattr(comparer, "compare", hooked)

    return arrange


async def asked(analyst: Analyst) -> str:
    """A replay in which every third cart pays less."""
    prices = ["170.00", "30.00", "500.00"]
    await analyst.upload("lamps", *[a_cart(prices[number % 3], id=f"n{number}") for number in range(CARTS)])
    return await analyst.start({"collection": "lamps"}, after={"with": [await analyst.cheaper_shipping()]})


async def again(analyst: Analyst, replay_id: str) -> str:
    """The same replay once more."""
    body = await analyst.read(replay_id)
    return await analyst.start({"collection": "lamps"}, after={"with": body["after"]["with"]})


async def report_of(analyst: Analyst, replay_id: str) -> Any:
    """The report of a replay that is done."""
    replay = await analyst.read(replay_id)
    assert (replay["state"], replay["done"], replay["error"]) == ("done", CARTS, None)
    assert replay["report"]["counts"]["read"] == CARTS
    return replay["report"]


async def uninterrupted(analyst: Analyst, replay_id: str) -> Any:
    """What comes out of the same replay when nothing happens."""
    other = await again(analyst, replay_id)
    await analyst.work()
    return await report_of(analyst, other)


async def kill_comparer(shop: Shop) -> None:
    """End the process that compares, as the system does when memory is short."""
    process = shop.use(COMPARER)._process
    assert process is not None
    (pid,) = process._processes
    os.kill(pid, signal.SIGKILL)


async def test_a_killed_comparing_process_changes_nothing_in_the_report(
    analyst: Analyst, shop: Shop, before_chunk: Callable[[int, Hook], None]
) -> None:
    replay_id = await asked(analyst)
    before_chunk(3, lambda: kill_comparer(shop))
    assert await go_on(shop, analyst.store) == 2 * CHUNK
    assert [(await analyst.read(replay_id))[name] for name in ("state", "done")] == ["running", 2 * CHUNK]
    await analyst.work()
    assert await report_of(analyst, replay_id) == await uninterrupted(analyst, replay_id)


async def test_another_worker_goes_on_where_a_killed_one_was(
    analyst: Analyst, shop: Shop, goods: Goods, before_chunk: Callable[[int, Hook], None]
) -> None:
    replay_id = await asked(analyst)

    async def end() -> None:
        raise asyncio.CancelledError

    before_chunk(4, end)
    with suppress(asyncio.CancelledError):
        await go_on(shop, analyst.store)
    assert (await analyst.read(replay_id))["done"] == 3 * CHUNK
    # Nobody can know yet that it is dead.
    assert await go_on(shop, analyst.store) == 0
    await time_passes(goods)
    await analyst.work()
    assert await report_of(analyst, replay_id) == await uninterrupted(analyst, replay_id)


async def test_a_worker_that_was_given_up_for_dead_writes_nothing(
    analyst: Analyst, shop: Shop, goods: Goods, before_chunk: Callable[[int, Hook], None]
) -> None:
    replay_id = await asked(analyst)

    async def be_overtaken() -> None:
        await time_passes(goods)
        assert await go_on(shop, analyst.store) == CARTS - CHUNK

    before_chunk(2, be_overtaken)
    await go_on(shop, analyst.store)
    assert await report_of(analyst, replay_id) == await uninterrupted(analyst, replay_id)


async def test_of_two_workers_one_gets_it(analyst: Analyst, shop: Shop) -> None:
    await asked(analyst)
    done = await asyncio.gather(go_on(shop, analyst.store), go_on(shop, analyst.store))
    assert sorted(done) == [0, CARTS]


async def test_what_is_cancelled_while_it_runs_leaves_nothing_behind(
    analyst: Analyst, shop: Shop, goods: Goods, before_chunk: Callable[[int, Hook], None]
) -> None:
    replay_id = await asked(analyst)

    async def cancel() -> None:
        assert expect(await analyst.tell(replay_id, "cancel"))["state"] == "cancelled"

    before_chunk(3, cancel)
    await analyst.work()
    replay = await analyst.read(replay_id)
    assert (replay["state"], replay["report"], replay["ended_at"] is None) == ("cancelled", None, False)
    kept = await goods.value("SELECT num_nonnulls(found, reached, claimed_until, report) FROM replay_jobs")
    assert kept == 0
    for what in ("pause", "resume"):
        assert (await analyst.tell(replay_id, what)).code == "replay_over"
    expect(await analyst.tell(replay_id, "cancel"))
    expect(await analyst.client.delete(f"/analysis/replays/{replay_id}"), 204)
    assert (await analyst.client.get(f"/analysis/replays/{replay_id}")).code == "replay_unknown"


async def test_what_is_paused_goes_on_where_it_was(
    analyst: Analyst, shop: Shop, before_chunk: Callable[[int, Hook], None]
) -> None:
    replay_id = await asked(analyst)

    async def pause() -> None:
        expect(await analyst.tell(replay_id, "pause"))

    before_chunk(3, pause)
    await analyst.work()
    paused = await analyst.read(replay_id)
    assert (paused["state"], paused["done"]) == ("paused", 2 * CHUNK)
    expect(await analyst.tell(replay_id, "pause"))
    assert await go_on(shop, analyst.store) == 0
    assert expect(await analyst.tell(replay_id, "resume"))["state"] == "waiting"
    await analyst.work()
    assert await report_of(analyst, replay_id) == await uninterrupted(analyst, replay_id)
    assert (await analyst.tell(replay_id, "resume")).code == "replay_over"


async def test_what_kills_everybody_fails_in_the_end_and_can_be_resumed(
    analyst: Analyst,
    shop: Shop,
    before_chunk: Callable[[int, Hook], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("server.analysis.running.MOST_TRIES", 2)
    replay_id = await asked(analyst)
    with monkeypatch.context() as patch:
        # The first chunk starts the process; from the second on it is killed.
        patch.setattr("server.analysis.running.SLICE_SECONDS", 0.0)
        await go_on(shop, analyst.store)
        before_chunk(0, lambda: kill_comparer_when_there(shop))
        await analyst.work()
    failed = await analyst.read(replay_id)
    assert (failed["state"], failed["done"], failed["report"]) == ("failed", CHUNK, None)
    assert "2 times" in failed["error"]
    expect(await analyst.client.delete(f"/analysis/replays/{replay_id}"), 204)


async def kill_comparer_when_there(shop: Shop) -> None:
    """The same, unless the process is not started yet: then it never comes so far."""
    comparer = shop.use(COMPARER)
    if comparer._process is None:
        await comparer._elsewhere(os.getpid)
    await kill_comparer(shop)


async def test_what_failed_goes_on_where_it_was(analyst: Analyst, shop: Shop, goods: Goods) -> None:
    replay_id = await asked(analyst)
    await goods.execute("UPDATE replay_jobs SET tries = 5")
    await go_on(shop, analyst.store)
    assert (await analyst.read(replay_id))["state"] == "failed"
    expect(await analyst.tell(replay_id, "resume"))
    await analyst.work()
    await report_of(analyst, replay_id)


async def test_a_collection_that_is_replaced_meanwhile_ends_it_with_the_reason(
    analyst: Analyst, shop: Shop, before_chunk: Callable[[int, Hook], None]
) -> None:
    replay_id = await asked(analyst)

    async def replace() -> None:
        await analyst.upload("lamps", a_cart("1.00"))

    before_chunk(3, replace)
    await analyst.work()
    replay = await analyst.read(replay_id)
    assert (replay["state"], replay["report"]) == ("failed", None)
    assert "the collection lamps was replaced or deleted" in replay["error"]


async def test_what_waits_or_runs_cannot_be_deleted(analyst: Analyst) -> None:
    replay_id = await asked(analyst)
    answer = await analyst.client.delete(f"/analysis/replays/{replay_id}")
    assert (answer.status, answer.code) == (409, "replay_running")


async def test_replays_of_a_store_take_turns(analyst: Analyst, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.analysis.running.SLICE_SECONDS", 0.0)
    replay_id = await asked(analyst)
    assert await go_on(shop, analyst.store) == CHUNK
    assert [(await analyst.read(replay_id))[name] for name in ("state", "done")] == ["running", CHUNK]
    await analyst.work()
    await report_of(analyst, replay_id)


async def test_a_worker_takes_it_up_when_it_is_asked_for(
    analyst: Analyst, database: Database, tmp_path: Path, store: Store
) -> None:
    other = new_shop(database, tmp_path, worker_seconds=0.05, sweep_seconds=604_800.0)
    other.provide(RUNNERS, {"replay": go_on})
    async with working(Worker(other)):
        replay_id = await asked(analyst)
        async with asyncio.timeout(120):
            while (await analyst.read(replay_id))["state"] != "done":
                await asyncio.sleep(0.05)
    other.use(COMPARER).close()
    await report_of(analyst, replay_id)


async def time_passes(goods: Goods) -> None:
    """So long that whoever has the replay must be dead."""
    await goods.execute("UPDATE replay_jobs SET claimed_until = now() WHERE claimed_until > now()")
