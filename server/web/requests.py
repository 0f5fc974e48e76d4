"""What is written down of a request? An id for everybody, one line in the log, and one observation for the metrics.

Never what was sent: no query, no headers, no bodies. The address stands there as its template, so that no token that
came in a path gets into the log.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from aiohttp import web

from server.web.call import ACTOR, REQUEST_ID, SHOP, STORE
from server.web.metrics import METRICS
from storage.counting import Statements, counted_statements
from storage.ids import new_id

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

REQUEST_ID_HEADER: Final = "X-Request-ID"
UNROUTED: Final = "(none)"
"""The route of requests to addresses that do not exist: their paths are the caller's inventions."""

_GIVEN_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}(?!\n)$")
SOCKETS_PATH: Final = "/socket.io/"
"""Where the sockets of server/sockets are."""
_SIGNED_PATH: Final = "/api/v1/chat/attachments/"
"""Below which addresses may be signed, by server/chat/attachments_links.py."""
_QUIET: Final = frozenset({"/ping", "/health/live", "/health/ready", "/metrics"})
_LOG: Final = structlog.get_logger("sostech.request")


@web.middleware
async def request_id(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, the caller's own when it looks like one, say it in the answer, and write it all down."""
    given = request.headers.get(REQUEST_ID_HEADER, "")
    request[REQUEST_ID] = given if _GIVEN_ID.match(given) else str(new_id())
    began = time.perf_counter()
    with structlog.contextvars.bound_contextvars(request_id=request[REQUEST_ID]), counted_statements() as statements:
        response = await handler(request)
        _write_down(request, response.status, time.perf_counter() - began, statements)
    if not request.app[SHOP].settings.is_production:
        response.headers["Server-Timing"] = f'db;desc="{statements.count}";dur={statements.seconds * 1000:.1f}'
    response.headers[REQUEST_ID_HEADER] = request[REQUEST_ID]
    return response


def stays(request: web.Request) -> bool:
    """Whether the request opens a connection that stays, or belongs to one: it is no request that takes too long."""
    return request.path.startswith(SOCKETS_PATH)


def store_in_address(request: web.Request) -> str | None:
    """The slug of the store that a signed address names, where pages load pictures from; None: it is no such address.

    It only names the store, as X-Tenant-ID does: whether it was signed for that store is for its room to say.
    """
    if not request.path.startswith(_SIGNED_PATH):
        return None
    slug, dot, _ = request.query.get("token", "").partition(".")
    return slug if dot else None


def route_of(request: web.Request) -> str:
    """The template of the address, such as /api/v1/products/{slug}."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else UNROUTED


def _write_down(request: web.Request, status: int, seconds: float, statements: Statements) -> None:
    route = route_of(request)
    request.app[SHOP].use(METRICS).answered(request.method, route, status, seconds)
    level = _LOG.debug if route in _QUIET or stays(request) else _LOG.info
    level(
        "request",
        method=request.method,
        route=route,
        status=status,
        ms=round(seconds * 1000, 1),
        statements=statements.count,
        db_ms=round(statements.seconds * 1000, 1),
        actor=request[ACTOR].kind if ACTOR in request else None,
        store=request[STORE].slug if STORE in request else None,
    )
