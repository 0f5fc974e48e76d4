"""Which of a store's own rulesets are live, and when does that change? Read for the live books; written elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from storage.database import Database
from storage.transaction import Transaction

CHANNEL: Final = "sostech_rules"
"""Where PostgreSQL tells that what is live in a store may have changed; the payload is the store's id."""

_LIVE: Final = """
WITH wanted AS (SELECT coalesce($1::timestamptz, now()) AS instant)
SELECT DISTINCT ON (p.kind, p.name) v.id, v.kind, v.name, v.number, v.source, v.attachments::text AS attachments
  FROM wanted, ruleset_plans p JOIN ruleset_versions v ON v.store_id = p.store_id AND v.id = p.version_id
 WHERE (p.cancelled_at IS NULL OR p.cancelled_at > instant)
   AND p.starts_at <= instant AND (p.ends_at IS NULL OR p.ends_at > instant)
   AND ($2::uuid IS NULL OR p.id <> $2)
 ORDER BY p.kind, p.name, p.starts_at DESC, p.id DESC
"""
# A published version by its number, or a draft by its id; drafts have no number, and are 0 here.
_CHOSEN: Final = """
SELECT v.id, v.kind, v.name, coalesce(v.number, 0) AS number, v.source, v.attachments::text AS attachments
  FROM ruleset_versions v
 WHERE CASE WHEN $1::uuid IS NOT NULL THEN v.id = $1 AND v.status = 'draft'
            ELSE v.kind = $2 AND v.name = $3 AND v.number = $4 END
"""
_SWITCHES: Final = """
SELECT store_id, seq, (next_change_at - now())::interval AS changes_in FROM stores_with_rulesets()
"""


class OwnRuleset(NamedTuple):
    """A published version that is live: the YAML as it was written, and the files it names by their names."""

    id: UUID
    kind: str
    name: str
    number: int
    source: str
    attachments: Mapping[str, str]


class Switches(NamedTuple):
    """How often the rulesets of a store were switched, and in how many seconds a plan begins or ends; None: never."""

    store_id: UUID
    seq: int
    changes_in_seconds: float | None


async def live(tx: Transaction, at: datetime | None = None, *, without: UUID | None = None) -> list[OwnRuleset]:
    """The store's own rulesets that decide now, or decided (will decide) at an instant: one for each kind and name.

    `without` a plan they are those that would decide if it had been called off.
    """
    return [_own(row) for row in await tx.fetch(_LIVE, at, without)]


async def chosen(tx: Transaction, draft_id: UUID | None, kind: str, name: str, number: int) -> OwnRuleset | None:
    """The draft with that id, else the published version; None when there is none."""
    row = await tx.fetchrow(_CHOSEN, draft_id, kind, name, number)
    return None if row is None else _own(row)


async def switches(database: Database) -> list[Switches]:
    """All stores that ever published rulesets of their own."""

    async def work(tx: Transaction) -> list[Switches]:
        return [
            Switches(
                row["store_id"], row["seq"], None if row["changes_in"] is None else row["changes_in"].total_seconds()
            )
            for row in await tx.fetch(_SWITCHES)
        ]

    return await database.transaction(None, work)


async def announce(tx: Transaction) -> None:
    """Let every process know, once this transaction has committed, that the store's rulesets may have changed."""
    await tx.execute(
        "INSERT INTO rule_switches AS s (store_id, seq) VALUES ($1, 1)"
        " ON CONFLICT (store_id) DO UPDATE SET seq = s.seq + 1",
        tx.store_id,
    )
    await tx.execute("SELECT pg_notify($1, $2)", CHANNEL, str(tx.store_id))


def _own(row: asyncpg.Record) -> OwnRuleset:
    attachments = msgspec.json.decode(row["attachments"], type=dict[str, str])
    return OwnRuleset(row["id"], row["kind"], row["name"], row["number"], row["source"], attachments)
