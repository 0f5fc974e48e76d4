"""Where is kept what each endpoint is to be told? Taken by lease, and ended by whoever took it last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from server.web.public_client import Outcome
from server.webhooks.letter import ALL
from storage.conditions import Conditions
from storage.pages import TimeWindow
from storage.transaction import Transaction

# An event is told to each endpoint once, however often it comes.
_OWE: Final = f"""
INSERT INTO webhook_deliveries (id, store_id, endpoint_id, event_id, event, body, occurred_at)
SELECT gen_random_uuid(), e.store_id, e.id, $1, $2, $3, $4
  FROM webhook_endpoints e WHERE e.is_active AND e.events && ARRAY[$2, '{ALL}']
ON CONFLICT (store_id, endpoint_id, event_id) DO NOTHING
"""
# Of each endpoint as many as it has room for: what it is sent already, `$1` and `$2`, takes room, and one that does not
# take what it is sent has room for one. So none of them can hold up the others.
_CLAIM: Final = """
WITH mine AS MATERIALIZED (
    SELECT d.id, e.url, e.secret, CASE WHEN e.old_secret_until > now() THEN e.old_secret END AS old_secret
      FROM webhook_endpoints e
      LEFT JOIN unnest($1::uuid[], $2::int[]) AS busy (endpoint_id, count) ON busy.endpoint_id = e.id
     CROSS JOIN LATERAL (
        SELECT w.id, w.next_try_at FROM webhook_deliveries w
         WHERE w.store_id = e.store_id AND w.endpoint_id = e.id AND w.state = 'due' AND w.next_try_at <= now()
         ORDER BY w.next_try_at, w.occurred_at, w.id
         LIMIT greatest(0, CASE WHEN e.failing_since IS NULL THEN $3 ELSE 1 END - coalesce(busy.count, 0))
           FOR NO KEY UPDATE OF w SKIP LOCKED) d
     WHERE e.is_active
     ORDER BY d.next_try_at
     LIMIT $4
)
UPDATE webhook_deliveries w SET attempts = w.attempts + 1, next_try_at = now() + $5::interval, tried_at = now()
  FROM mine m WHERE w.id = m.id
RETURNING w.id, w.endpoint_id, w.event_id, w.event, w.body, w.attempts, m.url, m.secret, m.old_secret, now() AS now
"""
# Whoever lost its lease finds more attempts than its own, or that it has ended.
_OURS: Final = "id = $1 AND attempts = $2 AND state = 'due'"
_OUTCOME: Final = "status = $3, milliseconds = $4, answer = $5, error = $6"
_DELIVERED: Final = f"""
WITH noted AS (
    UPDATE webhook_deliveries SET state = 'delivered', next_try_at = NULL, ended_at = now(), {_OUTCOME}
     WHERE {_OURS} RETURNING endpoint_id
), well AS (
    UPDATE webhook_endpoints e SET failing_since = NULL FROM noted n
     WHERE e.id = n.endpoint_id AND e.failing_since IS NOT NULL
)
SELECT count(*) FROM noted
"""
_FAILED: Final = f"""
WITH noted AS (
    UPDATE webhook_deliveries
       SET state = CASE WHEN $7::interval IS NULL THEN 'dead' ELSE 'due' END, next_try_at = now() + $7::interval,
           ended_at = CASE WHEN $7::interval IS NULL THEN now() END, {_OUTCOME}
     WHERE {_OURS} RETURNING endpoint_id
)
UPDATE webhook_endpoints e SET failing_since = coalesce(e.failing_since, now()) FROM noted n WHERE e.id = n.endpoint_id
RETURNING e.is_active AND e.failing_since <= now() - $8::interval
"""
_DROP_DUE: Final = """
UPDATE webhook_deliveries SET state = 'dead', next_try_at = NULL, ended_at = now(), error = $2
 WHERE endpoint_id = $1 AND state = 'due'
"""
_TESTED: Final = """
INSERT INTO webhook_deliveries
    (id, store_id, endpoint_id, event_id, event, body, occurred_at, state, attempts, next_try_at, tried_at, status,
     milliseconds, answer, error, ended_at)
SELECT $1, e.store_id, e.id, $3, $4, $5, $6, $7, 1, NULL, $6, $8, $9, $10, $11, now()
  FROM webhook_endpoints e WHERE e.id = $2
"""
_LOGGED: Final = """
id, event_id, event, occurred_at, state, attempts, next_try_at, tried_at, status, milliseconds, answer, error, ended_at,
created_at
"""
_AGAIN: Final = "state = 'due', attempts = 0, next_try_at = now(), ended_at = NULL"
_RETRY: Final = f"UPDATE webhook_deliveries SET {_AGAIN} WHERE endpoint_id = $1 AND id = $2 RETURNING {_LOGGED}"
_RETRY_DEAD: Final = f"""
UPDATE webhook_deliveries SET {_AGAIN}
 WHERE id IN (SELECT id FROM webhook_deliveries WHERE endpoint_id = $1 AND state = 'dead'
               ORDER BY occurred_at, id LIMIT $2 FOR NO KEY UPDATE)
"""
_FORGET: Final = """
DELETE FROM webhook_deliveries
 WHERE id IN (SELECT id FROM webhook_deliveries WHERE ended_at < now() - interval '30 days'
               ORDER BY ended_at LIMIT $1 FOR UPDATE SKIP LOCKED)
"""


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """Something to send, in our hands for as long as the lease; `attempts` counts this one too. Secrets are encrypted.

    `now` is the database's clock.
    """

    id: UUID
    endpoint_id: UUID
    event_id: UUID
    event: str
    body: str
    attempts: int
    url: str
    secret: str
    old_secret: str | None
    now: datetime


class Logged(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery as its log shows it, with what the last try brought; `answer` is how the answer began."""

    id: UUID
    event_id: UUID
    event: str
    occurred_at: datetime
    state: str
    attempts: int
    next_try_at: datetime | None
    tried_at: datetime | None
    status: int | None
    milliseconds: int | None
    answer: str | None
    error: str | None
    ended_at: datetime | None
    created_at: datetime


async def owe(tx: Transaction, event_id: UUID, event: str, body: str, occurred_at: datetime) -> int:
    """Have every endpoint that wants the event told of it; how many."""
    return await tx.execute(_OWE, event_id, event, body, occurred_at)


async def claim(
    tx: Transaction, busy: Mapping[UUID, int], *, per_endpoint: int, most: int, lease: timedelta
) -> list[Claimed]:
    """What is due, counted as begun: at most so many of an endpoint, less those it is sent already, and in all."""
    rows = await tx.fetch(_CLAIM, list(busy), list(busy.values()), per_endpoint, most, lease)
    return [Claimed(**dict(row)) for row in rows]


async def delivered(tx: Transaction, claimed: Claimed, outcome: Outcome) -> bool:
    """Note that it was taken; False when it is no longer ours."""
    return int(await tx.fetchval(_DELIVERED, claimed.id, claimed.attempts, *_told(outcome))) == 1


async def failed(
    tx: Transaction, claimed: Claimed, outcome: Outcome, pause: timedelta | None, patience: timedelta
) -> bool | None:
    """Have it sent again after a pause, or (None) give it up. Whether its endpoint has taken nothing for so long.

    None when it is no longer ours.
    """
    found: bool | None = await tx.fetchval(_FAILED, claimed.id, claimed.attempts, *_told(outcome), pause, patience)
    return found


async def drop_due(tx: Transaction, endpoint_id: UUID, reason: str) -> int:
    """Give up all that the endpoint was to be sent; how many."""
    return await tx.execute(_DROP_DUE, endpoint_id, reason)


async def tested(
    tx: Transaction, endpoint_id: UUID, delivery_id: UUID, event: tuple[UUID, str, str], now: datetime, outcome: Outcome
) -> bool:
    """Log a test: the id, name and body of what was sent. False when the endpoint is gone."""
    state = "delivered" if outcome.is_taken else "dead"
    return await tx.execute(_TESTED, delivery_id, endpoint_id, *event, now, state, *_told(outcome)) == 1


async def log(
    tx: Transaction, endpoint_id: UUID, *, state: str | None, event: str | None, window: TimeWindow
) -> list[Logged]:
    """Deliveries of an endpoint, the newest first; None lets every one pass."""
    wanted = Conditions()
    wanted.add("endpoint_id = {}", endpoint_id)
    wanted.add("state = {}", state)
    wanted.add("event = {}", event)
    if window.beyond is not None:
        wanted.all(f"(created_at, id) {window.sign} ({{}}, {{}})", *window.beyond)
    sql = (
        f"SELECT {_LOGGED} FROM webhook_deliveries WHERE {wanted.sql}"
        f" ORDER BY created_at {window.order}, id {window.order} LIMIT {wanted.parameter(window.most)}"
    )
    return [Logged(**dict(row)) for row in await tx.fetch(sql, *wanted.values)]


async def retry(tx: Transaction, endpoint_id: UUID, delivery_id: UUID) -> Logged | None:
    """Have it sent at once, as often as a new one, whatever became of it; None when there is none of that id."""
    row = await tx.fetchrow(_RETRY, endpoint_id, delivery_id)
    return None if row is None else Logged(**dict(row))


async def retry_dead(tx: Transaction, endpoint_id: UUID, most: int) -> int:
    """Have those that were given up sent at once, the oldest first; how many."""
    return await tx.execute(_RETRY_DEAD, endpoint_id, most)


async def forget(tx: Transaction, most: int) -> int:
    """Forget what ended 30 days ago; how many."""
    return await tx.execute(_FORGET, most)


def _told(outcome: Outcome) -> tuple[int | None, int, str | None, str | None]:
    return outcome.status, outcome.milliseconds, None if outcome.status is None else outcome.body, outcome.error
