"""Where are stock levels and their ledger read and written? Here, always many rows in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from server.catalog.inventory_levels import StockChange, StockLevel, StockMovement, StockState
from storage.ids import new_id
from storage.transaction import Transaction

_LEVELS: Final = """
SELECT v.id AS variant_id, v.sku, v.name AS variant_name, p.slug AS product_slug, p.name AS product_name,
       coalesce(s.on_hand, 0) AS on_hand, coalesce(s.reserved, 0) AS reserved, s.low_stock_threshold, s.updated_at
  FROM variants v
  JOIN products p ON p.store_id = v.store_id AND p.id = v.product_id
  LEFT JOIN stock_levels s ON s.store_id = v.store_id AND s.variant_id = v.id
"""
_IN_STATE: Final[dict[StockState, str]] = {
    "sold_out": "coalesce(s.on_hand - s.reserved, 0) = 0",
    "low": "s.on_hand - s.reserved BETWEEN 1 AND s.low_stock_threshold",
    "in_stock": "s.on_hand - s.reserved > coalesce(s.low_stock_threshold, 0)",
}
# A variant gets its row with its first piece, so rows have to be made before they can be locked.
_MAKE_ROWS: Final = """
INSERT INTO stock_levels (variant_id, store_id)
SELECT v.id, v.store_id FROM variants v WHERE v.sku = ANY($1::text[]) ORDER BY v.id
    ON CONFLICT (variant_id) DO NOTHING
"""
# In the order of ids, as every writer of stock does it: nobody then waits for somebody who waits for them.
_LOCK: Final = f"{_LEVELS} WHERE v.sku = ANY($1::text[]) AND s.variant_id IS NOT NULL ORDER BY v.id"
_LOCK_ROWS: Final = """
SELECT s.variant_id FROM variants v JOIN stock_levels s ON s.store_id = v.store_id AND s.variant_id = v.id
 WHERE v.sku = ANY($1::text[]) ORDER BY s.variant_id FOR NO KEY UPDATE OF s
"""
# The ledger's time is the clock's, not the transaction's: of two changes that waited for each other, the later one
# may have begun first. It is read under the lock, so a variant's movements are in the order they happened.
_BOOK: Final = """
WITH wanted AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[])
        AS w (id, variant_id, delta, reason, note)
), changed AS (
    UPDATE stock_levels s SET on_hand = s.on_hand + w.delta
      FROM wanted w
     WHERE s.variant_id = w.variant_id AND s.on_hand + w.delta >= s.reserved
    RETURNING s.store_id, s.variant_id, s.on_hand
), booked AS (
    INSERT INTO stock_movements (id, store_id, variant_id, delta, on_hand_after, reason, reference_type,
                                 reference_id, note, actor_id, created_at)
    SELECT w.id, c.store_id, w.variant_id, w.delta, c.on_hand, w.reason, $6, $7, w.note, $8, clock_timestamp()
      FROM changed c JOIN wanted w USING (variant_id)
    RETURNING 1
)
SELECT count(*) FROM booked
"""
_SET_THRESHOLD: Final = """
INSERT INTO stock_levels AS s (variant_id, store_id, low_stock_threshold)
SELECT v.id, v.store_id, $2 FROM variants v WHERE v.sku = $1
    ON CONFLICT (variant_id) DO UPDATE SET low_stock_threshold = excluded.low_stock_threshold
 WHERE s.low_stock_threshold IS DISTINCT FROM excluded.low_stock_threshold
"""


async def read_level(tx: Transaction, sku: str) -> StockLevel | None:
    """The level of a SKU, or None when there is no such variant."""
    row = await tx.fetchrow(f"{_LEVELS} WHERE v.sku = $1", sku)
    return None if row is None else _level(row)


async def list_levels(
    tx: Transaction, *, state: StockState | None, prefix: str | None, past: str | None, backwards: bool, limit: int
) -> list[StockLevel]:
    """Levels by SKU, after (backwards: before) the SKU `past`; up to `limit` rows."""
    conditions = ["true"]
    arguments: list[Any] = []
    if state is not None:
        conditions.append(_IN_STATE[state])
    if prefix is not None:
        arguments.append(prefix)
        conditions.append(f"starts_with(v.sku, ${len(arguments)})")
    if past is not None:
        arguments.append(past)
        conditions.append(f"v.sku {'<' if backwards else '>'} ${len(arguments)}")
    arguments.append(limit)
    rows = await tx.fetch(
        f"{_LEVELS} WHERE {' AND '.join(conditions)}"
        f" ORDER BY v.sku {'DESC' if backwards else 'ASC'} LIMIT ${len(arguments)}",
        *arguments,
    )
    return [_level(row) for row in rows]


async def lock_levels(tx: Transaction, skus: Sequence[str]) -> dict[str, StockLevel]:
    """The levels of these SKUs, locked until the transaction ends; SKUs that do not exist are left out."""
    await tx.execute(_MAKE_ROWS, list(skus))
    await tx.execute(_LOCK_ROWS, list(skus))
    return {row["sku"]: _level(row) for row in await tx.fetch(_LOCK, list(skus))}


async def levels_of(tx: Transaction, variant_ids: Sequence[UUID]) -> list[StockLevel]:
    """The levels of these variants, by variant id."""
    rows = await tx.fetch(f"{_LEVELS} WHERE v.id = ANY($1::uuid[]) ORDER BY v.id", list(variant_ids))
    return [_level(row) for row in rows]


async def book(
    tx: Transaction, changes: Sequence[StockChange], *, reference: tuple[str, str], actor_id: UUID | None
) -> int:
    """Change levels and write the ledger; how many of the changes were booked: those that leave enough."""
    return int(
        await tx.fetchval(
            _BOOK,
            [new_id() for _ in changes],
            [change.before.variant_id for change in changes],
            [change.delta for change in changes],
            [change.reason for change in changes],
            [change.note for change in changes],
            *reference,
            actor_id,
        )
    )


async def set_threshold(tx: Transaction, sku: str, threshold: int | None) -> bool:
    """Set from how many pieces on a variant counts as low; whether that changed anything."""
    return await tx.execute(_SET_THRESHOLD, sku, threshold) == 1


async def list_movements(
    tx: Transaction, variant_id: UUID, *, past: tuple[str, str] | None, backwards: bool, limit: int
) -> list[StockMovement]:
    """The ledger of a variant, newest first, from beyond the (created_at, id) `past`; up to `limit` rows."""
    arguments: list[Any] = [variant_id, limit]
    condition = ""
    if past is not None:
        arguments += [datetime.fromisoformat(past[0]), UUID(past[1])]
        condition = f"AND (created_at, id) {'>' if backwards else '<'} ($3, $4)"
    direction = "ASC" if backwards else "DESC"
    rows = await tx.fetch(
        "SELECT id, delta, on_hand_after, reason, reference_type, reference_id, note, actor_id, created_at"
        f"  FROM stock_movements WHERE variant_id = $1 {condition}"
        f" ORDER BY created_at {direction}, id {direction} LIMIT $2",
        *arguments,
    )
    return [msgspec.convert(dict(row), StockMovement) for row in rows]


def _level(row: asyncpg.Record) -> StockLevel:
    return StockLevel(**dict(row))
