"""Does the program keep its memory, and answer others, whatever it is flooded with? By bytes, as an attacker sends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from aiohttp import ClientSession

from server.web.call import Shop
from storage.database import APP_ROLE
from storage.tenancy import Store
from tests.database import SHARED, Cluster
from tests.server.auth.conftest import NewPerson, signed_in
from tests.server.fire.processes import server
from tests.server.sockets.conftest import Caller, calling
from tests.server.sockets.hostile import ALONE, BINARY, GOES_ON, PING, PONG, TEXT, frame
from tests.shop import Client

MANY: Final = 3_000
"""Frames of one connection."""
AT_ONCE: Final = 4
"""Connections of one kind of flood."""
GROWS_AT_MOST: Final = 24 << 20
"""Bytes, while each flood comes three times more: all that was sent, if it were kept, would be several times that."""

_HANDSHAKE: Final = """\
GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r
Host: {host}\r
X-Tenant-ID: {store}\r
Connection: Upgrade\r
Upgrade: websocket\r
Sec-WebSocket-Version: 13\r
Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r
\r
"""


def floods() -> dict[str, bytes]:
    """What is sent, by what it is."""
    return {
        "namespaces that there are not": b"".join(
            frame(ALONE | TEXT, b"40/%d-%s," % (number, b"x" * 80)) for number in range(MANY)
        ),
        "pings of WebSocket": frame(ALONE | PING, b"x" * 125) * MANY,
        "pongs of WebSocket": frame(ALONE | PONG, b"x" * 125) * MANY,
        "pings of Engine.IO": frame(ALONE | TEXT, b"2probe") * MANY,
        "pongs of Engine.IO": frame(ALONE | TEXT, b"3" + b"x" * 1_000) * MANY,
        "noops": frame(ALONE | TEXT, b"6" + b"x" * 1_000) * MANY,
        "events of nobody": frame(ALONE | TEXT, b'42/chat,1["typing",{}]') * MANY,
        "packets of nothing": frame(ALONE | TEXT, b"4" + b"2" * 60_000) * 40,
        "a message that does not end": frame(TEXT, b"4") + frame(GOES_ON, b"x" * 1_000) * MANY,
        "a message in pieces of nothing": frame(TEXT, b"4") + frame(GOES_ON) * MANY + frame(ALONE | GOES_ON, b"x"),
        "bytes": frame(ALONE | BINARY, b"x" * 60_000) * 40,
    }


async def test_a_program_that_is_flooded_keeps_its_memory_and_answers_others(
    cluster: Cluster, session: ClientSession, tmp_path: Path, shop: Shop, store: Store, new_person: NewPerson
) -> None:
    ana = await new_person()
    async with server(tmp_path, cluster.url(SHARED, APP_ROLE)) as program:
        there = Client(session, program.address, store)
        token = str((await signed_in(there, ana.email))["access_token"])
        async with calling(program.address, store, "/chat", token) as honest, _talking(honest, token):
            await _flood(program.address, store)
            before = _memory(program.pid)
            for _ in range(3):
                await _flood(program.address, store)
            grown = _memory(program.pid) - before
        assert grown < GROWS_AT_MOST, f"{grown >> 20} MB"
        assert program.lives == 1


@asynccontextmanager
async def _talking(honest: Caller, token: str) -> AsyncIterator[None]:
    """They ask something all the while, and are answered each time."""

    async def ask() -> None:
        while True:
            await honest.get("authenticate", {"token": token})
            await asyncio.sleep(0.06)  # as fast as one may

    asking = asyncio.create_task(ask())
    try:
        yield
    finally:
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking
    await honest.get("authenticate", {"token": token})


async def _flood(address: str, store: Store) -> None:
    """Each flood, by several connections at once; all of them are ended."""
    for what, sent in floods().items():
        async with asyncio.timeout(40):
            answers = await asyncio.gather(*(_sent(address, store, sent) for _ in range(AT_ONCE)))
        assert all(answer.startswith(b"HTTP/1.1 101 ") for answer in answers), what


async def _sent(address: str, store: Store, sent: bytes) -> bytes:
    """Send it without reading; how the server answered, until it ended the connection."""
    where = urlsplit(address)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    answer = b""
    with suppress(ConnectionError):
        writer.write(_HANDSHAKE.format(host=where.netloc, store=store.slug).encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        while await reader.read(1 << 16):
            pass
    writer.close()
    return answer


def _memory(pid: int) -> int:
    """What a process holds, in bytes."""
    said = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(said.partition("VmRSS:")[2].split()[0]) << 10
