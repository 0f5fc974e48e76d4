"""Is somebody there as long as one of their devices is connected, to whatever process, and gone with the last one?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
from aiohttp import ClientSession

from server.feeds.notices import NOTICES
from server.sockets import presence as presence_module
from server.sockets import presence_repo
from server.sockets.presence import PRESENCE, online
from server.web.actor import Actor
from server.web.call import Shop
from storage.database import APP_ROLE, Database
from storage.ids import new_id
from storage.tenancy import Store
from tests.database import SHARED, Cluster
from tests.server.auth.conftest import Person, signed_in
from tests.server.fire.processes import server
from tests.server.sockets.conftest import calling
from tests.server.sockets.probe import address as address
from tests.server.sockets.probe import ana as ana
from tests.server.sockets.probe import probing, probing_shop
from tests.server.sockets.probe import shop as shop
from tests.server.sockets.probe import socket_shop as socket_shop
from tests.server.sockets.probe import store as store
from tests.shop import Client, new_store

_HOLDER = "SELECT process_id FROM live_connections WHERE user_id = $1"


async def until(shop: Shop, store: Store, is_so: Callable[[set[UUID]], bool], *people: UUID) -> None:
    """Wait until those of these people who are there make it so."""
    async with asyncio.timeout(20):
        while not is_so(await online(shop, store.id, people)):
            await asyncio.sleep(0.02)


async def test_somebody_is_there_until_the_last_of_their_devices_is_gone(
    socket_shop: Shop, address: str, store: Store, ana: Person
) -> None:
    heard: list[UUID] = []
    socket_shop.use(NOTICES).on("presence", lambda notice: heard.append(notice.id))
    async with AsyncExitStack() as last:
        async with calling(address, store, "/probe", ana.client.token):
            await until(socket_shop, store, lambda there: there == {ana.id}, ana.id, new_id())
            await last.enter_async_context(calling(address, store, "/probe", ana.client.token))
            async with asyncio.timeout(10):
                while heard.count(ana.id) < 2:
                    await asyncio.sleep(0.02)
        async with asyncio.timeout(10):
            while heard.count(ana.id) < 3:
                await asyncio.sleep(0.02)
        assert await online(socket_shop, store.id, [ana.id]) == {ana.id}
    await until(socket_shop, store, lambda there: not there, ana.id)


async def test_who_looks_at_something_else_alone_is_not_there(
    socket_shop: Shop, address: str, store: Store, ana: Person
) -> None:
    async with calling(address, store, "/anybody", ana.client.token) as elsewhere:
        async with calling(address, store, "/probe", ana.client.token):
            await until(socket_shop, store, lambda there: there == {ana.id}, ana.id)
        await until(socket_shop, store, lambda there: not there, ana.id)
        assert elsewhere.client.connected


async def test_people_of_another_store_and_guests_are_not_seen(
    socket_shop: Shop, address: str, store: Store, ana: Person
) -> None:
    other = await new_store(socket_shop)
    async with calling(address, store, "/probe", ana.client.token), calling(address, store, "/anybody"):
        await until(socket_shop, store, lambda there: there == {ana.id}, ana.id)
        assert await online(socket_shop, other.id, [ana.id]) == set()


async def test_who_was_held_by_a_process_that_is_silent_is_gone(
    socket_shop: Shop, database: Database, store: Store
) -> None:
    process, user = new_id(), new_id()
    assert not await presence_repo.note(database, process, [(new_id(), store.id, user)], [])
    assert await presence_repo.note(database, process, [], [])
    assert await online(socket_shop, store.id, [user]) == {user}
    await _silence(database, process)
    assert await online(socket_shop, store.id, [user]) == set(), "even before anybody has ended the process"
    assert await presence_repo.end_dead(database) >= 1
    assert not await presence_repo.note(database, process, [], []), "it is known no longer"
    assert await online(socket_shop, store.id, [user]) == set()


async def test_a_process_that_was_taken_for_dead_writes_its_connections_down_again(
    socket_shop: Shop, database: Database, address: str, store: Store, ana: Person
) -> None:
    presence = socket_shop.use(PRESENCE)
    async with calling(address, store, "/probe", ana.client.token):
        await until(socket_shop, store, lambda there: there == {ana.id}, ana.id)
        await presence_repo.end(database, presence.process_id)
        assert await online(socket_shop, store.id, [ana.id]) == set()
        presence.beat_soon()
        await until(socket_shop, store, lambda there: there == {ana.id}, ana.id)


async def test_a_process_that_stops_takes_whom_it_held_along(
    socket_shop: Shop, database: Database, store: Store, ana: Person
) -> None:
    leaving = probing_shop(database, socket_shop.settings.data_dir)
    async with probing(leaving) as there, calling(there, store, "/probe", ana.client.token):
        await until(leaving, store, lambda found: found == {ana.id}, ana.id)
    assert await online(leaving, store.id, [ana.id]) == set()
    assert not await database.fetchval(
        "SELECT count(*) FROM live_processes WHERE id = $1", leaving.use(PRESENCE).process_id
    )


@pytest.mark.usefixtures("address")
async def test_a_thousand_who_come_at_once_are_a_few_statements(
    socket_shop: Shop, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    note = presence_repo.note

    async def counted(*arguments: object) -> bool:
        written.append(len(arguments[2]))  # type: ignore[arg-type]  # of the connections that came
        return await note(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(presence_module.presence_repo, "note", counted)
    presence = socket_shop.use(PRESENCE)
    connections = [SimpleNamespace(id=new_id(), store=store, actor=_user()) for _ in range(1_000)]
    written.clear()
    for connection in connections:
        presence.came(connection)  # type: ignore[arg-type]
    people = [connection.actor.id for connection in connections]
    await until(socket_shop, store, lambda there: len(there) == 1_000, *people)
    for connection in connections:
        presence.left(connection)  # type: ignore[arg-type]
    await until(socket_shop, store, lambda there: not there, *people)
    assert (sum(written), len(written) <= 6) == (1_000, True), written


async def test_who_was_held_by_a_process_that_was_killed_is_gone_once_it_has_been_silent(
    cluster: Cluster, database: Database, session: ClientSession, tmp_path: Path, socket_shop: Shop, store: Store,
    ana: Person,
) -> None:  # fmt: skip
    """The program itself, ended as an accident does it: it says goodbye to nobody."""
    async with server(tmp_path, cluster.url(SHARED, APP_ROLE)) as program:
        there = Client(session, program.address, store)
        token = str((await signed_in(there, ana.email))["access_token"])
        async with calling(program.address, store, "/chat", token):
            await until(socket_shop, store, lambda found: found == {ana.id}, ana.id)
            process = await database.transaction(store.id, lambda tx: tx.fetchval(_HOLDER, ana.id))
            await program.kill()
    assert await online(socket_shop, store.id, [ana.id]) == {ana.id}, "nobody can know yet"
    await _silence(database, process)
    assert await online(socket_shop, store.id, [ana.id]) == set()
    assert await presence_repo.end_dead(database) >= 1
    assert await database.transaction(store.id, lambda tx: tx.fetchval(_HOLDER, ana.id)) is None


async def _silence(database: Database, process: UUID) -> None:
    await database.transaction(
        None,
        lambda tx: tx.execute("UPDATE live_processes SET seen_at = now() - interval '46 s' WHERE id = $1", process),
    )


def _user() -> Actor:
    return Actor("user", new_id(), None, (), frozenset())
