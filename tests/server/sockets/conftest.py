"""Real clients of Socket.IO, against a shop that serves sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import socketio
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from storage.tenancy import Store
from tests.server.auth.conftest import new_person as new_person


@dataclass
class Caller:
    """A client in one namespace, with all that it was told, in order."""

    client: socketio.AsyncClient
    namespace: str
    told: list[tuple[str, Any]] = field(default_factory=list)
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, event: str, data: Any = None) -> Any:
        """Send an event; what it was acknowledged with."""
        return await self.client.call(event, data if data is not None else {}, namespace=self.namespace, timeout=10)

    async def get(self, event: str, data: Any = None) -> Any:
        """Send an event that has to go well; the data of its acknowledgement."""
        answer = await self.ask(event, data)
        assert "data" in answer, answer
        return answer["data"]

    async def until(self, is_so: Callable[[], object], seconds: float = 10.0) -> None:
        """Wait until what was told makes it so."""
        async with asyncio.timeout(seconds):
            while not is_so():
                self._heard.clear()
                await self._heard.wait()

    def of(self, event: str) -> list[Any]:
        """What events of this name carried."""
        return [data for name, data in self.told if name == event]

    def hear(self, event: str, *data: Any) -> None:
        """Note what was told."""
        self.told.append((event, data[0] if data else None))
        self._heard.set()


@asynccontextmanager
async def calling(
    address: str,
    store: Store,
    namespace: str,
    token: str | None = None,
    said: Mapping[str, Any] | None = None,
    **options: Any,
) -> AsyncIterator[Caller]:
    """Somebody connected to a namespace, who `said` something then.

    Raises socketio.exceptions.ConnectionError when they are refused.
    """
    client = socketio.AsyncClient(reconnection=False)
    caller = Caller(client, namespace)
    client.on("*", caller.hear, namespace=namespace)
    client.on("disconnect", lambda *reason: caller.hear("disconnect", *reason), namespace=namespace)
    auth = {**({"token": token} if token else {}), **(said or {})}
    await client.connect(
        address, headers={"X-Tenant-ID": store.slug}, auth=auth or None,
        # By itself it gives up after a second, which a busy machine may take.
        namespaces=[namespace], transports=["websocket"], **{"wait_timeout": 20, **options},
    )  # fmt: skip
    try:
        yield caller
    finally:
        await client.disconnect()


@asynccontextmanager
async def raw_client(
    session: ClientSession, address: str, store: Store, **options: Any
) -> AsyncIterator[ClientWebSocketResponse]:
    """A websocket that speaks Engine.IO only as far as the test does; it has been welcomed."""
    url = f"{address}/socket.io/?EIO=4&transport=websocket"
    async with session.ws_connect(url, headers={"X-Tenant-ID": store.slug}, max_msg_size=0, **options) as websocket:
        assert (await websocket.receive_str()).startswith("0{")
        yield websocket


async def join(websocket: ClientWebSocketResponse, namespace: str, token: str | None = None) -> None:
    """Join a namespace by hand."""
    await websocket.send_str(
        f"40{namespace}," + ("" if token is None else msgspec.json.encode({"token": token}).decode())
    )
    answer = await websocket.receive_str()
    assert answer.startswith(f"40{namespace},"), answer


async def ended(websocket: ClientWebSocketResponse, seconds: float = 20.0) -> list[str]:
    """Read until the server ends the connection; what it said before."""
    said = []
    async with asyncio.timeout(seconds):
        while (message := await websocket.receive()).type is WSMsgType.TEXT:
            said.append(message.data)
    return said
