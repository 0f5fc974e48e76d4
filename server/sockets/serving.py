"""How are sockets served? python-socketio carries packets; everything else is read from PostgreSQL or is the shop's.

Without Redis one process serves all clients, by polling too. With it any number of processes do, by websocket alone,
because the requests of one that polls would reach others than the one that knows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import socketio
from aiohttp import web

from server.decisions.books import LiveBook
from server.decisions.switching import OnSwitch
from server.feeds.hub import HUB
from server.feeds.notices import CHANNEL, NOTICES, Notice
from server.settings import Settings, SettingsError
from server.sockets.connections import CONNECTIONS, Connection, Connections
from server.sockets.edge import EDGES, Edge
from server.sockets.keeping import Keeper, Run
from server.sockets.looking import look_again_soon
from server.sockets.namespaces import Namespace
from server.sockets.numbers import NUMBERS, SocketNumbers
from server.sockets.packets import Json, Packet
from server.sockets.presence import PRESENCE, Presence
from server.sockets.relay import Relay
from server.sockets.transports import SocketServer
from server.web.call import SHOP, Resource, Shop
from server.web.limits import LIMITER
from server.web.metrics import METRICS
from server.web.middlewares import STORES
from server.web.requests import SOCKETS_PATH
from storage.listening import listening
from storage.transaction import Transaction

PING_SECONDS: Final = 25
PATIENCE_SECONDS: Final = 20

MOVERS: Final = Resource[dict[str, Run]]("sockets.movers")
"""What else runs while things move, by its name: begun with the hub, and cancelled with it."""
KEEPER: Final = Resource[Keeper]("sockets.keeper")
SOCKETS: Final = Resource[SocketServer]("sockets.server")


def open_sockets(shop: Shop, namespaces: Sequence[Namespace]) -> None:
    """The socket server of this process, with these namespaces. Raises SettingsError for a REDIS_URL of no Redis."""
    settings = shop.settings
    server = SocketServer(
        trusted_proxies=settings.trusted_proxies,
        async_mode="aiohttp",
        client_manager=_manager(settings),
        transports=["websocket"] if settings.redis_url else ["polling", "websocket"],
        cors_allowed_origins=lambda origin, environ: _may_come(origin, environ, settings),
        ping_interval=PING_SECONDS,
        ping_timeout=PATIENCE_SECONDS,
        # One after another: else two messages of one client could change places.
        async_handlers=False,
        serializer=Packet,
        json=Json,
        namespaces=[],
    )
    connections = Connections()
    shop.provide(CONNECTIONS, connections)
    shop.provide(SOCKETS, server)
    shop.provide(PRESENCE, Presence(shop.database))
    if NUMBERS.name not in shop.resources:
        # Once for each shop: tests open its sockets again, with namespaces of their own.
        shop.provide(NUMBERS, SocketNumbers(shop.use(METRICS).registry))
        shop.provide(MOVERS, {})
        shop.provide(KEEPER, Keeper(lambda: shop.use(NOTICES).heard(None)))
        _take_notices(shop)
    shop.use(NUMBERS).counts(server, connections, [each.path for each in namespaces], shop.use(HUB))
    shop.provide(EDGES, {each.path: Edge(shop, each) for each in namespaces})
    for edge in shop.use(EDGES).values():
        server.register_namespace(edge)


def _take_notices(shop: Shop) -> None:
    notices = shop.use(NOTICES)
    notices.on("user", lambda notice: look_again_soon(shop, shop.use(CONNECTIONS).of_user(notice.store_id, notice.id)))
    notices.on("store", lambda notice: _store_changed(shop, notice))
    notices.on("platform", lambda notice: look_again_soon(shop, _of_platform(shop, notice.id)))
    # Who signed out meanwhile was told to nobody.
    notices.on_silence(lambda: _anything_changed(shop))
    notices.on_silence(lambda: shop.use(PRESENCE).beat_soon())


def _store_changed(shop: Shop, notice: Notice) -> None:
    shop.use(STORES).forget()
    look_again_soon(shop, _of_store(shop, notice.store_id))


def _anything_changed(shop: Shop) -> None:
    shop.use(STORES).forget()
    look_again_soon(shop, shop.use(CONNECTIONS).all())


def _of_store(shop: Shop, store_id: UUID | None) -> Iterable[Connection]:
    return [each for each in shop.use(CONNECTIONS).all() if each.store.id == store_id]


def _of_platform(shop: Shop, user_id: UUID) -> Iterable[Connection]:
    """Those of somebody of the platform, in whatever store."""
    return [each for each in shop.use(CONNECTIONS).all() if each.actor.kind == "platform" and each.actor.id == user_id]


def serve_sockets(app: web.Application) -> None:
    """Answer at /socket.io/."""
    server = app[SHOP].use(SOCKETS)
    server.attach(app, SOCKETS_PATH)
    # Nobody is left connected to a process that stops: they go on with another, or with the next.
    app.on_shutdown.append(lambda _: server.end_all())


async def without_redis(shop: Shop) -> Mapping[str, str]:
    """For the shop's health: why processes do not reach each other by Redis; empty when they do, or need not."""
    manager = shop.use(SOCKETS).manager
    trouble = manager.trouble if isinstance(manager, Relay) else await shop.use(LIMITER).trouble()
    if trouble is None:
        return {}
    return {"redis": f"{trouble}: each process counts tries for itself, and who types is seen in the same process only"}


async def what_stands_still(shop: Shop) -> Mapping[str, str]:
    """For the shop's health: what of that which moves things does not run at this moment, and why."""
    return dict(shop.use(KEEPER).trouble)


@asynccontextmanager
async def moving(shop: Shop) -> AsyncIterator[None]:
    """Hand out what happens, and tell who is there, until the block ends."""
    runs: dict[str, Run] = {"feeds": shop.use(HUB).run, "presence": shop.use(PRESENCE).run}
    manager = shop.use(SOCKETS).manager
    if isinstance(manager, Relay):
        runs["relay"] = manager.run
    keeping = asyncio.create_task(shop.use(KEEPER).keep(runs | shop.use(MOVERS)))
    try:
        async with listening(shop.database, CHANNEL, shop.use(NOTICES).heard):
            yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


def rules_switched(shop: Shop) -> OnSwitch:
    """Have all of a store asked for anew once other access rules are live: they may do other things than before."""
    known: dict[UUID | None, object] = {}

    async def switched(tx: Transaction, book: LiveBook) -> None:
        store_id = tx.store_id
        access = tuple(each for each in book.rulesets if each.kind == "access")

        async def look() -> None:
            if known.get(store_id) != access:
                known[store_id] = access
                look_again_soon(shop, _of_store(shop, store_id))

        tx.after_commit(look)

    return switched


def _manager(settings: Settings) -> socketio.AsyncManager:
    if settings.redis_url is None:
        return socketio.AsyncManager()
    try:
        return Relay(settings.redis_url)
    except ValueError as error:
        raise SettingsError(f"REDIS_URL cannot be used for sockets: {error}") from error


def _may_come(origin: str | None, environ: Mapping[str, Any], settings: Settings) -> bool:
    """Whether pages of this origin may connect: our own, and those of SOSTECH_ALLOWED_ORIGINS."""
    host = environ.get("HTTP_HOST", "")
    if origin is None:
        return False
    return origin in settings.origins or "*" in settings.origins or origin.partition("://")[2] == host
