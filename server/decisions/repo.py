"""Where are decisions kept? In decision_log: facts, rulesets and result of each, only ever added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg
import msgspec

from server.decisions.books import RulesetRef
from server.decisions.facts import Basket
from server.decisions.library import RulesetText
from storage.transaction import Transaction

Purpose = Literal["quote", "order", "dry_run"]
"""What a decision was made for."""

_ADD: Final = """
INSERT INTO decision_log
    (id, store_id, purpose, cart_id, actor_kind, actor_id, digest, rulesets, facts, result, total, currency)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb, $10::jsonb, $11, $12)
"""
# With the texts that this process has not seen kept, in one round trip. Those that are there already are passed over;
# one that somebody is just writing is waited for.
_ADD_WITH_TEXTS: Final = f"""
WITH kept AS (
    INSERT INTO ruleset_texts (store_id, content_hash, kind, name, version, hash, currency, path, source, attachments)
    SELECT $2::uuid, t.*
      FROM jsonb_to_recordset($13::jsonb) AS t (id text, kind text, name text, version integer, hash text,
                                                currency text, path text, source text, attachments jsonb)
     WHERE NOT EXISTS (SELECT FROM ruleset_texts there WHERE there.store_id = $2 AND there.content_hash = t.id)
     ORDER BY t.id
        ON CONFLICT DO NOTHING
)
{_ADD}"""
_TEXTS: Final = """
SELECT content_hash AS id, kind, name, version, hash, currency, path, source, attachments::text AS attachments
  FROM ruleset_texts WHERE content_hash = ANY($1::text[]) OR hash = ANY($2::text[])
 ORDER BY created_at DESC, content_hash
"""
_FIND: Final = """
SELECT id, purpose, cart_id, actor_kind, actor_id, digest, total, currency, created_at,
       rulesets::text AS rulesets, facts::text AS facts, result::text AS result
  FROM decision_log WHERE id = $1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """What entries of the log have in common. `total` is in minor units of `currency`."""

    id: UUID
    purpose: Purpose
    cart_id: UUID | None
    actor_kind: str
    actor_id: UUID | None
    digest: str
    total: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(_Head):
    """A decision to keep; `result` is the JSON of `engine.to_json`."""

    rulesets: tuple[RulesetRef, ...]
    basket: Basket
    result: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedLine(_Head):
    """A decision of the log without facts and result."""

    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged(LoggedLine):
    """The whole of it; the keys of `result` stand in PostgreSQL's order."""

    rulesets: tuple[RulesetRef, ...]
    basket: Basket
    result: bytes


async def add(tx: Transaction, entry: Entry, texts: Sequence[RulesetText] = ()) -> None:
    """Keep a decision, and these texts of rulesets unless they are kept already. One statement."""
    with_texts = (_json(texts),) if texts else ()
    await tx.execute(
        _ADD_WITH_TEXTS if texts else _ADD, entry.id, tx.store_id, entry.purpose, entry.cart_id, entry.actor_kind,
        entry.actor_id, entry.digest, _json(entry.rulesets), _json(entry.basket), entry.result.decode(), entry.total,
        entry.currency, *with_texts,
    )  # fmt: skip


async def texts(tx: Transaction, ids: Sequence[str], hashes: Sequence[str]) -> list[RulesetText]:
    """Texts that are kept, by their ids, and those of rulesets that mean the same, the newest first."""
    return [
        RulesetText(**{**dict(row), "attachments": msgspec.json.decode(row["attachments"], type=dict[str, str])})
        for row in await tx.fetch(_TEXTS, list(ids), list(hashes))
    ]


async def find(tx: Transaction, decision_id: UUID) -> Logged | None:
    """A decision of this store, or None."""
    row = await tx.fetchrow(_FIND, decision_id)
    if row is None:
        return None
    return Logged(
        **head_of(row),
        rulesets=msgspec.json.decode(row["rulesets"], type=tuple[RulesetRef, ...]),
        basket=msgspec.json.decode(row["facts"], type=Basket),
        result=row["result"].encode(),
    )


HEAD: Final = (
    "id", "purpose", "cart_id", "actor_kind", "actor_id", "digest", "total", "currency", "created_at",
)  # fmt: skip


def head_of(row: asyncpg.Record) -> dict[str, Any]:
    """The columns that all entries have in common."""
    return {name: row[name] for name in HEAD}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
