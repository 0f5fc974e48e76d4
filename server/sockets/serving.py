"""How are sockets served? python-socketio carries packets; everything else is read from PostgreSQL or is the shop's.

Without Redis one process serves all clients, by polling too. With it any number of processes do, by websocket alone,
because the requests of one that polls would reach others than the one that knows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
import socketio
from aiohttp import web

from server.feeds.hub import HUB
from server.feeds.notices import CHANNEL, NOTICES, Notice
from server.settings import Settings
from server.sockets.connections import CONNECTIONS, Connections
from server.sockets.edge import EDGES, Edge
from server.sockets.namespaces import Namespace
from server.web.call import SHOP, Resource, Shop
from server.web.requests import SOCKETS_PATH
from storage.listening import listening

LARGEST_PACKET_BYTES: Final = 64 * 1024
PING_SECONDS: Final = 25
PATIENCE_SECONDS: Final = 20
REDIS_OPTIONS: Final[Mapping[str, Any]] = {"socket_connect_timeout": 2.0, "socket_timeout": 5.0}

SOCKETS: Final = Resource[socketio.AsyncServer]("sockets.server")


class _Json:
    """The way python-socketio writes and reads JSON: our views as they are."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return msgspec.json.encode(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_: Any) -> Any:
        try:
            return msgspec.json.decode(text)
        except msgspec.MsgspecError as error:
            raise ValueError(str(error)) from error


def open_sockets(shop: Shop, namespaces: Sequence[Namespace]) -> None:
    """The socket server of this process, with these namespaces."""
    settings = shop.settings
    server = socketio.AsyncServer(
        async_mode="aiohttp",
        client_manager=_manager(settings),
        transports=["websocket"] if settings.redis_url else ["polling", "websocket"],
        cors_allowed_origins=lambda origin, environ: _may_come(origin, environ, settings),
        max_http_buffer_size=LARGEST_PACKET_BYTES,
        ping_interval=PING_SECONDS,
        ping_timeout=PATIENCE_SECONDS,
        # One after another: else two messages of one client could change places.
        async_handlers=False,
        json=_Json,
        namespaces=[],
    )
    edges = {each.path: Edge(shop, each) for each in namespaces}
    for edge in edges.values():
        server.register_namespace(edge)
    shop.provide(CONNECTIONS, Connections())
    shop.provide(SOCKETS, server)
    shop.provide(EDGES, edges)


def serve_sockets(app: web.Application) -> None:
    """Answer at /socket.io/."""
    app[SHOP].use(SOCKETS).attach(app, SOCKETS_PATH)
    app.on_shutdown.append(_end_all)


async def _end_all(app: web.Application) -> None:
    """Nobody is left connected to a process that stops: they go on with another, or with the next."""
    server = app[SHOP].use(SOCKETS)
    if server.eio.sockets:
        await server.eio.disconnect()
    await server.shutdown()


@asynccontextmanager
async def moving(shop: Shop) -> AsyncIterator[None]:
    """Hand out what happens, until the block ends."""
    notices = shop.use(NOTICES)
    notices.on("user", lambda notice: _look_again(shop, notice))
    tasks = [asyncio.create_task(shop.use(HUB).run(), name="feeds")]
    try:
        async with listening(shop.database, CHANNEL, notices.heard):
            yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _look_again(shop: Shop, notice: Notice) -> None:
    """Somebody has signed out, or may do other things than before: ask for them anew, on all their devices."""
    edges = shop.use(EDGES)
    for connection in shop.use(CONNECTIONS).of_user(notice.store_id, notice.id):
        task = asyncio.create_task(edges[connection.namespace].look_again(connection))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)


_tasks: set[asyncio.Task[None]] = set()


def _manager(settings: Settings) -> socketio.AsyncManager:
    if settings.redis_url is None:
        return socketio.AsyncManager()
    return socketio.AsyncRedisManager(settings.redis_url, channel="sostech.sockets", redis_options=dict(REDIS_OPTIONS))


def _may_come(origin: str, environ: Mapping[str, Any], settings: Settings) -> bool:
    """Whether pages of this origin may connect: our own, and those of SOSTECH_ALLOWED_ORIGINS."""
    host = environ.get("HTTP_HOST", "")
    return origin in settings.origins or "*" in settings.origins or origin.partition("://")[2] == host
