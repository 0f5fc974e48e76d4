"""What does a provider have to be asked for about a payment? To begin it, and to call it off; between transactions.

The answer is written only if nobody wrote one meanwhile, and whoever asks again asks with the same key. So it does not
matter how often this is done, nor where it was interrupted.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final, NamedTuple
from uuid import UUID

import structlog

from server.errors import AppError
from server.orders import repo as orders
from server.orders.errors import TRANSITION_REFUSED
from server.orders.happening import THE_SYSTEM, Happens
from server.orders.lifecycle import advance, locked
from server.orders.snapshot import OrderHead
from server.payments import repo
from server.payments.providers.registry import PROVIDERS
from server.payments.snapshot import PaymentRow
from server.ports import PaymentProvider, PaymentWanted, ProviderRefused, ProviderUnavailable
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction

USUAL_WAIT_SECONDS: Final = 5
"""When to look again for a payment that a provider could not be asked for."""

_LOG: Final = structlog.get_logger("sostech.payments")


class Asked(NamedTuple):
    """A payment after its provider was asked; in how many seconds to ask again, None when that is not needed."""

    payment: PaymentRow
    again_in_seconds: int | None


async def ask_again(shop: Shop, store: Store, payment_id: UUID) -> None:
    """Ask for what a payment needs now, if anything. Raises PAYMENT_PROVIDER_MISSING."""
    payment, order = await shop.database.transaction(store.id, lambda tx: _read(tx, payment_id))
    await ask(shop, store, payment, order)


async def ask(shop: Shop, store: Store, payment: PaymentRow, order: OrderHead) -> Asked:
    """Begin a payment, or call it off, as it was read.

    Raises PAYMENT_PROVIDER_MISSING when its provider is not set up any more.
    """
    if payment.status not in ("created", "pending"):
        return Asked(payment, None)
    provider = shop.use(PROVIDERS).get(payment.provider)
    try:
        begun = await _begun(shop, store, provider, payment, order)
        if begun.void_wanted:
            await _call_off(shop, store, provider, begun)
    except ProviderUnavailable as away:
        return Asked(payment, await _come_back(shop, store, payment, away))
    return Asked(begun, None)


async def give_up(tx: Transaction, shop: Shop, store: Store, payment: PaymentRow, failure: str, key: str) -> bool:
    """The payment will not come. The order learns it when this is its latest attempt; False when it had ended before.

    The order's row is locked.
    """
    attempts = await repo.of_order(tx, payment.order_id)
    if not await repo.fail(tx, payment.id, failure):
        return False
    if attempts[-1].id == payment.id:
        happens = Happens(event="payment_failed", doer=THE_SYSTEM, key=key, about=payment.id)
        try:
            await advance(tx, shop, store, payment.order_id, happens)
        except AppError as refused:
            # The order has gone on without it, or ended: then its payment just ended as well.
            if refused.error is not TRANSITION_REFUSED:
                raise
    return True


async def _read(tx: Transaction, payment_id: UUID) -> tuple[PaymentRow, OrderHead]:
    payment = await repo.read(tx, payment_id)
    order = await orders.lock(tx, payment.order_id)
    assert order is not None
    return payment, order


async def _begun(
    shop: Shop, store: Store, provider: PaymentProvider, payment: PaymentRow, order: OrderHead
) -> PaymentRow:
    """The payment, begun; or failed, when the provider refuses it."""
    if payment.status == "pending":
        return payment
    # One to be called off is begun as well: nobody knows whether the provider was asked for it before we died.
    try:
        started = await provider.start(_wanted(store, payment, order))
    except ProviderRefused as refusal:
        return await _note_refused(shop, store, payment, str(refusal))

    async def work(tx: Transaction) -> PaymentRow:
        noted = await repo.note_started(tx, payment.id, started.reference, started.client)
        # Somebody else may have asked, and written the very same answer.
        return noted or await repo.read(tx, payment.id)

    return await shop.database.transaction(store.id, work)


async def _note_refused(shop: Shop, store: Store, payment: PaymentRow, reason: str) -> PaymentRow:
    async def work(tx: Transaction) -> PaymentRow:
        await locked(tx, payment.order_id)
        await give_up(tx, shop, store, payment, reason, f"payment:{payment.id}:refused")
        return await repo.read(tx, payment.id)

    return await shop.database.transaction(store.id, work)


async def _call_off(shop: Shop, store: Store, provider: PaymentProvider, payment: PaymentRow) -> None:
    assert payment.reference is not None
    try:
        await provider.void(payment.reference, f"{payment.id}:void")
    except ProviderRefused as refusal:
        _LOG.warning("void_refused", payment_id=str(payment.id), provider=payment.provider, reason=str(refusal))
        reason = str(refusal)
        await shop.database.transaction(store.id, lambda tx: repo.note_cannot_void(tx, payment.id, reason))
        return
    await shop.database.transaction(store.id, lambda tx: repo.note_voided(tx, payment.id))


async def _come_back(shop: Shop, store: Store, payment: PaymentRow, away: ProviderUnavailable) -> int:
    _LOG.warning("provider_unavailable", payment_id=str(payment.id), provider=payment.provider, reason=str(away))
    seconds = away.retry_after_seconds
    if seconds is None:
        return USUAL_WAIT_SECONDS
    await shop.database.transaction(store.id, lambda tx: repo.postpone(tx, payment.id, timedelta(seconds=seconds)))
    return seconds


def _wanted(store: Store, payment: PaymentRow, order: OrderHead) -> PaymentWanted:
    return PaymentWanted(
        store_slug=store.slug,
        order_id=order.id,
        order_number=str(order.number),
        payment_id=payment.id,
        method=payment.method,
        amount=payment.amount,
        currency=payment.currency,
        email=order.email,
        return_url=payment.return_url,
        key=str(payment.id),
    )
