"""The worker spreads and delivers what any process announces, at once, and tells how it gets on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from notifications.events import CustomerRegistered
from notifications.outbox import announce, announce_alone
from server.background.worker import Worker
from server.serve import working
from server.web.metrics import METRICS
from server.web.reacting import Handler, Reaction, always
from storage.database import APP_ROLE, Database
from tests.database import Cluster
from tests.server.events.conftest import Happenings, NewHappenings, failing, recorder, registered

PATIENCE_SECONDS = 60


async def eventually(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is so; fail when it never is."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await is_so():
            await asyncio.sleep(0.02)


async def told(here: Happenings, count: int) -> None:
    """Wait until a handler has written down so many."""

    async def is_so() -> bool:
        return len(await here.seen()) == count

    await eventually(is_so)


@pytest_asyncio.fixture(loop_scope="session")
async def other_process(cluster: Cluster, events_database: str) -> AsyncIterator[Database]:
    """A pool like that of another process."""
    database = await Database.open(cluster.url(events_database, APP_ROLE), pool_size=2)
    yield database
    await database.close()


async def test_what_another_process_announces_is_delivered_without_waiting_for_the_next_look(
    new_happenings: NewHappenings, other_process: Database
) -> None:
    # The next look would be in a minute, when the test has long failed.
    here = await new_happenings(worker_seconds=60.0)
    async with working(Worker(here.shop)):
        for count in (1, 2, 3):
            await announce_alone(other_process, here.store.id, registered(f"c-{count}"))
            await told(here, count)


async def test_what_a_handler_announces_is_delivered_too(new_happenings: NewHappenings) -> None:
    async def react(it: Reaction) -> None:
        await recorder().react(it)
        assert isinstance(it.event, CustomerRegistered)
        if it.event.customer_email != "last":
            await announce(it.tx, registered(email="last"))

    here = await new_happenings({"a": Handler(always("CustomerRegistered"), react)}, worker_seconds=60.0)
    async with working(Worker(here.shop)):
        await here.announce(registered(email="first"))
        await told(here, 2)


async def test_once_does_all_that_follows_from_what_is_there(new_happenings: NewHappenings) -> None:
    async def react(it: Reaction) -> None:
        await recorder().react(it)
        assert isinstance(it.event, CustomerRegistered)
        steps = int(it.event.customer_email)
        if steps:
            await announce(it.tx, registered(email=str(steps - 1)))

    here = await new_happenings({"a": Handler(always("CustomerRegistered"), react)}, worker_seconds=60.0)
    await here.announce(registered(email="4"))
    worker = Worker(here.shop)
    await worker.run_once()
    assert len(await here.seen()) == 5
    assert (worker.done["spread"], worker.done["delivery"]) == (5, 5)


async def test_a_lost_connection_is_listened_on_again(new_happenings: NewHappenings, other_process: Database) -> None:
    here = await new_happenings(worker_seconds=60.0)
    async with working(Worker(here.shop)):
        await announce_alone(other_process, here.store.id, registered())
        await told(here, 1)
        cut = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
        assert await other_process.fetchval(cut) == 1
        await announce_alone(other_process, here.store.id, registered())
        await told(here, 2)


def numbers(here: Happenings) -> Mapping[str, float]:
    """What /metrics tells of events."""
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(here.shop.use(METRICS).page().decode())
        for sample in family.samples
        if sample.name.startswith("sostech_events_") and "bucket" not in sample.name and "created" not in sample.name
    }


async def test_metrics_tell_what_was_spread_delivered_failed_and_given_up(new_happenings: NewHappenings) -> None:
    here = await new_happenings({"good": recorder(), "bad": failing(1_000, recorder())})
    await here.execute("INSERT INTO pgqueuer (priority, status, entrypoint, payload) VALUES (0, 'queued', 'event', '')")
    await here.announce(registered())
    await here.spread()
    await here.deliver_all()
    found = numbers(here)
    assert found["sostech_events_spread_total kept"] == found["sostech_events_spread_total set_aside"] == 1
    assert found["sostech_events_delivered_total good"] == found["sostech_events_lag_seconds_count"] == 1
    assert (found["sostech_events_failed_total bad"], found["sostech_events_dead_total bad"]) == (10, 1)
    assert found["sostech_events_lag_seconds_sum"] > 0
