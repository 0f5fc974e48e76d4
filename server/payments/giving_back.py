"""How is money set on its way back? As an approved refund, booked on its payment so that no more goes than came.

The provider is asked for it later, between transactions. Whoever calls has the order's row locked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import structlog

from engine.lifecycle.refunds import everything, plan
from engine.money import format_amount
from server.errors import AppError
from server.orders.snapshot import OrderHead
from server.payments import refunds_repo, repo
from server.payments.amounts import Basis, Bought, RefundPlan, basis_of
from server.payments.errors import NOTHING_TO_REFUND, REFUND_DECIDED, REFUND_TOO_LARGE
from server.payments.providers.registry import CASH_ON_DELIVERY
from server.payments.snapshot import PaymentRow, RefundKind, RefundRow
from server.web.call import Shop
from server.web.waking import WAKE
from storage.transaction import Transaction

_LOG: Final = structlog.get_logger("sostech.payments")


async def basis(tx: Transaction, order: OrderHead) -> Basis:
    """What refunds of the order draw on, after all there were up to now."""
    return _basis(order, await repo.lines_bought(tx, order.id), await refunds_repo.of_order(tx, order.id))


async def counting_payment(tx: Transaction, order: OrderHead) -> PaymentRow:
    """The payment the order was paid with. Raises NOTHING_TO_REFUND when there is none."""
    found = await _counting(tx, order.id)
    if found is None:
        raise NOTHING_TO_REFUND(f"order {order.number} was not paid; cancel it instead, or refuse the return")
    return found


async def at_once(tx: Transaction, shop: Shop, payment_id: UUID, reason: str) -> None:
    """Give a payment back that must not stay, in full; its money never was the order's."""
    payment = await repo.lock(tx, payment_id)
    await repo.note_does_not_count(tx, payment.id)
    await _send(tx, shop, payment, _whole(payment.left), kind="automatic", reason=reason)


async def of_cancelled(tx: Transaction, shop: Shop, order: OrderHead, reason: str) -> None:
    """Give back whatever is left of the order's money."""
    payment = await _counting(tx, order.id)
    if payment is None or payment.left == 0:
        _note_nothing(order, payment, reason)
        return
    planned = everything(await basis(tx, order), payment.left)
    await _send(tx, shop, payment, planned, kind="cancellation", reason=reason)


async def of_dropped(tx: Transaction, shop: Shop, order: OrderHead, reason: str) -> None:
    """Give back what the units cost that were dropped. Those that were refunded before count as some of them."""
    payment = await _counting(tx, order.id)
    if payment is None:
        _note_nothing(order, payment, reason)
        return
    bought = await repo.lines_bought(tx, order.id)
    found = _basis(order, bought, await refunds_repo.of_order(tx, order.id))
    units = {each.id: max(0, each.dropped - line.taken_units) for each, line in zip(bought, found.lines, strict=True)}
    planned = plan(found, units, shipping=False, policy="keep")
    most = min(planned.amount, payment.left)
    if most > 0:
        planned = plan(found, units, shipping=False, policy="keep", amount=most)
        await _send(tx, shop, payment, planned, kind="dropped", reason=reason)


async def approve(tx: Transaction, shop: Shop, refund: RefundRow, approved_by: UUID | None) -> None:
    """Let a requested refund go. Raises REFUND_TOO_LARGE, and REFUND_DECIDED for one that was decided already."""
    payment = await repo.lock(tx, refund.payment_id)
    await _book(tx, payment, refund.amount)
    if not await refunds_repo.approve(tx, refund.id, approved_by):
        raise REFUND_DECIDED(f"refund {refund.number} is {refund.status}; only a requested one can be approved")
    shop.use(WAKE).after(tx)


def too_large(payment: PaymentRow, amount: int) -> AppError:
    """The error that says what is left."""
    left = format_amount(payment.left, payment.currency)
    asked = format_amount(amount, payment.currency)
    return REFUND_TOO_LARGE(
        f"{asked} {payment.currency} is more than the {left} that are left of the payment; ask for {left} at most",
        left=left,
    )


def _basis(order: OrderHead, bought: Sequence[Bought], refunds: Sequence[RefundRow]) -> Basis:
    return basis_of(order.total, bought, refunds, paid_at_door=order.payment_method == CASH_ON_DELIVERY)


async def _counting(tx: Transaction, order_id: UUID) -> PaymentRow | None:
    payments = await repo.of_order(tx, order_id)
    found = [each for each in payments if each.status == "succeeded" and each.counts]
    # The one with the most left, should a ruleset ever take money twice.
    return max(found, key=lambda each: each.left, default=None)


async def _send(
    tx: Transaction, shop: Shop, payment: PaymentRow, planned: RefundPlan, *, kind: RefundKind, reason: str
) -> None:
    await _book(tx, payment, planned.amount)
    await refunds_repo.insert(tx, payment, planned, kind=kind, status="approved", reason=reason)
    shop.use(WAKE).after(tx)


async def _book(tx: Transaction, payment: PaymentRow, amount: int) -> None:
    if not await repo.move_money(tx, payment.id, refunding=amount):
        raise too_large(payment, amount)


def _whole(amount: int) -> RefundPlan:
    return RefundPlan(lines=(), shipping=0, amount=amount, is_everything=True)


def _note_nothing(order: OrderHead, payment: PaymentRow | None, reason: str) -> None:
    if payment is None and order.captured > order.refunded:
        # Money without a payment it came with: nobody can be asked to give it back, so people have to look.
        _LOG.error("refund_without_payment", order=order.number, reason=reason)
