"""How much of a variant is there, and what does a change do to it? Pure values; the database is asked in the repo."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

import msgspec

from server.errors import Fault

StockState: TypeAlias = Literal["in_stock", "low", "sold_out"]
AdjustmentReason: TypeAlias = Literal["received", "counted", "damaged", "lost", "found", "other"]
"""The reasons staff may give; the ledger has others, which belong to orders and imports."""

MOST_ON_HAND: Final = 1_000_000_000
"""Pieces of one variant; the column holds twice as many, so that no sum can overflow it."""


class StockLevel(msgspec.Struct, frozen=True, kw_only=True):
    """What is there of one variant, in pieces. `updated_at` is None for a variant that never had any."""

    variant_id: UUID
    sku: str
    variant_name: str
    product_slug: str
    product_name: str
    on_hand: int
    reserved: int
    low_stock_threshold: int | None
    updated_at: datetime | None

    @property
    def available(self) -> int:
        """What can still be sold: on hand and not reserved."""
        return self.on_hand - self.reserved

    @property
    def state(self) -> StockState:
        """`sold_out` at nothing available, `low` at or below the threshold."""
        if self.available == 0:
            return "sold_out"
        is_low = self.low_stock_threshold is not None and self.available <= self.low_stock_threshold
        return "low" if is_low else "in_stock"


class StockChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change of what is on hand, on the level it starts from."""

    before: StockLevel
    delta: int
    reason: str
    note: str | None = None

    @property
    def on_hand_after(self) -> int:
        """Pieces on hand afterwards."""
        return self.before.on_hand + self.delta

    @property
    def after(self) -> StockLevel:
        """The level afterwards."""
        return msgspec.structs.replace(self.before, on_hand=self.on_hand_after)

    @property
    def is_new_in(self) -> StockState | None:
        """`low` or `sold_out` when the change crosses that line downwards."""
        severity = ("in_stock", "low", "sold_out")
        is_worse = severity.index(self.after.state) > severity.index(self.before.state)
        return self.after.state if is_worse else None

    def fault(self, pointer: str) -> Fault | None:
        """Why the change cannot be, in words that say what is there."""
        level = self.before
        if self.on_hand_after < level.reserved:
            kept = f", of which {level.reserved} are reserved" if level.reserved else ""
            return Fault(
                pointer,
                "stock_short",
                f"{level.sku}: {level.on_hand} on hand{kept}; {self.on_hand_after} cannot be left",
            )
        if self.on_hand_after > MOST_ON_HAND:
            return Fault(pointer, "too_many", f"{level.sku}: more than {MOST_ON_HAND} pieces cannot be kept")
        return None


class StockMovement(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger. `reference_type` and `reference_id` say what caused it."""

    id: UUID
    delta: int
    on_hand_after: int
    reason: str
    reference_type: str
    reference_id: str
    note: str | None
    actor_id: UUID | None
    created_at: datetime
