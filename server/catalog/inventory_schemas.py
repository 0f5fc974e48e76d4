"""What do requests and answers of the inventory look like?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from server.catalog.inventory_levels import AdjustmentReason, StockState
from server.web.binding import Body, Path, View
from server.web.pages import PageQuery

Sku = Annotated[str, Meta(min_length=1, max_length=100, description="Stock-keeping unit: the variant's own code.")]
Pieces = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Change = Annotated[int, Meta(ge=-1_000_000_000, le=1_000_000_000, description="Pieces added, or taken away.")]
Note = Annotated[str, Meta(min_length=1, max_length=500)]


class SkuPath(Path, frozen=True, kw_only=True):
    """Names a variant."""

    sku: Sku


class InventoryQuery(PageQuery, frozen=True, kw_only=True):
    """Which levels to list."""

    state: StockState | None = None
    sku_prefix: Annotated[str, Meta(min_length=1, max_length=100)] | None = None


class MovementsQuery(PageQuery, frozen=True, kw_only=True):
    """Which part of the ledger to show."""


class AdjustmentLine(Body, frozen=True, kw_only=True):
    """One variant: what was added or taken away (`delta`), or what is there (`counted`); one of the two."""

    sku: Sku
    reason: AdjustmentReason
    delta: Change | None = None
    counted: Pieces | None = None
    note: Note | None = None


class AdjustmentBody(Body, frozen=True, kw_only=True):
    """Lines that are booked together or not at all."""

    lines: Annotated[list[AdjustmentLine], Meta(min_length=1, max_length=500)]


class ThresholdBody(Body, frozen=True, kw_only=True):
    """From how many available pieces on a variant counts as low; null: never."""

    low_stock_threshold: Pieces | None


class LevelView(View, frozen=True, kw_only=True):
    """Pieces of one variant: on hand, reserved by unpaid orders, and available, which is the difference."""

    sku: str
    variant_id: UUID
    variant_name: str
    product_slug: str
    product_name: str
    on_hand: int
    reserved: int
    available: int
    low_stock_threshold: int | None
    state: StockState
    updated_at: datetime | None


class AdjustedLineView(View, frozen=True, kw_only=True):
    """What one line did."""

    sku: str
    delta: int
    on_hand: int
    available: int
    state: StockState


class AdjustmentView(View, frozen=True, kw_only=True):
    """A booked adjustment; its id is the `reference_id` of its movements."""

    id: UUID
    lines: list[AdjustedLineView]


class MovementView(View, frozen=True, kw_only=True):
    """One line of the ledger."""

    id: UUID
    delta: int
    on_hand_after: int
    reason: str
    reference_type: str
    reference_id: str
    note: str | None
    actor_id: UUID | None
    created_at: datetime
