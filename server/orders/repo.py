"""Where is the life of an order read and written? One row that is locked, its units, and a row for every step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from server.orders.snapshot import OrderHead, OrderUnits, TransitionRow
from storage.transaction import Transaction

_HEAD: Final = ", ".join(f"o.{name}" for name in OrderHead.__struct_fields__)
_UNITS: Final = ", ".join(OrderUnits.__struct_fields__)
_STEP: Final = ", ".join(name for name in TransitionRow.__struct_fields__ if name != "effects")

_LOCK: Final = f"SELECT {_HEAD} FROM orders o WHERE o.id = $1 FOR NO KEY UPDATE"
_LINES: Final = f"SELECT {_UNITS} FROM order_lines WHERE order_id = $1 ORDER BY position"
_APPROVED: Final = "SELECT EXISTS (SELECT FROM returns WHERE order_id = $1 AND status = 'approved')"
_STEP_OF_KEY: Final = f"""
SELECT {_STEP}, effects::text AS effects FROM order_transitions WHERE order_id = $1 AND event_key = $2
"""
# Compare and set: whoever read another version writes nothing. Times are those of the first time.
_MOVE: Final = """
UPDATE orders
   SET state = $3, version = version + 1, held = $4, captured = $5::bigint, refunded = $6::bigint,
       payment_attempts = $7,
       state_since = CASE WHEN state <> $3 THEN now() ELSE state_since END,
       deadline_at = CASE WHEN $8 THEN now() + $9::interval ELSE deadline_at END,
       deadline_event = CASE WHEN $8 THEN $10 ELSE deadline_event END,
       paid_at = CASE WHEN $3 = 'paid' OR ($5::bigint > 0 AND captured = 0) THEN coalesce(paid_at, now())
                      ELSE paid_at END,
       shipped_at = CASE WHEN $3 = 'shipped' THEN coalesce(shipped_at, now()) ELSE shipped_at END,
       delivered_at = CASE WHEN $3 = 'delivered' THEN coalesce(delivered_at, now()) ELSE delivered_at END,
       cancelled_at = CASE WHEN $3 = 'cancelled' THEN coalesce(cancelled_at, now()) ELSE cancelled_at END
 WHERE id = $1 AND version = $2
"""
_RECORD: Final = """
INSERT INTO order_transitions (id, store_id, order_id, seq, event, source, target, role, actor_kind, actor_id,
                               event_key, ruleset, effects, note)
SELECT $1, $2, $3, coalesce(max(seq), 0) + 1, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, $13
  FROM order_transitions WHERE order_id = $3
RETURNING seq
"""
_DROP: Final = (
    "UPDATE order_lines SET dropped = quantity - shipped WHERE order_id = $1 AND quantity > shipped + dropped"
)
_RESTOCKED: Final = """
UPDATE order_lines l SET restocked = l.restocked + w.units
  FROM unnest($2::uuid[], $3::integer[]) AS w (id, units)
 WHERE l.order_id = $1 AND l.id = w.id AND l.restocked + w.units <= l.quantity
"""
_ADD_MONEY: Final = """
UPDATE orders SET captured = captured + $2, refunded = refunded + $3,
       paid_at = CASE WHEN captured + $2 > 0 THEN coalesce(paid_at, now()) ELSE paid_at END
 WHERE id = $1 AND refunded + $3 <= captured + $2
"""
_BOUGHT: Final = """
INSERT INTO customer_totals AS t (store_id, user_id, orders_paid, spent)
VALUES ($1, $2, greatest($3, 0), greatest($4, 0))
    ON CONFLICT (store_id, user_id)
    DO UPDATE SET orders_paid = greatest(t.orders_paid + $3, 0), spent = greatest(t.spent + $4, 0)
"""
_SELLER: Final = """
INSERT INTO seller_entries (id, store_id, seller, order_id, reference, amount, commission, currency)
SELECT gen_random_uuid(), $1, e.seller, $2, $3, e.amount, e.commission, $4
  FROM unnest($5::text[], $6::bigint[], $7::bigint[]) AS e (seller, amount, commission)
    ON CONFLICT (store_id, order_id, reference, seller) DO NOTHING
"""
_DUE: Final = """
SELECT id, deadline_event FROM orders WHERE deadline_at <= now() ORDER BY deadline_at LIMIT $1
"""
_NO_DEADLINE: Final = """
UPDATE orders SET deadline_at = NULL, deadline_event = NULL
 WHERE id = $1 AND version = $2 AND deadline_event = $3 AND deadline_at <= now()
"""


async def lock(tx: Transaction, order_id: UUID) -> OrderHead | None:
    """The order, locked until the transaction ends; None when the store has none with this id."""
    row = await tx.fetchrow(_LOCK, order_id)
    return None if row is None else OrderHead(**dict(row))


async def units(tx: Transaction, order_id: UUID) -> list[OrderUnits]:
    """The lines by position."""
    return [OrderUnits(**dict(row)) for row in await tx.fetch(_LINES, order_id)]


async def group_of(tx: Transaction, user_id: UUID) -> str | None:
    """The customer group of a user."""
    found: str | None = await tx.fetchval("SELECT customer_group FROM users WHERE id = $1", user_id)
    return found


async def return_is_approved(tx: Transaction, order_id: UUID) -> bool:
    """Whether the return that is under way was approved."""
    return bool(await tx.fetchval(_APPROVED, order_id))


async def step_of(tx: Transaction, order_id: UUID, event_key: str) -> TransitionRow | None:
    """The step an event with this key made, when it happened already."""
    row = await tx.fetchrow(_STEP_OF_KEY, order_id, event_key)
    return None if row is None else step(row)


async def move(tx: Transaction, before: OrderHead, after: OrderHead, timer: tuple[timedelta, str] | None) -> bool:
    """Write the state and the money of an order; False when somebody else changed it since it was read.

    The deadline changes when the state does: to the new state's timer, or to none.
    """
    is_new = before.state != after.state
    lasting, event = timer or (None, None)
    return await tx.execute(
        _MOVE, before.id, before.version, after.state, after.held, after.captured, after.refunded,
        after.payment_attempts, is_new, lasting, event,
    ) == 1  # fmt: skip


async def record(tx: Transaction, step: TransitionRow, order_id: UUID) -> int:
    """Write a step; its number within the order."""
    return int(
        await tx.fetchval(
            _RECORD, step.id, tx.store_id, order_id, step.event, step.source, step.target, step.role, step.actor_kind,
            step.actor_id, step.event_key, step.ruleset, msgspec.json.encode(step.effects).decode(), step.note,
        )
    )  # fmt: skip


async def drop_rest(tx: Transaction, order_id: UUID) -> None:
    """Note that units which are still open will not be sent."""
    await tx.execute(_DROP, order_id)


async def note_restocked(tx: Transaction, order_id: UUID, counts: Mapping[UUID, int]) -> bool:
    """Note that units of lines are back on the shelf; False when there are not that many units."""
    return await tx.execute(_RESTOCKED, order_id, list(counts), list(counts.values())) == len(counts)


async def add_money(tx: Transaction, order: OrderHead, *, captured: int = 0, refunded: int = 0) -> bool:
    """Count money of an order that an effect, and not its event, brings, and what its customer has bought with it.

    False when more would have been given back than came. The order's row is locked.
    """
    if await tx.execute(_ADD_MONEY, order.id, captured, refunded) != 1:
        return False
    if order.user_id is not None:
        is_first = order.captured == 0 < captured
        await note_bought(tx, order.user_id, int(is_first), captured - refunded)
    return True


async def note_bought(tx: Transaction, user_id: UUID, orders: int, spent: int) -> None:
    """Add to what a customer has bought so far; negative numbers take away."""
    await tx.execute(_BOUGHT, tx.store_id, user_id, orders, spent)


async def book_sellers(
    tx: Transaction, order: OrderHead, reference: str, entries: Sequence[tuple[str, int, int]]
) -> None:
    """Entries (seller, amount, commission) of the sellers' ledger; a reference is booked once."""
    sellers, amounts, commissions = zip(*entries, strict=True)
    await tx.execute(
        _SELLER, tx.store_id, order.id, reference, order.currency, list(sellers), list(amounts), list(commissions)
    )


async def due(tx: Transaction, most: int) -> list[tuple[UUID, str]]:
    """Orders whose deadline has passed, with the event it brings, the oldest first."""
    return [(row["id"], row["deadline_event"]) for row in await tx.fetch(_DUE, most)]


async def clear_deadline(tx: Transaction, order: OrderHead, event: str) -> bool:
    """Forget a deadline that has passed; False when it is another one by now."""
    return await tx.execute(_NO_DEADLINE, order.id, order.version, event) == 1


def step(row: asyncpg.Record) -> TransitionRow:
    """A row of order_transitions with its effects as text."""
    values: dict[str, Any] = dict(row)
    values["effects"] = tuple(msgspec.json.decode(values["effects"], type=list[str]))
    return TransitionRow(**values)
