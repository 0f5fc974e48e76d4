"""The addresses by which browsers ask to show what their user is told."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from server.auth.errors import NOT_A_USER
from server.auth.service import user_of
from server.errors import Fault
from server.telling import push_repo as repo
from server.telling.channels import CHANNELS
from server.telling.errors import PUSH_MISSING, SUBSCRIPTION_UNKNOWN
from server.telling.push_channel import PushChannel
from server.telling.push_key import PushKey
from server.telling.push_sealing import auth_fault, key_fault
from server.web.binding import Body, Query, View
from server.web.call import Call
from server.web.endpoint import PUBLIC, SIGNED_IN, Routes
from server.web.problems import invalid
from server.web.public_client import LONGEST_URL, PUBLIC_CLIENT

routes = Routes("Messages")

Endpoint = Annotated[str, Meta(min_length=1, max_length=LONGEST_URL, description="Of the browser's push service.")]
BrowserKey = Annotated[str, Meta(min_length=1, max_length=200)]


class BrowserKeys(Body, frozen=True, kw_only=True):
    """What messages for the browser are encrypted with, in base64url."""

    p256dh: BrowserKey
    auth: BrowserKey


class SubscriptionBody(Body, frozen=True, kw_only=True):
    """What `pushManager.subscribe` gives, as `toJSON()` writes it, without the time it ends."""

    endpoint: Endpoint
    keys: BrowserKeys


class SubscriptionQuery(Query, frozen=True, kw_only=True):
    """Names a browser."""

    endpoint: Endpoint


class PushKeyView(View, frozen=True, kw_only=True):
    """The `applicationServerKey` for `pushManager.subscribe`: a point of P-256 in base64url."""

    key: str


_PATH: Final = "/notifications/subscribe"


@routes.get("/notifications/push-key", needs=PUBLIC, errors=(PUSH_MISSING,))
async def read_push_key(call: Call) -> PushKeyView:
    """The key that browsers subscribe to pushes of this shop with."""
    return PushKeyView(key=_key(call).public)


@routes.post(_PATH, needs=SIGNED_IN, errors=(NOT_A_USER, PUSH_MISSING))
async def subscribe_browser(call: Call, body: SubscriptionBody) -> None:
    """Show what the own account is told in this browser too. Twice does it once; the newest 20 browsers count."""
    _key(call)
    user_id = user_of(call)
    address = call.use(PUBLIC_CLIENT).fault(body.endpoint)
    found = {
        "/endpoint": address, "/keys/p256dh": key_fault(body.keys.p256dh), "/keys/auth": auth_fault(body.keys.auth),
    }  # fmt: skip
    faults = [Fault(at, "subscription_invalid", fault) for at, fault in found.items() if fault is not None]
    if faults:
        raise invalid(faults)
    await call.database.transaction(
        call.store.id, lambda tx: repo.add(tx, user_id, body.endpoint, body.keys.p256dh, body.keys.auth)
    )


@routes.delete(_PATH, needs=SIGNED_IN, errors=(NOT_A_USER, SUBSCRIPTION_UNKNOWN))
async def unsubscribe_browser(call: Call, query: SubscriptionQuery) -> None:
    """Show nothing in this browser any more."""
    user_id = user_of(call)
    if not await call.database.transaction(call.store.id, lambda tx: repo.remove(tx, user_id, query.endpoint)):
        raise SUBSCRIPTION_UNKNOWN("your account has no browser with this endpoint")


def _key(call: Call) -> PushKey:
    """Raises PUSH_MISSING."""
    channel = call.use(CHANNELS).get("push")
    if not isinstance(channel, PushChannel):
        raise PUSH_MISSING("the shop has no key for web pushes: SOSTECH_VAPID_KEY")
    return channel.key
