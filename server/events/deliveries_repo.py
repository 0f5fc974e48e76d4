"""Where is kept what each handler has to do because of events? Taken by lease, and ended by whoever took it last."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from storage.transaction import Transaction

# Only the first of its aggregate is taken: the others wait until that has ended. One that was begun often and never
# ended, which may be what kills the workers, is taken alone, so that no other is counted up along with it.
# Nobody waits until the disk has it: after an accident of PostgreSQL itself nothing was begun, and it is taken again.
# The LIMIT 1s keep PostgreSQL from joining whole tables, which it does after a rush that it has no statistics of yet.
_CLAIM: Final = """
WITH ready AS MATERIALIZED (
    SELECT d.event_id, d.handler, d.attempts, d.next_try_at, d.position
      FROM (SELECT set_config('synchronous_commit', 'off', true)) AS at_once, event_deliveries d
     WHERE d.state = 'due' AND d.next_try_at <= now() AND d.handler = ANY($1::text[])
       AND (SELECT true FROM event_deliveries e
             WHERE e.store_id = d.store_id AND e.handler = d.handler AND e.aggregate = d.aggregate
               AND e.state = 'due' AND e.position < d.position LIMIT 1) IS NULL
     ORDER BY d.next_try_at, d.position
     LIMIT $2
       FOR NO KEY UPDATE OF d SKIP LOCKED
), ranked AS (
    SELECT r.*, row_number() OVER earliest AS rank, first_value(r.attempts) OVER earliest >= $3 AS is_alone
      FROM ready r WINDOW earliest AS (ORDER BY r.next_try_at, r.position, r.handler)
), mine AS (
    UPDATE event_deliveries d SET attempts = d.attempts + 1, next_try_at = now() + $4::interval
      FROM ranked r
     WHERE d.event_id = r.event_id AND d.handler = r.handler
       AND CASE WHEN r.is_alone THEN r.rank = 1 ELSE r.attempts < $3 END
    RETURNING d.event_id, d.handler, d.attempts, d.position
)
SELECT m.event_id, m.handler, m.attempts, e.kind, e.name, e.version, e.payload::text AS payload, e.occurred_at
  FROM mine m CROSS JOIN LATERAL (SELECT * FROM events e WHERE e.id = m.event_id LIMIT 1) e
 ORDER BY m.position, m.handler
"""
# What nobody here can begin must not look due: it would be looked at again and again, in place of what can be begun.
# One behind another that rests is due again with it; one of a handler that this program does not know, in a while.
_REST: Final = """
WITH stuck AS MATERIALIZED (
    SELECT d.event_id, d.handler,
           CASE WHEN d.handler <> ALL ($1::text[]) THEN now() + $2::interval
                ELSE (SELECT max(e.next_try_at) FROM event_deliveries e
                       WHERE e.store_id = d.store_id AND e.handler = d.handler AND e.aggregate = d.aggregate
                         AND e.state = 'due' AND e.position < d.position AND e.last_error IS NOT NULL)
            END AS until
      FROM event_deliveries d
     WHERE d.state = 'due' AND d.next_try_at <= now()
     ORDER BY d.next_try_at, d.position
     LIMIT 1000
       FOR NO KEY UPDATE OF d SKIP LOCKED
)
UPDATE event_deliveries d SET next_try_at = s.until
  FROM stuck s WHERE d.event_id = s.event_id AND d.handler = s.handler AND s.until > now()
"""
# Whoever lost its lease finds more attempts than its own, or that it has ended.
_OURS: Final = "event_id = $1 AND handler = $2 AND attempts = $3 AND state = 'due'"
_DONE: Final = f"""
UPDATE event_deliveries SET state = 'done', next_try_at = NULL, last_error = NULL, ended_at = now()
 WHERE {_OURS} RETURNING ended_at
"""
_FAILED: Final = f"UPDATE event_deliveries SET last_error = $4, next_try_at = now() + $5::interval WHERE {_OURS}"
_DEAD: Final = f"""
UPDATE event_deliveries SET state = 'dead', next_try_at = NULL, last_error = $4, ended_at = now()
 WHERE {_OURS}
"""
# Held first: two that end at the same moment would each take the other for not ended.
_HOLD: Final = "SELECT FROM events WHERE id = $1 FOR NO KEY UPDATE"
_FORGET: Final = """
UPDATE events e SET payload = e.payload || $2::jsonb
 WHERE e.id = $1 AND NOT EXISTS (
       SELECT FROM event_deliveries d WHERE d.event_id = e.id AND d.state IN ('due', 'dead'))
"""


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """An event for one handler, in our hands for as long as the lease; `attempts` counts this one too."""

    event_id: UUID
    handler: str
    attempts: int
    kind: str
    name: str
    version: int
    payload: str
    occurred_at: datetime


async def claim(
    tx: Transaction, handlers: Collection[str], *, most: int, alone_from: int, lease: timedelta
) -> list[Claimed]:
    """What is due for these handlers, the longest due first, at most so many; counted as begun.

    With `alone_from` attempts behind it one is claimed alone.
    """
    rows = await tx.fetch(_CLAIM, list(handlers), most, alone_from, lease)
    return [Claimed(**dict(row)) for row in rows]


async def rest(tx: Transaction, handlers: Collection[str], of_others: timedelta) -> int:
    """Put off what is due and cannot be begun: behind one that failed, or, for so long, of a handler of others."""
    return await tx.execute(_REST, list(handlers), of_others)


async def end(tx: Transaction, claimed: Claimed) -> datetime | None:
    """Note that the handler is done; the instant of the transaction, None when the delivery is no longer ours."""
    ended_at: datetime | None = await tx.fetchval(_DONE, claimed.event_id, claimed.handler, claimed.attempts)
    if ended_at is not None:
        tx.learn_now(ended_at)
    return ended_at


async def put_off(tx: Transaction, claimed: Claimed, reason: str, pause: timedelta) -> bool:
    """Have it tried again after so long; False when it is no longer ours."""
    return await tx.execute(_FAILED, claimed.event_id, claimed.handler, claimed.attempts, reason, pause) == 1


async def give_up(tx: Transaction, claimed: Claimed, reason: str) -> bool:
    """Leave it to an operator. False when it is no longer ours."""
    return await tx.execute(_DEAD, claimed.event_id, claimed.handler, claimed.attempts, reason) == 1


async def forget(tx: Transaction, event_id: UUID, fields: str) -> bool:
    """Put these fields (JSON) in place of what the event says, if nobody has to be told of it any more."""
    await tx.execute(_HOLD, event_id)
    return await tx.execute(_FORGET, event_id, fields) == 1
