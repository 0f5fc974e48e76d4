"""Killed at any moment, the way of an event loses nothing and does nothing twice."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from notifications.events import Event, MailRequested
from notifications.outbox import announce, envelope_of
from server.background.worker import Worker
from server.events import delivering
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
MAIL = MailRequested(template="reset", to="ana@example.com", locale=None, values={"link": "https://shop/secret"})
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


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
async def test_cut_off_at_any_statement_what_cannot_be_read_or_kept_is_set_aside_once_and_the_rest_owed_once(
    is_after: bool, new_happenings: NewHappenings
) -> None:
    here = await new_happenings()
    unkept = {**msgspec.json.decode(envelope_of(here.store.id, registered())), "payload": {"customer_id": "\0"}}
    for at in range(1, 100):
        await here.announce(registered())
        await here.execute(
            "INSERT INTO pgqueuer (priority, status, entrypoint, payload)"
            " VALUES (0, 'queued', 'event', ''), (0, 'queued', 'event', $1)", msgspec.json.encode(unkept),
        )  # fmt: skip
        await here.announce(registered())
        with accident(at, is_after=is_after) as it, suppress(DatabaseUnavailable):
            await spread(here.shop)
        await here.spread()
        assert len(await here.event_ids()) == len(await here.deliveries()) == 2 * at
        assert [job["status"] for job in await here.waiting()] == ["failed"] * 2 * at
        if not it.has_happened:
            break
    reasons = "SELECT job_id FROM pgqueuer_log WHERE traceback IS NOT NULL AND job_id = ANY($1)"
    assert len(await here.rows(reasons, [job["id"] for job in await here.waiting()])) == 2 * at
    assert at > 15, "there are statements of each half to be cut off at"


async def fails_at_first(it: Reaction) -> None:
    """Fails after its work, and not the next time."""
    await write_down(it)
    if it.attempt == 1:
        raise ZeroDivisionError


async def always_fails(it: Reaction) -> None:
    """Fails after its work, each time."""
    await write_down(it)
    raise ZeroDivisionError


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("event", "react", "end", "seen"),
    [
        (registered(), fails_at_first, "done", 1),
        (registered(), always_fails, "dead", 0),
        (MAIL, write_down, "done", 1),
    ],
    ids=["put off", "given up", "forgotten"],
)
async def test_cut_off_at_any_statement_a_delivery_ends_as_it_would_have(
    is_after: bool, event: Event, react: Callable[[Reaction], Awaitable[None]], end: str, seen: int,
    new_happenings: NewHappenings, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    if end == "dead":
        monkeypatch.setattr(delivering, "MOST_ATTEMPTS", 1)
    here = await new_happenings({"a": Handler(always(event.called), react)})
    for at in range(1, 100):
        await here.announce(event)
        await here.spread()
        with accident(at, is_after=is_after) as it, suppress(DatabaseUnavailable):
            await deliver_due(here.shop, here.store)
        await here.deliver_all()
        assert await here.states() == [end] * at
        assert len(set(await here.seen())) == len(await here.seen()) == seen * at
        if not it.has_happened:
            break
    assert at > 9
    kept = await here.rows("SELECT payload::text AS payload FROM events")
    assert not [row for row in kept if "secret" in row["payload"]]


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
