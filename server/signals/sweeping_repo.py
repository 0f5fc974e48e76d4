"""Which firings are old enough to be forgotten? By the database's clock, in small batches."""

from __future__ import annotations

from typing import Final

from server.settings import Settings
from storage.transaction import Transaction

_FORGET: Final = """
WITH old AS MATERIALIZED (
    SELECT id FROM signal_firings WHERE fired_at < now() - make_interval(days => $2)
     ORDER BY fired_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
DELETE FROM signal_firings f USING old WHERE f.id = old.id
"""


async def forget_firings(settings: Settings, tx: Transaction, most: int) -> int:
    """Forget at most so many firings that are as old as the events that made them; how many."""
    return await tx.execute(_FORGET, most, settings.events_days)
