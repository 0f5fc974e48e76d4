"""Where are firings of signals kept? Each once, by its key, whoever sees it how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from engine.signals import Firing
from server.decisions.instants import instant_of
from server.signals.snapshot import About, DoneEffect, KeptFiring, Ruleset, StoredFiring
from storage.conditions import Conditions
from storage.ids import new_id
from storage.pages import TimeWindow
from storage.transaction import Transaction

_COLUMNS: Final = """
f.id, f.signal, f.ruleset::text AS ruleset, f.fired_at, f.seen_at, f.events, f.same::text AS same, f.order_id,
f.order_number, f.cart_id, f.customer_id, f.explanation::text AS explanation, f.effects::text AS effects
"""
# Somebody else who saw it at the same moment is waited for.
_ADD: Final = """
INSERT INTO signal_firings (id, store_id, key, signal, ruleset, fired_at, events, same, order_id, order_number, cart_id,
                            customer_id, explanation, effects)
VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8::jsonb, $9, (SELECT number FROM orders WHERE id = $9), $10, $11,
        $12::jsonb, '[]')
    ON CONFLICT (store_id, key) DO NOTHING
RETURNING id, order_number
"""
_NOTE: Final = "UPDATE signal_firings SET effects = $2::jsonb WHERE id = $1"
_FIND: Final = f"SELECT {_COLUMNS} FROM signal_firings f WHERE f.id = $1"
_KNOWN: Final = "SELECT key FROM signal_firings WHERE key = ANY($1::text[])"
_COUNTS: Final = """
SELECT s.signal, found.last_fired_at, found.day, found.month
  FROM unnest($1::text[]) AS s (signal)
 CROSS JOIN LATERAL (
       SELECT max(f.fired_at) AS last_fired_at, count(*) FILTER (WHERE f.fired_at > now() - interval '1 day') AS day,
              count(*) AS month
         FROM signal_firings f WHERE f.signal = s.signal AND f.fired_at > now() - interval '30 days') found
"""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which firings; None lets every one pass. `since` is included, `until` is not."""

    signal: str | None = None
    effect: str | None = None
    order_number: int | None = None
    cart_id: UUID | None = None
    customer_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How often a signal fired in the last day and in the last 30, and when it last did within those."""

    last_fired_at: datetime | None = None
    day: int = 0
    month: int = 0


async def add(
    tx: Transaction, firing: Firing, about: About, ruleset: Ruleset, explanation: Sequence[str]
) -> KeptFiring | None:
    """Keep the firing; None when it is kept already."""
    row = await tx.fetchrow(
        _ADD, new_id(), tx.store_id, firing.key, firing.signal, _json(ruleset), instant_of(firing.at),
        [UUID(each) for each in firing.events], _json(dict(firing.same)), about.order_id, about.cart_id,
        about.customer_id, _json(explanation),
    )  # fmt: skip
    return None if row is None else KeptFiring(**dict(row))


async def note_effects(tx: Transaction, firing_id: UUID, effects: Sequence[DoneEffect]) -> None:
    """Keep what became of the effects of a firing that was added in the same transaction."""
    await tx.execute(_NOTE, firing_id, _json(effects))


async def find(tx: Transaction, firing_id: UUID) -> StoredFiring | None:
    """The firing of this id."""
    row = await tx.fetchrow(_FIND, firing_id)
    return None if row is None else _firing(row)


async def find_page(tx: Transaction, wanted: Wanted, window: TimeWindow) -> list[StoredFiring]:
    """Firings that are wanted, the newest first."""
    conditions = Conditions()
    conditions.add("f.signal = {}", wanted.signal)
    conditions.add("f.order_number = {}", wanted.order_number)
    conditions.add("f.cart_id = {}", wanted.cart_id)
    conditions.add("f.customer_id = {}", wanted.customer_id)
    conditions.add("f.fired_at >= {}", wanted.since)
    conditions.add("f.fired_at < {}", wanted.until)
    if wanted.effect is not None:
        conditions.add("f.effects @> {}::jsonb", _json([{"kind": wanted.effect}]))
    if window.beyond is not None:
        conditions.all(f"(f.fired_at, f.id) {window.sign} ({{}}, {{}})", *window.beyond)
    sql = (
        f"SELECT {_COLUMNS} FROM signal_firings f WHERE {conditions.sql}"
        f" ORDER BY f.fired_at {window.order}, f.id {window.order} LIMIT {conditions.parameter(window.most)}"
    )
    return [_firing(row) for row in await tx.fetch(sql, *conditions.values)]


async def known(tx: Transaction, keys: Sequence[str]) -> frozenset[str]:
    """Those of the keys whose firings are kept."""
    return frozenset(row["key"] for row in await tx.fetch(_KNOWN, list(keys)))


async def counts(tx: Transaction, signals: Sequence[str]) -> Mapping[str, Counts]:
    """How often each of the signals fired."""
    rows = await tx.fetch(_COUNTS, list(signals))
    return {
        row["signal"]: Counts(last_fired_at=row["last_fired_at"], day=row["day"], month=row["month"]) for row in rows
    }


def _firing(row: asyncpg.Record) -> StoredFiring:
    fields: dict[str, Any] = dict(row)
    types: dict[str, Any] = {
        "ruleset": Ruleset, "same": dict[str, int | str], "explanation": tuple[str, ...],
        "effects": tuple[DoneEffect, ...],
    }  # fmt: skip
    read: dict[str, Any] = {name: msgspec.json.decode(fields[name], type=kind) for name, kind in types.items()}
    return StoredFiring(**{**fields, **read, "events": tuple(fields["events"])})


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
