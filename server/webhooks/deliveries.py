"""What can staff do with what was sent? See what came of it, have it sent again, and send a test."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from server.web.call import Call
from server.web.limits import LIMITER, Limit
from server.web.noting import note
from server.web.public_client import Outcome
from server.web.waking import WAKE
from server.webhooks import deliveries_repo as repo
from server.webhooks.attempts import Parcel, send
from server.webhooks.deliveries_repo import Logged
from server.webhooks.endpoints import found, unknown
from server.webhooks.endpoints_repo import Endpoint
from server.webhooks.errors import WEBHOOK_DELIVERY_UNKNOWN, WEBHOOK_OFF
from server.webhooks.letter import TEST, letter_of_test
from server.webhooks.schemas import DeliveriesQuery
from storage.ids import new_id
from storage.pages import TimeWindow
from storage.transaction import Transaction

MOST_AT_ONCE: Final = 10_000
"""Deliveries had sent again by one request."""
TESTS: Final = Limit("webhook tests of a store", 30, 60)
"""A test sends a request to whomever the address names, so that nobody does it all day."""


async def list_deliveries(call: Call, endpoint_id: UUID, query: DeliveriesQuery, window: TimeWindow) -> list[Logged]:
    """What was sent to an endpoint, or is to be, the newest first. Raises WEBHOOK_UNKNOWN."""

    async def work(tx: Transaction) -> list[Logged]:
        await found(tx, endpoint_id)
        return await repo.log(tx, endpoint_id, state=query.state, event=query.event, window=window)

    return await call.database.transaction(call.store.id, work)


async def retry(call: Call, endpoint_id: UUID, delivery_id: UUID) -> Logged:
    """Have one sent at once, also one that was taken. Raises WEBHOOK_UNKNOWN, WEBHOOK_DELIVERY_UNKNOWN, WEBHOOK_OFF."""

    async def work(tx: Transaction) -> Logged:
        endpoint = await found(tx, endpoint_id)
        delivery = await repo.retry(tx, endpoint_id, delivery_id)
        if delivery is None:
            raise WEBHOOK_DELIVERY_UNKNOWN(f"the webhook {endpoint_id} has no delivery {delivery_id}")
        _require_on(endpoint)
        await note(tx, call, "webhooks.retry", "webhook_delivery", delivery_id, None, {"webhook": str(endpoint_id)})
        call.use(WAKE).after(tx)
        return delivery

    return await call.database.transaction(call.store.id, work)


async def retry_dead(call: Call, endpoint_id: UUID) -> int:
    """Have all sent at once that were given up; how many. Raises WEBHOOK_UNKNOWN and WEBHOOK_OFF."""

    async def work(tx: Transaction) -> int:
        _require_on(await found(tx, endpoint_id))
        count = await repo.retry_dead(tx, endpoint_id, MOST_AT_ONCE)
        if count:
            await note(tx, call, "webhooks.retry", "webhook", endpoint_id, None, {"count": count})
            call.use(WAKE).after(tx)
        return count

    return await call.database.transaction(call.store.id, work)


async def send_test(call: Call, endpoint_id: UUID) -> tuple[UUID, Outcome]:
    """Send a test now, also to one that is switched off; its id in the log, and what came of it.

    Not sent again whatever comes of it. Raises WEBHOOK_UNKNOWN and RATE_LIMITED.
    """
    await call.use(LIMITER).hit(TESTS, str(call.store.id))
    endpoint, now = await call.database.transaction(call.store.id, lambda tx: _found_now(tx, endpoint_id))
    delivery_id, event_id = new_id(), new_id()
    body = letter_of_test(call.store.slug, event_id, now)
    outcome = await _sent(call, endpoint, event_id, body, now)

    async def log(tx: Transaction) -> None:
        if not await repo.tested(tx, endpoint_id, delivery_id, (event_id, TEST, body), now, outcome):
            raise unknown(endpoint_id)
        told = {"status": outcome.status, "error": outcome.error}
        await note(tx, call, "webhooks.test", "webhook", endpoint_id, None, told)

    await call.database.transaction(call.store.id, log)
    return delivery_id, outcome


async def _found_now(tx: Transaction, endpoint_id: UUID) -> tuple[Endpoint, datetime]:
    return await found(tx, endpoint_id), await tx.now()


async def _sent(call: Call, endpoint: Endpoint, event_id: UUID, body: str, now: datetime) -> Outcome:
    sealed = [endpoint.secret]
    if endpoint.old_secret is not None and endpoint.old_secret_until is not None and endpoint.old_secret_until > now:
        sealed.append(endpoint.old_secret)
    return await send(call.shop, Parcel(endpoint.id, endpoint.url, tuple(sealed), event_id, TEST, body, now))


def _require_on(endpoint: Endpoint) -> None:
    if not endpoint.is_active:
        raise WEBHOOK_OFF(f"nothing is sent to {endpoint.url}; switch the webhook on first, with `active: true`")
