"""Where are saved scenarios read and written?"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from server.decisions.schemas import DryRunBody
from storage.ids import new_id
from storage.transaction import Transaction

MOST: Final = 500
"""Scenarios of a store: so many are run in one request."""

_COLUMNS: Final = (
    "id, name, basket::text AS basket, expected::text AS expected, comment, content_hash, created_by, updated_by,"
    " created_at, updated_at"
)
_ADD: Final = """
INSERT INTO saved_scenarios (id, store_id, name, basket, expected, comment, content_hash, created_by, updated_by)
SELECT $1, $2, $3, $4::jsonb, $5::json, $6, $7, $8, $8
 WHERE (SELECT count(*) FROM saved_scenarios) < $9
"""
_CHANGE: Final = """
UPDATE saved_scenarios SET name = $2, basket = $3::jsonb, expected = $4::json, comment = $5, content_hash = $6,
       updated_by = $7
 WHERE id = $1 AND content_hash = $8
"""
# By bytes, so that the order is the same on every database.
_PAGE: Final = f"""
SELECT {_COLUMNS} FROM saved_scenarios WHERE $1::text IS NULL OR name COLLATE "C" > $1
 ORDER BY name COLLATE "C" LIMIT $2
"""
_PAGE_BACK: Final = f"""
SELECT {_COLUMNS} FROM saved_scenarios WHERE $1::text IS NULL OR name COLLATE "C" < $1
 ORDER BY name COLLATE "C" DESC LIMIT $2
"""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wrote down."""

    name: str
    basket: DryRunBody
    expected: Mapping[str, Any]
    comment: str | None

    @property
    def hash(self) -> str:
        """sha256 of all of it: what the ETag is made of."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario as it is kept."""

    id: UUID
    name: str
    basket: DryRunBody
    expected: Mapping[str, Any]
    comment: str | None
    content_hash: str
    created_by: UUID | None
    updated_by: UUID | None
    created_at: datetime
    updated_at: datetime


async def add(tx: Transaction, content: Content, by: UUID | None) -> UUID | None:
    """Keep it; its id, None when there are MOST already. A name that is taken raises UniqueViolationError."""
    scenario_id = new_id()
    done = await tx.execute(
        _ADD, scenario_id, tx.store_id, content.name, _json(content.basket), _json(content.expected), content.comment,
        content.hash, by, MOST,
    )  # fmt: skip
    return scenario_id if done == 1 else None


async def change(tx: Transaction, scenario_id: UUID, content: Content, was: str, by: UUID | None) -> bool:
    """Write over the content with the hash `was`; False when it is another one by now."""
    return await tx.execute(
        _CHANGE, scenario_id, content.name, _json(content.basket), _json(content.expected), content.comment,
        content.hash, by, was,
    ) == 1  # fmt: skip


async def delete(tx: Transaction, scenario_id: UUID) -> bool:
    """Throw it away; False when there is none."""
    return await tx.execute("DELETE FROM saved_scenarios WHERE id = $1", scenario_id) == 1


async def find(tx: Transaction, scenario_id: UUID, *, lock: bool = False) -> Saved | None:
    """One scenario, locked when it is to be changed."""
    locked = " FOR NO KEY UPDATE" if lock else ""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM saved_scenarios WHERE id = $1{locked}", scenario_id)
    return None if row is None else _saved(row)


async def page(tx: Transaction, beyond: str | None, backwards: bool, most: int) -> list[Saved]:
    """Scenarios with names beyond this one (None: from the end of the list) in that direction."""
    return [_saved(row) for row in await tx.fetch(_PAGE_BACK if backwards else _PAGE, beyond, most)]


async def chosen(tx: Transaction, names: Sequence[str] | None) -> list[Saved]:
    """Scenarios of these names, all when None, in order of name."""
    rows = await tx.fetch(
        f'SELECT {_COLUMNS} FROM saved_scenarios WHERE $1::text[] IS NULL OR name = ANY($1) ORDER BY name COLLATE "C"',
        None if names is None else list(names),
    )
    return [_saved(row) for row in rows]


async def of_ids(tx: Transaction, ids: Sequence[UUID]) -> list[Saved]:
    """Scenarios with these ids, in order of name."""
    rows = await tx.fetch(
        f'SELECT {_COLUMNS} FROM saved_scenarios WHERE id = ANY($1) ORDER BY name COLLATE "C"', list(ids)
    )
    return [_saved(row) for row in rows]


def _saved(row: asyncpg.Record) -> Saved:
    basket = msgspec.json.decode(row["basket"], type=DryRunBody)
    return Saved(**{**dict(row), "basket": basket, "expected": msgspec.json.decode(row["expected"])})


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
