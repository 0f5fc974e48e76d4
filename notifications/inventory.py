"""What happened to the stock that people should know of?"""

from __future__ import annotations

import msgspec

from notifications.outbox import Event


class StockLine(msgspec.Struct, frozen=True, kw_only=True):
    """One variant, in pieces, after the change."""

    variant_id: str
    sku: str
    available: int
    low_stock_threshold: int | None


class StockRanLow(Event, frozen=True, kw_only=True, tag="stock_ran_low"):
    """Variants came down to their threshold, or below it, and are not sold out."""

    lines: list[StockLine]


class VariantsSoldOut(Event, frozen=True, kw_only=True, tag="variants_sold_out"):
    """Variants of which nothing is left to sell."""

    lines: list[StockLine]
