"""Whoever listens hears what is announced, and after each silence that there was one."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from storage import listening as listening_module
from storage.database import APP_ROLE, Database
from storage.listening import listening
from tests.database import Cluster

CHANNEL = "sostech_told"
PATIENCE_SECONDS = 60
EARS = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"


@pytest_asyncio.fixture(loop_scope="session")
async def other(cluster: Cluster, database_name: str) -> AsyncIterator[Database]:
    """A pool like that of another process, which listens to nothing."""
    database = await Database.open(cluster.url(database_name, APP_ROLE), pool_size=2)
    yield database
    await database.close()


async def announce(database: Database, payload: str, channel: str = CHANNEL) -> None:
    """Somebody announces this."""
    await database.fetchval("SELECT pg_notify($1, $2)", channel, payload)


async def next_of(heard: asyncio.Queue[str | None]) -> str | None:
    """What is heard next."""
    return await asyncio.wait_for(heard.get(), PATIENCE_SECONDS)


async def test_what_is_announced_in_the_channel_is_heard_with_what_it_says(app: Database, other: Database) -> None:
    heard: asyncio.Queue[str | None] = asyncio.Queue()
    async with listening(app, CHANNEL, heard.put_nowait):
        assert await next_of(heard) is None, "what was announced before"
        await announce(other, "elsewhere", "another_channel")
        for said in ("first", "", '{"of": "ñ"}'):
            await announce(other, said)
            assert await next_of(heard) == said


async def test_after_a_lost_connection_the_silence_is_told_and_then_what_comes(app: Database, other: Database) -> None:
    heard: asyncio.Queue[str | None] = asyncio.Queue()
    async with listening(app, CHANNEL, heard.put_nowait):
        await next_of(heard)
        assert await other.fetchval(f"SELECT count(pg_terminate_backend(pid)) {EARS}") == 1
        await announce(other, "to nobody")
        assert await next_of(heard) is None
        await announce(other, "again")
        assert await next_of(heard) == "again"


async def test_one_connection_listens_to_all_that_a_process_wants_to_hear(app: Database, other: Database) -> None:
    first: asyncio.Queue[str | None] = asyncio.Queue()
    second: asyncio.Queue[str | None] = asyncio.Queue()
    third: asyncio.Queue[str | None] = asyncio.Queue()
    async with listening(app, CHANNEL, first.put_nowait):
        assert await next_of(first) is None
        async with listening(app, CHANNEL, second.put_nowait), listening(app, "another", third.put_nowait):
            assert (await next_of(second), await next_of(third)) == (None, None)
            assert await other.fetchval(f"SELECT count(*) {EARS}") == 1
            await announce(other, "to both")
            await announce(other, "to one", "another")
            assert [await next_of(each) for each in (first, second, third)] == ["to both", "to both", "to one"]
        await announce(other, "to whom is left")
        assert await next_of(first) == "to whom is left"
    assert second.empty()
    assert third.empty()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await other.fetchval(f"SELECT count(*) {EARS}"):
            await asyncio.sleep(0.01)


async def test_one_who_fails_to_take_what_is_heard_keeps_nobody_from_hearing(app: Database, other: Database) -> None:
    heard: asyncio.Queue[str | None] = asyncio.Queue()

    def fail(_said: str | None) -> None:
        raise KeyError("a bug")

    async with listening(app, CHANNEL, fail), listening(app, CHANNEL, heard.put_nowait):
        assert await next_of(heard) is None
        await announce(other, "first")
        assert await next_of(heard) == "first"


async def test_a_connection_on_which_nothing_is_answered_any_more_is_replaced(
    app: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening_module, "ASKS_EVERY_SECONDS", 0.1)
    monkeypatch.setattr(listening_module, "PATIENCE_SECONDS", 0.5)
    heard: asyncio.Queue[str | None] = asyncio.Queue()
    async with listening(app, CHANNEL, heard.put_nowait):
        assert await next_of(heard) is None
        frozen = int(await other.fetchval(f"SELECT pid {EARS}"))
        os.kill(frozen, signal.SIGSTOP)
        try:
            assert await next_of(heard) is None
            await announce(other, "again")
            assert await next_of(heard) == "again"
        finally:
            os.kill(frozen, signal.SIGCONT)


async def test_in_the_end_nobody_listens_and_the_pool_is_whole(app: Database, other: Database) -> None:
    heard: asyncio.Queue[str | None] = asyncio.Queue()
    async with listening(app, CHANNEL, heard.put_nowait):
        await next_of(heard)
    await announce(other, "to nobody")
    held = [await app.pool.acquire(timeout=PATIENCE_SECONDS) for _ in range(app.pool.get_max_size())]
    for connection in held:
        await app.pool.release(connection)
    assert heard.empty()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await other.fetchval(f"SELECT count(*) {EARS}"):
            await asyncio.sleep(0.01)


async def test_who_has_a_pool_of_one_connection_listens_and_works_all_the_same(
    cluster: Cluster, database_name: str, other: Database
) -> None:
    heard: asyncio.Queue[str | None] = asyncio.Queue()
    small = await Database.open(cluster.url(database_name, APP_ROLE), pool_size=1)
    try:
        async with listening(small, CHANNEL, heard.put_nowait):
            assert await next_of(heard) is None
            await announce(small, "from itself")
            await announce(other, "from elsewhere")
            assert [await next_of(heard), await next_of(heard)] == ["from itself", "from elsewhere"]
    finally:
        await small.close()
