"""Where is kept what providers sent? An event of a provider once, what is not believed every time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from server.payments.repo import FIRST_PAUSE, PAUSE
from server.payments.snapshot import Outcome, ReceiptRow, ReceiptStatus, StoredReceipt
from server.ports import PaymentEvent
from storage.ids import new_id
from storage.transaction import Transaction

_KEEP: Final = """
INSERT INTO payment_receipts (id, store_id, provider, event_id, event_type, payload, signature, remote_address,
                              next_try_at, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + $9::interval, $10)
    ON CONFLICT (store_id, provider, event_id) WHERE event_id IS NOT NULL DO NOTHING
"""
_KEEP_REFUSED: Final = """
INSERT INTO payment_receipts (id, store_id, provider, payload, signature, remote_address, status, detail, received_at,
                              processed_at)
VALUES ($1, $2, $3, $4, $5, $6, 'refused', $7, $8, now())
"""
_READ: Final = """
SELECT id, provider, event_id, status, payload, signature AS headers, tries, received_at
  FROM payment_receipts WHERE id = $1 AND event_id IS NOT NULL
"""
_FINISH: Final = """
UPDATE payment_receipts
   SET status = $2, detail = $3, order_id = $4, payment_id = $5, processed_at = now(), next_try_at = NULL
 WHERE id = $1 AND status = 'waiting'
"""
_CLAIM: Final = f"""
WITH due AS MATERIALIZED (
    SELECT id FROM payment_receipts WHERE next_try_at <= now()
     ORDER BY next_try_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE payment_receipts r SET tries = r.tries + 1, next_try_at = now() + {PAUSE.format(table="r")}
  FROM due WHERE r.id = due.id
RETURNING r.id
"""
_LIST: Final = """
SELECT r.id, r.provider, r.event_id, r.event_type, r.status, r.detail, o.number AS order_number, r.payment_id,
       substring(r.payload FROM 1 FOR $1) AS payload, r.remote_address, r.tries, r.received_at, r.processed_at
  FROM payment_receipts r LEFT JOIN orders o ON o.store_id = r.store_id AND o.id = r.order_id
"""


async def keep(
    tx: Transaction,
    provider: str,
    event: PaymentEvent,
    payload: bytes,
    headers: dict[str, str],
    remote_address: str | None,
    received_at: datetime,
    pause: timedelta = FIRST_PAUSE,
) -> UUID | None:
    """Keep an event, which is due after the pause; its receipt's id, None when it came before.

    Without a remote address it did not come: the provider was asked.
    """
    receipt_id = new_id()
    kept = await tx.execute(
        _KEEP, receipt_id, tx.store_id, provider, event.id, event.type, payload, _json(headers), remote_address, pause,
        received_at,
    )  # fmt: skip
    return receipt_id if kept == 1 else None


async def keep_refused(
    tx: Transaction,
    provider: str,
    reason: str,
    payload: bytes,
    headers: dict[str, str],
    remote_address: str,
    received_at: datetime,
) -> None:
    """Keep what is not believed, and why."""
    await tx.execute(
        _KEEP_REFUSED, new_id(), tx.store_id, provider, payload, _json(headers), remote_address, reason, received_at
    )


async def read(tx: Transaction, receipt_id: UUID) -> StoredReceipt | None:
    """An event as it came."""
    row = await tx.fetchrow(_READ, receipt_id)
    if row is None:
        return None
    values: dict[str, Any] = dict(row)
    return StoredReceipt(**{**values, "headers": msgspec.json.decode(values["headers"], type=dict[str, str])})


async def finish(tx: Transaction, receipt_id: UUID, outcome: Outcome) -> bool:
    """Write what became of an event; False when somebody else did."""
    return (
        await tx.execute(_FINISH, receipt_id, outcome.status, outcome.detail, outcome.order_id, outcome.payment_id) == 1
    )


async def claim(tx: Transaction, most: int) -> list[UUID]:
    """Receipts that wait to be processed, at most so many; nobody else gets them for a while."""
    return [row["id"] for row in await tx.fetch(_CLAIM, most)]


async def page_of(
    tx: Transaction,
    *,
    shown_bytes: int,
    status: ReceiptStatus | None,
    provider: str | None,
    order_number: int | None,
    past: tuple[datetime, UUID] | None,
    backwards: bool,
    limit: int,
) -> list[ReceiptRow]:
    """Receipts, newest first, from beyond the (received_at, id) `past`; payloads up to so many bytes."""
    arguments: list[Any] = [shown_bytes]
    conditions = ["true"]
    for column, value in (("r.status", status), ("r.provider", provider), ("o.number", order_number)):
        if value is not None:
            arguments.append(value)
            conditions.append(f"{column} = ${len(arguments)}")
    if past is not None:
        arguments += past
        conditions.append(
            f"(r.received_at, r.id) {'>' if backwards else '<'} (${len(arguments) - 1}, ${len(arguments)})"
        )
    arguments.append(limit)
    direction = "ASC" if backwards else "DESC"
    rows = await tx.fetch(
        f"{_LIST} WHERE {' AND '.join(conditions)}"
        f" ORDER BY r.received_at {direction}, r.id {direction} LIMIT ${len(arguments)}",
        *arguments,
    )
    return [ReceiptRow(**dict(row)) for row in rows]


def _json(headers: dict[str, str]) -> str:
    return msgspec.json.encode(headers).decode()
