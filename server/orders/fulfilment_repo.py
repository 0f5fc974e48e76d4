"""Where are parcels read and written? Always for an order whose row is locked, all lines of a parcel at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from storage.ids import new_id
from storage.transaction import Transaction


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel of an order. `delivered_at` is there once it has arrived."""

    id: UUID
    number: int
    seller: str | None
    carrier: str | None
    tracking_number: str | None
    tracking_url: str | None
    status: str
    shipped_at: datetime
    delivered_at: datetime | None


_PARCEL: Final = ", ".join(Parcel.__struct_fields__)
# A line of which there are not that many units left open is not counted, and so the caller learns of it.
_SEND: Final = """
WITH sent AS (
    SELECT * FROM unnest($4::uuid[], $5::integer[]) AS s (line_id, quantity)
), counted AS (
    UPDATE order_lines l SET shipped = l.shipped + s.quantity
      FROM sent s
     WHERE l.order_id = $3 AND l.id = s.line_id AND l.shipped + l.dropped + s.quantity <= l.quantity
    RETURNING l.id
), parcel AS (
    INSERT INTO shipments (id, store_id, order_id, number, seller, carrier, tracking_number, tracking_url)
    SELECT $1, $2, $3, coalesce(max(number), 0) + 1, $6, $7, $8, $9 FROM shipments WHERE order_id = $3
    RETURNING id
), packed AS (
    INSERT INTO shipment_lines (store_id, shipment_id, order_line_id, quantity)
    SELECT $2, p.id, s.line_id, s.quantity FROM parcel p, sent s JOIN counted c ON c.id = s.line_id
)
SELECT count(*) FROM counted
"""
_FIND: Final = f"SELECT {_PARCEL} FROM shipments WHERE order_id = $1 AND number = $2"
_TRACK: Final = "UPDATE shipments SET carrier = $2, tracking_number = $3, tracking_url = $4 WHERE id = $1"
_SIGHT: Final = """
INSERT INTO shipment_events (id, store_id, shipment_id, status, location, source, happened_at)
SELECT $1, $2, $3, $4, $5, $6, coalesce($7::timestamptz, now())
 WHERE NOT EXISTS (SELECT FROM shipment_events
                    WHERE shipment_id = $3 AND status = $4 AND location IS NOT DISTINCT FROM $5 AND source = $6
                      AND happened_at = coalesce($7::timestamptz, now()))
"""
# What has arrived goes nowhere any more; what came back may still be delivered at another try.
_MOVE: Final = """
UPDATE shipments
   SET status = $2, delivered_at = CASE WHEN $2 = 'delivered' THEN coalesce($3::timestamptz, now()) END
 WHERE id = $1 AND status <> 'delivered' AND (status <> 'failed' OR $2 = 'delivered')
"""
_ALL_ARRIVED: Final = """
SELECT count(*) > 0 AND bool_and(status = 'delivered') FROM shipments WHERE order_id = $1
"""
_FAIL: Final = "UPDATE shipments SET status = 'failed' WHERE order_id = $1 AND status IN ('shipped', 'in_transit')"


async def send(
    tx: Transaction,
    order_id: UUID,
    units: Mapping[UUID, int],
    *,
    seller: str | None,
    carrier: str | None,
    tracking_number: str | None,
    tracking_url: str | None,
) -> UUID | None:
    """Write a parcel with these units of lines, and count them as shipped; None when not all of them are open.

    Then some are counted nevertheless: roll back.
    """
    parcel_id = new_id()
    counted = await tx.fetchval(
        _SEND, parcel_id, tx.store_id, order_id, list(units), list(units.values()), seller, carrier, tracking_number,
        tracking_url,
    )  # fmt: skip
    return parcel_id if counted == len(units) else None


async def find(tx: Transaction, order_id: UUID, number: int) -> Parcel | None:
    """A parcel of the order by its number."""
    row = await tx.fetchrow(_FIND, order_id, number)
    return None if row is None else Parcel(**dict(row))


async def track(tx: Transaction, parcel: Parcel) -> None:
    """Write carrier and tracking of the parcel."""
    await tx.execute(_TRACK, parcel.id, parcel.carrier, parcel.tracking_number, parcel.tracking_url)


async def sight(
    tx: Transaction, parcel_id: UUID, status: str, location: str | None, source: str, happened_at: datetime | None
) -> bool:
    """Note where a parcel was seen, now or then; False when exactly that was noted before."""
    return await tx.execute(_SIGHT, new_id(), tx.store_id, parcel_id, status, location, source, happened_at) == 1


async def move(tx: Transaction, parcel_id: UUID, status: str, at: datetime | None) -> bool:
    """Set how far a parcel is, as of now or of then; False when it has got there already, or is on its way back."""
    return await tx.execute(_MOVE, parcel_id, status, at) == 1


async def have_all_arrived(tx: Transaction, order_id: UUID) -> bool:
    """Whether there are parcels, and all of them were delivered."""
    return bool(await tx.fetchval(_ALL_ARRIVED, order_id))


async def fail_parcels(tx: Transaction, order_id: UUID) -> int:
    """Note that the parcels that are on their way come back; how many these are."""
    return await tx.execute(_FAIL, order_id)
