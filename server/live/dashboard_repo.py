"""Where is read how a shop is doing? Figures of one store, each by one statement that an index answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import asyncpg
import msgspec

from storage.transaction import Transaction

MINUTES: Final = 60
MOST_LOW: Final = 20
MOST_SWITCHES: Final = 50


class LowStock(msgspec.Struct, frozen=True, kw_only=True):
    """A variant of which there is little left, in pieces."""

    sku: str
    product_name: str
    available: int
    low_stock_threshold: int


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    """A version that came into effect, or went out of it.

    `by` is who planned that, or called the version off; None: nobody of the store.
    """

    kind: str
    name: str
    version: int
    what: Literal["began", "ended"]
    at: datetime
    by: UUID | None
    by_name: str | None


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of work that is due, the oldest of it for so many seconds."""

    kind: str
    late_seconds: float


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How a store is doing at `at`. Money in minor units of `currency`; `today` is when the day began there."""

    at: datetime
    today: datetime
    currency: str
    captured: int
    refunded: int
    held: int
    waiting: int
    waiting_since: datetime | None
    low: int
    orders_per_minute: tuple[int, ...]
    low_stock: tuple[LowStock, ...]
    switches: tuple[Switch, ...]
    lags: tuple[Lag, ...]


_DAY: Final = """
SELECT now() AS at, currency, date_trunc('day', now() AT TIME ZONE timezone) AT TIME ZONE timezone AS today
  FROM stores WHERE id = $1
"""
# What came before the order was paid for counts on the day it was, and a payment that was given back at once is no
# revenue, nor is giving it back a loss. The day comes as an argument, so that the planner knows how little that is.
_FIGURES: Final = """
SELECT (SELECT coalesce(sum(captured), 0)::bigint FROM orders WHERE paid_at >= $1 AND currency = $2) AS captured,
       (SELECT coalesce(sum(amount), 0)::bigint FROM refunds
         WHERE settled_at >= $1 AND kind <> 'automatic' AND currency = $2) AS refunded,
       (SELECT count(*) FROM orders WHERE held) AS held,
       (SELECT count(*) FROM conversations WHERE waiting_since IS NOT NULL) AS waiting,
       (SELECT min(waiting_since) FROM conversations) AS waiting_since
"""
_PER_MINUTE: Final = """
WITH placed AS (
    SELECT date_trunc('minute', placed_at) AS at, count(*) AS orders FROM orders
     WHERE placed_at >= date_trunc('minute', $1::timestamptz) - make_interval(mins => $2 - 1) GROUP BY 1
)
SELECT coalesce(p.orders, 0) AS orders
  FROM generate_series(0, $2 - 1) AS m (back)
  LEFT JOIN placed p ON p.at = date_trunc('minute', $1::timestamptz) - make_interval(mins => m.back)
 ORDER BY m.back DESC
"""
# How many there are comes with the first of them: what is read by another statement may have changed in between.
_LOW: Final = """
SELECT v.sku, p.name AS product_name, l.available, l.low_stock_threshold, l.low
  FROM (SELECT store_id, variant_id, on_hand - reserved AS available, low_stock_threshold, count(*) OVER () AS low
          FROM stock_levels
         WHERE low_stock_threshold IS NOT NULL AND on_hand - reserved <= low_stock_threshold
         ORDER BY on_hand - reserved, variant_id LIMIT $1) l
  JOIN variants v ON v.store_id = l.store_id AND v.id = l.variant_id
  JOIN products p ON p.store_id = v.store_id AND p.id = v.product_id
 ORDER BY l.available, v.sku
"""
# What was called off while it was live went out of effect then; before it was, it never came.
_SWITCHES: Final = """
SELECT p.kind, p.name, v.number AS version, s.what, s.at, u.id AS by, u.name AS by_name
  FROM ruleset_plans p
 CROSS JOIN LATERAL (VALUES
        ('began', p.starts_at, p.created_by),
        ('ended', least(p.ends_at, p.cancelled_at), CASE WHEN p.cancelled_at IS NULL THEN p.created_by
                                                         ELSE p.cancelled_by END)) AS s (what, at, by)
  JOIN ruleset_versions v ON v.store_id = p.store_id AND v.id = p.version_id
  LEFT JOIN users u ON u.store_id = p.store_id AND u.id = s.by
 WHERE (p.cancelled_at IS NULL OR p.cancelled_at > p.starts_at) AND s.at >= $1 AND s.at <= now()
 ORDER BY s.at DESC, p.id DESC LIMIT $2
"""
_LAGS: Final = """
SELECT kind, extract(epoch FROM now() - due_since)::double precision AS late_seconds
  FROM stores_with_due_work() WHERE store_id = $1 ORDER BY due_since
"""


async def read(tx: Transaction, stores: Collection[UUID]) -> Mapping[UUID, Figures]:
    """The figures of the transaction's store, which is the only one of these. Six statements."""
    (store_id,) = stores
    day = await tx.fetchrow(_DAY, store_id)
    assert day is not None, "a store is there for ever"
    figures = await tx.fetchrow(_FIGURES, day["today"], day["currency"])
    assert figures is not None
    per_minute = await tx.fetch(_PER_MINUTE, day["at"], MINUTES)
    low = await tx.fetch(_LOW, MOST_LOW)
    switches = await tx.fetch(_SWITCHES, day["today"], MOST_SWITCHES)
    lags = await tx.fetch(_LAGS, store_id)
    return {
        store_id: Figures(
            **dict(day), **dict(figures), low=low[0]["low"] if low else 0,
            orders_per_minute=tuple(row["orders"] for row in per_minute),
            low_stock=tuple(_low_stock(row) for row in low),
            switches=tuple(Switch(**dict(row)) for row in switches), lags=tuple(Lag(**dict(row)) for row in lags),
        )
    }  # fmt: skip


def _low_stock(row: asyncpg.Record) -> LowStock:
    return LowStock(**{name: row[name] for name in LowStock.__struct_fields__})
