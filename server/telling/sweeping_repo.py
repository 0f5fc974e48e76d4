"""Which messages are old enough to be forgotten? By the database's clock, in small batches."""

from __future__ import annotations

from typing import Final

from server.settings import Settings
from storage.transaction import Transaction

_FORGET_MESSAGES: Final = """
WITH old AS MATERIALIZED (
    SELECT id FROM messages WHERE created_at < now() - make_interval(days => $2) AND state <> 'waiting'
     ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
DELETE FROM messages m USING old WHERE m.id = old.id
"""
_FORGET_LIMITS: Final = """
WITH old AS MATERIALIZED (
    SELECT key FROM notice_limits WHERE free_at <= now() ORDER BY free_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
DELETE FROM notice_limits l USING old WHERE l.key = old.key
"""


async def forget_messages(settings: Settings, tx: Transaction, most: int) -> int:
    """Forget at most so many messages that are as old as events become, and that do not wait; how many."""
    return await tx.execute(_FORGET_MESSAGES, most, settings.events_days)


async def forget_limits(tx: Transaction, most: int) -> int:
    """Forget at most so many notices that may be given again; how many."""
    return await tx.execute(_FORGET_LIMITS, most)
