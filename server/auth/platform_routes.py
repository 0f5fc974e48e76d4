"""The addresses of the platform's people."""

from __future__ import annotations

import dataclasses

from server.auth import platform
from server.auth.devices import device_of
from server.auth.emails import parse_email
from server.auth.errors import ACCOUNT_SUSPENDED, SIGN_IN_REFUSED, STORE_TAKEN
from server.auth.people import StoreSnapshot
from server.auth.schemas import AccessTokenView
from server.auth.staff_schemas import PlatformSignInBody, StoreBody, StoresQuery, StoreView
from server.web.call import Call
from server.web.endpoint import PUBLIC, Reply, Routes
from server.web.pages import Page, page, position
from server.web.problems import RATE_LIMITED

routes = Routes("Platform")


@routes.post(
    "/platform/auth/sign-in",
    needs=PUBLIC,
    errors=(SIGN_IN_REFUSED, ACCOUNT_SUSPENDED, RATE_LIMITED),
    idempotency="none",
)
async def sign_in_to_platform(call: Call, body: PlatformSignInBody) -> Reply[AccessTokenView]:
    """Sign in as someone of the platform.

    The token holds for 15 minutes, in every store; nothing refreshes it.
    """
    token = await platform.sign_in(call, parse_email(body.email), body.password, device_of(call))
    view = AccessTokenView(access_token=token.token, expires_at=token.expires_at)
    return Reply(view, headers={"Cache-Control": "no-store"})


@routes.get("/platform/stores", needs="platform.stores")
async def list_stores(call: Call, query: StoresQuery) -> Reply[Page[StoreView]]:
    """All stores, by slug."""
    at = position(call, query)
    return page(call, query, at, await platform.list_stores(call, at), lambda store: [store.slug], _view)


@routes.post("/platform/stores", needs="platform.stores", errors=(STORE_TAKEN,), status=201)
async def open_store(call: Call, body: StoreBody) -> StoreView:
    """Open another store; it is active at once."""
    return _view(await platform.open_store(call, body))


def _view(store: StoreSnapshot) -> StoreView:
    return StoreView(**dataclasses.asdict(store))
