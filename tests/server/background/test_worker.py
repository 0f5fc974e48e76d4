"""What is due is done: in every store, once, whatever else fails, and however many work at it."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import msgspec
from structlog.testing import capture_logs

from server.background.runners import RUNNERS
from server.background.worker import Worker
from server.serve import working
from server.web.call import Shop
from server.web.middlewares import STORES
from server.web.waking import WAKE
from storage.database import Database
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.background.conftest import BATCH, PATIENCE_SECONDS, NewWork, Work, deliver, eventually
from tests.shop import new_store


async def test_what_is_due_is_done_once_batch_after_batch(new_work: NewWork) -> None:
    work = await new_work()
    await work.add(3 * BATCH + 5)
    async with working(worker := Worker(work.shop)):
        await eventually(work.is_done)
    assert await work.tries() == [1] * (3 * BATCH + 5)
    assert (worker.done["test_delivery"], worker.failed) == (3 * BATCH + 5, Counter())


async def test_what_becomes_due_later_is_found_at_the_next_look(new_work: NewWork) -> None:
    work = await new_work()
    async with working(Worker(work.shop)):
        await work.add(2, late_seconds=-0.3)
        await eventually(work.is_done)


async def test_a_commit_wakes_it_long_before_its_next_look(new_work: NewWork) -> None:
    work = await new_work(worker_seconds=60.0)

    async def place(tx: Transaction) -> None:
        work.shop.use(WAKE).after(tx)
        await work.add()

    async with working(Worker(work.shop)):
        for _ in range(3):
            await work.shop.database.transaction(work.store.id, place)
            await eventually(work.is_done)
    assert await work.tries() == [1, 1, 1]


async def test_a_store_whose_work_fails_holds_up_nobody_and_is_tried_again(new_work: NewWork) -> None:
    is_broken = True

    async def sometimes(shop: Shop, store: Store) -> int:
        if is_broken and store.id == bad.store.id:
            raise ZeroDivisionError("a fault of ours")
        return await deliver(shop, store)

    bad = await new_work({"test_delivery": sometimes, "receipt": sometimes})
    good = Work(bad.shop, await new_store(bad.shop))
    await bad.add(late_seconds=60.0)
    with capture_logs() as logs:
        async with working(worker := Worker(bad.shop)):
            await good.add(25)
            await eventually(good.is_done)
            assert not await bad.is_done()
            is_broken = False
            await eventually(bad.is_done)
    failures = [line for line in logs if line["event"] == "work_failed"]
    assert len(failures) == worker.failed["test_delivery"] > 0
    assert {(line["error"], line["log_level"]) for line in failures} == {("ZeroDivisionError", "error")}


async def test_a_kind_that_takes_long_holds_up_no_other_kind(new_work: NewWork) -> None:
    gate = asyncio.Event()

    async def wait(_shop: Shop, _store: Store) -> int:
        await gate.wait()
        return 0

    work = await new_work({"receipt": wait, "test_delivery": deliver}, worker_stores=1)
    await work.execute(
        "INSERT INTO payment_receipts (id, store_id, provider, event_id, payload, next_try_at)"
        " VALUES (gen_random_uuid(), $1, 'test', 'e', '', now() - interval '1 hour')",
        work.store.id,
    )
    async with working(Worker(work.shop)):
        await work.add(BATCH + 1)
        await eventually(work.is_done)
        gate.set()


async def test_a_kind_runs_in_so_many_stores_at_once_and_once_in_each(new_work: NewWork) -> None:
    running: Counter[str] = Counter()
    most_stores = most_runs = 0
    two_run = asyncio.Event()

    async def watched(shop: Shop, store: Store) -> int:
        nonlocal most_stores, most_runs
        running[store.slug] += 1
        most_stores = max(most_stores, sum(running.values()))
        most_runs = max(most_runs, running[store.slug])
        if most_stores == 2:
            two_run.set()
        try:
            # The first waits for another store's, so that it is seen that two do run at once.
            await two_run.wait()
            return await deliver(shop, store)
        finally:
            running[store.slug] -= 1

    first = await new_work({"test_delivery": watched}, worker_stores=2)
    works = [first, *[Work(first.shop, await new_store(first.shop)) for _ in range(4)]]
    for work in works:
        await work.add(2 * BATCH)
    async with working(Worker(first.shop)):
        for work in works:
            await eventually(work.is_done)
    assert (most_stores, most_runs) == (2, 1)


async def test_several_workers_share_the_work_and_do_nothing_twice(new_work: NewWork) -> None:
    work = await new_work()
    await work.add(40 * BATCH)
    async with AsyncExitStack() as stack:
        workers = []
        for _ in range(4):
            # As in another process: it has its own bell and its own numbers.
            shop = (await new_work()).shop
            workers.append(Worker(shop))
            await stack.enter_async_context(working(workers[-1]))
        await eventually(work.is_done)
    assert await work.tries() == [1] * 40 * BATCH
    assert sum(worker.done["test_delivery"] for worker in workers) == 40 * BATCH


async def test_when_stopped_it_finishes_what_runs_and_begins_nothing_new(new_work: NewWork) -> None:
    began, gate, runs = asyncio.Event(), asyncio.Event(), 0

    async def slow(shop: Shop, store: Store) -> int:
        nonlocal runs
        runs += 1
        began.set()
        await gate.wait()
        return await deliver(shop, store)

    work = await new_work({"test_delivery": slow})
    await work.add(2 * BATCH)
    worker = Worker(work.shop)
    running = asyncio.create_task(worker.run())
    await began.wait()
    worker.stop()
    # One that ended at once would be gone when somebody else has had a turn at the database.
    assert await work.tries() == [0] * 2 * BATCH
    assert not running.done()
    gate.set()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await running
    assert (runs, await work.tries()) == (1, [0] * BATCH + [1] * BATCH)


async def test_what_does_not_end_is_cut_off_and_rolled_back(new_work: NewWork) -> None:
    wrote = asyncio.Event()

    async def hang(shop: Shop, store: Store) -> int:
        async def half(tx: Transaction) -> int:
            await tx.execute("UPDATE test_provider_deliveries SET tries = 99, next_try_at = NULL")
            wrote.set()
            await asyncio.Event().wait()
            return 1

        return await shop.database.transaction(store.id, half)

    work = await new_work({"test_delivery": hang}, shutdown_seconds=0.05)
    await work.add()
    with capture_logs() as logs:
        async with working(Worker(work.shop)):
            await wrote.wait()
    assert [line["jobs"] for line in logs if line["event"] == "work_cut_off"] == [
        [f"test_delivery of {work.store.slug}"]
    ]
    assert await work.tries() == [0]
    work.shop.provide(RUNNERS, {"test_delivery": deliver})
    async with working(Worker(work.shop)):
        await eventually(work.is_done)


async def test_a_closed_store_keeps_its_work_until_it_is_open_again(new_work: NewWork) -> None:
    work = await new_work()
    other = Work(work.shop, await new_store(work.shop))
    await work.add()
    await _set_status(work, "suspended")
    async with working(Worker(work.shop)):
        await other.add()
        await eventually(other.is_done)
        assert not await work.is_done()
        await _set_status(work, "active")
        await eventually(work.is_done)


async def _set_status(work: Work, status: str) -> None:
    await work.shop.database.transaction(
        None, lambda tx: tx.execute("UPDATE stores SET status = $2 WHERE id = $1", work.store.id, status)
    )
    work.shop.use(STORES).forget()


async def test_work_that_nobody_does_is_told_and_harms_nothing(new_work: NewWork) -> None:
    work = await new_work({})
    await work.add(late_seconds=60.0)
    with capture_logs() as logs:
        await Worker(work.shop).run_once()
    lines = [line for line in logs if line["event"] == "nobody_does_this"]
    assert [(line["kind"], line["store"], line["log_level"]) for line in lines] == [
        ("test_delivery", work.store.slug, "error")
    ]


async def test_once_does_everything_and_ends_also_when_something_fails(new_work: NewWork) -> None:
    async def fail(_shop: Shop, _store: Store) -> int:
        raise ZeroDivisionError

    work = await new_work({"test_delivery": deliver, "receipt": fail})
    await work.add(5 * BATCH)
    await work.add_expired_carts(3)
    await work.execute(
        "INSERT INTO payment_receipts (id, store_id, provider, event_id, payload, next_try_at)"
        " VALUES (gen_random_uuid(), $1, 'test', 'e', '', now())",
        work.store.id,
    )
    worker = Worker(work.shop)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await worker.run_once()
    assert await work.tries() == [1] * 5 * BATCH
    assert worker.done == {"test_delivery": 5 * BATCH, "sweep": 3}
    assert worker.failed["receipt"] > 0


async def test_stores_are_swept_now_and_then(new_work: NewWork) -> None:
    work = await new_work(sweep_seconds=0.2)
    other = Work(work.shop, await new_store(work.shop))
    async with working(Worker(work.shop)):
        for each in (work, other, work):
            await each.add_expired_carts(1_200)

            async def is_swept(each: Work = each) -> bool:
                return await each.open_carts() == 0

            await eventually(is_swept)


async def test_a_worker_that_cannot_look_goes_on_when_it_can(new_work: NewWork, own_url: str, tmp_path: Path) -> None:
    work = await new_work()
    pool = await Database.open(own_url, pool_size=2, patience_seconds=0.05)
    settings = msgspec.structs.replace(work.shop.settings, data_dir=tmp_path)
    shop = replace(work.shop, settings=settings, database=pool)
    with capture_logs() as logs:
        async with working(Worker(shop)):
            async with pool.pool.acquire(), pool.pool.acquire():
                await work.add()

                async def has_complained() -> bool:
                    return any(line["event"] == "database_unavailable" for line in logs)

                await eventually(has_complained)
                assert not await work.is_done()
            await eventually(work.is_done)
    await pool.close()
    assert {line["log_level"] for line in logs} == {"warning"}
