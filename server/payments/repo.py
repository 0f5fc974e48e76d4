"""Where are payments read and written? Always after the row of their order, and each end only from what leads to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from server.orders.snapshot import OrderHead
from server.payments.amounts import Bought
from server.payments.snapshot import PaymentRow
from storage.ids import new_id
from storage.transaction import Transaction

FIRST_PAUSE: Final = timedelta(seconds=30)
"""How long whoever wrote a row has it to themselves; longer than a call to a provider takes."""
LOOKS_AFTER_MINUTES: Final = 15
"""Without a webhook for so long, the provider is asked what became of a payment; and then again, ever more rarely."""

LONGEST_PAUSE: Final = timedelta(hours=1)

_COLUMNS: Final = ", ".join(
    "client::text AS client" if name == "client" else name for name in PaymentRow.__struct_fields__
)
_LINES: Final = """
SELECT id, sku, is_gift, quantity, gross, dropped FROM order_lines WHERE order_id = $1 ORDER BY position
"""
_SELECT: Final = f"SELECT {_COLUMNS} FROM payments"
_INSERT: Final = f"""
INSERT INTO payments (id, store_id, order_id, attempt, provider, method, amount, currency, return_url, next_try_at)
SELECT $1, $2, $3, coalesce(max(attempt), 0) + 1, $4, $5, $6, $7, $8, now() + $9::interval
  FROM payments WHERE order_id = $3
RETURNING {_COLUMNS}
"""
_INSERT_CASH: Final = """
INSERT INTO payments (id, store_id, order_id, attempt, provider, method, amount, currency, status, reference, captured)
SELECT $1, $2, $3, coalesce(max(attempt), 0) + 1, $4, $5, $6, $7, 'succeeded', $8, $6
  FROM payments WHERE order_id = $3
"""
# Whoever asked first wrote the answer; the money may have come before the answer did.
_STARTED: Final = f"""
UPDATE payments
   SET reference = $2, client = $3::jsonb, tries = 0,
       status = CASE WHEN status = 'created' THEN 'pending' ELSE status END,
       next_try_at = CASE WHEN void_wanted THEN now()
                          WHEN status IN ('created', 'pending')
                          THEN now() + interval '{LOOKS_AFTER_MINUTES} minutes' END
 WHERE id = $1 AND (reference IS NULL OR (reference = $2 AND client IS NULL))
RETURNING {_COLUMNS}
"""
_SUCCEEDED: Final = """
UPDATE payments
   SET status = 'succeeded', captured = amount, reference = coalesce(reference, $2), failure = NULL,
       void_wanted = false, next_try_at = NULL
 WHERE id = $1 AND status <> 'succeeded'
"""
_FAILED: Final = """
UPDATE payments SET status = 'failed', failure = $2, void_wanted = false, next_try_at = NULL
 WHERE id = $1 AND status IN ('created', 'pending')
"""
_VOIDED: Final = """
UPDATE payments SET status = 'voided', void_wanted = false, next_try_at = NULL
 WHERE id = $1 AND status IN ('created', 'pending') AND void_wanted
"""
_CANNOT_VOID: Final = """
UPDATE payments SET failure = $2, void_wanted = false, next_try_at = NULL WHERE id = $1 AND void_wanted
"""
_WANT_VOID: Final = """
UPDATE payments SET void_wanted = true, tries = 0, next_try_at = now()
 WHERE order_id = $1 AND status IN ('created', 'pending') AND NOT void_wanted
"""
_DOES_NOT_COUNT: Final = "UPDATE payments SET counts = false WHERE id = $1"
# The books of a payment: what is on its way back and what went back never exceed what came.
_MOVE_MONEY: Final = """
UPDATE payments SET refunding = refunding + $2, refunded = refunded + $3
 WHERE id = $1 AND refunding + $2 >= 0 AND refunding + refunded + $2 + $3 <= captured
"""
# The lease: whoever claims a row has it for its pause, and when they die it is simply due again.
PAUSE: Final = (
    "least(interval '30 seconds' * power(2, least({table}.tries, 16)), interval '1 hour') * (0.75 + random() / 2)"
)
_CLAIM: Final = f"""
WITH due AS MATERIALIZED (
    SELECT id FROM payments WHERE next_try_at <= now()
     ORDER BY next_try_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE payments p SET tries = p.tries + 1, next_try_at = now() + {PAUSE.format(table="p")}
  FROM due WHERE p.id = due.id
RETURNING p.id
"""
_POSTPONE: Final = "UPDATE payments SET next_try_at = now() + $2::interval WHERE id = $1 AND next_try_at IS NOT NULL"


async def lines_bought(tx: Transaction, order_id: UUID) -> list[Bought]:
    """The lines of an order as refunds see them, by position."""
    return [Bought(**dict(row)) for row in await tx.fetch(_LINES, order_id)]


async def of_order(tx: Transaction, order_id: UUID) -> list[PaymentRow]:
    """The payments of an order by attempt."""
    return [_payment(row) for row in await tx.fetch(f"{_SELECT} WHERE order_id = $1 ORDER BY attempt", order_id)]


async def find(tx: Transaction, payment_id: UUID) -> PaymentRow | None:
    """One payment, or None."""
    row = await tx.fetchrow(f"{_SELECT} WHERE id = $1", payment_id)
    return None if row is None else _payment(row)


async def read(tx: Transaction, payment_id: UUID) -> PaymentRow:
    """One payment that is there."""
    found = await find(tx, payment_id)
    assert found is not None
    return found


async def find_by_reference(tx: Transaction, provider: str, reference: str) -> PaymentRow | None:
    """The payment a provider calls so, or None."""
    row = await tx.fetchrow(f"{_SELECT} WHERE provider = $1 AND reference = $2", provider, reference)
    return None if row is None else _payment(row)


async def lock(tx: Transaction, payment_id: UUID) -> PaymentRow:
    """The payment, locked until the transaction ends; its order's row is locked already."""
    row = await tx.fetchrow(f"{_SELECT} WHERE id = $1 FOR NO KEY UPDATE", payment_id)
    assert row is not None
    return _payment(row)


async def insert(tx: Transaction, order: OrderHead, provider: str, amount: int, return_url: str | None) -> PaymentRow:
    """A new attempt, which nobody was asked for yet; should we die it is due after FIRST_PAUSE."""
    row = await tx.fetchrow(
        _INSERT, new_id(), tx.store_id, order.id, provider, order.payment_method, amount, order.currency, return_url,
        FIRST_PAUSE,
    )  # fmt: skip
    assert row is not None
    return _payment(row)


async def insert_cash(tx: Transaction, order: OrderHead, provider: str, amount: int) -> None:
    """Money that came at the door."""
    payment_id = new_id()
    await tx.execute(
        _INSERT_CASH, payment_id, tx.store_id, order.id, provider, order.payment_method, amount, order.currency,
        f"{provider}:{payment_id}",
    )  # fmt: skip


async def note_started(tx: Transaction, payment_id: UUID, reference: str, client: dict[str, str]) -> PaymentRow | None:
    """Write the provider's answer to a start; None when somebody else wrote it."""
    row = await tx.fetchrow(_STARTED, payment_id, reference, msgspec.json.encode(client).decode())
    return None if row is None else _payment(row)


async def succeed(tx: Transaction, payment_id: UUID, reference: str | None) -> bool:
    """The money came, in full; False when it had come before."""
    return await tx.execute(_SUCCEEDED, payment_id, reference) == 1


async def fail(tx: Transaction, payment_id: UUID, failure: str) -> bool:
    """The money will not come; False when it came, or the payment has ended."""
    return await tx.execute(_FAILED, payment_id, failure) == 1


async def note_voided(tx: Transaction, payment_id: UUID) -> bool:
    """The provider called it off; False when the money came meanwhile."""
    return await tx.execute(_VOIDED, payment_id) == 1


async def note_cannot_void(tx: Transaction, payment_id: UUID, failure: str) -> bool:
    """The provider will never call it off; should the money come, it goes back."""
    return await tx.execute(_CANNOT_VOID, payment_id, failure) == 1


async def want_void(tx: Transaction, order_id: UUID) -> int:
    """Have the open payments of an order called off; how many there are."""
    return await tx.execute(_WANT_VOID, order_id)


async def note_does_not_count(tx: Transaction, payment_id: UUID) -> None:
    """The money is not the order's."""
    await tx.execute(_DOES_NOT_COUNT, payment_id)


async def move_money(tx: Transaction, payment_id: UUID, *, refunding: int = 0, refunded: int = 0) -> bool:
    """Add to what is on its way back and to what went back; False when that exceeds what came."""
    return await tx.execute(_MOVE_MONEY, payment_id, refunding, refunded) == 1


async def claim(tx: Transaction, most: int) -> list[UUID]:
    """Payments with something to ask a provider for, at most so many; nobody else gets them for a while."""
    return [row["id"] for row in await tx.fetch(_CLAIM, most)]


async def postpone(tx: Transaction, payment_id: UUID, pause: timedelta) -> None:
    """Do not ask again before."""
    await tx.execute(_POSTPONE, payment_id, min(pause, LONGEST_PAUSE))


def _payment(row: asyncpg.Record) -> PaymentRow:
    values: dict[str, Any] = dict(row)
    client = values["client"]
    return PaymentRow(
        **{**values, "client": None if client is None else msgspec.json.decode(client, type=dict[str, str])}
    )
