"""What of a database that hangs while people come and go? Once it answers, exactly those are there who are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from server.feeds.notices import NOTICES
from server.sockets import presence as presence_module
from server.sockets import presence_repo
from server.sockets.connections import CONNECTIONS
from server.sockets.presence import PRESENCE, online
from server.web.call import Shop
from storage.tenancy import Store
from tests.database import SHARED, Cluster
from tests.server.auth.conftest import NewPerson, Person
from tests.server.sockets.conftest import calling
from tests.server.sockets.probe import address as address
from tests.server.sockets.probe import shop as shop
from tests.server.sockets.probe import socket_shop as socket_shop
from tests.server.sockets.probe import store as store

_ROWS = "SELECT count(*) FROM live_connections WHERE user_id = ANY($1)"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The database is waited for a short time only; how often it did not answer."""
    tried: list[str] = []
    note = presence_repo.note

    async def noted(*arguments: Any) -> bool:
        try:
            return await note(*arguments)
        except BaseException as error:
            tried.append(type(error).__name__)
            raise

    monkeypatch.setattr(presence_repo, "note", noted)
    monkeypatch.setattr(presence_module, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(presence_module, "AGAIN_SECONDS", 0.01)
    return tried


@asynccontextmanager
async def hanging(cluster: Cluster) -> AsyncIterator[None]:
    """Whoever writes down who is there is not answered."""
    owner = await asyncpg.connect(cluster.url(SHARED))
    try:
        async with owner.transaction():
            await owner.execute("LOCK TABLE live_connections IN SHARE MODE")
            yield
    finally:
        await owner.close()


async def test_who_comes_and_goes_while_the_database_hangs_is_there_or_gone_once_it_answers(
    socket_shop: Shop, address: str, store: Store, cluster: Cluster, new_person: NewPerson, impatient: list[str]
) -> None:
    people = [await new_person() for _ in range(4)]
    stays, leaves, comes, passes = people
    told: set[UUID] = set()
    socket_shop.use(NOTICES).on("presence", lambda notice: told.add(notice.id))

    def call(person: Person) -> Any:
        return calling(address, store, "/probe", person.client.token)

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(call(stays))
        async with call(leaves):
            await _until(socket_shop, store, {stays.id, leaves.id}, people)
            told.clear()
            waits = AsyncExitStack()
            await waits.enter_async_context(hanging(cluster))
            async with waits:
                await stack.enter_async_context(call(comes))
                async with call(passes):
                    await _until_tried(impatient, 2)
                await _until_tried(impatient, len(impatient) + 2)
                assert (await online(socket_shop, store.id, [each.id for each in people])) == {stays.id, leaves.id}
        await _until(socket_shop, store, {stays.id, comes.id}, people)
        async with asyncio.timeout(20):
            while not {comes.id, leaves.id} <= told:
                await asyncio.sleep(0.02)
        rows = await socket_shop.database.transaction(
            store.id, lambda tx: tx.fetchval(_ROWS, [each.id for each in people])
        )
        assert rows == 2, "one for each connection, however often it was tried"
    assert set(impatient) == {"CancelledError"}
    await _until(socket_shop, store, set(), people)


async def test_what_was_written_down_without_an_answer_is_not_lost(
    socket_shop: Shop, address: str, store: Store, new_person: NewPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others thought the process dead, and the answer that says so never comes."""
    ana, bea = await new_person(), await new_person()
    presence, note = socket_shop.use(PRESENCE), presence_repo.note
    lost: list[bool] = []

    async def without_an_answer(*arguments: Any) -> bool:
        known = await note(*arguments)
        if not lost:
            lost.append(known)
            await asyncio.sleep(3600)
        return known

    async with calling(address, store, "/probe", ana.client.token):
        await _until(socket_shop, store, {ana.id}, [ana, bea])
        monkeypatch.setattr(presence_module, "PATIENCE_SECONDS", 0.2)
        monkeypatch.setattr(presence_module, "AGAIN_SECONDS", 0.01)
        await presence_repo.end(socket_shop.database, presence.process_id)
        monkeypatch.setattr(presence_repo, "note", without_an_answer)
        async with calling(address, store, "/probe", bea.client.token):
            await _until(socket_shop, store, {ana.id, bea.id}, [ana, bea])
        await _until(socket_shop, store, {ana.id}, [ana, bea])
    assert lost == [False], "it was not known any more, and was not told"
    await _until(socket_shop, store, set(), [ana, bea])
    assert len(socket_shop.use(CONNECTIONS)) == 0


async def _until(shop: Shop, store: Store, there: set[UUID], people: list[Person]) -> None:
    """Wait until exactly these are there of these people."""
    async with asyncio.timeout(20):
        while await online(shop, store.id, [each.id for each in people]) != there:
            await asyncio.sleep(0.02)


async def _until_tried(tried: list[str], times: int) -> None:
    """Wait until the database has not answered so often."""
    async with asyncio.timeout(20):
        while len(tried) < times:
            await asyncio.sleep(0.02)
