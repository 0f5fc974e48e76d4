"""Which marks no longer tell who somebody is? Devices not seen for long, by the database's clock, in small batches."""

from __future__ import annotations

from typing import Final

from server.referrals.invites_repo import DEVICE_DAYS
from storage.transaction import Transaction

_FORGET: Final = """
WITH old AS MATERIALIZED (
    SELECT user_id, kind, mark FROM customer_marks
     WHERE kind = 'device' AND seen_at < now() - make_interval(days => $2)
     ORDER BY seen_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
DELETE FROM customer_marks m USING old WHERE m.user_id = old.user_id AND m.kind = old.kind AND m.mark = old.mark
"""


async def forget_devices(tx: Transaction, most: int) -> int:
    """Forget at most so many devices that count no more; how many."""
    return await tx.execute(_FORGET, most, DEVICE_DAYS)
