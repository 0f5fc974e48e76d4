"""What does the test provider know of a payment? A charge: so much money, open until somebody pays or declines."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

ChargeStatus = Literal["open", "paid", "declined", "voided"]
_REFERENCE: Final = re.compile(r"ch_(?P<store>[a-z0-9-]{1,63})_(?P<id>[0-9a-f]{32})", re.ASCII)


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """A charge. `amount` and `refunded` are in minor units; `metadata` is what the shop sent along.

    `fingerprint` is equal for charges of the same payer, where whoever paid said who that is.
    """

    id: UUID
    amount: int
    currency: str
    metadata: dict[str, str]
    return_url: str | None
    status: ChargeStatus
    refunded: int
    refunds_fail: bool
    fingerprint: str | None
    created_at: datetime


class NewCharge(msgspec.Struct, frozen=True, kw_only=True):
    """A charge to make; asked for again with the same key it is the same charge."""

    store_slug: str
    amount: int
    currency: str
    metadata: dict[str, str]
    return_url: str | None
    key: str


class NewRefund(msgspec.Struct, frozen=True, kw_only=True):
    """A refund to make of a charge; asked for again with the same key it is the same refund."""

    reference: str
    amount: int
    metadata: dict[str, str]
    key: str


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """A refund that was asked for."""

    id: UUID
    charge_id: UUID
    amount: int
    status: Literal["pending", "succeeded", "failed"]

    @property
    def reference(self) -> str:
        """Its name outside."""
        return f"re_{self.id.hex}"


def fingerprint_of(payer: str) -> str:
    """A name for the card or account of a payer, which tells nobody who that is."""
    return f"fp_{hashlib.sha256(payer.encode()).hexdigest()[:32]}"


def reference_of(store_slug: str, charge_id: UUID) -> str:
    """The name of a charge outside; it holds the store, because the provider's addresses are of no store."""
    return f"ch_{store_slug}_{charge_id.hex}"


def parse_reference(reference: str) -> tuple[str, UUID] | None:
    """The store's slug and the charge's id, or None when this names no charge."""
    found = _REFERENCE.fullmatch(reference)
    return None if found is None else (found["store"], UUID(found["id"]))
