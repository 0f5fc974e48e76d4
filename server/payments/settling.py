"""How does an approved refund come to its end? The provider is asked between transactions; how it ended is booked once.

Settled: payment, lines and order have the money and the units, and what was to be restocked is. Failed: the payment has
its money again, and staff can try once more.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from server.errors import AppError
from server.orders import repo as orders
from server.orders import restocking
from server.orders.errors import TRANSITION_REFUSED
from server.orders.happening import THE_SYSTEM, Happens
from server.orders.lifecycle import advance, locked
from server.orders.snapshot import OrderHead
from server.payments import refunds_repo, repo
from server.payments.giving_back import too_large
from server.payments.providers.registry import PROVIDERS
from server.payments.snapshot import PaymentRow, RefundRow
from server.ports import ProviderRefused, ProviderUnavailable, RefundStarted, RefundWanted
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction

ENDING_WELL: Final = ("approved", "gateway_pending", "failed")
"""What a refund may have been before it is settled; providers change their mind about one that failed."""

_LOG: Final = structlog.get_logger("sostech.payments")


async def ask(shop: Shop, store: Store, refund_id: UUID) -> None:
    """Ask the provider to give an approved refund back, and book what it says.

    Raises PAYMENT_PROVIDER_MISSING when the payment's provider is not set up any more.
    """
    refund, payment = await shop.database.transaction(store.id, lambda tx: _read(tx, refund_id))
    if refund.status != "approved":
        return
    provider = shop.use(PROVIDERS).get(payment.provider)
    try:
        begun = await provider.refund(_wanted(refund, payment))
    except ProviderRefused as refusal:
        begun = RefundStarted(reference="", status="failed", failure=str(refusal))
    except ProviderUnavailable as away:
        await _come_back(shop, store, refund, away)
        return
    await shop.database.transaction(store.id, lambda tx: _book(tx, shop, store, refund, begun))


async def settle(tx: Transaction, shop: Shop, store: Store, refund_id: UUID, reference: str | None) -> bool:
    """The money has gone back: book it, and tell the order. False when that was known.

    Raises REFUND_TOO_LARGE, with nothing written, for one that failed when its money has gone back otherwise since.
    """
    refund, payment, order = await _locked(tx, refund_id)
    if refund.status not in ENDING_WELL:
        return False
    # The money of one that had failed is not on its way any more.
    on_its_way = 0 if refund.status == "failed" else refund.amount
    if not await repo.move_money(tx, payment.id, refunding=-on_its_way, refunded=refund.amount):
        raise too_large(payment, refund.amount)
    await refunds_repo.settle(tx, refund.id, reference)
    if payment.counts:
        await _reach_order(tx, shop, store, order, refund)
    return True


async def fail(tx: Transaction, refund_id: UUID, failure: str, reference: str | None) -> bool:
    """The money did not go back: it is the payment's again. False when the refund has ended before."""
    refund, payment, _ = await _locked(tx, refund_id)
    if not await refunds_repo.fail(tx, refund.id, failure, reference):
        return False
    if not await repo.move_money(tx, payment.id, refunding=-refund.amount):
        raise RuntimeError(f"refund {refund.id} was not booked on its payment")
    _LOG.error("refund_failed", refund_id=str(refund.id), provider=payment.provider, reason=failure)
    return True


async def _read(tx: Transaction, refund_id: UUID) -> tuple[RefundRow, PaymentRow]:
    refund = await refunds_repo.find(tx, refund_id)
    assert refund is not None
    payment = await repo.find(tx, refund.payment_id)
    assert payment is not None
    return refund, payment


async def _locked(tx: Transaction, refund_id: UUID) -> tuple[RefundRow, PaymentRow, OrderHead]:
    """Refund, payment and order, locked in the order everybody locks them."""
    found = await refunds_repo.find(tx, refund_id)
    assert found is not None
    order = await locked(tx, found.order_id)
    payment = await repo.lock(tx, found.payment_id)
    return await refunds_repo.lock(tx, refund_id), payment, order


async def _book(tx: Transaction, shop: Shop, store: Store, refund: RefundRow, begun: RefundStarted) -> None:
    if begun.status == "settled":
        await settle(tx, shop, store, refund.id, begun.reference)
    elif begun.status == "failed":
        await fail(tx, refund.id, begun.failure or "the provider gives no reason", begun.reference or None)
    else:
        await refunds_repo.note_pending(tx, refund.id, begun.reference)


async def _come_back(shop: Shop, store: Store, refund: RefundRow, away: ProviderUnavailable) -> None:
    _LOG.warning("provider_unavailable", refund_id=str(refund.id), reason=str(away))
    if away.retry_after_seconds is not None:
        pause = timedelta(seconds=away.retry_after_seconds)
        await shop.database.transaction(store.id, lambda tx: refunds_repo.postpone(tx, refund.id, pause))


async def _reach_order(tx: Transaction, shop: Shop, store: Store, order: OrderHead, refund: RefundRow) -> None:
    """Units first, as the lifecycle reads them; then the event with its money."""
    await refunds_repo.note_refunded_units(tx, order.id, refund.units)
    if refund.restock:
        await _restock(tx, order, refund)
    # Without units: when the event itself restocks, it is what was never sent.
    happens = Happens(
        event="refund_settled", doer=THE_SYSTEM, key=f"refund:{refund.id}", refunded=refund.amount,
        amount=refund.amount, line_amounts=refund.line_amounts, about=refund.id,
    )  # fmt: skip
    try:
        await advance(tx, shop, store, order.id, happens)
    except AppError as refused:
        if refused.error is not TRANSITION_REFUSED:
            raise
        # The money is gone, whatever the store's ruleset has to say to that.
        _LOG.error("refund_not_expected", order=order.number, state=order.state, reason=refused.detail)
        if not await orders.add_money(tx, order, refunded=refund.amount):
            raise RuntimeError(f"order {order.number}: more was refunded than came") from refused


async def _restock(tx: Transaction, order: OrderHead, refund: RefundRow) -> None:
    """Put the units back on the shelf that are not there already."""
    lines = await orders.units(tx, order.id)
    await restocking.put_back(tx, order, lines, refund.units, ("refund", str(refund.id)), refund.approved_by)


def _wanted(refund: RefundRow, payment: PaymentRow) -> RefundWanted:
    return RefundWanted(
        refund_id=refund.id,
        payment_id=payment.id,
        order_id=refund.order_id,
        # Only a payment that nobody of ours began has none; its provider then says that it knows no such payment.
        reference=payment.reference or "",
        amount=refund.amount,
        currency=refund.currency,
        key=str(refund.id),
    )
