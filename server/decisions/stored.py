"""Which carts did the shop decide before, to try other rules on? The facts of placed orders, in the order they came."""

from __future__ import annotations

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


class StoredCart(NamedTuple):
    """What was decided, as it was known then. `name` is how people find it again: `order 1042`."""

    name: str
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
