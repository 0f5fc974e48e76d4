"""Where is counted how often rules took part?"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

import asyncpg
import msgspec

from server.decisions.facts import Basket
from server.decisions.library import RulesetText
from storage.transaction import Transaction

# Counted by the worker, for as long as there is a log.
_EVER: Final = """
SELECT ruleset, kind, rule, fired, paid, last_at FROM rule_hits WHERE ruleset = ANY($1::text[])
"""
_BETWEEN: Final = """
SELECT ruleset, kind, rule, count(*) AS fired, count(*) FILTER (WHERE amount <> 0) AS paid,
       max(decided_at) AS last_at
  FROM decision_rules
 WHERE ruleset = ANY($1::text[]) AND decided_at >= coalesce($2::timestamptz, '-infinity')
   AND decided_at < coalesce($3::timestamptz, 'infinity')
 GROUP BY ruleset, kind, rule
"""
_VERSIONS: Final = """
SELECT content_hash AS id, kind, name, version, hash, currency, path, source, attachments::text AS attachments
  FROM ruleset_texts
 WHERE kind = $1 AND name = $2
   AND version = coalesce($3, (SELECT max(t.version) FROM ruleset_texts t WHERE t.kind = $1 AND t.name = $2))
 ORDER BY created_at DESC, content_hash LIMIT 20
"""
_RECENT: Final = """
SELECT id::text AS id, facts::text AS facts FROM decision_log
 WHERE currency = $1 ORDER BY created_at DESC, id DESC LIMIT $2
"""


class Hits(NamedTuple):
    """How often a rule took part, how often that changed an amount, and when last."""

    fired: int
    paid: int
    last_at: datetime | None


NEVER: Final = Hits(0, 0, None)

RuleKey = tuple[str, str, str]
"""The hash of a ruleset, its kind, and the id of a rule in it."""


async def ever(tx: Transaction, rulesets: list[str]) -> dict[RuleKey, Hits]:
    """The hits of all rules of rulesets, by their hashes, as far as the log was read."""
    return {_key(row): _hits(row) for row in await tx.fetch(_EVER, rulesets)}


async def between(
    tx: Transaction, rulesets: list[str], since: datetime | None, before: datetime | None
) -> dict[RuleKey, Hits]:
    """The same for decisions from `since` on and before `before`."""
    return {_key(row): _hits(row) for row in await tx.fetch(_BETWEEN, rulesets, since, before)}


async def versions(tx: Transaction, kind: str, name: str, number: int | None) -> list[RulesetText]:
    """What a version that decided something said, the newest text first; None: the newest version."""
    return [
        RulesetText(**{**dict(row), "attachments": msgspec.json.decode(row["attachments"], type=dict[str, str])})
        for row in await tx.fetch(_VERSIONS, kind, name, number)
    ]


async def recent_baskets(tx: Transaction, currency: str, most: int) -> list[tuple[str, Basket]]:
    """The baskets of the last decisions, by the ids of their entries."""
    rows = await tx.fetch(_RECENT, currency, most)
    return [(row["id"], msgspec.json.decode(row["facts"], type=Basket)) for row in rows]


def _key(row: asyncpg.Record) -> RuleKey:
    return (row["ruleset"], row["kind"], row["rule"])


def _hits(row: asyncpg.Record) -> Hits:
    return Hits(row["fired"], row["paid"], row["last_at"])
