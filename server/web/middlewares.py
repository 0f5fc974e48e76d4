"""What happens around every request? In this order: request id and log → headers → problems → store → actor.

The id comes first so that everything after it can name it; then the headers that every answer has, refusals too;
problems next, so that whatever fails below becomes one; the store before the actor, because a token is of one store.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from aiohttp import web

from server.errors import AppError
from server.settings import Settings
from server.web import problems
from server.web.actor import Actor
from server.web.call import ACTOR, REQUEST_ID, SHOP, STORE, Resource, Shop
from server.web.requests import route_of, stays, store_in_address
from storage.errors import DatabaseUnavailable
from storage.tenancy import Store, StoreDirectory

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Authenticate = Callable[[web.Request, Shop, Store], Awaitable[Actor]]

AUTHENTICATE: Final = Resource[Authenticate]("auth.authenticate")
STORES: Final = Resource[StoreDirectory]("web.stores")
TENANT_HEADER: Final = "X-Tenant-ID"
SLUG_PATTERN: Final = r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?!\n)$"

_SLUG: Final = re.compile(SLUG_PATTERN)
_LOG: Final = structlog.get_logger("sostech.errors")


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what a request fails with into an RFC 9457 problem; what takes too long is ended."""
    seconds = request.app[SHOP].settings.request_timeout_seconds
    try:
        async with asyncio.timeout(None if stays(request) else seconds) as deadline:
            return await handler(request)
    except AppError as error:
        return problems.respond(request, error, request[REQUEST_ID])
    except DatabaseUnavailable as error:
        _LOG.warning("database_unavailable", reason=str(error))
        # The connection may have died during COMMIT, and nobody can know on which side of it.
        return problems.respond(request, problems.away(), request[REQUEST_ID])
    except web.HTTPException as error:
        return _of_aiohttp(request, error)
    except Exception as error:  # noqa: BLE001  # see below
        if isinstance(error, TimeoutError) and deadline.expired():
            return problems.respond(request, problems.timed_out(seconds), request[REQUEST_ID])
        # The one place that catches everything: a bug must not end in a broken connection.
        _LOG.exception("request_failed", error=type(error).__name__, route=route_of(request))
        return problems.respond(request, problems.unexpected(), request[REQUEST_ID])


@web.middleware
async def tenant(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find the store: by X-Tenant-ID, by a signed address, by domain or subdomain, or the default one."""
    if request.path.startswith("/api/") or stays(request):
        request[STORE] = await store_of(request, request.app[SHOP])
    return await handler(request)


@web.middleware
async def actor(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out who is asking."""
    # Whoever stays shows who they are with each namespace they join.
    if STORE in request and not stays(request):
        shop = request.app[SHOP]
        request[ACTOR] = await shop.use(AUTHENTICATE)(request, shop, request[STORE])
    return await handler(request)


async def store_of(request: web.Request, shop: Shop) -> Store:
    """The store that is meant. Raises STORE_UNKNOWN."""
    stores = shop.use(STORES)
    named = request.headers.get(TENANT_HEADER)
    if named is None:
        in_address = store_in_address(request)
        found, detail = None if in_address is None else await _by_slug(stores, in_address), ""
        if found is None:
            found, detail = await _of_host(stores, shop.settings, _host(request))
    else:
        found = await _by_slug(stores, named)
        detail = f"no store is called {named[:80]!r}; leave out {TENANT_HEADER} for the default store"
    if found is None:
        raise problems.STORE_UNKNOWN(detail)
    return found


async def _of_host(stores: StoreDirectory, settings: Settings, host: str) -> tuple[Store | None, str]:
    """The store known by this name; and what to say when there is none."""
    if settings.base_domain and host.endswith(f".{settings.base_domain}"):
        subdomain = host.removesuffix(f".{settings.base_domain}")
        return await _by_slug(stores, subdomain), f"no store has the subdomain {subdomain[:80]!r}"
    found = await _by_domain(stores, host) or await stores.by_slug(settings.default_store)
    return found, f"the default store {settings.default_store!r} does not exist; `sostech serve --demo` makes one"


def _host(request: web.Request) -> str:
    """The name the caller knows us by, without port."""
    try:
        return (request.url.host or "").lower().rstrip(".")
    except ValueError:
        return ""


async def _by_slug(stores: StoreDirectory, slug: str) -> Store | None:
    # What no slug can be is not asked for, so that nonsense neither costs a query nor is remembered.
    return await stores.by_slug(slug) if _SLUG.match(slug) else None


async def _by_domain(stores: StoreDirectory, host: str) -> Store | None:
    return await stores.by_domain(host) if "." in host and host.isascii() and host.isprintable() else None


def _of_aiohttp(request: web.Request, error: web.HTTPException) -> web.StreamResponse:
    """Aiohttp's own refusals in our shape; redirects and the like as they are."""
    if error.status == 404:
        problem = problems.NO_SUCH_ROUTE(f"there is nothing at {request.path[:200]}; /docs lists what there is")
    elif isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        problem = problems.METHOD_NOT_ALLOWED(f"{request.path[:200]} takes {allowed}, not {request.method[:20]}")
        response = problems.respond(request, problem, request[REQUEST_ID])
        response.headers["Allow"] = allowed
        return response
    elif error.status == 413:
        problem = problems.BODY_TOO_LARGE("the body is larger than this endpoint takes")
    elif 400 <= error.status < 500:
        problem = problems.BODY_MALFORMED(error.reason or "the request cannot be read")
    else:
        return web.Response(status=error.status, headers=error.headers, text=error.text)
    return problems.respond(request, problem, request[REQUEST_ID])
