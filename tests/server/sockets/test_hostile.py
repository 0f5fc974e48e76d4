"""Is a client that means harm ended or refused, and does everybody else go on being served as if it had never been?"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import asyncpg
import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from socketio.exceptions import ConnectionError as Refused

from server.auth.bearer import TOKENS, Claims
from server.sockets import edge as edge_module
from server.sockets import outbox as outbox_module
from server.sockets import transports as transports_module
from server.sockets.connections import CONNECTIONS
from server.sockets.edge import MOST_OF_NOBODY, MOST_OF_USER
from server.sockets.serving import SOCKETS
from server.sockets.standing import who_is
from server.sockets.transports import LARGEST_PACKET_BYTES
from server.web.actor import Actor
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.contract.people import platform_token
from tests.database import SHARED, Cluster
from tests.server.auth.conftest import NewPerson, Person
from tests.server.sockets.conftest import calling, ended, join, raw_client
from tests.server.sockets.hostile import nothing_is_left as nothing_is_left
from tests.server.sockets.hostile import polling, post
from tests.server.sockets.probe import GATE
from tests.server.sockets.probe import address as address
from tests.server.sockets.probe import ana as ana
from tests.server.sockets.probe import shop as shop
from tests.server.sockets.probe import socket_shop as socket_shop
from tests.server.sockets.probe import store as store
from tests.shop import new_store

DEEP = "[" * 20_000 + "]" * 20_000


MALFORMED = {
    "nothing": "",
    "not a type": "x",
    "a type there is not": "9",
    "an open packet": "0{}",
    "a ping that clients do not send": "2",
    "an upgrade of what is upgraded": "5",
    "base64": "bAAAA",
    "a message without a packet": "4",
    "a packet of no type": "4x",
    "a type of Socket.IO there is not": "47",
    "json instead of a packet": '4{"a":1}',
    "a list instead of a packet": "4[1]",
    "a number far too long": "4" + "2" * 500,
    "an event that is no list": '42/probe,{"say":1}',
    "an event without data": "42/probe,",
    "an event of nothing": "42/probe,[]",
    "an event whose name is a number": "42/probe,[3]",
    "an event whose name is a list": '42/probe,[["say"]]',
    "an event whose name is null": "42/probe,[null]",
    "an event with a name too long": f'42/probe,["{"x" * 101}"]',
    "the library's own connect": '42/probe,["connect",{"aiohttp.request":1}]',
    "the library's own disconnect": '42/probe,["disconnect"]',
    "the library's own connect_error": '42/probe,["connect_error"]',
    "an unfinished list": '42/probe,["say",',
    "what is not JSON": "42/probe,nonsense",
    "what is nested too deeply": f'42/probe,["say",{DEEP}]',
    "half a surrogate": '42/probe,["say",{"text":"\\ud800"}]',
    "a number beyond numbers": '42/probe,["say",{"text":1e999}]',
    "an id too long": "42/probe," + "9" * 101 + '["say",{"text":"x"}]',
    "an id beyond what JavaScript counts": "42/probe," + "9" * 20 + '["say",{"text":"x"}]',
    "an event with attachments": '45/probe,1-["say",{"_placeholder":true,"num":0}]',
    "an event with attachments that never come": '451-/probe,["say",{"_placeholder":true,"num":0}]',
    "very many attachments": '459999999999-/probe,["say"]',
    "an acknowledgement with attachments": '461-/probe,1[{"_placeholder":true,"num":7}]',
    "attachments of an event without": '421-/probe,["say"]',
    "a refusal, which is the server's": '44/probe,{"message":"no"}',
    "an acknowledgement that is no list": "43/probe,1{}",
    "a namespace too long": "40/" + "x" * 101 + ",",
    "credentials that are a list": "40/probe,[1]",
    "credentials that are a text": '40/probe,"token"',
}


@pytest.mark.parametrize("what", MALFORMED)
async def test_who_sends_what_no_client_sends_is_ended(
    session: ClientSession, address: str, store: Store, ana: Person, what: str
) -> None:
    async with raw_client(session, address, store) as websocket:
        await join(websocket, "/probe", ana.client.token)
        await websocket.send_str(MALFORMED[what])
        assert await ended(websocket) == []


@pytest.mark.parametrize("raw", [b"", b"\x04", b"\xff\xfe", b"4" * 1000])
async def test_who_sends_bytes_is_ended(session: ClientSession, address: str, store: Store, raw: bytes) -> None:
    async with raw_client(session, address, store) as websocket:
        await websocket.send_bytes(raw)
        assert await ended(websocket) == []


async def test_a_text_that_is_no_utf_8_ends_the_connection(session: ClientSession, address: str, store: Store) -> None:
    async with raw_client(session, address, store) as websocket:
        await websocket.send_frame(b"4\xff\xfe", 1)  # type: ignore[arg-type]  # a text, says the frame
        assert await ended(websocket) == []


async def test_a_packet_over_the_limit_ends_the_connection(
    session: ClientSession, address: str, store: Store, ana: Person
) -> None:
    async with raw_client(session, address, store) as websocket:
        await join(websocket, "/probe", ana.client.token)
        await websocket.send_str('42/probe,1["say",{"text":"' + "x" * LARGEST_PACKET_BYTES + '"}]')
        assert await ended(websocket) == []


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ('["__proto__",{"a":1}]', "socket_event_unknown"),
        ('["*"]', "socket_event_unknown"),
        ('["trigger_event"]', "socket_event_unknown"),
        ('["say",{"text":"a\\u0000b"}]', "body_invalid"),
        ('["say",{"text":"x","__proto__":{"times":3}}]', "body_invalid"),
        ('["say",{"text":"x"},"more"]', "body_malformed"),
        ('["say",123456789012345678901234567890]', "body_invalid"),
        ('["say",null]', "body_invalid"),
    ],
)
async def test_what_is_well_formed_nonsense_is_answered_with_a_problem(
    session: ClientSession, address: str, store: Store, ana: Person, event: str, code: str
) -> None:
    async with raw_client(session, address, store) as websocket:
        await join(websocket, "/probe", ana.client.token)
        await websocket.send_str(f"42/probe,7{event}")
        answer = await websocket.receive_str()
        assert answer.startswith('43/probe,7[{"problem":'), answer
        assert f'"code":"{code}"' in answer


async def test_what_nobody_waits_for_changes_nothing(
    session: ClientSession, address: str, store: Store, ana: Person
) -> None:
    async with raw_client(session, address, store) as websocket:
        await join(websocket, "/probe", ana.client.token)
        for packet in ("43/probe,0[]", "43/probe,99[1]", "43[]", "41/nowhere,", '42["say"]', "6", "3", "3probe"):
            await websocket.send_str(packet)
        await websocket.send_str('42/probe,1["say",{"text":"x"}]')
        assert await websocket.receive_str() == '43/probe,1[{"data":{"text":"x"}}]'


async def test_an_event_in_a_namespace_that_was_not_joined_does_nothing(
    session: ClientSession, address: str, store: Store
) -> None:
    async with raw_client(session, address, store) as websocket:
        await join(websocket, "/anybody")
        await websocket.send_str('42/probe,1["tell-all",{"text":"forged"}]')
        await websocket.send_str('42/anybody,2["say",{"text":"x"}]')
        assert await websocket.receive_str() == '43/anybody,2[{"data":{"text":"x"}}]'


@pytest.mark.parametrize("namespace", ["/nowhere", "/probe/", "/PROBE", "/__proto__"])
async def test_a_namespace_that_there_is_not_is_refused(
    session: ClientSession, address: str, store: Store, namespace: str
) -> None:
    async with raw_client(session, address, store) as websocket:
        await websocket.send_str(f"40{namespace},")
        assert (await websocket.receive_str()).startswith(f"44{namespace},")


async def test_who_joins_nothing_is_ended(
    session: ClientSession, address: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transports_module, "JOINS_IN_SECONDS", 0.2)
    async with raw_client(session, address, store) as websocket:
        await websocket.send_str("40/probe,")
        said = await ended(websocket)
        assert [each[:10] for each in said] == ["44/probe,{"], "refused, and then ended"
    async with raw_client(session, address, store) as websocket:
        await join(websocket, "/anybody")
        await websocket.send_str("41/anybody,")
        assert await ended(websocket) == [], "who left all namespaces is in none"


@pytest.mark.parametrize("packet", ["40/nowhere,", "41/probe,", "43/probe,1[]", '42/probe,["say"]', "40/probe,"])
async def test_a_flood_of_anything_is_ended(session: ClientSession, address: str, store: Store, packet: str) -> None:
    async with raw_client(session, address, store) as websocket:
        await join(websocket, "/anybody")
        for _ in range(700):
            await websocket.send_str(packet)
        await ended(websocket)


@pytest.mark.parametrize("frame", ["3", "3probe", "6"])
async def test_a_flood_of_frames_that_say_nothing_is_ended(
    socket_shop: Shop, session: ClientSession, address: str, store: Store, frame: str
) -> None:
    cuts = socket_shop.use(SOCKETS).eio.cuts
    before = cuts["floods"]
    async with raw_client(session, address, store) as websocket:
        await join(websocket, "/anybody")
        for _ in range(700):
            await websocket.send_str(frame)
        await ended(websocket)
    assert cuts["floods"] == before + 1


async def test_who_polls_and_asks_for_what_says_nothing_without_reading_it_fills_no_memory(
    socket_shop: Shop, session: ClientSession, address: str, store: Store
) -> None:
    engine = socket_shop.use(SOCKETS).eio
    url = await polling(session, address, store)
    for _ in range(10):
        await post(session, url, "\x1e".join(["5"] * 16), store)
    assert engine.clients[url.rpartition("=")[2]].outbox.qsize() <= 1
    await post(session, url, "1", store)


async def test_one_user_has_so_many_connections_and_no_more(
    session: ClientSession, address: str, store: Store, ana: Person
) -> None:
    async with asyncio.timeout(60):
        clients = [calling(address, store, "/probe", ana.client.token) for _ in range(MOST_OF_USER)]
        callers = [await client.__aenter__() for client in clients]
        async with raw_client(session, address, store) as one_more:
            await one_more.send_str(f'40/probe,{{"token":"{ana.client.token}"}}')
            assert '"code":"too_many_connections"' in await one_more.receive_str()
        await clients.pop().__aexit__(None, None, None)
        async with calling(address, store, "/probe", ana.client.token) as again:
            assert again.client.connected
        assert all(caller.client.connected for caller in callers[:-1])
        for client in clients:
            await client.__aexit__(None, None, None)


async def test_one_address_has_so_many_connections_without_a_token(
    session: ClientSession, address: str, store: Store, ana: Person
) -> None:
    clients = [raw_client(session, address, store) for _ in range(MOST_OF_NOBODY)]
    for client in clients:
        await join(await client.__aenter__(), "/anybody")
    async with raw_client(session, address, store) as one_more:
        await one_more.send_str("40/anybody,")
        assert '"code":"too_many_connections"' in await one_more.receive_str()
        await join(one_more, "/probe", ana.client.token)
    for client in clients:
        await client.__aexit__(None, None, None)


async def test_who_has_not_joined_is_counted_by_address(
    session: ClientSession, address: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transports_module, "MOST_UNJOINED", 2)
    async with raw_client(session, address, store) as one, raw_client(session, address, store):
        with pytest.raises(WSServerHandshakeError) as refusal:
            async with raw_client(session, address, store):
                pass
        assert refusal.value.status == 401
        await join(one, "/anybody")
        async with raw_client(session, address, store):
            pass


async def test_who_reads_nothing_is_ended(
    socket_shop: Shop, session: ClientSession, address: str, store: Store, ana: Person
) -> None:
    engine = socket_shop.use(SOCKETS).eio
    async with raw_client(session, address, store) as websocket:
        await join(websocket, "/probe", ana.client.token)
        await websocket.send_str('42/probe,["send",{"text":"' + "x" * 40_000 + '","times":1000}]')
        async with asyncio.timeout(30):
            while engine.clients:
                await asyncio.sleep(0.02)
        assert engine.cuts["reads_nothing"] >= 1


async def test_who_reads_nothing_for_too_long_is_ended_however_little_waits(
    socket_shop: Shop, session: ClientSession, address: str, store: Store, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transports_module, "TAKES_IN_SECONDS", 0.2)
    engine = socket_shop.use(SOCKETS).eio
    async with raw_client(session, address, store) as websocket:
        await join(websocket, "/probe", ana.client.token)
        # More than the buffers of the system between us hold, and less than the limits of what may wait.
        monkeypatch.setattr(outbox_module, "MOST_WAITING_CHARACTERS", 10**9)
        await websocket.send_str('42/probe,["send",{"text":"' + "x" * 60_000 + '","times":900}]')
        async with asyncio.timeout(30):
            while engine.clients:
                await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "body", ["", "x", "4", "b", "\x1e" * 40, '42["connect"]', "d=", "d", "1\x1e1", "bAAAA", "4" + DEEP]
)
async def test_who_polls_nonsense_harms_nobody(session: ClientSession, address: str, store: Store, body: str) -> None:
    url = await polling(session, address, store)
    async with session.post(url, data=body.encode(), headers={"X-Tenant-ID": store.slug}) as answer:
        assert answer.status in {200, 400}
    async with session.post(url, data=b"1", headers={"X-Tenant-ID": store.slug}) as answer:
        assert answer.status in {200, 400}


@pytest.mark.parametrize("query", ["", "EIO=3", "EIO=4&transport=x", "EIO=4&transport=polling&sid=x", "EIO=4&j=x"])
async def test_what_is_no_handshake_is_refused(session: ClientSession, address: str, store: Store, query: str) -> None:
    for method in ("GET", "POST", "OPTIONS", "PUT"):
        async with session.request(
            method, f"{address}/socket.io/?{query}", headers={"X-Tenant-ID": store.slug}
        ) as answer:
            assert answer.status in {200, 400, 405}, await answer.text()


async def test_a_body_over_the_limit_ends_who_polls_at_once(session: ClientSession, address: str, store: Store) -> None:
    url = await polling(session, address, store)
    async with session.post(url, data=b"4" * (LARGEST_PACKET_BYTES + 1), headers={"X-Tenant-ID": store.slug}) as answer:
        assert answer.status == 400


async def test_a_page_of_another_origin_cannot_connect(session: ClientSession, address: str, store: Store) -> None:
    url = f"{address}/socket.io/?EIO=4&transport=websocket"
    for origin in ("https://evil.example", "null", f"{address}.evil.example", ""):
        with pytest.raises(WSServerHandshakeError):
            async with session.ws_connect(url, headers={"X-Tenant-ID": store.slug, "Origin": origin or "x"}):
                pass
    async with session.ws_connect(url, headers={"X-Tenant-ID": store.slug, "Origin": address}) as own:
        assert (await own.receive_str()).startswith("0{")


async def test_tokens_that_do_not_count_here_let_nobody_in(
    socket_shop: Shop, session: ClientSession, address: str, store: Store, ana: Person
) -> None:
    tokens, now = socket_shop.use(TOKENS), int(time.time())
    other = await new_store(socket_shop)
    claims = await tokens.read(str(ana.client.token))
    expired = Claims(sub=ana.id, kind="user", iat=now - 100, exp=now - 50, sid=claims.sid, store=store.id)
    unknown = Claims(sub=new_id(), kind="user", iat=now, exp=now + 50, sid=new_id(), store=store.id)
    for where, token in (
        (store, tokens.issue(expired)), (store, tokens.issue(unknown)), (store, "x" * 5000), (store, "a.b.c"),
        (other, str(ana.client.token)),
    ):  # fmt: skip
        with pytest.raises(Refused):
            async with calling(address, where, "/probe", token):
                pass
    async with raw_client(session, address, store) as websocket:
        await websocket.send_str('40/probe,{"token":17}')
        assert '"code":"token_invalid"' in await websocket.receive_str()


async def test_a_connection_ends_with_its_token_unless_the_next_one_is_shown(
    socket_shop: Shop, address: str, store: Store, ana: Person, new_person: NewPerson
) -> None:
    tokens, now = socket_shop.use(TOKENS), int(time.time())
    claims = await tokens.read(str(ana.client.token))
    short = tokens.issue(Claims(sub=ana.id, kind="user", iat=now, exp=now + 3, sid=claims.sid, store=store.id))
    bea = await new_person()
    async with calling(address, store, "/probe", short) as leaves, calling(address, store, "/probe", short) as stays:
        assert (await stays.get("authenticate", {"token": ana.client.token}))["actor_id"] == str(ana.id)
        theirs = await leaves.ask("authenticate", {"token": bea.client.token})
        assert theirs["problem"]["code"] == "token_invalid"
        await leaves.until(lambda: leaves.of("disconnect"))
        assert leaves.of("problem")[0]["code"] == "token_invalid"
        assert (await stays.get("say", {"text": "still here"}))["text"] == "still here"


async def test_who_leaves_while_they_are_let_in_leaves_nothing_behind(
    socket_shop: Shop, session: ClientSession, address: str, store: Store
) -> None:
    socket_shop.use(GATE).clear()
    url = await polling(session, address, store)
    joining = asyncio.create_task(post(session, url, "40/slow,", store))
    async with asyncio.timeout(10):
        while not len(socket_shop.use(CONNECTIONS)):
            await asyncio.sleep(0.01)
    await post(session, url, "1", store)
    socket_shop.use(GATE).set()
    await joining


async def test_who_signs_out_while_they_are_let_in_is_refused(
    socket_shop: Shop, session: ClientSession, address: str, store: Store, ana: Person
) -> None:
    socket_shop.use(GATE).clear()
    async with raw_client(session, address, store) as websocket:
        await websocket.send_str(f'40/slow,{{"token":"{ana.client.token}"}}')
        async with asyncio.timeout(10):
            while not len(socket_shop.use(CONNECTIONS)):
                await asyncio.sleep(0.01)
            await ana.client.post("/auth/sign-out")
            while not any(each.over for each in socket_shop.use(CONNECTIONS).all()):
                await asyncio.sleep(0.01)
        socket_shop.use(GATE).set()
        refusal = await websocket.receive_str()
    assert refusal.startswith("44/slow,")
    assert '"code":"token_invalid"' in refusal


async def test_who_signs_out_before_anybody_knows_that_they_are_there_is_refused(
    session: ClientSession, address: str, store: Store, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Actor] = []

    async def signing_out_meanwhile(*arguments: Any) -> Actor:
        asked.append(await who_is(*arguments))
        if len(asked) == 1:
            await ana.client.post("/auth/sign-out")
        return asked[-1]

    monkeypatch.setattr(edge_module, "who_is", signing_out_meanwhile)
    async with raw_client(session, address, store) as websocket:
        await websocket.send_str(f'40/probe,{{"token":"{ana.client.token}"}}')
        assert '"code":"token_invalid"' in await websocket.receive_str()


async def test_a_store_that_is_suspended_ends_its_connections_and_no_others(
    socket_shop: Shop, session: ClientSession, address: str, store: Store
) -> None:
    other = await new_store(socket_shop)
    async with calling(address, store, "/anybody") as stays, calling(address, other, "/anybody") as leaves:
        await socket_shop.database.transaction(
            None, lambda tx: tx.execute("UPDATE stores SET status = 'suspended' WHERE id = $1", other.id)
        )
        await leaves.until(lambda: leaves.of("disconnect"))
        assert leaves.of("problem")[0]["code"] == "store_unknown"
        assert (await stays.get("say", {"text": "still here"}))["text"] == "still here"
        with pytest.raises(WSServerHandshakeError):
            async with raw_client(session, address, other):
                pass


@pytest.mark.parametrize("change", ["status = 'suspended'", "tokens_valid_after = now() + interval '1 hour'"])
async def test_somebody_of_the_platform_who_is_suspended_is_disconnected(
    socket_shop: Shop, address: str, store: Store, cluster: Cluster, change: str
) -> None:
    owner = await asyncpg.connect(cluster.url(SHARED))
    token = await platform_token(socket_shop, owner)
    await owner.close()
    user_id = (await socket_shop.use(TOKENS).read(token)).sub
    async with calling(address, store, "/probe", token) as caller:
        await socket_shop.database.transaction(
            None, lambda tx: tx.execute(f"UPDATE platform_users SET {change} WHERE id = $1", user_id)
        )
        await caller.until(lambda: caller.of("disconnect"))
        assert caller.of("problem")[0]["code"] == "token_invalid"


async def test_what_somebody_may_do_is_asked_for_anew_when_it_changes(
    socket_shop: Shop, address: str, store: Store, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge_module, "LOOKS_AGAIN_SECONDS", 10**9)
    async with calling(address, store, "/probe", ana.client.token) as caller:
        await socket_shop.database.transaction(
            store.id, lambda tx: tx.execute("UPDATE users SET roles = '{}' WHERE id = $1", ana.id)
        )
        await caller.until(lambda: caller.of("disconnect"))
        assert caller.of("problem")[0]["code"] == "not_allowed"
