"""Where are timers of orders claimed, and put off?"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from server.orders.history_repo import HEAD
from server.orders.snapshot import OrderHead
from storage.transaction import Transaction

_CLAIM: Final = f"""
SELECT {HEAD} FROM orders o
 WHERE o.id = $1 AND o.deadline_event = $2 AND o.deadline_at <= now()
   FOR NO KEY UPDATE SKIP LOCKED
"""
_PUT_OFF: Final = """
UPDATE orders
   SET deadline_at = now() + $3::interval, deadline_event = CASE WHEN $3::interval IS NULL THEN NULL ELSE $2 END
 WHERE id = $1 AND deadline_event = $2 AND deadline_at <= now()
"""


async def claim(tx: Transaction, order_id: UUID, event: str) -> OrderHead | None:
    """The order, locked, if this timer of it is over and nobody else is at it."""
    row = await tx.fetchrow(_CLAIM, order_id, event)
    return None if row is None else OrderHead(**dict(row))


async def put_off(tx: Transaction, order_id: UUID, event: str, later: timedelta | None) -> bool:
    """Let a timer that is over go off later, or never (None); False when it is another one by now."""
    return await tx.execute(_PUT_OFF, order_id, event, later) == 1
