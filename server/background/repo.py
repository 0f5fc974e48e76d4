"""Where is read which work is due? One statement for all stores that are open, and for the outbox they share."""

from __future__ import annotations

from typing import Final

import msgspec

from notifications.outbox import ENTRYPOINT
from storage.database import Database

SPREAD: Final = "spread"
"""The one kind of work that is due in all stores together: the outbox, which names no store, is waited for in order."""

# As one value, so that it takes one round trip, outside of any transaction. The oldest first: nobody waits for ever.
_DUE_WORK: Final = f"""
SELECT coalesce(json_agg(json_build_object('store_slug', d.slug, 'kind', d.kind, 'late_seconds',
                                           extract(epoch FROM now() - d.due_since)) ORDER BY d.due_since), '[]')::text
  FROM (SELECT s.slug, w.kind, w.due_since
          FROM stores_with_due_work() w
          JOIN stores s ON s.id = w.store_id AND s.status = 'active'
        UNION ALL
        (SELECT '', '{SPREAD}', q.created FROM pgqueuer q
          WHERE q.entrypoint = '{ENTRYPOINT}' AND q.status = 'queued' ORDER BY q.priority DESC, q.id LIMIT 1)) d
"""


class DueWork(msgspec.Struct, frozen=True):
    """A kind of work that is due in a store, the oldest of it since so many seconds. Of SPREAD the slug is empty."""

    store_slug: str
    kind: str
    late_seconds: float


async def due_work(database: Database) -> list[DueWork]:
    """What is due now, by the database's clock, the oldest first. Raises DatabaseUnavailable."""
    return msgspec.json.decode(await database.fetchval(_DUE_WORK), type=list[DueWork])
