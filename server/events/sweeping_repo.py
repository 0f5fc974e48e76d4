"""Which events are old enough to be forgotten? By the database's clock, in small batches."""

from __future__ import annotations

from typing import Final

from server.settings import Settings
from storage.transaction import Transaction

DELIVERIES_DAYS: Final = 30
"""For how many days is kept who was given an event; those that are dead are kept as long as the event."""

_FORGET_DELIVERIES: Final = f"""
WITH old AS MATERIALIZED (
    SELECT event_id, handler FROM event_deliveries
     WHERE ended_at < now() - interval '{DELIVERIES_DAYS} days' AND state <> 'dead'
     ORDER BY ended_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
DELETE FROM event_deliveries d USING old WHERE d.event_id = old.event_id AND d.handler = old.handler
"""
_FORGET_EVENTS: Final = """
WITH old AS MATERIALIZED (
    SELECT e.id FROM events e
     WHERE e.occurred_at < now() - make_interval(days => $2)
       AND NOT EXISTS (SELECT FROM event_deliveries d WHERE d.event_id = e.id AND d.state = 'due')
     ORDER BY e.occurred_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
DELETE FROM events e USING old WHERE e.id = old.id
"""


async def forget_deliveries(tx: Transaction, most: int) -> int:
    """Forget at most so many deliveries that ended long ago; how many."""
    return await tx.execute(_FORGET_DELIVERIES, most)


async def forget_events(settings: Settings, tx: Transaction, most: int) -> int:
    """Forget at most so many events that are older than `events_days`, and that nobody waits for; how many."""
    return await tx.execute(_FORGET_EVENTS, most, settings.events_days)
