"""Which of a store's own rulesets are live, and when does that change? Read for the live books; written elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from storage.database import Database
from storage.transaction import Transaction

CHANNEL: Final = "sostech_rules"
"""Where PostgreSQL tells that what is live in a store may have changed; the payload is the store's id."""

_LIVE: Final = """
SELECT DISTINCT ON (p.kind, p.name) v.id, v.kind, v.name, v.number, v.source, v.attachments::text AS attachments
  FROM ruleset_plans p JOIN ruleset_versions v ON v.store_id = p.store_id AND v.id = p.version_id
 WHERE p.cancelled_at IS NULL AND p.starts_at <= now() AND (p.ends_at IS NULL OR p.ends_at > now())
 ORDER BY p.kind, p.name, p.starts_at DESC, p.id DESC
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


async def live(tx: Transaction) -> list[OwnRuleset]:
    """The store's own rulesets that decide now, one for each kind and name."""
    rows = await tx.fetch(_LIVE)
    return [
        OwnRuleset(
            row["id"], row["kind"], row["name"], row["number"], row["source"],
            msgspec.json.decode(row["attachments"], type=dict[str, str]),
        )
        for row in rows
    ]  # fmt: skip


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
