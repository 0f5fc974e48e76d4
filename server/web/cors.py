"""Which other origins may browsers call us from? Those of SOSTECH_ALLOWED_ORIGINS, each named; none by default.

The Fetch standard's CORS protocol. Our own few lines, because nothing but a list of origins is wanted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import hdrs, web

from server.web.call import SHOP

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE"
_TAKEN: Final = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-ID, X-Requested-With, X-Tenant-ID"
)
"""Every header of a request that the API reads and that browsers do not send by themselves."""
_SHOWN: Final = "ETag, Idempotency-Replayed, Link, Location, Retry-After, X-Request-ID"
_KEPT_SECONDS: Final = 600


@web.middleware
async def cors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer preflights of allowed origins, and let them read our answers. Others get nothing that says so."""
    allowed = _allowed(request.headers.get(hdrs.ORIGIN), request.app[SHOP].settings.origins)
    if allowed and _is_preflight(request):
        response: web.StreamResponse = web.Response(status=204, headers=_PREFLIGHT)
    else:
        response = await handler(request)
    response.headers.update(allowed)
    if request.app[SHOP].settings.origins:
        _vary_by_origin(response)
    return response


def _is_preflight(request: web.Request) -> bool:
    return request.method == hdrs.METH_OPTIONS and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers


def _allowed(origin: str | None, origins: tuple[str, ...]) -> Mapping[str, str]:
    if origin is None:
        return {}
    shown: dict[str, str] = {hdrs.ACCESS_CONTROL_EXPOSE_HEADERS: _SHOWN}
    if origin in origins:
        return {
            hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: origin,
            hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS: "true",
            **shown,
        }
    # Anybody may read, but never with the cookies of whoever sits at the browser; refused in production.
    return {hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*", **shown} if "*" in origins else {}


def _vary_by_origin(response: web.StreamResponse) -> None:
    """Caches must not show one origin the answer for another."""
    named = response.headers.get(hdrs.VARY)
    response.headers[hdrs.VARY] = f"{named}, {hdrs.ORIGIN}" if named else hdrs.ORIGIN


_PREFLIGHT: Final[Mapping[str, str]] = {
    hdrs.ACCESS_CONTROL_ALLOW_METHODS: _METHODS,
    hdrs.ACCESS_CONTROL_ALLOW_HEADERS: _TAKEN,
    hdrs.ACCESS_CONTROL_MAX_AGE: str(_KEPT_SECONDS),
}
