"""How fast may somebody ask, by however many connections? Beyond that they are refused, and in the end cut."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest
from aiohttp import ClientSession
from socketio.exceptions import ConnectionError as Refused

from server.sockets import slowing as slowing_module
from server.sockets.edge import EDGES
from server.sockets.paces import FORGOTTEN_SECONDS, Paces
from server.sockets.slowing import (
    EVENTS_OF_NOBODY_PER_SECOND,
    EVENTS_PER_SECOND,
    MOST_EVENTS_AT_ONCE,
    MOST_EVENTS_OF_NOBODY_AT_ONCE,
)
from server.web.call import Shop
from storage.tenancy import Store
from tests.server.auth.conftest import NewPerson, Person
from tests.server.sockets.conftest import calling, ended, join, raw_client
from tests.server.sockets.hostile import nothing_is_left as nothing_is_left
from tests.server.sockets.probe import address as address
from tests.server.sockets.probe import ana as ana
from tests.server.sockets.probe import shop as shop
from tests.server.sockets.probe import socket_shop as socket_shop
from tests.server.sockets.probe import store as store


def test_everybody_has_a_bucket_of_their_own_that_fills_with_time() -> None:
    paces = Paces(2.0, 3)
    assert [paces.take("ana", 0.0) for _ in range(4)] == [True, True, True, False]
    assert paces.take("bea", 0.0)
    assert [paces.take("ana", 1.0) for _ in range(3)] == [True, True, False]


def test_who_was_silent_for_long_is_forgotten_and_nobody_else() -> None:
    paces = Paces(1e-6, 1)
    assert [paces.take(each, 0.0) for each in ("ana", "bea")] == [True, True]
    assert not paces.take("ana", FORGOTTEN_SECONDS)
    assert not paces.take("ana", FORGOTTEN_SECONDS + 1)
    assert len(paces) == 1
    assert not paces.take("ana", 2 * FORGOTTEN_SECONDS)


def test_who_is_forgotten_had_a_full_bucket() -> None:
    assert MOST_EVENTS_AT_ONCE / EVENTS_PER_SECOND < FORGOTTEN_SECONDS
    assert MOST_EVENTS_OF_NOBODY_AT_ONCE / EVENTS_OF_NOBODY_PER_SECOND < FORGOTTEN_SECONDS


async def test_a_flood_of_events_is_refused_and_then_ended(
    session: ClientSession, address: str, store: Store, ana: Person
) -> None:
    said = await flood(session, address, store, ana)
    refused = [each for each in said if '"code":"rate_limited"' in each]
    assert len(said) - len(refused) >= MOST_EVENTS_AT_ONCE - 1, "joining was one"
    assert len(refused) > 100


async def test_leaving_and_coming_back_does_not_fill_the_pace_again(
    session: ClientSession, address: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slowing_module, "EVENTS_PER_SECOND", 1e-6)
    monkeypatch.setattr(slowing_module, "MOST_EVENTS_AT_ONCE", 3)
    async with raw_client(session, address, store) as websocket:
        await join(websocket, "/anybody")
        await websocket.send_str('42/anybody,1["say",{"text":"x"}]')
        assert await websocket.receive_str() == '43/anybody,1[{"data":{"text":"x"}}]'
        await websocket.send_str("41/anybody,")
        await join(websocket, "/anybody")
        await websocket.send_str('42/anybody,2["say",{"text":"x"}]')
        assert '"code":"rate_limited"' in await websocket.receive_str()
        await websocket.send_str("41/anybody,")
        await websocket.send_str("40/anybody,")
        refusal = await websocket.receive_str()
        assert refusal.startswith("44/anybody,")
        assert '"code":"rate_limited"' in refusal


async def test_all_connections_of_a_user_share_one_pace_and_others_have_their_own(
    address: str, store: Store, ana: Person, new_person: NewPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slowing_module, "_now", lambda: 10**9)
    bea = await new_person()
    async with calling(address, store, "/probe", bea.client.token) as other:
        for _ in range(2):
            # They come and go, which fills nothing again.
            async with AsyncExitStack() as devices:
                theirs = [
                    await devices.enter_async_context(calling(address, store, "/probe", ana.client.token))
                    for _ in range(5)
                ]
                answers = [await each.ask("say", {"text": "x"}) for each in theirs for _ in range(9)]
                assert all("data" in each for each in answers)
        with pytest.raises(Refused):
            async with calling(address, store, "/probe", ana.client.token):
                pass
        assert (await other.get("say", {"text": "still here"}))["text"] == "still here"


async def test_who_floods_by_one_of_their_connections_has_that_one_ended(
    session: ClientSession, address: str, store: Store, ana: Person
) -> None:
    async with calling(address, store, "/probe", ana.client.token) as other:
        await flood(session, address, store, ana)
        async with asyncio.timeout(20):
            while "data" not in await other.ask("say", {"text": "x"}):
                await asyncio.sleep(0.1)


async def test_clients_of_one_address_that_show_no_token_share_a_pace_and_those_with_one_do_not(
    session: ClientSession,
    socket_shop: Shop,
    address: str,
    store: Store,
    ana: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nobodies = Paces(1e-6, 3)
    monkeypatch.setattr(socket_shop.use(EDGES)["/anybody"]._slowing, "_nobodies", nobodies)
    async with calling(address, store, "/anybody") as one, calling(address, store, "/anybody") as two:
        assert "data" in await one.ask("say", {"text": "x"})
        assert (await two.ask("say", {"text": "x"}))["problem"]["code"] == "rate_limited"
        async with calling(address, store, "/anybody", ana.client.token) as signed_in:
            assert "data" in await signed_in.ask("say", {"text": "x"})


async def flood(session: ClientSession, address: str, store: Store, who: Person) -> list[str]:
    """Somebody sends far more than one may, until they are cut; what they were told."""
    async with raw_client(session, address, store) as websocket:
        await join(websocket, "/probe", who.client.token)
        for number in range(400):
            await websocket.send_str(f'42/probe,{number}["say",{{"text":"x"}}]')
        return await ended(websocket)
