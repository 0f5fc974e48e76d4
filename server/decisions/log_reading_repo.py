"""Where is read what the worker has not noted of the log, and written what it found?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from storage.transaction import Transaction

_BEGIN: Final = """
INSERT INTO decision_reading (store_id, read_to, read_id)
VALUES ($1, '1970-01-01T00:00:00Z', '00000000-0000-0000-0000-000000000000') ON CONFLICT DO NOTHING
"""
_CLAIM: Final = "SELECT read_to, read_id FROM decision_reading FOR NO KEY UPDATE SKIP LOCKED"
# Younger entries wait, as stores_with_due_work() says: transactions that began before them may not have committed yet.
_UNREAD: Final = """
SELECT id, created_at, result::text AS result FROM decision_log
 WHERE (created_at, id) > ($1, $2) AND created_at <= now() - interval '10 seconds'
 ORDER BY created_at, id LIMIT $3
"""
_NOTE: Final = """
WITH found AS (
    SELECT * FROM unnest((SELECT $2::uuid[]), (SELECT $3::timestamptz[]), (SELECT $4::text[]), (SELECT $5::text[]),
                         (SELECT $6::text[]), (SELECT $7::bigint[]))
                  AS f (decision_id, decided_at, kind, rule, ruleset, amount)
), noted AS (
    INSERT INTO decision_rules (store_id, decision_id, kind, rule, ruleset, amount, decided_at)
    SELECT $1::uuid, decision_id, kind, rule, ruleset, amount, decided_at FROM found
), counted AS (
    INSERT INTO rule_hits AS h (store_id, ruleset, kind, rule, fired, paid, last_at)
    SELECT $1::uuid, ruleset, kind, rule, count(*), count(*) FILTER (WHERE amount <> 0), max(decided_at)
      FROM found GROUP BY ruleset, kind, rule
        ON CONFLICT (store_id, ruleset, kind, rule) DO UPDATE
       SET fired = h.fired + excluded.fired, paid = h.paid + excluded.paid,
           last_at = greatest(h.last_at, excluded.last_at)
)
UPDATE decision_reading SET read_to = $8, read_id = $9
"""


class Reached(NamedTuple):
    """The last entry that was read."""

    at: datetime
    id: UUID


class Unread(NamedTuple):
    """An entry of the log; `result` is JSON of the engine, its keys in PostgreSQL's order."""

    id: UUID
    created_at: datetime
    result: bytes


class Noted(NamedTuple):
    """A rule that took part in a decision; the rest is as in `log_parts.Part`."""

    decision_id: UUID
    decided_at: datetime
    kind: str
    rule: str
    ruleset: str
    amount: int


async def claim(tx: Transaction) -> Reached | None:
    """How far the store's log was read, locked; None while somebody else reads it."""
    await tx.execute(_BEGIN, tx.store_id)
    row = await tx.fetchrow(_CLAIM)
    return None if row is None else Reached(row["read_to"], row["read_id"])


async def unread(tx: Transaction, reached: Reached, most: int) -> list[Unread]:
    """The next entries, the oldest first."""
    rows = await tx.fetch(_UNREAD, reached.at, reached.id, most)
    return [Unread(row["id"], row["created_at"], row["result"].encode()) for row in rows]


async def note(tx: Transaction, found: Sequence[Noted], last: Unread) -> None:
    """Write what was found, count it, and say that the log was read up to this entry. One statement."""
    columns = [list(column) for column in zip(*found, strict=True)] or [[] for _ in Noted._fields]
    await tx.execute(_NOTE, tx.store_id, *columns, last.created_at, last.id)


async def read_to(tx: Transaction) -> datetime | None:
    """Up to when the log was read; None: not at all yet."""
    found: datetime | None = await tx.fetchval("SELECT read_to FROM decision_reading")
    return found
