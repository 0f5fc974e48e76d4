"""What can be done with collections of carts? Upload one, replace it as a whole, look at it, throw it away."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from server.analysis import collections_repo as repo
from server.analysis.errors import COLLECTION_UNKNOWN, COLLECTIONS_TOO_MANY
from server.analysis.reading import read_carts
from server.analysis.snapshot import Collection
from server.decisions.dry_runs import instant
from server.errors import AppError
from server.web.call import Call
from server.web.noting import note
from storage.transaction import Transaction

LARGEST_FILE: Final = 20 << 20
"""Bytes of an upload."""
MOST_COLLECTIONS: Final = 100


async def put(call: Call, name: str, raw: bytes) -> Collection:
    """Make the collection of this name, or give it another content as a whole.

    Raises COLLECTION_UNREADABLE, COLLECTION_TOO_LARGE and COLLECTIONS_TOO_MANY.
    """
    read = await asyncio.to_thread(read_carts, raw, call.store.currency, await instant(call))

    async def work(tx: Transaction) -> Collection:
        before = await repo.find(tx, name)
        if before is None and await repo.count_others(tx, name) >= MOST_COLLECTIONS:
            raise COLLECTIONS_TOO_MANY(f"there are {MOST_COLLECTIONS} collections; delete one, or replace it")
        made = await repo.replace(tx, name, read, call.actor.id)
        await _note(tx, call, "carts.upload", made, before, made)
        return made

    return await call.database.transaction(call.store.id, work)


async def delete(call: Call, name: str) -> None:
    """Throw a collection away; a replay that still reads it fails. Raises COLLECTION_UNKNOWN."""

    async def work(tx: Transaction) -> None:
        before = await repo.find(tx, name)
        if before is None or not await repo.delete(tx, name):
            raise unknown(name)
        await _note(tx, call, "carts.delete", before, before, None)

    await call.database.transaction(call.store.id, work)


async def find(call: Call, name: str) -> Collection:
    """One collection. Raises COLLECTION_UNKNOWN."""

    async def work(tx: Transaction) -> Collection:
        found = await repo.find(tx, name)
        if found is None:
            raise unknown(name)
        return found

    return await call.database.transaction(call.store.id, work)


async def all_of(call: Call) -> list[Collection]:
    """All of them, in order of name."""
    return await call.database.transaction(call.store.id, repo.all_of)


def unknown(name: str) -> AppError:
    """No collection is called so."""
    return COLLECTION_UNKNOWN(f"no collection is called {name!r}; GET /analysis/collections lists those there are")


async def _note(
    tx: Transaction, call: Call, action: str, about: Collection, before: Collection | None, after: Collection | None
) -> None:
    await note(tx, call, action, "cart_collection", about.id, _noted(before), _noted(after))


def _noted(state: Collection | None) -> Mapping[str, object] | None:
    if state is None:
        return None
    return {"name": state.name, "carts": state.carts, "unreadable": state.unreadable}
