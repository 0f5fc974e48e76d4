"""Where are decisions kept? In decision_log: facts, rulesets and result of each, only ever added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg
import msgspec

from server.decisions.books import RulesetRef
from server.decisions.facts import Basket
from storage.transaction import Transaction

Purpose = Literal["quote", "order", "dry_run"]
"""What a decision was made for."""

_ADD: Final = """
INSERT INTO decision_log
    (id, store_id, purpose, cart_id, actor_kind, actor_id, digest, rulesets, facts, result, total, currency)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb, $10::jsonb, $11, $12)
"""
_FIND: Final = """
SELECT id, purpose, cart_id, actor_kind, actor_id, digest, total, currency, created_at,
       rulesets::text AS rulesets, facts::text AS facts, result::text AS result
  FROM decision_log WHERE id = $1
"""
# A filter that is NULL lets every row pass; so does a page that begins at the end of the list.
_LINES: Final = """
SELECT id, purpose, cart_id, actor_kind, actor_id, digest, total, currency, created_at
  FROM decision_log
 WHERE ($1::text IS NULL OR purpose = $1) AND ($2::uuid IS NULL OR cart_id = $2)
   AND ($3::timestamptz IS NULL OR (created_at, id) {after} ($3, $4::uuid))
 ORDER BY created_at {order}, id {order}
 LIMIT $5
"""
_FORWARDS: Final = _LINES.format(after="<", order="DESC")
_BACKWARDS: Final = _LINES.format(after=">", order="ASC")


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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines: filters, and the time and id of the line after which (`backwards`: before which) they begin."""

    purpose: Purpose | None
    cart_id: UUID | None
    beyond: tuple[datetime, UUID] | None
    backwards: bool
    most: int


async def add(tx: Transaction, entry: Entry) -> None:
    """Keep a decision."""
    await tx.execute(
        _ADD, entry.id, tx.store_id, entry.purpose, entry.cart_id, entry.actor_kind, entry.actor_id, entry.digest,
        _json(entry.rulesets), _json(entry.basket), entry.result.decode(), entry.total, entry.currency,
    )  # fmt: skip


async def find(tx: Transaction, decision_id: UUID) -> Logged | None:
    """A decision of this store, or None."""
    row = await tx.fetchrow(_FIND, decision_id)
    if row is None:
        return None
    return Logged(
        **_head(row),
        rulesets=msgspec.json.decode(row["rulesets"], type=tuple[RulesetRef, ...]),
        basket=msgspec.json.decode(row["facts"], type=Basket),
        result=row["result"].encode(),
    )


async def lines(tx: Transaction, wanted: Wanted) -> list[LoggedLine]:
    """At most `most` lines, newest first; backwards oldest first."""
    at, after_id = wanted.beyond or (None, None)
    statement = _BACKWARDS if wanted.backwards else _FORWARDS
    rows = await tx.fetch(statement, wanted.purpose, wanted.cart_id, at, after_id, wanted.most)
    return [LoggedLine(**_head(row)) for row in rows]


_HEAD: Final = (
    "id", "purpose", "cart_id", "actor_kind", "actor_id", "digest", "total", "currency", "created_at",
)  # fmt: skip


def _head(row: asyncpg.Record) -> dict[str, Any]:
    return {name: row[name] for name in _HEAD}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
