"""Does the process work, and should requests be sent to it? Asked by monitoring and load balancers, without a store."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

import msgspec
from aiohttp import web

from server.errors import AppError, ErrorCode, Kind
from server.web.call import SHOP, Resource
from server.web.problems import DATABASE_AWAY
from storage.database import Database
from storage.errors import DatabaseUnavailable, StorageError
from storage.migrate import refuse_other_schema

SCHEMA_OTHER: Final = ErrorCode("schema_other", Kind.UNAVAILABLE, "The database has another schema than this program")
STOPPING: Final = ErrorCode("stopping", Kind.UNAVAILABLE, "This process is about to stop")
REMEMBERED_SECONDS: Final = 1.0
"""How long an answer about the database counts, so that asking often costs it nothing."""

_RETRY_SECONDS: Final = 2

Ask = Callable[[], Awaitable[Mapping[str, str]]]
"""What does not work now, by its name, and why; empty when all is well."""


class Readiness:
    """Whether requests should come here: not while the database is away or other, nor once the process is stopping."""

    def __init__(self, database: Database, degraded: Mapping[str, str] = MappingProxyType({})) -> None:
        """`degraded`: what does not work besides, by its name, and why; requests can be answered without it."""
        self.is_stopping = False
        self.degraded = degraded
        self.asks: list[Ask] = []
        """Who else is asked, each time, what does not work; they have to answer soon, and to wait for nobody long."""
        self._database = database
        self._refusal: AppError | None = None
        self._looked_at = float("-inf")

    async def refusal(self) -> AppError | None:
        """Why not now; None when ready."""
        if self.is_stopping:
            return STOPPING("send requests to another process", retry_after_seconds=_RETRY_SECONDS)
        if time.monotonic() - self._looked_at > REMEMBERED_SECONDS:
            self._refusal = await self._look()
            self._looked_at = time.monotonic()
        return self._refusal

    async def limping(self) -> Mapping[str, str]:
        """What does not work besides, by its name, and why."""
        found = dict(self.degraded)
        for ask in self.asks:
            found |= await ask()
        return found

    async def _look(self) -> AppError | None:
        try:
            await refuse_other_schema(self._database)
        except DatabaseUnavailable:
            return DATABASE_AWAY("the database does not answer", retry_after_seconds=_RETRY_SECONDS)
        except StorageError as error:
            return SCHEMA_OTHER(str(error), retry_after_seconds=_RETRY_SECONDS)
        return None


READINESS: Final = Resource[Readiness]("web.readiness")


def serve_health(app: web.Application) -> None:
    """Answer at /ping, /health/live and /health/ready."""
    app.router.add_get("/ping", _ping)
    app.router.add_get("/health/live", _live)
    app.router.add_get("/health/ready", _ready)


async def _ping(_request: web.Request) -> web.Response:
    return _json({"pong": True})


async def _live(_request: web.Request) -> web.Response:
    return _json({"status": "live"})


async def _ready(request: web.Request) -> web.Response:
    readiness = request.app[SHOP].use(READINESS)
    refusal = await readiness.refusal()
    if refusal is not None:
        raise refusal
    degraded = await readiness.limping()
    return _json({"status": "ready"} | ({"degraded": degraded} if degraded else {}))


def _json(value: object) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    return web.Response(body=msgspec.json.encode(value), content_type="application/json", headers=headers)
