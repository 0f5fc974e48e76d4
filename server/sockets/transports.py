"""What does one client cost at most, below all namespaces? So many packets in, so many waiting to go out; else it ends.

python-socketio and python-engineio take what comes and keep what is not read. Here a transport that floods, sends what
no client sends, joins nothing, or reads nothing is cut: its connection is closed at once, without a word.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

import aiohttp
import engineio  # type: ignore[import-untyped]
import socketio
import structlog
from aiohttp import web
from engineio.async_drivers.aiohttp import WebSocket as EngineioWebSocket  # type: ignore[import-untyped]
from engineio.packet import MESSAGE  # type: ignore[import-untyped]
from engineio.packet import Packet as EngineioPacket

from server.sockets.outbox import Outbox
from server.sockets.paces import Pace
from server.sockets.packets import UPGRADES, Malformed, Packet, is_frame
from server.web.call import client_ip
from server.web.limits import network

LARGEST_PACKET_BYTES: Final = 64 * 1024
PACKETS_PER_SECOND: Final = 50.0
MOST_PACKETS_AT_ONCE: Final = 500
JOINS_IN_SECONDS: Final = 10.0
"""How long a client may be connected without being in any namespace."""
MOST_UNJOINED: Final = 2_000
"""Clients of one address that are in no namespace yet: as many as may come back at once after a restart."""
TAKES_IN_SECONDS: Final = 20.0
"""How long a client may take to take one packet."""
CLOSES_IN_SECONDS: Final = 5.0
"""How long a client that was told to close may take to do so."""
LAST_WORDS_SECONDS: Final = 0.1
POST_SECONDS: Final = 60.0
"""How long a client that polls may take to send something, with the time it takes to work it off."""
UPGRADES_IN_SECONDS: Final = 10.0
"""How long a client that polls may take to go over to a websocket that it has opened."""

_LOG: Final = structlog.get_logger("sostech.sockets")

# What goes wrong in it is the clients' fault, and told here: it would write a traceback for each packet of each.
_SILENT: Final = logging.getLogger("sostech.socketio")
_SILENT.setLevel(logging.CRITICAL + 1)


@dataclass(slots=True, eq=False)
class Transport:
    """One client's way to this process, of whatever namespaces it is in.

    `address` is whom it is counted for; `pace` is that of its packets, `paces` those of its events in each namespace,
    which leaving and coming back do not fill again.
    """

    sid: str
    address: str
    outbox: Outbox
    pace: Pace
    paces: dict[str, Pace] = field(default_factory=dict)
    websocket: web.Request | None = None
    timer: asyncio.TimerHandle | None = None
    is_over: bool = False
    has_joined: bool = False

    def is_open(self) -> bool:
        """Whether a websocket is still connected. One that polls is not."""
        return self.websocket is not None and self.websocket.transport is not None

    def abort(self) -> None:
        """Close the connection of a websocket at once, if it is still there."""
        if self.websocket is not None and self.websocket.transport is not None:
            self.websocket.transport.abort()


class _WebSocket(EngineioWebSocket):  # type: ignore[misc]  # the library has no types
    """A websocket that takes what a client may send, and does not wait for ever for one that reads nothing."""

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        request: web.Request = environ["aiohttp.request"]
        session = self.handler.__self__
        self._transport = transport = self.server.clients.get(session.sid)
        if transport is None or transport.is_open():
            # One who polls goes over to one websocket: others would be held for nothing, and counted by nobody.
            raise web.HTTPBadRequest(reason="this session is closed, or has a websocket")
        transport.websocket = request
        # It is kept as long as the client stays, and nobody looks at more of it than the request.
        environ.clear()
        environ["aiohttp.request"] = request
        # Without compression, which would keep more memory for each client than all the rest.
        self._sock = web.WebSocketResponse(
            max_msg_size=self.server.max_http_buffer_size, compress=False, autoping=False
        )
        try:
            await self._sock.prepare(request)
        except BaseException as error:
            transport.websocket = None
            if isinstance(error, ConnectionError):
                raise web.HTTPBadRequest(reason="the connection is lost") from error
            raise
        try:
            await self.handler(self)
        finally:
            # Who did not go over polls on; the library would send them nothing any more.
            session.upgrading = False
            transport.abort()
        return self._sock

    async def send(self, message: str) -> None:
        await self._sent(self._sock.send_str(message))

    async def _sent(self, sending: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(TAKES_IN_SECONDS):
                await sending
        except TimeoutError:
            self.server.cut(self._transport, "reads_nothing")
            raise

    async def wait(self) -> str:
        if self.handler.__self__.upgraded:
            return await self._receive()
        return await asyncio.wait_for(self._receive(), UPGRADES_IN_SECONDS)

    async def _receive(self) -> str:
        message = await self._sock.receive()
        while message.type in {web.WSMsgType.PING, web.WSMsgType.PONG}:
            await self._takes_control(message)
            message = await self._sock.receive()
        if message.type in {web.WSMsgType.CLOSE, web.WSMsgType.CLOSING, web.WSMsgType.CLOSED}:
            raise OSError("closed")
        if not is_frame(message.data) or (message.data[0] == UPGRADES and self.handler.__self__.upgraded):
            self._cut("malformed")
        # Messages have their pace where they are worked off, as those of a client that polls.
        if message.data[0] != "4" and not self._transport.pace.take(_now()):
            self._cut("floods")
        return str(message.data)

    async def _takes_control(self, message: aiohttp.WSMessage) -> None:
        """Answer a ping of WebSocket itself; whatever a client sends has its pace."""
        if not self._transport.pace.take(_now()):
            self._cut("floods")
        if message.type is web.WSMsgType.PING:
            await self._sent(self._sock.pong(message.data))

    def _cut(self, why: str) -> NoReturn:
        self.server.cut(self._transport, why)
        raise OSError(why)


class _Message(EngineioPacket):  # type: ignore[misc]  # the library has no types
    """One that is sent once: whoever waits for the next holds this one, and not what it said."""

    data: str | None

    def encode(self, b64: bool = False) -> str:
        said, self.data = self.data, None
        return f"{self.packet_type}{said}"


class _Engine(engineio.AsyncServer):  # type: ignore[misc]  # the library has no types
    """Engine.IO, with bounds."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._async: dict[str, Any] = {**self._async, "websocket": _WebSocket}
        self.clients: dict[str, Transport] = {}
        self.cuts: Counter[str] = Counter()

    def create_queue(self, *_arguments: Any, **_options: Any) -> Outbox:
        return Outbox()

    def cut(self, transport: Transport | None, why: str) -> None:
        """End a transport at once, and forget what waits for it."""
        if transport is None or transport.is_over:
            return
        transport.is_over = True
        self.cuts[why] += 1
        _LOG.info("socket_cut", why=why, waiting=transport.outbox.qsize())
        transport.abort()
        task = asyncio.create_task(self._close(transport))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)

    async def _close(self, transport: Transport) -> None:
        socket = self.sockets.get(transport.sid)
        if socket is not None:
            await socket.close(wait=False, abort=True, reason=self.reason.SERVER_DISCONNECT)

    async def send_packet(self, sid: str, pkt: Any) -> None:
        transport = self.clients.get(sid)
        if transport is None or transport.is_over:
            return
        if transport.outbox.is_full_up():
            self.cut(transport, "reads_nothing")
            return
        await super().send_packet(sid, pkt)

    async def disconnect(self, sid: str | None = None) -> None:
        """Tell a client, or all of them, to close. Nobody is waited for, who may never read it."""
        for each in [sid] if sid is not None else list(self.sockets):
            socket = self.sockets.get(each)
            if socket is not None and not socket.closed:
                await socket.close(wait=False, reason=self.reason.SERVER_DISCONNECT)

    async def handle_request(self, request: web.Request) -> web.StreamResponse:
        transport = self.clients.get(request.query.get("sid", ""))
        if request.method == "POST" and transport is not None and not transport.pace.take(_now()):
            # What is sent so says nothing perhaps, and then it would have no pace at all.
            self.cut(transport, "floods")
            raise web.HTTPBadRequest(reason="this session is closed")
        if request.method != "POST":
            # Perhaps for as long as somebody stays: with nothing around it that would be kept so long.
            return await self._answer(request)
        try:
            async with asyncio.timeout(POST_SECONDS):
                return await self._answer(request)
        except TimeoutError:
            raise web.HTTPRequestTimeout from None

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            answer: web.StreamResponse = await super().handle_request(request)
            return answer
        except KeyError:
            # One who polls asked for a session that has just been closed.
            raise web.HTTPBadRequest(reason="this session is closed") from None


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]  # the library has no types
    """Socket.IO, with bounds. `eio.clients` are the clients by their id there."""

    def __init__(self, *, trusted_proxies: int, **options: Any) -> None:
        super().__init__(**options, logger=_SILENT, engineio_logger=_SILENT, max_http_buffer_size=LARGEST_PACKET_BYTES)
        self._trusted_proxies = trusted_proxies
        self._unjoined: Counter[str] = Counter()

    def transport_of(self, sid: str, namespace: str) -> Transport | None:
        """The transport of somebody in a namespace; None when it is gone."""
        found: Transport | None = self.eio.clients.get(self.manager.eio_sid_from_sid(sid, namespace))
        return found

    def put(self, transport: Transport, packet: Packet) -> None:
        """Send a packet to one client, now, as far as it is for us."""
        if transport.is_over:
            return
        if transport.outbox.is_full_up():
            self.eio.cut(transport, "reads_nothing")
        else:
            transport.outbox.put_nowait(_Message(MESSAGE, packet.encode()))

    async def end_all(self) -> None:
        """Tell everybody to close, and close what stays open."""
        transports = list(self.eio.clients.values())
        await self.eio.disconnect()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSES_IN_SECONDS):
                while any(each.is_open() for each in transports):
                    await asyncio.sleep(0.02)
        for transport in transports:
            transport.abort()
        await self.shutdown()

    def _engineio_server_class(self) -> type[_Engine]:
        return _Engine

    async def _handle_eio_connect(self, eio_sid: str, environ: Mapping[str, Any]) -> Any:
        address = network(client_ip(environ["aiohttp.request"], self._trusted_proxies))
        if self._unjoined[address] >= MOST_UNJOINED:
            return "too many connections of this address"
        socket = self.eio.sockets[eio_sid]
        pace = Pace(PACKETS_PER_SECOND, MOST_PACKETS_AT_ONCE, _now())
        self.eio.clients[eio_sid] = transport = Transport(eio_sid, address, socket.queue, pace)
        self._unjoined[address] += 1
        self._wait_for_joining(transport)
        return await super()._handle_eio_connect(eio_sid, environ)

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        transport = self.eio.clients.get(eio_sid)
        if transport is None or transport.is_over:
            return
        if not transport.pace.take(_now()):
            self.eio.cut(transport, "floods")
            return
        try:
            await super()._handle_eio_message(eio_sid, data)
        except Malformed:
            self.eio.cut(transport, "malformed")
        except Exception as error:  # noqa: BLE001  # one client must not keep the others from being served
            _LOG.exception("socket_packet_failed", error=type(error).__name__)
            self.eio.cut(transport, "failed")

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        transport = self.eio.clients.get(eio_sid)
        if transport is None:
            return
        # From now on nothing that still comes from it is worked off, nor is anything sent.
        transport.is_over = True
        await super()._handle_eio_disconnect(eio_sid, reason)
        del self.eio.clients[eio_sid]
        self._has_joined(transport)
        self.eio.sockets.pop(eio_sid, None)
        # What is still to be said is said, then whoever waits for more to send or to poll is told that there is none.
        # One who was told to close, or is thought to be gone, may keep the connection open.
        loop = asyncio.get_running_loop()
        loop.call_later(LAST_WORDS_SECONDS, transport.outbox.put_nowait, None)
        loop.call_later(CLOSES_IN_SECONDS, transport.abort)

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        await super()._handle_connect(eio_sid, namespace, data)
        transport = self.eio.clients.get(eio_sid)
        if transport is None or transport.is_over:
            # It went while it was let in, when the library did not know yet whom to say goodbye to.
            await self._handle_disconnect(eio_sid, namespace)
        elif self._is_in_any(eio_sid):
            self._has_joined(transport)

    async def _handle_disconnect(self, eio_sid: str, namespace: str | None, reason: str | None = None) -> None:
        await super()._handle_disconnect(eio_sid, namespace, reason)
        self._look_whether_it_left(eio_sid)

    async def disconnect(self, sid: str, namespace: str | None = None, ignore_queue: bool = False) -> None:
        eio_sid = self.manager.eio_sid_from_sid(sid, namespace or "/")
        await super().disconnect(sid, namespace, ignore_queue)
        if eio_sid is not None:
            self._look_whether_it_left(eio_sid)

    def _look_whether_it_left(self, eio_sid: str) -> None:
        transport = self.eio.clients.get(eio_sid)
        if transport is not None and transport.has_joined and not self._is_in_any(eio_sid):
            transport.has_joined = False
            self._unjoined[transport.address] += 1
            self._wait_for_joining(transport)

    def _is_in_any(self, eio_sid: str) -> bool:
        return any(self.manager.sid_from_eio_sid(eio_sid, path) for path in self.namespace_handlers)

    def _wait_for_joining(self, transport: Transport) -> None:
        loop = asyncio.get_running_loop()
        transport.timer = loop.call_later(JOINS_IN_SECONDS, self.eio.cut, transport, "joins_nothing")

    def _has_joined(self, transport: Transport) -> None:
        """It is in a namespace, or gone: it is no longer counted, nor waited for."""
        if transport.has_joined:
            return
        transport.has_joined = True
        if transport.timer is not None:
            transport.timer.cancel()
        self._unjoined[transport.address] -= 1
        if not self._unjoined[transport.address]:
            del self._unjoined[transport.address]


_tasks: set[asyncio.Task[None]] = set()


def _now() -> float:
    return asyncio.get_running_loop().time()
