"""Where are refunds read and written? After the row of their order, and each step only from the one before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from server.payments.amounts import RefundPlan
from server.payments.repo import LONGEST_PAUSE, PAUSE
from server.payments.snapshot import ListedRefund, PaymentRow, RefundKind, RefundLine, RefundRow, RefundStatus
from storage.ids import new_id
from storage.transaction import Transaction

_NAMES: Final = RefundRow.__struct_fields__
_COLUMNS: Final = ", ".join("f.lines::text AS lines" if name == "lines" else f"f.{name}" for name in _NAMES)
_SELECT: Final = f"SELECT {_COLUMNS} FROM refunds f"
_INSERT: Final = f"""
INSERT INTO refunds AS f (id, store_id, order_id, payment_id, return_id, number, kind, status, amount, shipping_amount,
                          currency, reason, lines, restock, retry_of, requested_by, withheld, next_try_at, approved_at)
SELECT $1, $2, $3, $4, $5, coalesce(max(number), 0) + 1, $6, $7, $8, $9, $10, $11, $12::jsonb, $13, $14, $15, $16,
       CASE WHEN $7 = 'approved' THEN now() END, CASE WHEN $7 = 'approved' THEN now() END
  FROM refunds WHERE order_id = $3
RETURNING {_COLUMNS}
"""
_APPROVE: Final = """
UPDATE refunds SET status = 'approved', approved_by = $2, approved_at = now(), next_try_at = now()
 WHERE id = $1 AND status = 'requested'
"""
_REFUSE: Final = "UPDATE refunds SET status = 'refused' WHERE id = $1 AND status = 'requested'"
_PENDING: Final = """
UPDATE refunds SET status = 'gateway_pending', reference = $2, next_try_at = NULL WHERE id = $1 AND status = 'approved'
"""
_SETTLE: Final = """
UPDATE refunds
   SET status = 'settled', reference = coalesce($2, reference), settled_at = now(), failure = NULL, next_try_at = NULL
 WHERE id = $1
"""
_FAIL: Final = """
UPDATE refunds SET status = 'failed', failure = $2, reference = coalesce($3, reference), next_try_at = NULL
 WHERE id = $1 AND status IN ('approved', 'gateway_pending')
"""
_CLAIM: Final = f"""
WITH due AS MATERIALIZED (
    SELECT id FROM refunds WHERE next_try_at <= now()
     ORDER BY next_try_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE refunds r SET tries = r.tries + 1, next_try_at = now() + {PAUSE.format(table="r")}
  FROM due WHERE r.id = due.id
RETURNING r.id
"""
_POSTPONE: Final = "UPDATE refunds SET next_try_at = now() + $2::interval WHERE id = $1 AND next_try_at IS NOT NULL"
# One person's approvals are counted one after the other, or two at once would each be within the limit.
_ONE_BY_ONE: Final = "SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(' ', 'refunds', $1::uuid, $2::uuid), 0))"
_APPROVED_BY: Final = """
SELECT coalesce(sum(amount), 0) FROM refunds
 WHERE approved_by = $1 AND currency = $2 AND status NOT IN ('failed', 'refused')
"""
_REFUNDED_UNITS: Final = """
UPDATE order_lines l SET refunded_units = least(l.quantity, l.refunded_units + w.units)
  FROM unnest($2::uuid[], $3::integer[]) AS w (id, units)
 WHERE l.order_id = $1 AND l.id = w.id
"""
_RECEIVED: Final = """
SELECT l.order_line_id AS line, l.received AS units
  FROM returns r JOIN return_lines l ON l.store_id = r.store_id AND l.return_id = r.id
 WHERE r.id = $1 AND r.order_id = $2 AND r.status = 'received'
"""
_SKUS: Final = "SELECT id, sku FROM order_lines WHERE order_id = ANY($1::uuid[])"


async def of_order(tx: Transaction, order_id: UUID) -> list[RefundRow]:
    """The refunds of an order by number."""
    return [_refund(row) for row in await tx.fetch(f"{_SELECT} WHERE f.order_id = $1 ORDER BY f.number", order_id)]


async def find(tx: Transaction, refund_id: UUID) -> RefundRow | None:
    """One refund, or None."""
    row = await tx.fetchrow(f"{_SELECT} WHERE f.id = $1", refund_id)
    return None if row is None else _refund(row)


async def find_by_reference(tx: Transaction, provider: str, reference: str) -> RefundRow | None:
    """The refund a provider calls so, or None."""
    row = await tx.fetchrow(
        f"{_SELECT} JOIN payments p ON p.store_id = f.store_id AND p.id = f.payment_id"
        " WHERE p.provider = $1 AND f.reference = $2 ORDER BY f.created_at LIMIT 1",
        provider, reference,
    )  # fmt: skip
    return None if row is None else _refund(row)


async def lock(tx: Transaction, refund_id: UUID) -> RefundRow:
    """The refund, locked until the transaction ends; its order's row is locked already."""
    row = await tx.fetchrow(f"{_SELECT} WHERE f.id = $1 FOR NO KEY UPDATE", refund_id)
    assert row is not None
    return _refund(row)


async def insert(
    tx: Transaction,
    payment: PaymentRow,
    plan: RefundPlan,
    *,
    kind: RefundKind,
    status: RefundStatus,
    reason: str,
    restock: bool = False,
    return_id: UUID | None = None,
    requested_by: UUID | None = None,
    retry_of: UUID | None = None,
) -> RefundRow:
    """A new refund of a payment's money; an approved one is due at once. The order's row is locked."""
    row = await tx.fetchrow(
        _INSERT, new_id(), tx.store_id, payment.order_id, payment.id, return_id, kind, status, plan.amount,
        plan.shipping, payment.currency, reason, msgspec.json.encode(plan.lines).decode(), restock, retry_of,
        requested_by, plan.withheld,
    )  # fmt: skip
    assert row is not None
    return _refund(row)


async def approve(tx: Transaction, refund_id: UUID, approved_by: UUID | None) -> bool:
    """Let the money go back; False when that was decided before."""
    return await tx.execute(_APPROVE, refund_id, approved_by) == 1


async def refuse(tx: Transaction, refund_id: UUID) -> bool:
    """Let it not; False when that was decided before."""
    return await tx.execute(_REFUSE, refund_id) == 1


async def note_pending(tx: Transaction, refund_id: UUID, reference: str) -> bool:
    """The provider is at it; False when it told how it ended already."""
    return await tx.execute(_PENDING, refund_id, reference) == 1


async def settle(tx: Transaction, refund_id: UUID, reference: str | None) -> None:
    """The customer has the money. The refund is locked, and was not settled."""
    await tx.execute(_SETTLE, refund_id, reference)


async def fail(tx: Transaction, refund_id: UUID, failure: str, reference: str | None) -> bool:
    """The money did not go back; False when the refund has ended before."""
    return await tx.execute(_FAIL, refund_id, failure, reference) == 1


async def claim(tx: Transaction, most: int) -> list[UUID]:
    """Refunds to ask a provider for, at most so many; nobody else gets them for a while."""
    return [row["id"] for row in await tx.fetch(_CLAIM, most)]


async def postpone(tx: Transaction, refund_id: UUID, pause: timedelta) -> None:
    """Do not ask again before."""
    await tx.execute(_POSTPONE, refund_id, min(pause, LONGEST_PAUSE))


async def approved_by(
    tx: Transaction, person: UUID, currency: str, *, order_id: UUID | None = None, day_in: str | None = None
) -> int:
    """What this person approved, minor units: of one order, or since midnight in a time zone. Others of theirs wait."""
    await tx.execute(_ONE_BY_ONE, tx.store_id, person)
    if order_id is not None:
        return int(await tx.fetchval(f"{_APPROVED_BY} AND order_id = $3", person, currency, order_id))
    midnight = "date_trunc('day', now(), $3)"
    return int(await tx.fetchval(f"{_APPROVED_BY} AND approved_at >= {midnight}", person, currency, day_in))


async def note_refunded_units(tx: Transaction, order_id: UUID, units: Mapping[UUID, int]) -> None:
    """Count units of lines as refunded: the money went back, whatever was counted before."""
    await tx.execute(_REFUNDED_UNITS, order_id, list(units), list(units.values()))


async def received_units(tx: Transaction, order_id: UUID, return_id: UUID) -> dict[UUID, int]:
    """What came back with a return of this order, by line; empty when nothing did, or there is no such return."""
    return {row["line"]: row["units"] for row in await tx.fetch(_RECEIVED, return_id, order_id) if row["units"]}


async def skus(tx: Transaction, order_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The SKUs of the lines of these orders, by line."""
    return {row["id"]: row["sku"] for row in await tx.fetch(_SKUS, list(order_ids))}


async def page_of(
    tx: Transaction,
    *,
    status: RefundStatus | None,
    past: tuple[datetime, UUID] | None,
    backwards: bool,
    limit: int,
) -> list[ListedRefund]:
    """Refunds of all orders, newest first, from beyond the (created_at, id) `past`."""
    arguments: list[Any] = []
    conditions = ["true"]
    if status is not None:
        arguments.append(status)
        conditions.append(f"f.status = ${len(arguments)}")
    if past is not None:
        arguments += past
        conditions.append(
            f"(f.created_at, f.id) {'>' if backwards else '<'} (${len(arguments) - 1}, ${len(arguments)})"
        )
    arguments.append(limit)
    direction = "ASC" if backwards else "DESC"
    rows = await tx.fetch(
        f"SELECT {_COLUMNS}, o.number AS order_number"
        "  FROM refunds f JOIN orders o ON o.store_id = f.store_id AND o.id = f.order_id"
        f" WHERE {' AND '.join(conditions)} ORDER BY f.created_at {direction}, f.id {direction}"
        f" LIMIT ${len(arguments)}",
        *arguments,
    )
    by_line = await skus(tx, [row["order_id"] for row in rows])
    return [ListedRefund(refund=_refund(row), order_number=row["order_number"], skus=by_line) for row in rows]


def _refund(row: asyncpg.Record) -> RefundRow:
    values: dict[str, Any] = {name: row[name] for name in _NAMES}
    return RefundRow(**{**values, "lines": msgspec.json.decode(values["lines"], type=tuple[RefundLine, ...])})
