"""What are payments, receipts and refunds? Frozen values, as they are read; money in minor units of their currency."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

import msgspec

from engine.lifecycle import refunds as arithmetic

PaymentStatus = Literal["created", "pending", "succeeded", "failed", "voided"]
ReceiptStatus = Literal["waiting", "applied", "ignored", "mistaken", "refused"]
RefundStatus = Literal["requested", "approved", "gateway_pending", "settled", "failed", "refused"]
RefundKind = Literal["requested", "cancellation", "dropped", "automatic"]

RefundLine: TypeAlias = arithmetic.RefundLine[UUID]


class PaymentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to pay an order. `refunding` is on its way back, `refunded` was given back.

    `counts` is False for money that never was the order's: it came too late or twice, and goes back in full.
    """

    id: UUID
    order_id: UUID
    attempt: int
    provider: str
    method: str
    amount: int
    currency: str
    status: PaymentStatus
    void_wanted: bool
    reference: str | None
    client: dict[str, str] | None
    return_url: str | None
    failure: str | None
    captured: int
    refunding: int
    refunded: int
    counts: bool
    tries: int
    created_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether the customer may still pay it."""
        return self.status in ("created", "pending") and not self.void_wanted

    @property
    def left(self) -> int:
        """What of it could still be given back."""
        return self.captured - self.refunding - self.refunded


class StoredReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider sent, with all that is needed to read it once more. `headers` are those that sign it."""

    id: UUID
    provider: str
    event_id: str
    status: ReceiptStatus
    payload: bytes
    headers: dict[str, str]
    tries: int
    received_at: datetime


class ReceiptRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider sent, and what became of it. One that is not believed has no event."""

    id: UUID
    provider: str
    event_id: str | None
    event_type: str | None
    status: ReceiptStatus
    detail: str | None
    order_number: int | None
    payment_id: UUID | None
    payload: bytes
    remote_address: str | None
    tries: int
    received_at: datetime
    processed_at: datetime | None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an event; ids as far as they are known to us."""

    status: ReceiptStatus
    detail: str | None = None
    order_id: UUID | None = None
    payment_id: UUID | None = None


class RefundRow(msgspec.Struct, frozen=True, kw_only=True):
    """Money on its way back to the customer. `number` counts within the order; `withheld` as in RefundPlan."""

    id: UUID
    order_id: UUID
    payment_id: UUID
    return_id: UUID | None
    number: int
    kind: RefundKind
    status: RefundStatus
    amount: int
    shipping_amount: int
    withheld: int
    currency: str
    reason: str
    lines: tuple[RefundLine, ...]
    restock: bool
    retry_of: UUID | None
    reference: str | None
    failure: str | None
    requested_by: UUID | None
    approved_by: UUID | None
    tries: int
    approved_at: datetime | None
    settled_at: datetime | None
    created_at: datetime

    @property
    def units(self) -> dict[UUID, int]:
        """Units by line id."""
        return {each.line: each.units for each in self.lines}

    @property
    def line_amounts(self) -> dict[UUID, int]:
        """What goes back by line id."""
        return {each.line: each.amount for each in self.lines}


class ListedRefund(msgspec.Struct, frozen=True, kw_only=True):
    """A refund in a list of many orders'; `skus` by line id."""

    refund: RefundRow
    order_number: int
    skus: dict[UUID, str]
