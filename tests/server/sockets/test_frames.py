"""What may frames of WebSocket do, below all packets? A client that breaks the protocol, or floods by it, is ended."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError

from server.sockets import transports as transports_module
from server.sockets.serving import SOCKETS
from server.sockets.transports import LARGEST_PACKET_BYTES, MOST_PACKETS_AT_ONCE
from server.web.call import Shop
from storage.tenancy import Store
from tests.server.sockets.conftest import ended, join, raw_client
from tests.server.sockets.hostile import (
    ALONE,
    BINARY,
    CLOSE,
    GOES_ON,
    PING,
    PONG,
    TEXT,
    frame,
    polling,
    post,
    talking,
    write,
)
from tests.server.sockets.hostile import nothing_is_left as nothing_is_left
from tests.server.sockets.probe import address as address
from tests.server.sockets.probe import socket_shop as socket_shop
from tests.server.sockets.probe import store as store

SAY = b'42/anybody,1["say",{"text":"x"}]'
SAID = '43/anybody,1[{"data":{"text":"x"}}]'
JOIN = ALONE | TEXT, b"40/anybody,"


async def test_a_packet_in_many_fragments_is_one_packet(session: ClientSession, address: str, store: Store) -> None:
    async with raw_client(session, address, store) as websocket:
        await join(websocket, "/anybody")
        rest = [frame(GOES_ON, SAY[place : place + 1]) for place in range(1, len(SAY) - 1)]
        write(websocket, frame(TEXT, SAY[:1]), *rest[:5], frame(ALONE | PING, b"between"), *rest[5:])
        write(websocket, frame(GOES_ON), frame(ALONE | GOES_ON, SAY[-1:]))
        assert await websocket.receive_str() == SAID


ILL_FRAMED = {
    "the first reserved bit": [frame(ALONE | 0x40 | TEXT, b"6")],
    "the second reserved bit": [frame(ALONE | 0x20 | TEXT, b"6")],
    "the third reserved bit": [frame(ALONE | 0x10 | TEXT, b"6")],
    "all reserved bits of a ping": [frame(ALONE | 0x70 | PING)],
    "a fragment with a reserved bit": [frame(TEXT, b"4"), frame(ALONE | 0x40 | GOES_ON, b"3[]")],
    "a type of data there is not": [frame(ALONE | 3, b"6")],
    "a type of control there is not": [frame(ALONE | 0xB)],
    "the end of what never began": [frame(ALONE | GOES_ON, b"6")],
    "a message within another": [frame(TEXT, b"4"), frame(ALONE | TEXT, b"6")],
    "a beginning within another": [frame(TEXT, b"4"), frame(TEXT, b"4")],
    "bytes in fragments": [frame(BINARY, b"4"), frame(ALONE | GOES_ON, b"2")],
    "half a ping": [frame(PING, b"x")],
    "a ping too long": [frame(ALONE | PING, b"x" * 126)],
    "a farewell for no reason there is": [frame(ALONE | CLOSE, b"\x00\x01")],
    "half a reason": [frame(ALONE | CLOSE, b"\x03")],
    "a reason that is no text": [frame(ALONE | CLOSE, b"\x03\xe8\xff\xfe")],
    "more than there is memory": [frame(ALONE | TEXT, length=2**62)],
    "more than can be counted": [frame(ALONE | TEXT, length=2**64 - 1)],
    "more than may be sent": [frame(ALONE | TEXT, length=LARGEST_PACKET_BYTES + 1)],
    "more than may be sent in fragments": [frame(TEXT, b"4"), *[frame(GOES_ON, b"x" * 1024)] * 65],
    "more than may be sent in very small ones": [frame(TEXT, b"4"), *[frame(GOES_ON, b"x")] * LARGEST_PACKET_BYTES],
    "half a character": [frame(TEXT, b"4\xc3"), frame(ALONE | GOES_ON, b"x")],
}


@pytest.mark.parametrize("what", ILL_FRAMED)
async def test_who_breaks_the_protocol_is_ended(session: ClientSession, address: str, store: Store, what: str) -> None:
    async with talking(address, store), raw_client(session, address, store) as websocket:
        await join(websocket, "/anybody")
        write(websocket, *ILL_FRAMED[what], frame(ALONE | TEXT, SAY))
        assert await ended(websocket) == [], "what came after it was not worked off"


@pytest.mark.parametrize("sent", [[frame(TEXT, b"4")] + [frame(GOES_ON)] * 5_000, [frame(ALONE | TEXT, b"4" * 50)[:9]]])
async def test_a_message_that_never_ends_ends_the_connection(
    socket_shop: Shop, session: ClientSession, address: str, store: Store, monkeypatch: pytest.MonkeyPatch,
    sent: list[bytes],
) -> None:  # fmt: skip
    engine = socket_shop.use(SOCKETS).eio
    monkeypatch.setattr(engine, "ping_interval", 0.2)
    monkeypatch.setattr(engine, "ping_timeout", 0.2)
    async with raw_client(session, address, store) as websocket:
        await join(websocket, "/anybody")
        write(websocket, *sent)
        await ended(websocket)


async def test_who_answers_no_ping_is_ended(
    socket_shop: Shop, session: ClientSession, address: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = socket_shop.use(SOCKETS).eio
    monkeypatch.setattr(engine, "ping_interval", 0.2)
    monkeypatch.setattr(engine, "ping_timeout", 0.2)
    async with raw_client(session, address, store) as websocket:
        await join(websocket, "/anybody")
        assert (await ended(websocket))[0] == "2"


async def test_pings_of_websocket_are_answered(session: ClientSession, address: str, store: Store) -> None:
    async with raw_client(session, address, store, autoping=False) as websocket:
        for _ in range(20):
            await websocket.ping(b"there?")
            answer = await websocket.receive()
            assert (answer.type, bytes(answer.data)) == (WSMsgType.PONG, b"there?")
        await websocket.pong(b"unasked for")
        await join(websocket, "/anybody")


FLOODS = {
    "pings of WebSocket": frame(ALONE | PING),
    "long pings of WebSocket": frame(ALONE | PING, b"x" * 125),
    "pongs of WebSocket": frame(ALONE | PONG, b"x"),
    "pings of Engine.IO": frame(ALONE | TEXT, b"2probe"),
    "pongs of Engine.IO": frame(ALONE | TEXT, b"3"),
    "noops of Engine.IO": frame(ALONE | TEXT, b"6"),
    "joining nothing": frame(ALONE | TEXT, b"40/nowhere,"),
    "leaving nothing": frame(ALONE | TEXT, b"41/nowhere,"),
    "events of nobody": frame(ALONE | TEXT, b'42/probe,1["say",{"text":"x"}]'),
}


@pytest.mark.parametrize("what", FLOODS)
async def test_a_flood_of_whatever_frames_is_ended(
    socket_shop: Shop, session: ClientSession, address: str, store: Store, what: str
) -> None:
    cuts = socket_shop.use(SOCKETS).eio.cuts
    before = cuts["floods"]
    async with talking(address, store), raw_client(session, address, store) as websocket:
        await join(websocket, "/anybody")
        write(websocket, *[FLOODS[what]] * 4 * MOST_PACKETS_AT_ONCE)
        await ended(websocket)
    assert cuts["floods"] == before + 1


async def test_thousands_who_join_namespaces_that_there_are_not_are_ended(
    socket_shop: Shop, session: ClientSession, address: str, store: Store
) -> None:
    cuts = socket_shop.use(SOCKETS).eio.cuts
    before = cuts["floods"]

    async def joins_everything(number: int) -> None:
        async with raw_client(session, address, store) as websocket:
            names = [f"/{number}-{each}-" + "x" * 60 for each in range(4 * MOST_PACKETS_AT_ONCE)]
            write(websocket, *(frame(ALONE | TEXT, f"40{name},".encode()) for name in names))
            assert all(each.startswith("44/") for each in await ended(websocket))

    async with talking(address, store):
        await asyncio.gather(*(joins_everything(number) for number in range(4)))
    assert cuts["floods"] == before + 4
    assert set(socket_shop.use(SOCKETS).manager.get_namespaces()) <= {"/anybody"}


async def test_connections_that_are_half_open_are_ended_and_hold_up_nobody(
    socket_shop: Shop, session: ClientSession, address: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transports_module, "JOINS_IN_SECONDS", 0.3)
    engine = socket_shop.use(SOCKETS).eio
    before = engine.cuts["joins_nothing"]
    where = urlsplit(address)
    async with AsyncExitStack() as stack, talking(address, store):
        for begun in (b"", b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: webso") * 20:
            _, writer = await asyncio.open_connection(where.hostname, where.port)
            stack.callback(writer.close)
            writer.write(begun)
        for _ in range(20):
            await polling(session, address, store)
        silent = [await stack.enter_async_context(raw_client(session, address, store)) for _ in range(20)]
        for websocket in silent:
            assert await ended(websocket) == []
        async with asyncio.timeout(20):
            while engine.cuts["joins_nothing"] < before + 40:
                await asyncio.sleep(0.02)


async def test_who_fails_to_go_over_to_a_websocket_polls_on(
    session: ClientSession, address: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transports_module, "UPGRADES_IN_SECONDS", 0.1)
    url = await polling(session, address, store)
    headers = {"X-Tenant-ID": store.slug}
    await post(session, url, JOIN[1].decode(), store)
    over = url.replace("polling", "websocket")
    async with session.ws_connect(over, headers=headers):
        pass
    async with session.ws_connect(over, headers=headers) as probing:
        await probing.send_str("2probe")
        assert await probing.receive_str() == "3probe"
    async with session.ws_connect(over, headers=headers) as silent:
        await ended(silent)
    assert await post(session, url, SAY.decode(), store) == 200
    said: list[str] = []
    async with asyncio.timeout(10):
        while SAID not in said:
            async with session.get(url, headers=headers) as answer:
                said += (await answer.text()).split("\x1e")
    assert said.count("6") <= 4, "told at once that there is nothing, it would ask again and again"
    await post(session, url, "1", store)


async def test_who_polls_has_one_websocket_to_go_over_to(session: ClientSession, address: str, store: Store) -> None:
    url = await polling(session, address, store)
    over, headers = url.replace("polling", "websocket"), {"X-Tenant-ID": store.slug}
    await post(session, url, JOIN[1].decode(), store)
    async with session.ws_connect(over, headers=headers) as websocket:
        for _ in range(3):
            with pytest.raises(WSServerHandshakeError) as refusal:
                await session.ws_connect(over, headers=headers)
            assert refusal.value.status == 400
        await websocket.send_str("2probe")
        assert await websocket.receive_str() == "3probe"
        await websocket.send_str("5")
        with pytest.raises(WSServerHandshakeError):
            await session.ws_connect(over, headers=headers)
        await websocket.send_str(SAY.decode())
        async with asyncio.timeout(10):
            while await websocket.receive_str() != SAID:
                pass


async def test_a_flood_of_those_who_poll_is_ended(
    socket_shop: Shop, session: ClientSession, address: str, store: Store
) -> None:
    cuts = socket_shop.use(SOCKETS).eio.cuts
    before = cuts["floods"]
    url = await polling(session, address, store)
    await post(session, url, JOIN[1].decode(), store)

    async def sends_nothing() -> None:
        while True:
            assert await post(session, url, "3", store) == 200

    async with talking(address, store):
        with suppress(AssertionError):
            async with asyncio.timeout(60):
                await asyncio.gather(*(sends_nothing() for _ in range(4)))
    assert cuts["floods"] == before + 1
