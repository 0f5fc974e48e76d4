"""What is done with what a provider sends? It is kept as it came, once, and then processed; the worker tries again.

Kept and processed are two transactions: an event that cannot be processed now is not lost. What is not believed is kept
as well, with the reason, and only so often that nobody can fill the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from server.payments import believing, receipts_repo
from server.payments.errors import PROVIDER_UNKNOWN, WEBHOOK_NOT_BELIEVED
from server.payments.providers.registry import PROVIDERS
from server.payments.snapshot import Outcome, ReceiptStatus
from server.ports import EventNotBelieved, PaymentEvent
from server.web.call import Call, Shop
from server.web.limits import LIMITER, Limit, network
from storage.database import TryAgain
from storage.tenancy import Store
from storage.transaction import Transaction

LARGEST_EVENT: Final = 256 * 1024
"""Bytes; the events of providers have a few thousand."""
MOST_TRIES: Final = 12
"""Then people have to look: with pauses up to an hour that is after about five hours."""

REFUSED_PER_NETWORK: Final = Limit("webhook-refused-network", 20, 60)
REFUSED_PER_STORE: Final = Limit("webhook-refused-store", 200, 60)

_LONGEST_NAME: Final = 60
_LONGEST_SIGNATURE: Final = 4_000
_LOG: Final = structlog.get_logger("sostech.payments")

Received = ReceiptStatus | None
"""What became of an event; None for one that came before."""


async def receive(call: Call, provider_name: str, payload: bytes) -> Received:
    """Keep what came and process it; `waiting` when that has to be tried again.

    Raises PROVIDER_UNKNOWN, and WEBHOOK_NOT_BELIEVED, RATE_LIMITED for what the provider did not send.
    """
    provider = call.use(PROVIDERS).find(provider_name)
    if provider is None:
        raise PROVIDER_UNKNOWN(f"no payment provider {provider_name[:_LONGEST_NAME]!r} is set up here")
    now: datetime = await call.database.fetchval("SELECT now()")
    signed = _signing_headers(call.request.headers)
    try:
        event = provider.read_event(signed, payload, now)
        _refuse_nul(event)
    except EventNotBelieved as reason:
        await _keep_refused(call, provider.name, str(reason), payload, signed, now)
        raise WEBHOOK_NOT_BELIEVED(f"this is not believed to be from {provider.name}: {reason}") from reason
    receipt_id = await call.database.transaction(
        call.store.id,
        lambda tx: receipts_repo.keep(tx, provider.name, event, payload, signed, call.client_ip, now),
    )
    return None if receipt_id is None else await try_to_process(call.shop, call.store, receipt_id)


async def try_to_process(shop: Shop, store: Store, receipt_id: UUID) -> ReceiptStatus:
    """Process an event that was kept. When that fails it waits for the next try, or after the last one for people."""
    try:
        return await process(shop, store, receipt_id)
    except Exception as error:  # noqa: BLE001  # whatever it is: the event is kept, and is to be tried again
        _LOG.error("receipt_failed", receipt_id=str(receipt_id), error=type(error).__name__, exc_info=error)
        reason = f"could not be processed: {type(error).__name__}: {error}"
        return await shop.database.transaction(store.id, lambda tx: _note_failure(tx, receipt_id, reason))


async def process(shop: Shop, store: Store, receipt_id: UUID) -> ReceiptStatus:
    """Process an event that was kept, in one transaction. One that is done already stays as it is."""

    async def work(tx: Transaction) -> ReceiptStatus:
        receipt = await receipts_repo.read(tx, receipt_id)
        assert receipt is not None
        if receipt.status != "waiting":
            return receipt.status
        provider = shop.use(PROVIDERS).get(receipt.provider)
        # Believed when it came; read as of then, because signatures grow old.
        event: PaymentEvent = provider.read_event(receipt.headers, receipt.payload, receipt.received_at)
        outcome = await believing.apply(tx, shop, store, receipt.provider, event)
        if not await receipts_repo.finish(tx, receipt_id, outcome):
            # Somebody else processed it meanwhile: undo, and find what became of it.
            raise TryAgain
        return outcome.status

    return await shop.database.transaction(store.id, work)


async def _note_failure(tx: Transaction, receipt_id: UUID, reason: str) -> ReceiptStatus:
    receipt = await receipts_repo.read(tx, receipt_id)
    assert receipt is not None
    if receipt.status == "waiting" and receipt.tries >= MOST_TRIES:
        _LOG.error("receipt_given_up", receipt_id=str(receipt_id), event_id=receipt.event_id)
        await receipts_repo.finish(tx, receipt_id, Outcome(status="mistaken", detail=reason))
        return "mistaken"
    return receipt.status


async def _keep_refused(
    call: Call, provider: str, reason: str, payload: bytes, signed: dict[str, str], now: datetime
) -> None:
    limiter = call.use(LIMITER)
    await limiter.hit(REFUSED_PER_NETWORK, str(call.store.id), network(call.client_ip))
    await limiter.hit(REFUSED_PER_STORE, str(call.store.id))

    async def work(tx: Transaction) -> None:
        await receipts_repo.keep_refused(tx, provider, reason, payload, signed, call.client_ip, now)

    await call.database.transaction(call.store.id, work)
    _LOG.warning("webhook_not_believed", provider=provider, reason=reason)


def _refuse_nul(event: PaymentEvent) -> None:
    """Raise EventNotBelieved for names that PostgreSQL cannot keep; no provider gives such."""
    if "\0" in event.id or "\0" in event.type:
        raise EventNotBelieved("its id or type holds the character NUL")


def _signing_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that say who signed, which is all that providers read besides the body."""
    signed = {name.title(): value for name, value in headers.items() if name.lower().endswith("signature")}
    # Signatures are ASCII; anything else is kept readable, and is believed by nobody.
    return {name: value[:_LONGEST_SIGNATURE].encode("ascii", "replace").decode() for name, value in signed.items()}
