"""What if a provider's webhook never comes? Then it is asked what became of the payment, now and then.

What it answers is kept like what it sends, and believed by the same rules. A webhook that comes later changes nothing.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

import structlog

from server.payments import believing, receipts_repo, repo
from server.payments.providers.registry import PROVIDERS
from server.payments.snapshot import PaymentRow
from server.ports import LookedUp, ProviderRefused, ProviderUnavailable
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction

_LOG: Final = structlog.get_logger("sostech.payments")


async def has_ended(shop: Shop, store: Store, payment_id: UUID) -> bool:
    """Whether a payment that waits for its customer has ended at its provider; the order knows it then.

    Raises PAYMENT_PROVIDER_MISSING when the provider is not set up any more.
    """
    payment = await shop.database.transaction(store.id, lambda tx: repo.read(tx, payment_id))
    if payment.status != "pending" or payment.reference is None:
        return False
    found = await _looked_up(shop, payment, payment.reference)
    if found is None:
        return False

    async def work(tx: Transaction) -> None:
        await _apply(tx, shop, store, payment, found)

    await shop.database.transaction(store.id, work)
    return True


async def _looked_up(shop: Shop, payment: PaymentRow, reference: str) -> LookedUp | None:
    try:
        return await shop.use(PROVIDERS).get(payment.provider).look_up(reference)
    except (ProviderUnavailable, ProviderRefused) as reason:
        # It is asked again after the pause that the claim has set, which grows.
        _LOG.warning("payment_not_found_out", payment_id=str(payment.id), provider=payment.provider, reason=str(reason))
        return None


async def _apply(tx: Transaction, shop: Shop, store: Store, payment: PaymentRow, found: LookedUp) -> None:
    receipt_id = await receipts_repo.keep(tx, payment.provider, found.event, found.payload, {}, None, await tx.now())
    if receipt_id is None:
        return  # the same end was found before
    outcome = await believing.apply(tx, shop, store, payment.provider, found.event)
    await receipts_repo.finish(tx, receipt_id, outcome)
    _LOG.info("payment_looked_up", payment_id=str(payment.id), status=outcome.status, type=found.event.type)
