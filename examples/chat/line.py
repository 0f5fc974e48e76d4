"""How does a client stay connected? It comes back by itself, says what it has seen, and is told what it missed."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import socketio
from aiohttp import ClientError
from socketio.exceptions import BadNamespaceError, ConnectionError, DisconnectedError, TimeoutError

from examples.chat.shop import Lost, Refused, Shop, failure

NAMESPACE: Final = "/chat"
AGAIN_SECONDS: Final = 1.0
"""How soon something is asked again that was not answered, while the connection is there."""
_AGAIN_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
_RENEWS_SECONDS: Final = 600.0
_ANSWERS_IN_SECONDS: Final = 10.0
CONNECTS_SECONDS: Final = 20.0
"""How long a shop that is busy may take to let us in."""

Heard = Callable[[str, Any], Awaitable[None]]


class Line:
    """A connection to /chat that comes back. `run` it in a task of its own."""

    def __init__(self, shop: Shop, since: Callable[[], Mapping[str, int]], heard: Heard) -> None:
        """`since` says what has been seen when it connects; `heard` is told every event, and `connected`, `lost`."""
        self._shop = shop
        self._since = since
        self._heard = heard
        self._client: socketio.AsyncClient | None = None
        self._gone = asyncio.Event()
        self._away_until = 0.0

    async def run(self) -> None:
        """Connect, and again whenever the connection is lost, until cancelled. Raises Refused."""
        tried = 0
        try:
            while True:
                await asyncio.sleep(max(0.0, self._away_until - asyncio.get_running_loop().time()))
                if await self._connect():
                    tried = 0
                    await self._stay()
                else:
                    await asyncio.sleep(_AGAIN_SECONDS[min(tried, len(_AGAIN_SECONDS) - 1)])
                    tried += 1
        finally:
            if self._client is not None:
                await self._client.disconnect()

    async def ask(self, event: str, **body: Any) -> Any:
        """Send an event; the data it was acknowledged with. Raises Refused, and Lost when no answer comes."""
        if self._client is None or self._gone.is_set():
            raise Lost(event)
        try:
            answer = await self._answer(self._client, self._gone, event, body)
        except (BadNamespaceError, DisconnectedError, ConnectionError, TimeoutError) as error:
            raise Lost(event) from error
        if not isinstance(answer, dict) or "data" not in answer:
            raise failure(answer.get("problem", {}) if isinstance(answer, dict) else {})
        return answer["data"]

    async def _answer(self, client: socketio.AsyncClient, gone: asyncio.Event, event: str, body: Any) -> Any:
        """The acknowledgement. Raises Lost as soon as the connection goes, which the library would wait out."""
        asked = asyncio.create_task(client.call(event, body, namespace=NAMESPACE, timeout=_ANSWERS_IN_SECONDS))
        lost = asyncio.create_task(gone.wait())
        try:
            await asyncio.wait({asked, lost}, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                raise Lost(event)
            return asked.result()
        finally:
            asked.cancel()
            lost.cancel()

    def cut(self, seconds: float) -> None:
        """Lose the network: no packet says goodbye, and for so long there is no other one."""
        self._away_until = asyncio.get_running_loop().time() + seconds
        websocket = None if self._client is None else self._client.eio.ws
        if websocket is not None:
            with suppress(OSError):
                websocket.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._gone.set()

    async def _connect(self) -> bool:
        """Connect once; False when nobody answers, or not now. Raises Refused when we may not."""
        refusals: list[Any] = []
        self._client = client = socketio.AsyncClient(reconnection=False)
        self._gone = asyncio.Event()
        client.on("*", self._heard, namespace=NAMESPACE)
        client.on("connect_error", lambda *data: refusals.extend(data), namespace=NAMESPACE)
        client.on("disconnect", lambda *_: self._gone.set(), namespace=NAMESPACE)
        try:
            auth = {"token": await self._shop.token(), "since": dict(self._since())}
            await client.connect(
                self._shop.address, headers={"X-Tenant-ID": self._shop.store}, auth=auth, namespaces=[NAMESPACE],
                transports=["websocket"], wait_timeout=CONNECTS_SECONDS,
            )  # fmt: skip
        except (ConnectionError, OSError, ClientError, Lost) as error:
            await client.disconnect()
            if refusals and isinstance(refusals[0], dict) and "data" in refusals[0]:
                reason = failure(refusals[0]["data"])
                if isinstance(reason, Refused):
                    raise reason from error
            return False
        return True

    async def _stay(self) -> None:
        """Until the connection is lost; meanwhile the next token is shown in time."""
        await self._heard("connected", None)
        wait = _RENEWS_SECONDS
        while not self._gone.is_set():
            with suppress(asyncio.TimeoutError):
                async with asyncio.timeout(wait):
                    await self._gone.wait()
            if not self._gone.is_set():
                wait = _RENEWS_SECONDS if await self._renew() else AGAIN_SECONDS
        assert self._client is not None
        await self._client.disconnect()
        await self._heard("lost", None)

    async def _renew(self) -> bool:
        """Show the next token; False when that has to be tried again. Raises Refused."""
        try:
            await self.ask("authenticate", token=await self._shop.token())
        except Lost:
            return False
        return True
