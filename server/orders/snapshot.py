"""What is an order? Frozen values, as they are read; money in minor units of the order's currency."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

FIRST_NUMBER: Final = 1001
"""Of every store; numbers go on from there without a gap."""


class OrderHead(msgspec.Struct, frozen=True, kw_only=True):
    """An order as its life needs it."""

    id: UUID
    number: int
    user_id: UUID | None
    guest_id: UUID | None
    customer_key: str
    email: str
    locale: str
    state: str
    state_since: datetime
    version: int
    deadline_at: datetime | None
    deadline_event: str | None
    held: bool
    currency: str
    total: int
    shipping_total: int
    payment_method: str
    captured: int
    refunded: int
    payment_attempts: int
    delivered_at: datetime | None

    @property
    def owner_id(self) -> UUID:
        """The id of the user or guest who placed it."""
        found = self.user_id or self.guest_id
        assert found is not None
        return found


class OrderUnits(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one line and where they are. Gifts are lines as well, at the price 0."""

    id: UUID
    variant_id: UUID | None
    sku: str
    seller: str | None
    quantity: int
    shipped: int
    dropped: int
    returned: int
    restocked: int
    refunded_units: int
    gross: int

    @property
    def open(self) -> int:
        """Units neither shipped nor dropped."""
        return self.quantity - self.shipped - self.dropped


class TransitionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One step of an order's life, as it was recorded. `effects` are the actions of the ruleset that were done."""

    id: UUID
    seq: int
    event: str
    source: str
    target: str
    role: str
    actor_kind: str
    actor_id: UUID | None
    event_key: str | None
    ruleset: str
    effects: tuple[str, ...]
    note: str | None
    created_at: datetime
