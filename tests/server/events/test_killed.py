"""Killed at any moment, the way of an event loses nothing and does nothing twice."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from notifications.outbox import announce
from server.background.worker import Worker
from server.events.delivering import deliver_due
from server.events.spreading import spread
from server.serve import working
from server.web.reacting import HANDLERS, Handler, Reaction, always
from storage.database import APP_ROLE
from storage.errors import DatabaseUnavailable
from tests.conftest import CHECKOUT
from tests.database import Cluster
from tests.server.events.conftest import NewHappenings, registered, write_down
from tests.server.events.killing import accident
from tests.server.events.worker_process import HANDLER, SLOW

PATIENCE_SECONDS = 60
MANY = 300
"""Events, so that there are enough left after each kill."""


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
async def test_cut_off_at_any_statement_spreading_owes_everything_once(
    is_after: bool, new_happenings: NewHappenings
) -> None:
    here = await new_happenings()
    other = type(here)(here.shop, (await new_happenings()).store)
    announced = 0
    for at in range(1, 100):
        await here.announce(registered(), registered())
        await other.announce(registered())
        announced += 2
        with accident(at, is_after=is_after) as it, suppress(DatabaseUnavailable):
            await spread(here.shop)
        await here.spread()
        assert len(await here.event_ids()) == len(await here.deliveries()) == announced
        assert len(await other.deliveries()) * 2 == announced
        if not it.has_happened:
            break
    assert at > 9, "there are statements of two stores to be cut off at"


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
async def test_cut_off_at_any_statement_a_delivery_is_done_once(is_after: bool, new_happenings: NewHappenings) -> None:
    # What the handler does counts once, also what it announces in turn.
    async def react(it: Reaction) -> None:
        await write_down(it)
        await announce(it.tx, registered("c-2"))

    here = await new_happenings({"a": Handler(always("CustomerRegistered"), react)})
    for at in range(1, 100):
        await here.announce(registered())
        await here.spread()
        before = len(await here.seen())
        with accident(at, is_after=is_after) as it, suppress(DatabaseUnavailable):
            await deliver_due(here.shop, here.store)
        await here.deliver_all()
        assert len(await here.seen()) == before + 1
        assert len(await here.waiting()) == 1
        await here.execute("DELETE FROM pgqueuer")
        if not it.has_happened:
            break
    assert set(await here.states()) == {"done"}
    assert len(await here.seen()) == len(set(await here.seen())) == at
    assert at > 8


async def test_cancelled_at_any_moment_a_worker_loses_nothing(new_happenings: NewHappenings) -> None:
    here = await new_happenings(worker_seconds=0.05)
    here.shop.provide(HANDLERS, {HANDLER: SLOW})
    await here.announce(*[registered(f"c-{number % 7}") for number in range(60)])
    for number in range(20):
        worker = asyncio.create_task(Worker(here.shop).run())
        # A little later each time, so that it is at something else.
        await asyncio.sleep(0.004 * number)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
        await here.let_time_pass()
    await here.spread()
    await here.deliver_all()
    assert (len(await here.seen()), len(set(await here.seen()))) == (60, 60)


async def test_a_worker_that_is_killed_again_and_again_leaves_everything_done_once(
    new_happenings: NewHappenings, cluster: Cluster, events_database: str, tmp_path: Path
) -> None:
    here = await new_happenings(worker_seconds=0.05)
    here.shop.provide(HANDLERS, {HANDLER: SLOW})
    await here.announce(*[registered(f"c-{number % 20}") for number in range(MANY)])
    url = cluster.url(events_database, APP_ROLE)
    for _ in range(2):
        before = len(await here.seen())
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.server.events.worker_process", url, str(tmp_path), cwd=CHECKOUT,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)}, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(await here.seen()) < before + 5:
                assert process.returncode is None, "it ended by itself"
                await asyncio.sleep(0.01)
        process.kill()
        await process.communicate()
        await here.let_time_pass()
    assert 0 < len(await here.seen()) < MANY
    async with working(Worker(here.shop)), asyncio.timeout(PATIENCE_SECONDS):
        while set(await here.states()) != {"done"}:
            await here.let_time_pass()
            await asyncio.sleep(0.2)
    seen = await here.seen()
    assert (len(seen), len(set(seen))) == (MANY, MANY)
