"""What can staff do with webhooks? Add, change and delete them, and give them new secrets; all of it audited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, NoReturn
from uuid import UUID

from msgspec import UNSET

from engine.text.suggest import did_you_mean
from server.decisions.books import BOOKS
from server.errors import Fault
from server.web.call import Call
from server.web.noting import note
from server.web.public_client import PUBLIC_CLIENT
from server.webhooks import deliveries_repo
from server.webhooks import endpoints_repo as repo
from server.webhooks.endpoints_repo import Endpoint
from server.webhooks.errors import TOO_MANY_WEBHOOKS, WEBHOOK_INVALID, WEBHOOK_UNKNOWN
from server.webhooks.letter import ALL, PRIVATE
from server.webhooks.schemas import WebhookBody, WebhookChange
from server.webhooks.secret import new_secret, seal
from storage.ids import new_id
from storage.transaction import Transaction

MOST_ENDPOINTS: Final = 20
_SEE: Final = "docs/reference/events.md lists what does"
OLD_SECRET_COUNTS: Final = timedelta(hours=24)


async def list_endpoints(call: Call) -> list[Endpoint]:
    """All of the store, the oldest first."""
    return await call.database.transaction(call.store.id, repo.endpoints)


async def read(call: Call, endpoint_id: UUID) -> Endpoint:
    """One of them. Raises WEBHOOK_UNKNOWN."""
    return await call.database.transaction(call.store.id, lambda tx: found(tx, endpoint_id))


async def create(call: Call, body: WebhookBody) -> tuple[Endpoint, str]:
    """Add one; it and its secret. Raises WEBHOOK_INVALID and TOO_MANY_WEBHOOKS."""
    _refuse_what_cannot_be_sent(call, body.url, body.events)
    endpoint_id, secret = new_id(), new_secret()

    async def work(tx: Transaction) -> Endpoint:
        added = await repo.insert(
            tx, endpoint_id, url=body.url, events=_sorted(body.events), description=body.description,
            is_active=body.active, secret=seal(call.shop.keys, endpoint_id, secret), most=MOST_ENDPOINTS,
        )  # fmt: skip
        if not added:
            raise TOO_MANY_WEBHOOKS(
                f"a store may have {MOST_ENDPOINTS} webhooks; delete one, or send to it more events"
            )
        made = await found(tx, endpoint_id)
        await note(tx, call, "webhooks.create", "webhook", endpoint_id, None, _told(made))
        return made

    return await call.database.transaction(call.store.id, work), secret


async def change(call: Call, endpoint_id: UUID, body: WebhookChange) -> Endpoint:
    """Change what the body names; what was due for one that is switched off is given up.

    Raises WEBHOOK_UNKNOWN and WEBHOOK_INVALID.
    """

    async def work(tx: Transaction) -> Endpoint:
        old = await found(tx, endpoint_id)
        # What stays as it is is not looked at: networks that are allowed may have changed since.
        _refuse_what_cannot_be_sent(
            call, None if body.url is UNSET else body.url, [] if body.events is UNSET else body.events
        )
        is_active = old.is_active if body.active is UNSET else body.active
        await repo.update(
            tx, endpoint_id, url=old.url if body.url is UNSET else body.url,
            events=old.events if body.events is UNSET else _sorted(body.events),
            description=old.description if body.description is UNSET else body.description, is_active=is_active,
        )  # fmt: skip
        if old.is_active and not is_active:
            await deliveries_repo.drop_due(tx, endpoint_id, "the webhook was switched off")
        new = await found(tx, endpoint_id)
        await note(tx, call, "webhooks.change", "webhook", endpoint_id, _told(old), _told(new))
        return new

    return await call.database.transaction(call.store.id, work)


async def delete(call: Call, endpoint_id: UUID) -> None:
    """Delete it with the log of its deliveries. Raises WEBHOOK_UNKNOWN."""

    async def work(tx: Transaction) -> None:
        old = await found(tx, endpoint_id)
        await repo.delete(tx, endpoint_id)
        await note(tx, call, "webhooks.delete", "webhook", endpoint_id, _told(old), None)

    await call.database.transaction(call.store.id, work)


async def rotate(call: Call, endpoint_id: UUID, *, keep_old: bool) -> tuple[Endpoint, str]:
    """Give it another secret; the one before signs along for a while, unless told otherwise. Raises WEBHOOK_UNKNOWN."""
    secret = new_secret()
    old_counts = OLD_SECRET_COUNTS if keep_old else timedelta(0)

    async def work(tx: Transaction) -> Endpoint:
        if not await repo.rotate(tx, endpoint_id, seal(call.shop.keys, endpoint_id, secret), old_counts):
            raise unknown(endpoint_id)
        new = await found(tx, endpoint_id)
        await note(tx, call, "webhooks.rotate", "webhook", endpoint_id, None, {"old_secret_counts": keep_old})
        return new

    return await call.database.transaction(call.store.id, work), secret


async def found(tx: Transaction, endpoint_id: UUID) -> Endpoint:
    """The endpoint. Raises WEBHOOK_UNKNOWN."""
    endpoint = await repo.endpoint(tx, endpoint_id)
    if endpoint is None:
        raise unknown(endpoint_id)
    return endpoint


def unknown(endpoint_id: UUID) -> Exception:
    """That there is none of this id."""
    return WEBHOOK_UNKNOWN(f"no webhook has the id {endpoint_id}; GET /webhooks lists those there are")


def _refuse_what_cannot_be_sent(call: Call, url: str | None, events: Sequence[str]) -> None:
    """Raise WEBHOOK_INVALID with every fault."""
    fault = None if url is None else call.use(PUBLIC_CLIENT).fault(url)
    faults = [] if fault is None else [Fault("/url", "url_refused", fault)]
    faults += [
        Fault(f"/events/{number}", "event_private", f"{name} holds secrets of people, and is told to nobody outside")
        for number, name in enumerate(events)
        if name in PRIVATE
    ]
    known = _known_names(call)
    faults += [
        Fault(f"/events/{number}", "event_unknown", f"{name} never happens here; {did_you_mean(name, known) or _SEE}")
        for number, name in enumerate(events)
        if name not in known and name not in PRIVATE
    ]
    if faults:
        _refuse(faults)


def _known_names(call: Call) -> set[str]:
    """What can happen in the store: the events there are, and what its lifecycle and its signals announce."""
    live = call.use(BOOKS).live(call.store)
    signals = () if live.signals is None else live.signals.announced
    return {ALL, *call.use(BOOKS).vocabulary("event/1").events, *live.orders.announced, *signals}


def _refuse(faults: Sequence[Fault]) -> NoReturn:
    raise WEBHOOK_INVALID("; ".join(f"{each.pointer[1:]} {each.message}" for each in faults), faults=faults)


def _sorted(events: Sequence[str]) -> list[str]:
    return sorted(set(events))


def _told(endpoint: Endpoint) -> dict[str, Any]:
    """What the audit log keeps of it: no secrets."""
    return {
        "url": endpoint.url, "events": endpoint.events, "description": endpoint.description,
        "active": endpoint.is_active,
    }  # fmt: skip
