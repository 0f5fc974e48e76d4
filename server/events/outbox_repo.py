"""Where are events taken out of the outbox and kept? In one statement that also gives their handlers something to do.

The outbox is pgqueuer's table, of all stores together; what is kept of it is each store's own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
from pgqueuer.adapters.persistence.qb import QueryQueueBuilder
from pgqueuer.models import TracebackRecord
from pgqueuer.types import JobId

from notifications.outbox import ENTRYPOINT
from storage.database import Database
from storage.tenancy import Store
from storage.transaction import Transaction

_WAITING: Final = f"""
SELECT array_agg(ROW(w.id, w.payload) ORDER BY w.id)
  FROM (SELECT id, payload FROM pgqueuer WHERE entrypoint = '{ENTRYPOINT}' AND status = 'queued'
            AND NOT EXISTS (SELECT FROM unnest($2::bytea[]) AS l (mark) WHERE position(l.mark IN payload) > 0)
         ORDER BY priority DESC, id LIMIT $1) w
"""
# Who holds the lock is the only one who spreads in this store until the end of the transaction. A store that is
# suspended still has its events spread; its handlers wait until it is open again. Nobody waits until the disk has it:
# after an accident of PostgreSQL itself all of it is in the outbox again, and nobody was told.
_TAKE_TURN: Final = """
SELECT set_config('synchronous_commit', 'off', true) AS at_once,
       pg_try_advisory_xact_lock(hashtextextended($1::uuid::text, 51)) AS is_ours,
       s.id, s.slug, s.name, s.domain, s.currency, s.timezone, s.locale, s.country, s.settings::text AS settings
  FROM (SELECT) one LEFT JOIN stores s ON s.id = $1
"""
# A job that another spreader was faster with is no longer there, and an event that is kept already is not kept again:
# so nobody is given anything twice, whoever is killed when.
_SPREAD: Final = """
WITH given AS (
    SELECT * FROM unnest($2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::int[], $7::text[], $8::text[])
           AS g (job_id, id, kind, name, version, aggregate, payload)
), taken AS (
    DELETE FROM pgqueuer q USING given g WHERE q.id = g.job_id AND q.status = 'queued' RETURNING q.id, q.created
), unlogged AS (
    DELETE FROM pgqueuer_log l USING taken t WHERE l.job_id = t.id
), kept AS (
    INSERT INTO events (id, store_id, position, kind, name, version, aggregate, payload, occurred_at)
    SELECT g.id, $1, g.job_id, g.kind, g.name, g.version, g.aggregate, g.payload::jsonb, t.created
      FROM given g JOIN taken t ON t.id = g.job_id
    ON CONFLICT (id) DO NOTHING
    RETURNING id, position, name, aggregate
), owed AS (
    INSERT INTO event_deliveries (store_id, event_id, handler, position, aggregate)
    SELECT $1, k.id, w.handler, k.position, k.aggregate
      FROM kept k JOIN unnest($9::text[], $10::text[]) AS w (name, handler) ON w.name = k.name
)
SELECT count(*) FROM taken
"""
_STATE: Final = f"""
SELECT count(*) FILTER (WHERE status <> 'failed') AS waiting, count(*) FILTER (WHERE status = 'failed') AS set_aside,
       coalesce(extract(epoch FROM now() - min(created) FILTER (WHERE status <> 'failed')), 0)::float8
           AS waiting_seconds
  FROM pgqueuer WHERE entrypoint = '{ENTRYPOINT}'
"""
_THOSE_SET_ASIDE: Final = f"""
SELECT q.id, q.created AS announced_at, coalesce(l.reason, '') AS reason
  FROM pgqueuer q
  LEFT JOIN LATERAL (
       SELECT l.traceback ->> 'exception_message' AS reason FROM pgqueuer_log l
        WHERE l.job_id = q.id AND l.traceback IS NOT NULL ORDER BY l.created DESC LIMIT 1) l ON true
 WHERE q.entrypoint = '{ENTRYPOINT}' AND q.status = 'failed'
 ORDER BY q.id DESC LIMIT $1
"""
_TAKE_BACK: Final = f"""
UPDATE pgqueuer SET status = 'queued', updated = now() WHERE entrypoint = '{ENTRYPOINT}' AND status = 'failed'
"""
_SET_ASIDE: Final = QueryQueueBuilder().build_log_job_query()


class Waiting(NamedTuple):
    """A job in the outbox: its id, which grows with every announcement, and what it carries."""

    id: int
    payload: bytes | None


class Sent(NamedTuple):
    """An announced event that could be read, with the job that carried it. `payload` is JSON."""

    job_id: int
    id: UUID
    store_id: UUID
    kind: str
    name: str
    version: int
    aggregate: str | None
    payload: str


class SetAside(NamedTuple):
    """A job that could not be read or kept, and why."""

    id: int
    announced_at: datetime
    reason: str


class OutboxState(NamedTuple):
    """Of all stores: how many events wait, the first of them since when, and how many were set aside."""

    waiting: int
    set_aside: int
    waiting_seconds: float


async def waiting(database: Database, most: int, left_alone: Collection[UUID] = ()) -> list[Waiting]:
    """The events that wait in the outbox, of all stores but these, the first announced first; at most so many."""
    # A job names its store in the envelope only. What cannot be read as one names none, and is never left alone.
    marks = [f'"store_id":"{store_id}"'.encode() for store_id in left_alone]
    return [Waiting(*each) for each in await database.fetchval(_WAITING, most, marks) or ()]


async def take_turn(tx: Transaction, store_id: UUID) -> tuple[bool, Store | None]:
    """Whether nobody else spreads in this store now, until the transaction ends; and the store, also a closed one."""
    row = await tx.fetchrow(_TAKE_TURN, store_id)
    assert row is not None
    if row["id"] is None:
        return row["is_ours"], None
    values = {name: row[name] for name in Store.__struct_fields__}
    return row["is_ours"], Store(**{**values, "settings": msgspec.json.decode(row["settings"])})


async def spread(tx: Transaction, sent: Sequence[Sent], wanted: Mapping[str, Sequence[str]]) -> int:
    """Keep the events, and note for each handler what it has to do; how many left the outbox.

    `wanted` is the names of events by handler.
    """
    pairs = [(name, handler) for handler, names in wanted.items() for name in names]
    return int(
        await tx.fetchval(
            _SPREAD, tx.store_id, [each.job_id for each in sent], [each.id for each in sent],
            [each.kind for each in sent], [each.name for each in sent], [each.version for each in sent],
            [each.aggregate for each in sent], [each.payload for each in sent],
            [name for name, _ in pairs], [handler for _, handler in pairs],
        )
    )  # fmt: skip


async def set_aside(tx: Transaction, reasons: Mapping[int, str]) -> int:
    """Keep jobs in the outbox as failed, with the reason, where pgqueuer keeps those of its own; how many."""
    now = await tx.now()
    told = [
        TracebackRecord(
            job_id=JobId(job_id), timestamp=now, exception_type="UnreadableEvent", exception_message=reason,
            traceback="", additional_context=None,
        ).model_dump_json()
        for job_id, reason in reasons.items()
    ]  # fmt: skip
    return await tx.execute(_SET_ASIDE, list(reasons), ["failed"] * len(reasons), told)


async def those_set_aside(tx: Transaction, most: int) -> list[SetAside]:
    """What was set aside, of all stores, the newest first."""
    return [SetAside(*row) for row in await tx.fetch(_THOSE_SET_ASIDE, most)]


async def take_back(tx: Transaction) -> int:
    """Have everything that was set aside read again; how many."""
    return await tx.execute(_TAKE_BACK)


async def state_of_outbox(tx: Transaction) -> OutboxState:
    """How much is in it."""
    row = await tx.fetchrow(_STATE)
    assert row is not None
    return OutboxState(**dict(row))
