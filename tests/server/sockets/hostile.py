"""Who is there when somebody means harm: a shop that serves the probe, honest people, and frames by hand."""

from __future__ import annotations

import asyncio
import os
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest_asyncio
from aiohttp import ClientSession, ClientWebSocketResponse

from server.sockets.connections import CONNECTIONS
from server.sockets.serving import SOCKETS
from server.web.call import Shop
from storage.tenancy import Store
from tests.server.sockets.conftest import calling
from tests.server.sockets.probe import GATE

TEXT: Final = 1
BINARY: Final = 2
CLOSE: Final = 8
PING: Final = 9
PONG: Final = 10
GOES_ON: Final = 0
ALONE: Final = 0x80
"""The bit of a frame that ends its message."""
AT_ONCE: Final = 50
"""Events that somebody honest sends without a pause; from then on they keep the pace that is asked of them."""


def frame(head: int, payload: bytes = b"", *, length: int | None = None) -> bytes:
    """A frame as a client masks it: `head` is its first byte; `length` is what it says of itself, if it lies."""
    size = len(payload) if length is None else length
    if size < 126:
        said = bytes([0x80 | size])
    elif size < 1 << 16:
        said = b"\xfe" + struct.pack("!H", size)
    else:
        said = b"\xff" + struct.pack("!Q", size)
    mask = os.urandom(4)
    return bytes([head]) + said + mask + bytes(each ^ mask[place % 4] for place, each in enumerate(payload))


def write(websocket: ClientWebSocketResponse, *frames: bytes) -> None:
    """Send bytes as they are, without looking what has come."""
    transport = websocket._response.connection.transport  # type: ignore[union-attr]
    assert transport is not None
    transport.write(b"".join(frames))


@asynccontextmanager
async def talking(address: str, store: Store) -> AsyncIterator[None]:
    """Somebody honest who talks all the while, and is answered each time."""
    over = False

    async def talk() -> None:
        said = 0
        async with calling(address, store, "/anybody") as honest:
            while not over or said < 3:
                assert (await honest.get("say", {"text": str(said)}))["text"] == str(said)
                said += 1
                await asyncio.sleep(0.06 if said > AT_ONCE else 0)

    task = asyncio.create_task(talk())
    try:
        yield
    finally:
        over = True
        await task


async def polling(session: ClientSession, address: str, store: Store) -> str:
    """Where somebody polls who has just come, with their session."""
    url = f"{address}/socket.io/?EIO=4&transport=polling"
    async with session.get(url, headers={"X-Tenant-ID": store.slug}) as answer:
        return f"{url}&sid=" + (await answer.text()).partition('"sid":"')[2].partition('"')[0]


async def post(session: ClientSession, url: str, body: str, store: Store) -> int:
    """Send something as one who polls; the status of the answer."""
    async with session.post(url, data=body.encode(), headers={"X-Tenant-ID": store.slug}) as answer:
        await answer.read()
        return answer.status


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def nothing_is_left(socket_shop: Shop, address: str, store: Store) -> AsyncIterator[None]:
    """After each test others are answered, and neither tasks nor connections stay behind."""
    before = _tasks()
    yield
    socket_shop.use(GATE).set()
    async with calling(address, store, "/anybody") as honest:
        assert (await honest.get("say", {"text": "still here"}))["text"] == "still here"
    engine = socket_shop.use(SOCKETS).eio
    async with asyncio.timeout(30):
        while engine.clients or engine.sockets or len(socket_shop.use(CONNECTIONS)) or _tasks() - before:
            await asyncio.sleep(0.02)
    manager = socket_shop.use(SOCKETS).manager
    assert (manager.rooms, manager.pending_connect, manager.pending_disconnect) == ({}, {}, {})
    assert not socket_shop.use(SOCKETS)._unjoined


def _tasks() -> set[str]:
    """What runs, apart from tests, the pool, and what the library does once for all clients, or sleeps for a ping."""
    names = {task.get_coro().__qualname__ for task in asyncio.all_tasks()}  # type: ignore[union-attr]
    return {name for name in names if "sockets" in name or "Socket" in name} - {
        "AsyncServer._service_task", "AsyncSocket._send_ping",
    }  # fmt: skip
