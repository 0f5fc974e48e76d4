"""Which carts does the shop have, to try other rules on? Those of placed orders, and those that were saved for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from server.decisions.facts import Basket
from storage.transaction import Transaction

_ORDERS: Final = """
SELECT o.number, o.id, o.placed_at, d.facts::text AS facts
  FROM orders o JOIN decision_log d ON d.store_id = o.store_id AND d.id = o.decision_id
 WHERE ($1::timestamptz IS NULL OR (o.placed_at, o.id) < ($1, $2::uuid))
   AND ($3::timestamptz IS NULL OR o.placed_at >= $3)
 ORDER BY o.placed_at DESC, o.id DESC
 LIMIT $4
"""
_COUNT_ORDERS: Final = """
SELECT count(*) FROM (
    SELECT FROM orders o JOIN decision_log d ON d.store_id = o.store_id AND d.id = o.decision_id
     WHERE o.placed_at <= $1 AND ($2::timestamptz IS NULL OR o.placed_at >= $2)
     LIMIT $3) found
"""
_COLLECTION: Final = "SELECT id, carts FROM cart_collections WHERE name = $1"
_PARTS: Final = """
SELECT p.part, p.carts::text AS carts FROM cart_collection_parts p
 WHERE p.collection_id = $1 AND p.part BETWEEN $2 AND $3
 ORDER BY p.part
"""

PART: Final = 500
"""Carts in each part of a collection but the last."""


class StoredCart(NamedTuple):
    """What was decided, as it was known then. `name` is how people find it again: `order 1042`."""

    name: str
    basket: Basket


class SavedCart(msgspec.Struct, frozen=True):
    """A cart of a collection: `id` is unique in it."""

    id: str
    basket: Basket


class Place(msgspec.Struct, frozen=True):
    """How far a list was read: the time and id of the last one."""

    at: datetime
    id: UUID


async def orders(
    tx: Transaction, beyond: Place | None, since: datetime | None, most: int
) -> tuple[list[StoredCart], Place | None]:
    """Orders placed before `beyond`, the newest first, and where to go on; None: there are no more."""
    at, last_id = (None, None) if beyond is None else (beyond.at, beyond.id)
    rows = await tx.fetch(_ORDERS, at, last_id, since, most)
    found = [StoredCart(f"order {row['number']}", msgspec.json.decode(row["facts"], type=Basket)) for row in rows]
    return found, Place(rows[-1]["placed_at"], rows[-1]["id"]) if len(rows) == most else None


async def count_orders(tx: Transaction, until: datetime, since: datetime | None, most: int) -> int:
    """How many orders there are up to an instant, `most` at most."""
    return int(await tx.fetchval(_COUNT_ORDERS, until, since, most))


async def find_collection(tx: Transaction, name: str) -> tuple[UUID, int] | None:
    """The id of a collection as it is now, and how many carts it has. One that is replaced gets another id."""
    row = await tx.fetchrow(_COLLECTION, name)
    return None if row is None else (row["id"], row["carts"])


async def collection(tx: Transaction, collection_id: UUID, taken: int, most: int) -> list[SavedCart]:
    """The carts of a collection that follow the first `taken`; none behind its end, or when it is gone."""
    first, last = taken // PART, (taken + most - 1) // PART
    rows = await tx.fetch(_PARTS, collection_id, first, last)
    found = list(_saved([row["carts"] for row in rows]))
    return found[taken - first * PART :][:most]


def _saved(parts: list[str]) -> Iterator[SavedCart]:
    for part in parts:
        yield from msgspec.json.decode(part, type=list[SavedCart])
