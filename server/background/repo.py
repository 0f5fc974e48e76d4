"""Where is read which work is due? One statement for all stores that are open."""

from __future__ import annotations

from typing import Final

import msgspec

from storage.database import Database

# As one value, so that it takes one round trip, outside of any transaction. The oldest first: nobody waits for ever.
_DUE_WORK: Final = """
SELECT coalesce(json_agg(json_build_object('store_slug', s.slug, 'kind', d.kind, 'late_seconds',
                                           extract(epoch FROM now() - d.due_since)) ORDER BY d.due_since), '[]')::text
  FROM stores_with_due_work() d
  JOIN stores s ON s.id = d.store_id AND s.status = 'active'
"""


class DueWork(msgspec.Struct, frozen=True):
    """A kind of work that is due in a store, the oldest of it since so many seconds."""

    store_slug: str
    kind: str
    late_seconds: float


async def due_work(database: Database) -> list[DueWork]:
    """What is due now, by the database's clock, the oldest first. Raises DatabaseUnavailable."""
    return msgspec.json.decode(await database.fetchval(_DUE_WORK), type=list[DueWork])
