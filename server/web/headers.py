"""Which headers does every answer have? Those that keep browsers from doing more with it than it is for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import web

from server.settings import Settings
from server.web.call import SHOP

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

API_POLICY: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""Content-Security-Policy of what is no page: nothing may be loaded or run. Pages of ours set their own."""

_ALWAYS: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": API_POLICY,
    "Server": "SOSTECH",  # aiohttp would name itself and Python, with versions
}
_YEAR_SECONDS: Final = 365 * 24 * 3600


@web.middleware
async def security(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Set what the answer has not set itself; what is of one caller only is kept by nobody."""
    response = await handler(request)
    protect(response, request.app[SHOP].settings)
    if request.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def protect(response: web.StreamResponse, settings: Settings) -> None:
    """Set the headers that every answer has, where they are not set already."""
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    if settings.is_production:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={_YEAR_SECONDS}; includeSubDomains")
