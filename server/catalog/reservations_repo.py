"""Where is it written what is kept in stock for orders? Rows per order and variant, and the sum in stock_levels.

Every statement here locks the rows of stock in the order of variant ids, as every writer of stock does it, and changes
rows only from the state it expects: doing something twice does it once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from storage.transaction import Transaction

_OF_ORDER: Final = """
SELECT r.variant_id, r.quantity, r.state, v.sku, coalesce(s.on_hand - s.reserved, 0) AS available
  FROM stock_reservations r
  JOIN variants v ON v.store_id = r.store_id AND v.id = r.variant_id
  LEFT JOIN stock_levels s ON s.store_id = r.store_id AND s.variant_id = r.variant_id
 WHERE r.order_id = $1 ORDER BY r.variant_id
"""
_LOCK_STOCK: Final = """
SELECT s.variant_id FROM stock_levels s
 WHERE s.variant_id = ANY($1::uuid[]) ORDER BY s.variant_id FOR NO KEY UPDATE OF s
"""
# Of the reservations that are not held, each becomes so if there is enough; the rest stays as it is.
_HOLD_AGAIN: Final = """
WITH wanted AS (
    SELECT store_id, variant_id, quantity FROM stock_reservations
     WHERE order_id = $1 AND state IN ('expired', 'released')
), taken AS (
    UPDATE stock_levels s SET reserved = s.reserved + w.quantity FROM wanted w
     WHERE s.store_id = w.store_id AND s.variant_id = w.variant_id AND s.on_hand - s.reserved >= w.quantity
    RETURNING s.variant_id
)
UPDATE stock_reservations r SET state = 'held', expires_at = now() + $2::interval
  FROM taken t WHERE r.order_id = $1 AND r.variant_id = t.variant_id
"""
_COMMIT: Final = """
WITH held AS (
    UPDATE stock_reservations SET state = 'committed', expires_at = NULL
     WHERE order_id = $1 AND state = 'held' RETURNING store_id, variant_id, quantity
), sold AS (
    UPDATE stock_levels s SET on_hand = s.on_hand - h.quantity, reserved = s.reserved - h.quantity FROM held h
     WHERE s.store_id = h.store_id AND s.variant_id = h.variant_id
    RETURNING s.store_id, s.variant_id, s.on_hand, h.quantity
), booked AS (
    INSERT INTO stock_movements (id, store_id, variant_id, delta, on_hand_after, reason, reference_type,
                                 reference_id, created_at)
    SELECT gen_random_uuid(), store_id, variant_id, -quantity, on_hand, 'sold', 'order', $1::text, clock_timestamp()
      FROM sold
    RETURNING 1
)
SELECT (SELECT count(*) FROM held) AS held, (SELECT count(*) FROM booked) AS booked
"""
_RELEASE: Final = """
WITH held AS (
    UPDATE stock_reservations SET state = $2, expires_at = NULL
     WHERE order_id = $1 AND state = 'held' RETURNING store_id, variant_id, quantity
)
UPDATE stock_levels s SET reserved = s.reserved - h.quantity FROM held h
 WHERE s.store_id = h.store_id AND s.variant_id = h.variant_id
"""
_PUT_BACK: Final = """
WITH back AS (
    UPDATE stock_levels s SET on_hand = s.on_hand + w.units
      FROM unnest($1::uuid[], $2::integer[]) AS w (variant_id, units) WHERE s.variant_id = w.variant_id
    RETURNING s.store_id, s.variant_id, s.on_hand, w.units
)
INSERT INTO stock_movements (id, store_id, variant_id, delta, on_hand_after, reason, reference_type, reference_id,
                             actor_id, created_at)
SELECT gen_random_uuid(), store_id, variant_id, units, on_hand, 'returned', $3, $4, $5, clock_timestamp() FROM back
"""
# Stock is locked before reservations, as everybody does it; what changed while we waited is looked at again.
_EXPIRE: Final = """
WITH due AS MATERIALIZED (
    SELECT order_id, variant_id FROM stock_reservations
     WHERE state = 'held' AND expires_at <= now() AND ($1::uuid[] IS NULL OR variant_id = ANY($1))
     ORDER BY expires_at LIMIT $2
), locked AS MATERIALIZED (
    SELECT s.variant_id FROM stock_levels s WHERE s.variant_id IN (SELECT variant_id FROM due)
     ORDER BY s.variant_id FOR NO KEY UPDATE OF s
), gone AS (
    UPDATE stock_reservations r SET state = 'expired', expires_at = NULL FROM due
     WHERE r.order_id = due.order_id AND r.variant_id = due.variant_id AND (SELECT count(*) FROM locked) > 0
       AND r.state = 'held' AND r.expires_at <= now()
    RETURNING r.store_id, r.variant_id, r.quantity
), freed AS (
    UPDATE stock_levels s SET reserved = s.reserved - g.quantity
      FROM (SELECT store_id, variant_id, sum(quantity)::integer AS quantity FROM gone GROUP BY 1, 2) g
     WHERE s.store_id = g.store_id AND s.variant_id = g.variant_id
    RETURNING 1
)
SELECT count(*) FROM gone
"""


class Kept(NamedTuple):
    """What is kept of a variant for an order, and how many pieces anybody else can have."""

    variant_id: UUID
    sku: str
    quantity: int
    state: str
    available: int


async def of_order(tx: Transaction, order_id: UUID) -> list[Kept]:
    """All reservations of an order, by variant id."""
    return [_kept(row) for row in await tx.fetch(_OF_ORDER, order_id)]


async def lock_stock(tx: Transaction, variant_ids: Sequence[UUID]) -> None:
    """Hold the rows of stock of these variants until the transaction ends."""
    await tx.execute(_LOCK_STOCK, list(variant_ids))


async def hold_again(tx: Transaction, order_id: UUID, lifetime: timedelta) -> int:
    """Reserve what was released or has expired; how many of its reservations are held by that."""
    return await tx.execute(_HOLD_AGAIN, order_id, lifetime)


async def commit(tx: Transaction, order_id: UUID) -> int:
    """Take what is held out of stock, with its ledger; how many reservations."""
    row = await tx.fetchrow(_COMMIT, order_id)
    assert row is not None
    assert row["held"] == row["booked"], "every reservation that is held has its row of stock"
    return int(row["held"])


async def release(tx: Transaction, order_id: UUID) -> int:
    """Give up what is held; how many reservations."""
    return await tx.execute(_RELEASE, order_id, "released")


async def put_back(
    tx: Transaction, units: Mapping[UUID, int], reference: tuple[str, str], actor_id: UUID | None
) -> int:
    """Add units to what is on hand of variants, with their ledger; how many variants."""
    return await tx.execute(_PUT_BACK, list(units), list(units.values()), *reference, actor_id)


async def expire(tx: Transaction, variant_ids: Sequence[UUID] | None, most: int) -> int:
    """Give up reservations whose time is over, of these variants or of all, at most so many; how many."""
    return int(await tx.fetchval(_EXPIRE, None if variant_ids is None else list(variant_ids), most))


def _kept(row: asyncpg.Record) -> Kept:
    return Kept(row["variant_id"], row["sku"], row["quantity"], row["state"], row["available"])
