"""Where are returns read and written? Always for an order whose row is locked; one return at a time is under way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from storage.ids import new_id
from storage.transaction import Transaction


class ReturnHead(msgspec.Struct, frozen=True, kw_only=True):
    """A return and the units by line that are to come back."""

    id: UUID
    number: int
    status: str
    units: dict[UUID, int]


_REQUEST: Final = """
WITH made AS (
    INSERT INTO returns (id, store_id, order_id, number, reason, comment)
    SELECT $1, $2, $3, coalesce(max(number), 0) + 1, $4, $5 FROM returns WHERE order_id = $3
    RETURNING id, number
), lined AS (
    INSERT INTO return_lines (store_id, return_id, order_line_id, quantity)
    SELECT $2, m.id, l.line_id, l.quantity
      FROM made m, unnest($6::uuid[], $7::integer[]) AS l (line_id, quantity)
)
SELECT number FROM made
"""
_FIND: Final = """
SELECT r.id, r.number, r.status,
       (SELECT json_object_agg(l.order_line_id, l.quantity) FROM return_lines l WHERE l.return_id = r.id)::text AS units
  FROM returns r WHERE r.order_id = $1 AND r.number = $2
"""
# Compare and set: a return that is in another state by now stays as it is.
_MOVE: Final = """
UPDATE returns
   SET status = $3,
       approved_at = CASE WHEN $3 = 'approved' THEN now() ELSE approved_at END,
       received_at = CASE WHEN $3 = 'received' THEN now() ELSE received_at END
 WHERE id = $1 AND status = ANY($2::text[])
"""
_RECEIVE: Final = """
WITH came AS (
    SELECT * FROM unnest($2::uuid[], $3::integer[], $4::integer[]) AS c (line_id, received, restock)
), noted AS (
    UPDATE return_lines l SET received = c.received, restock = c.restock
      FROM came c WHERE l.return_id = $1 AND l.order_line_id = c.line_id AND c.received <= l.quantity
    RETURNING l.order_line_id
), counted AS (
    UPDATE order_lines l SET returned = l.returned + c.received
      FROM came c WHERE l.id = c.line_id AND l.returned + c.received <= l.shipped
    RETURNING l.id
)
SELECT (SELECT count(*) FROM noted) AS noted, (SELECT count(*) FROM counted) AS counted
"""
_EXPIRE: Final = "UPDATE returns SET status = 'expired' WHERE order_id = $1 AND status IN ('requested', 'approved')"


async def request(
    tx: Transaction, order_id: UUID, units: Mapping[UUID, int], reason: str, comment: str | None
) -> tuple[UUID, int]:
    """A new return of these units of lines; its id and its number. None other may be under way."""
    return_id = new_id()
    number = await tx.fetchval(
        _REQUEST, return_id, tx.store_id, order_id, reason, comment, list(units), list(units.values())
    )
    return return_id, int(number)


async def find(tx: Transaction, order_id: UUID, number: int) -> ReturnHead | None:
    """A return of the order by its number."""
    row = await tx.fetchrow(_FIND, order_id, number)
    if row is None:
        return None
    units = msgspec.json.decode(row["units"] or "{}", type=dict[UUID, int])
    return ReturnHead(id=row["id"], number=row["number"], status=row["status"], units=units)


async def move(tx: Transaction, return_id: UUID, expected: Sequence[str], status: str) -> bool:
    """Set the status of a return that is in one of the expected ones; False when it is not."""
    return await tx.execute(_MOVE, return_id, list(expected), status) == 1


async def receive(tx: Transaction, return_id: UUID, came: Mapping[UUID, tuple[int, int]]) -> bool:
    """Note units (received, fit to be sold) by line, on the return and on the order's lines; False when too many.

    Then some are noted nevertheless: roll back.
    """
    received, restock = [each[0] for each in came.values()], [each[1] for each in came.values()]
    row = await tx.fetchrow(_RECEIVE, return_id, list(came), received, restock)
    assert row is not None
    return bool(row["noted"] == row["counted"] == len(came))


async def expire(tx: Transaction, order_id: UUID) -> int:
    """End the return of the order that is under way, if there is one; how many that were."""
    return await tx.execute(_EXPIRE, order_id)
