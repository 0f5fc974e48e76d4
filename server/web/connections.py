"""How are connections taken? With limits, and what cannot be read as a request is answered with a problem as well.

aiohttp refuses such requests before any application sees them, in plain text; here a connection answers like the API.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

import structlog
from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage, BadHttpMethod, InvalidURLError, LineTooLong

from server.errors import AppError
from server.web import problems
from server.web.call import SHOP
from server.web.headers import protect
from server.web.metrics import METRICS
from server.web.requests import REQUEST_ID_HEADER, UNROUTED
from storage.ids import new_id

BACKLOG: Final = 512
LONGEST_ADDRESS: Final = 8_000
"""In bytes, query included: as much as RFC 9110, 4.1, asks servers to take."""
LONGEST_FIELD: Final = 8_190
"""In bytes, of a header's name or value. Not LONGEST_ADDRESS, since a refusal names nothing but the limit."""
MOST_HEADERS: Final = 100

LIMITS: Final[dict[str, Any]] = {
    "keepalive_timeout": 30.0,  # seconds; also how long a new connection may take to send its first request
    "max_line_size": LONGEST_ADDRESS,
    "max_field_size": LONGEST_FIELD,
    "max_headers": MOST_HEADERS,
    "access_log": None,  # server/web/requests.py writes one line per request
}
"""How much and how long a connection may be before anybody knows what it wants."""

_LOG: Final = structlog.get_logger("sostech.connection")


class Connection(web.RequestHandler):
    """One connection of one caller."""

    def __init__(self, app: web.Application, manager: web.Server) -> None:
        super().__init__(manager, loop=asyncio.get_running_loop(), **LIMITS)
        self._shop = app[SHOP]

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what no handler has answered, and close the connection: nobody knows where a next request begins."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun already; another one cannot be sent")
        request_id = str(new_id())
        if status == HTTPStatus.BAD_REQUEST:
            error = _unreadable(exc)
            # The exception's text is what was sent, which does not belong in a log.
            _LOG.info("request_unreadable", request_id=request_id, code=error.error.code, error=type(exc).__name__)
            response = problems.respond(request, error, request_id)
        else:
            _LOG.error("request_failed", request_id=request_id, error=type(exc).__name__, exc_info=exc)
            response = problems.respond(request, problems.unexpected(), request_id)
        self._shop.use(METRICS).answered("", UNROUTED, response.status, 0.0)
        response.headers[REQUEST_ID_HEADER] = request_id
        protect(response, self._shop.settings)
        response.force_close()
        return response


@asynccontextmanager
async def listening(app: web.Application, listener: socket.socket, shutdown_seconds: float) -> AsyncIterator[None]:
    """The application, served at this socket; at the end nothing new is taken, and what runs may take so long."""
    runner = web.AppRunner(app, shutdown_timeout=shutdown_seconds)
    try:
        await runner.setup()
        manager = runner.server
        assert manager is not None, "there is one after setup"
        server = await asyncio.get_running_loop().create_server(
            lambda: Connection(app, manager), sock=listener, backlog=BACKLOG
        )
        try:
            yield
        finally:
            server.close()
    finally:
        await runner.cleanup()


def _unreadable(error: BaseException | None) -> AppError:
    """Why a request cannot be read, without what was sent."""
    if isinstance(error, LineTooLong):
        if LONGEST_ADDRESS in error.args:
            return problems.ADDRESS_TOO_LONG(f"the address has more than {LONGEST_ADDRESS} bytes, its query included")
        return problems.HEADERS_TOO_LARGE(f"a header has more than {LONGEST_FIELD} bytes; send a shorter one")
    if isinstance(error, InvalidURLError):
        return problems.REQUEST_UNREADABLE("the address is none; percent-encode what may not stand in one")
    if isinstance(error, BadHttpMethod):
        return problems.REQUEST_UNREADABLE("this is not HTTP/1.1, which is all that is spoken here, without TLS")
    if isinstance(error, BadHttpMessage) and error.message.startswith("Too many headers"):
        return problems.HEADERS_TOO_LARGE(f"there are more than {MOST_HEADERS} headers; send fewer")
    reason = error.message.partition("\n")[0].rstrip(":.") if isinstance(error, BadHttpMessage) else ""
    return problems.REQUEST_UNREADABLE(f"this is not HTTP/1.1 as RFC 9112 has it: {reason or 'cannot be told where'}")
