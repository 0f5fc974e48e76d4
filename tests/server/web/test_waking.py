"""The bell that wakes the worker of the same process."""

from __future__ import annotations

import asyncio

import pytest

from server.web.waking import Wake
from storage.database import Database
from storage.transaction import Transaction


async def test_it_is_heard_by_whoever_waits_and_by_whoever_comes_next() -> None:
    wake = Wake()
    waiting = asyncio.create_task(wake.wait(60.0))
    await asyncio.sleep(0)
    wake.now()
    assert await waiting
    wake.now()
    wake.now()
    assert await wake.wait(60.0)
    assert not await wake.wait(0.0), "however often it rang, it wakes once"


async def test_it_rings_after_the_commit_and_not_before(database: Database) -> None:
    wake = Wake()

    async def work(tx: Transaction) -> bool:
        wake.after(tx)
        return await wake.wait(0.0)

    assert not await database.transaction(None, work)
    assert await wake.wait(0.0)


async def test_it_does_not_ring_for_what_was_rolled_back(database: Database) -> None:
    wake = Wake()

    async def work(tx: Transaction) -> None:
        wake.after(tx)
        raise KeyError

    with pytest.raises(KeyError):
        await database.transaction(None, work)
    assert not await wake.wait(0.0)
