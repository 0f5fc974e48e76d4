"""What comes of one try? It is taken, or sent again later, or given up; and an endpoint that takes nothing is let go.

Order: what is sent was claimed and counted before, in a transaction of its own; while it is sent there is none; what
came of it is noted in another. Whoever is killed between has it sent again, by the same id: at least once.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Final, NamedTuple
from uuid import UUID

import structlog
from msgspec.structs import replace

from server.web.call import Shop
from server.web.public_client import PUBLIC_CLIENT, Outcome
from server.webhooks import deliveries_repo, endpoints_repo
from server.webhooks.deliveries_repo import Claimed
from server.webhooks.letter import headers
from server.webhooks.secret import SecretLost, is_current, seal, unseal
from storage import audit
from storage.pauses import Chance, pause_after
from storage.tenancy import Store
from storage.transaction import Transaction

MOST_ATTEMPTS: Final = 12
"""Over about two days."""
FIRST_PAUSE_SECONDS: Final = 10.0
LONGEST_PAUSE_SECONDS: Final = 12 * 3600.0
LONGEST_ASKED_SECONDS: Final = 3600
"""A receiver may ask for so much patience with Retry-After."""
PATIENCE: Final = timedelta(days=5)
"""An endpoint that takes nothing for so long is switched off."""
LEAST_ATTEMPTS: Final = 7
"""As often, about an hour long, the very delivery has to have been tried that switches it off: where days of quiet
followed a failure, its endpoint may have been mended long since.
"""

_LOG: Final = structlog.get_logger("sostech.webhooks")


class Parcel(NamedTuple):
    """What goes where, signed with what: `secrets` are encrypted, `now` is the moment it is signed."""

    endpoint_id: UUID
    url: str
    secrets: tuple[str, ...]
    event_id: UUID
    event: str
    body: str
    now: datetime


async def attempt(shop: Shop, store: Store, claimed: Claimed) -> None:
    """Send it, and note what came of it. Raises DatabaseUnavailable: then it is sent again after the lease."""
    if claimed.attempts > MOST_ATTEMPTS:
        # Whoever had it was killed each time, perhaps by it.
        outcome = Outcome(status=None, milliseconds=0, error=f"begun {MOST_ATTEMPTS} times, and never noted as ended")
    else:
        outcome = await send(shop, _parcel(claimed))
    await shop.database.transaction(store.id, lambda tx: _note(tx, claimed, outcome))
    _LOG.info(
        "webhook_delivered" if outcome.is_taken else "webhook_not_delivered", endpoint=str(claimed.endpoint_id),
        event_id=str(claimed.event_id), attempt=claimed.attempts, status=outcome.status, reason=outcome.error,
    )  # fmt: skip
    await _reseal(shop, store, claimed)


def pause_of(attempts: int, asked_seconds: int | None = None, chance: Chance = random.random) -> timedelta:
    """How long one rests that failed so often, at least what the receiver asks for.

    Three times as long each time, up to a quarter less by chance.
    """
    seconds = pause_after(
        attempts, first=FIRST_PAUSE_SECONDS, longest=LONGEST_PAUSE_SECONDS, times=3, chance=chance, off=0.25
    )
    return timedelta(seconds=max(seconds, min(asked_seconds or 0, LONGEST_ASKED_SECONDS)))


async def send(shop: Shop, parcel: Parcel) -> Outcome:
    """Sign it, send it, and say what came of it. Outside of any transaction: the other side may take its time."""
    try:
        secrets = [unseal(shop.keys, parcel.endpoint_id, each) for each in parcel.secrets]
    except SecretLost as lost:
        return Outcome(status=None, milliseconds=0, error=str(lost))
    sent = headers(parcel.event_id, parcel.event, parcel.body, secrets, parcel.now)
    outcome = await shop.use(PUBLIC_CLIENT).post(parcel.url, parcel.body.encode(), sent)
    if outcome.status is not None and HTTPStatus.MULTIPLE_CHOICES <= outcome.status < HTTPStatus.BAD_REQUEST:
        return replace(outcome, error="redirects are not followed; write the address it leads to")
    return outcome


def _parcel(claimed: Claimed) -> Parcel:
    secrets = tuple(each for each in (claimed.secret, claimed.old_secret) if each is not None)
    return Parcel(claimed.endpoint_id, claimed.url, secrets, claimed.event_id, claimed.event, claimed.body, claimed.now)


async def _note(tx: Transaction, claimed: Claimed, outcome: Outcome) -> None:
    if outcome.is_taken:
        await deliveries_repo.delivered(tx, claimed, outcome)
        return
    is_last = claimed.attempts >= MOST_ATTEMPTS
    pause = None if is_last else pause_of(claimed.attempts, outcome.retry_after_seconds)
    is_hopeless = await deliveries_repo.failed(tx, claimed, outcome, pause, PATIENCE)
    if is_hopeless is None:
        _LOG.info("webhook_lease_lost", event_id=str(claimed.event_id), attempt=claimed.attempts)
    elif outcome.status == HTTPStatus.GONE:
        await _switch_off(tx, claimed, "it answered 410 Gone")
    elif is_hopeless and claimed.attempts >= LEAST_ATTEMPTS:
        await _switch_off(tx, claimed, f"it has taken nothing for {PATIENCE.days} days")


async def _switch_off(tx: Transaction, claimed: Claimed, because: str) -> None:
    """Send nothing there any more until people of the store switch it on; they find the reason with it."""
    if not await endpoints_repo.switch_off(tx, claimed.endpoint_id, because):
        return
    count = await deliveries_repo.drop_due(tx, claimed.endpoint_id, f"the webhook was switched off: {because}")
    await audit.record(
        tx, actor_kind="system", actor_id=None, action="webhooks.switched_off", resource_type="webhook",
        resource_id=str(claimed.endpoint_id), before={"active": True},
        after={"active": False, "because": because, "given_up": count}, request_id=None,
    )  # fmt: skip
    _LOG.warning("webhook_switched_off", endpoint=str(claimed.endpoint_id), reason=because)


async def _reseal(shop: Shop, store: Store, claimed: Claimed) -> None:
    """Keep its secrets under the key of the shop that is current: the others may be taken out of the ring one day."""
    for sealed in (claimed.secret, claimed.old_secret):
        if sealed is None or is_current(shop.keys, sealed):
            continue
        try:
            anew = seal(shop.keys, claimed.endpoint_id, unseal(shop.keys, claimed.endpoint_id, sealed))
        except SecretLost:
            continue  # the log of the delivery tells
        await shop.database.transaction(
            store.id, partial(endpoints_repo.reseal, endpoint_id=claimed.endpoint_id, sealed=sealed, anew=anew)
        )
