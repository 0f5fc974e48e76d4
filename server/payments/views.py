"""How are payments, receipts and refunds shown? What only staff need is left out for customers."""

from __future__ import annotations

from uuid import UUID

from engine.money import formatter
from engine.money.shares import unit_shares
from server.payments.amounts import LineMoney
from server.payments.planning import Planned
from server.payments.schemas import (
    PaymentView,
    PlanLineView,
    PlanView,
    ReceiptView,
    RefundLineView,
    RefundView,
)
from server.payments.snapshot import ListedRefund, PaymentRow, ReceiptRow, RefundLine


def payment_view(payment: PaymentRow, *, may_pay: bool) -> PaymentView:
    """A payment; what it is paid with is only for those who may, and only while it can be."""
    write = formatter(payment.currency)
    is_payable = may_pay and payment.status == "pending" and payment.is_open
    return PaymentView(
        id=payment.id,
        attempt=payment.attempt,
        provider=payment.provider,
        method=payment.method,
        amount=write(payment.amount),
        currency=payment.currency,
        status=payment.status,
        client=payment.client if is_payable else None,
        failure=payment.failure,
        captured=write(payment.captured),
        refunding=write(payment.refunding),
        refunded=write(payment.refunded),
        counts=payment.counts,
        created_at=payment.created_at,
    )


def receipt_view(receipt: ReceiptRow) -> ReceiptView:
    """A receipt; bytes that are no text are shown as such."""
    return ReceiptView(
        id=receipt.id,
        provider=receipt.provider,
        event_id=receipt.event_id,
        event_type=receipt.event_type,
        status=receipt.status,
        detail=receipt.detail,
        order_number=receipt.order_number,
        payment_id=receipt.payment_id,
        payload=receipt.payload.decode("utf-8", "backslashreplace"),
        remote_address=receipt.remote_address,
        tries=receipt.tries,
        received_at=receipt.received_at,
        processed_at=receipt.processed_at,
    )


def refund_view(listed: ListedRefund, *, for_staff: bool) -> RefundView:
    """A refund."""
    refund = listed.refund
    write = formatter(refund.currency)
    return RefundView(
        number=refund.number,
        order_number=listed.order_number,
        kind=refund.kind,
        status=refund.status,
        amount=write(refund.amount),
        shipping_amount=write(refund.shipping_amount),
        currency=refund.currency,
        lines=[
            RefundLineView(
                line_id=line.line, sku=listed.skus.get(line.line, ""), units=line.units, amount=write(line.amount)
            )
            for line in refund.lines
        ],
        reason=refund.reason if for_staff else None,
        failure=refund.failure if for_staff else None,
        restock=refund.restock,
        return_id=refund.return_id,
        payment_id=refund.payment_id,
        retry_of=refund.retry_of,
        requested_by=refund.requested_by if for_staff else None,
        approved_by=refund.approved_by if for_staff else None,
        created_at=refund.created_at,
        approved_at=refund.approved_at,
        settled_at=refund.settled_at,
    )


def plan_view(found: Planned, skus: dict[UUID, str]) -> PlanView:
    """A plan."""
    currency = found.payment.currency
    write = formatter(currency)
    lines = {line.id: line for line in found.basis.lines}
    return PlanView(
        currency=currency,
        lines=[
            PlanLineView(
                line_id=line.line,
                sku=skus[line.line],
                units=line.units,
                unit_shares=[write(share) for share in _shares(lines[line.line], line)],
                amount=write(line.amount),
            )
            for line in found.plan.lines
        ],
        shipping=write(found.plan.shipping),
        withheld=write(found.plan.withheld),
        total=write(found.plan.amount),
        is_everything=found.plan.is_everything,
        left=write(found.payment.left),
    )


def _shares(line: LineMoney, planned: RefundLine) -> list[int]:
    """What each of the units cost that the plan is for: those after the ones that are taken."""
    return unit_shares(line.gross, line.quantity)[line.taken_units : line.taken_units + planned.units]
