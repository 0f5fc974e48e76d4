"""Where are the codes that orders are confirmed by, and how often were they sent and tried? One statement each."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from storage.transaction import Transaction

_TODAY: Final = """(SELECT coalesce(sum(c.sent), 0) FROM order_codes c
    WHERE c.phone = {} AND c.sent_at > now() - interval '1 day')"""
_ADD: Final = f"""
INSERT INTO order_codes (store_id, order_id, phone, code, expires_at)
SELECT $1, $2, $3, $4, $5 WHERE {_TODAY.format("$3")} < $6
"""
_RENEW: Final = f"""
UPDATE order_codes o SET code = $2, expires_at = $3, tries = 0, sent = o.sent + 1, sent_at = now()
 WHERE o.order_id = $1 AND o.confirmed_at IS NULL AND {_TODAY.format("o.phone")} < $4
"""
_FIND: Final = "SELECT phone, code, expires_at, tries, sent, sent_at, confirmed_at FROM order_codes WHERE order_id = $1"
_TRY: Final = "UPDATE order_codes SET tries = tries + 1 WHERE order_id = $1"
_CONFIRM: Final = "UPDATE order_codes SET confirmed_at = now() WHERE order_id = $1 AND confirmed_at IS NULL"


class OrderCode(msgspec.Struct, frozen=True, kw_only=True):
    """The code of an order, as its table has it. `code` is signed; `tries` are those that were wrong."""

    phone: str
    code: str
    expires_at: datetime
    tries: int
    sent: int
    sent_at: datetime
    confirmed_at: datetime | None


async def add(tx: Transaction, order_id: UUID, phone: str, code: str, expires_at: datetime, most_a_day: int) -> bool:
    """The first code of an order; False when the number was sent as many as it may be, of all orders together."""
    return await tx.execute(_ADD, tx.store_id, order_id, phone, code, expires_at, most_a_day) == 1


async def renew(tx: Transaction, order_id: UUID, code: str, expires_at: datetime, most_a_day: int) -> bool:
    """Another code in its place; False as for `add`."""
    return await tx.execute(_RENEW, order_id, code, expires_at, most_a_day) == 1


async def find(tx: Transaction, order_id: UUID) -> OrderCode | None:
    """The code of the order, which is locked; None when it needs none."""
    row = await tx.fetchrow(_FIND, order_id)
    return None if row is None else OrderCode(**dict(row))


async def count_try(tx: Transaction, order_id: UUID) -> None:
    """One more that was wrong."""
    await tx.execute(_TRY, order_id)


async def mark_confirmed(tx: Transaction, order_id: UUID) -> bool:
    """The number is the customer's; False when that is known."""
    return await tx.execute(_CONFIRM, order_id) == 1
