"""Whoever listens hears what is announced, and after each silence that there was one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from storage.database import APP_ROLE, Database
from storage.listening import LEAST_POOL, listening
from tests.database import Cluster

CHANNEL = "sostech_told"
PATIENCE_SECONDS = 60
EARS = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"


@pytest_asyncio.fixture(loop_scope="session")
async def other(cluster: Cluster, database_name: str) -> AsyncIterator[Database]:
    """A pool like that of another process, too small to listen with."""
    database = await Database.open(cluster.url(database_name, APP_ROLE), pool_size=LEAST_POOL - 1)
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


async def test_of_a_small_pool_no_connection_is_kept_for_listening(other: Database, app: Database) -> None:
    heard: asyncio.Queue[str | None] = asyncio.Queue()
    async with listening(other, CHANNEL, heard.put_nowait), listening(app, CHANNEL, heard.put_nowait):
        await next_of(heard)
        assert await app.fetchval(f"SELECT count(*) {EARS}") == 1
        assert heard.empty()
