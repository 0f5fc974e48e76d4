"""Where do people read what happened and who was told, and where do they have it told again, or no more?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from storage.conditions import Conditions
from storage.pages import Window
from storage.transaction import Transaction

MOST_AT_ONCE: Final = 10_000
"""Deliveries changed by one request."""

_EVENT: Final = "e.id, e.position, e.kind, e.name, e.version, e.aggregate, e.occurred_at, e.payload::text AS payload"
_DELIVERY: Final = """
d.event_id, e.name, e.occurred_at, d.handler, d.state, d.attempts, d.next_try_at, d.ended_at, d.last_error, d.position
"""
_DETAIL: Final = f"SELECT {_EVENT} FROM events e WHERE e.id = $1"
_OF_EVENT: Final = f"""
SELECT {_DELIVERY} FROM event_deliveries d JOIN events e ON e.id = d.event_id WHERE d.event_id = $1 ORDER BY d.handler
"""
_HANDLERS: Final = """
SELECT d.handler, count(*) FILTER (WHERE d.state = 'due') AS due,
       min(e.occurred_at) FILTER (WHERE d.state = 'due') AS oldest_due_at,
       extract(epoch FROM now() - min(e.occurred_at) FILTER (WHERE d.state = 'due'))::float8 AS oldest_due_seconds,
       count(*) FILTER (WHERE d.state = 'dead') AS dead,
       min(e.occurred_at) FILTER (WHERE d.state = 'dead') AS oldest_dead_at
  FROM event_deliveries d JOIN events e ON e.id = d.event_id
 WHERE d.state IN ('due', 'dead')
 GROUP BY d.handler ORDER BY d.handler
"""
_HAPPENED: Final = """
SELECT name, count(*) AS count FROM events WHERE occurred_at > now() - interval '1 day' GROUP BY name ORDER BY name
"""
_MEANT: Final = """
SELECT d.event_id, d.handler FROM event_deliveries d
 WHERE d.state = $1 AND ($2::uuid IS NULL OR d.event_id = $2) AND ($3::text IS NULL OR d.handler = $3)
 ORDER BY d.position LIMIT $4 FOR NO KEY UPDATE
"""
_AGAIN: Final = "state = 'due', attempts = 0, next_try_at = now(), ended_at = NULL"
# What was put off behind one that rests is due with it again. Nobody has begun it, so it is in nobody's hands.
_RETRY: Final = f"""
WITH meant AS MATERIALIZED ({_MEANT}), behind AS (
    UPDATE event_deliveries d SET next_try_at = now()
     WHERE d.state = 'due' AND d.attempts = 0 AND d.next_try_at > now()
       AND EXISTS (SELECT FROM meant m JOIN event_deliveries e ON e.event_id = m.event_id AND e.handler = m.handler
                    WHERE e.handler = d.handler AND e.aggregate = d.aggregate AND e.position < d.position)
       AND (d.event_id, d.handler) NOT IN (SELECT event_id, handler FROM meant)
)
UPDATE event_deliveries d SET {_AGAIN} FROM meant m WHERE d.event_id = m.event_id AND d.handler = m.handler
"""
# Held first, after what is dropped of them: two who drop the last two deliveries would each take the other's for owed.
_HOLD: Final = f"""
WITH meant AS MATERIALIZED ({_MEANT})
SELECT FROM events e WHERE e.id IN (SELECT event_id FROM meant) AND $5::jsonb ? e.kind
 ORDER BY e.id FOR NO KEY UPDATE
"""
# What was only kept to be delivered goes with the last delivery; `$5` says by kind what is put in its place.
_DROP: Final = f"""
WITH meant AS MATERIALIZED ({_MEANT}), dropped AS (
    UPDATE event_deliveries d SET state = 'dropped', next_try_at = NULL, ended_at = coalesce(d.ended_at, now())
      FROM meant m WHERE d.event_id = m.event_id AND d.handler = m.handler
    RETURNING d.event_id, d.handler
), forgotten AS (
    UPDATE events e SET payload = e.payload || ($5::jsonb -> e.kind)
     WHERE e.id IN (SELECT event_id FROM dropped) AND $5::jsonb ? e.kind
       AND NOT EXISTS (
           SELECT FROM event_deliveries o WHERE o.event_id = e.id AND o.state IN ('due', 'dead')
              AND (o.event_id, o.handler) NOT IN (SELECT event_id, handler FROM dropped))
)
SELECT count(*) FROM dropped
"""
_REDELIVER: Final = f"""
INSERT INTO event_deliveries (store_id, event_id, handler, position, aggregate)
SELECT e.store_id, e.id, $2, e.position, e.aggregate FROM events e WHERE e.id = $1
ON CONFLICT (store_id, event_id, handler) DO UPDATE SET {_AGAIN}
"""


class KeptEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it is kept; `position` grows with each, `payload` is JSON and may hold what nobody is shown."""

    id: UUID
    position: int
    kind: str
    name: str
    version: int
    aggregate: str | None
    occurred_at: datetime
    payload: str


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What a handler has, or had, to do because of an event."""

    event_id: UUID
    name: str
    occurred_at: datetime
    handler: str
    state: str
    attempts: int
    next_try_at: datetime | None
    ended_at: datetime | None
    last_error: str | None
    position: int


class HandlerState(msgspec.Struct, frozen=True, kw_only=True):
    """How many deliveries of a handler are due and dead, and when the oldest of each happened."""

    handler: str
    due: int = 0
    oldest_due_at: datetime | None = None
    oldest_due_seconds: float | None = None
    dead: int = 0
    oldest_dead_at: datetime | None = None


EventsWindow = Window[tuple[int, str]]
"""Part of a list by the order of events, and for each by handler."""


async def events(
    tx: Transaction, *, name: str | None, aggregate: str | None, since: datetime | None, until: datetime | None,
    window: EventsWindow,
) -> list[KeptEvent]:  # fmt: skip
    """Events by their order; None lets every one pass, `since` is included, `until` is not."""
    wanted = Conditions()
    wanted.add("e.name = {}", name)
    wanted.add("e.aggregate = {}", aggregate)
    wanted.add("e.occurred_at >= {}", since)
    wanted.add("e.occurred_at < {}", until)
    if window.beyond is not None:
        wanted.add(f"e.position {window.sign} {{}}", window.beyond[0])
    sql = (
        f"SELECT {_EVENT} FROM events e WHERE {wanted.sql} ORDER BY e.position {window.order}"
        f" LIMIT {wanted.parameter(window.most)}"
    )
    return [KeptEvent(**dict(row)) for row in await tx.fetch(sql, *wanted.values)]


async def event(tx: Transaction, event_id: UUID) -> KeptEvent | None:
    """One event."""
    row = await tx.fetchrow(_DETAIL, event_id)
    return None if row is None else KeptEvent(**dict(row))


async def of_event(tx: Transaction, event_id: UUID) -> list[Delivery]:
    """Who was told of an event, by handler."""
    return [Delivery(**dict(row)) for row in await tx.fetch(_OF_EVENT, event_id)]


async def deliveries(tx: Transaction, *, state: str, handler: str | None, window: EventsWindow) -> list[Delivery]:
    """Deliveries in a state, by the order of their events."""
    wanted = Conditions()
    wanted.add("d.state = {}", state)
    wanted.add("d.handler = {}", handler)
    if window.beyond is not None:
        wanted.all(f"(d.position, d.handler) {window.sign} ({{}}, {{}})", *window.beyond)
    sql = (
        f"SELECT {_DELIVERY} FROM event_deliveries d JOIN events e ON e.id = d.event_id WHERE {wanted.sql}"
        f" ORDER BY d.position {window.order}, d.handler {window.order} LIMIT {wanted.parameter(window.most)}"
    )
    return [Delivery(**dict(row)) for row in await tx.fetch(sql, *wanted.values)]


async def summary(tx: Transaction) -> tuple[dict[str, int], list[HandlerState]]:
    """What happened in the last day, by name, and how the handlers get on that have something to do."""
    happened = {row["name"]: row["count"] for row in await tx.fetch(_HAPPENED)}
    return happened, [HandlerState(**dict(row)) for row in await tx.fetch(_HANDLERS)]


async def retry(tx: Transaction, state: str, event_id: UUID | None, handler: str | None) -> int:
    """Have what is meant tried again at once, as if never before; None: of all. How many, MOST_AT_ONCE at most."""
    return await tx.execute(_RETRY, state, event_id, handler, MOST_AT_ONCE)


async def drop(
    tx: Transaction, state: str, event_id: UUID | None, handler: str | None, forgotten: Mapping[str, object]
) -> int:
    """Have what is meant never tried again; how many. `forgotten` says by kind what is put in place of what is kept."""
    fields = msgspec.json.encode(forgotten).decode()
    meant = (state, event_id, handler, MOST_AT_ONCE, fields)
    await tx.execute(_HOLD, *meant)
    return int(await tx.fetchval(_DROP, *meant))


async def redeliver(tx: Transaction, event_id: UUID, handler: str) -> bool:
    """Have one event told to one handler, whether it was told before or not; False when there is no such event."""
    return await tx.execute(_REDELIVER, event_id, handler) == 1
