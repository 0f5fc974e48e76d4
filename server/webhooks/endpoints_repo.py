"""Where is kept which addresses a store sends events to?"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from server.webhooks.letter import ALL
from storage.transaction import Transaction

_FIELDS: Final = """
e.id, e.url, e.events, e.description, e.is_active, e.secret, e.old_secret, e.old_secret_until, e.failing_since,
e.switched_off_at, e.switched_off_because, e.created_at, e.updated_at
"""
_LISTED: Final = f"""
SELECT {_FIELDS}, count(d.id) FILTER (WHERE d.state = 'due') AS waiting,
       count(d.id) FILTER (WHERE d.state = 'dead') AS dead
  FROM webhook_endpoints e
  LEFT JOIN webhook_deliveries d ON d.store_id = e.store_id AND d.endpoint_id = e.id AND d.state IN ('due', 'dead')
 WHERE $1::uuid IS NULL OR e.id = $1
 GROUP BY e.id ORDER BY e.created_at, e.id
"""
# Those who add one at the same time wait for each other, so that there are not too many in the end.
_TAKE_TURN: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 52))"
_INSERT: Final = """
INSERT INTO webhook_endpoints (id, store_id, url, events, description, is_active, secret)
SELECT $1, $2, $3, $4, $5, $6, $7 WHERE (SELECT count(*) FROM webhook_endpoints) < $8
"""
# Switched on again it starts afresh; switched off by hand it needs no reason.
_UPDATE: Final = """
UPDATE webhook_endpoints e
   SET url = $2, events = $3, description = $4, is_active = $5,
       failing_since = CASE WHEN e.url = $2 AND e.is_active = $5 THEN e.failing_since END,
       switched_off_at = CASE WHEN NOT $5 THEN e.switched_off_at END,
       switched_off_because = CASE WHEN NOT $5 THEN e.switched_off_because END
 WHERE e.id = $1
"""
_ROTATE: Final = """
UPDATE webhook_endpoints
   SET secret = $2, old_secret = CASE WHEN $3::interval > interval '0' THEN secret END,
       old_secret_until = CASE WHEN $3 > interval '0' THEN now() + $3 END
 WHERE id = $1
"""
# Only what is still there: it may have been rotated meanwhile.
_RESEAL: Final = """
UPDATE webhook_endpoints
   SET secret = CASE WHEN secret = $2 THEN $3 ELSE secret END,
       old_secret = CASE WHEN old_secret = $2 THEN $3 ELSE old_secret END
 WHERE id = $1 AND (secret = $2 OR old_secret = $2)
"""
_SWITCH_OFF: Final = """
UPDATE webhook_endpoints SET is_active = false, switched_off_at = now(), switched_off_because = $2
 WHERE id = $1 AND is_active
"""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An address, what it wants to hear of, and how it gets on. Secrets are encrypted.

    `waiting` is how many deliveries are still to be sent, `dead` how many are given up.
    """

    id: UUID
    url: str
    events: list[str]
    description: str
    is_active: bool
    secret: str
    old_secret: str | None
    old_secret_until: datetime | None
    failing_since: datetime | None
    switched_off_at: datetime | None
    switched_off_because: str | None
    created_at: datetime
    updated_at: datetime
    waiting: int
    dead: int


async def endpoints(tx: Transaction) -> list[Endpoint]:
    """All of the store, the oldest first."""
    return [Endpoint(**dict(row)) for row in await tx.fetch(_LISTED, None)]


async def endpoint(tx: Transaction, endpoint_id: UUID) -> Endpoint | None:
    """One of them."""
    row = await tx.fetchrow(_LISTED, endpoint_id)
    return None if row is None else Endpoint(**dict(row))


async def insert(
    tx: Transaction, endpoint_id: UUID, *, url: str, events: list[str], description: str, is_active: bool, secret: str,
    most: int,
) -> bool:  # fmt: skip
    """Add one; False when the store has as many as that already."""
    await tx.execute(_TAKE_TURN, tx.store_id)
    written = (endpoint_id, tx.store_id, url, events, description, is_active, secret)
    return await tx.execute(_INSERT, *written, most) == 1


async def update(
    tx: Transaction, endpoint_id: UUID, *, url: str, events: list[str], description: str, is_active: bool
) -> bool:
    """Change it; False when it is gone."""
    return await tx.execute(_UPDATE, endpoint_id, url, events, description, is_active) == 1


async def delete(tx: Transaction, endpoint_id: UUID) -> bool:
    """Delete it with all its deliveries; False when it is gone."""
    return await tx.execute("DELETE FROM webhook_endpoints WHERE id = $1", endpoint_id) == 1


async def rotate(tx: Transaction, endpoint_id: UUID, secret: str, old_counts_for: timedelta) -> bool:
    """Sign with this secret from now on, and with the one before for so long; False when it is gone."""
    return await tx.execute(_ROTATE, endpoint_id, secret, old_counts_for) == 1


async def reseal(tx: Transaction, endpoint_id: UUID, sealed: str, anew: str) -> bool:
    """Keep a secret under another key; False when it is not there any more."""
    return await tx.execute(_RESEAL, endpoint_id, sealed, anew) == 1


async def switch_off(tx: Transaction, endpoint_id: UUID, because: str) -> bool:
    """Send nothing there any more; False when it was off already."""
    return await tx.execute(_SWITCH_OFF, endpoint_id, because) == 1


async def wanted_names(tx: Transaction, happened: Collection[str]) -> set[str]:
    """Which of these events some endpoint of the store wants."""
    rows = await tx.fetch("SELECT DISTINCT unnest(events) AS name FROM webhook_endpoints WHERE is_active")
    names = {row["name"] for row in rows}
    return set(happened) if ALL in names else names.intersection(happened)
