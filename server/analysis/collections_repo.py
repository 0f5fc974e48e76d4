"""Where are collections of carts read and written?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from server.analysis.reading import ReadCarts, Unreadable
from server.analysis.snapshot import Collection
from server.decisions.stored import PART
from storage.ids import new_id
from storage.transaction import Transaction

_COLUMNS: Final = "id, name, carts, unreadable, faults::text AS faults, created_by, created_at"
# Whoever writes a collection of this name waits for the others who do.
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(':', $1::text, $2::text), 44))"
_ADD: Final = f"""
INSERT INTO cart_collections (id, store_id, name, carts, unreadable, faults, created_by)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7)
RETURNING {_COLUMNS}
"""
_ADD_PARTS: Final = """
INSERT INTO cart_collection_parts (store_id, collection_id, part, carts)
SELECT $1, $2, found.part - 1, found.carts::jsonb FROM unnest($3::text[]) WITH ORDINALITY AS found (carts, part)
"""


async def replace(tx: Transaction, name: str, read: ReadCarts, by: UUID | None) -> Collection:
    """The collection of this name with these carts alone, under a new id."""
    await tx.execute(_LOCK, str(tx.store_id), name)
    await tx.execute("DELETE FROM cart_collections WHERE name = $1", name)
    row = await tx.fetchrow(_ADD, new_id(), tx.store_id, name, len(read.carts), read.unreadable, _json(read.faults), by)
    assert row is not None
    parts = [_json(read.carts[start : start + PART]) for start in range(0, len(read.carts), PART)]
    await tx.execute(_ADD_PARTS, tx.store_id, row["id"], parts)
    return _collection(row)


async def delete(tx: Transaction, name: str) -> bool:
    """Throw a collection away; False when there is none."""
    return await tx.execute("DELETE FROM cart_collections WHERE name = $1", name) == 1


async def find(tx: Transaction, name: str) -> Collection | None:
    """The collection of this name."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM cart_collections WHERE name = $1", name)
    return None if row is None else _collection(row)


async def all_of(tx: Transaction) -> list[Collection]:
    """Every collection of the store, in order of name."""
    return [_collection(row) for row in await tx.fetch(f"SELECT {_COLUMNS} FROM cart_collections ORDER BY name")]


async def count_others(tx: Transaction, name: str) -> int:
    """How many collections there are of other names."""
    return int(await tx.fetchval("SELECT count(*) FROM cart_collections WHERE name <> $1", name))


def _collection(row: asyncpg.Record) -> Collection:
    faults = msgspec.json.decode(row["faults"], type=tuple[Unreadable, ...])
    return Collection(**{**dict(row), "faults": faults})


def _json(value: Sequence[object]) -> str:
    return msgspec.json.encode(value).decode()
