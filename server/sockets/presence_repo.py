"""Who is connected, as the database knows it? A row for each connection, for as long as its process lives."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from storage.database import Database
from storage.transaction import Transaction

DEAD_AFTER_SECONDS: Final = 45.0
"""How long a process may be silent."""

_DEAD_AFTER: Final = timedelta(seconds=DEAD_AFTER_SECONDS)

_ONLINE: Final = """
    SELECT DISTINCT c.user_id
      FROM live_connections c JOIN live_processes p ON p.id = c.process_id AND p.seen_at > now() - $2::interval
     WHERE c.user_id = ANY($1)
"""


def is_online(of: str) -> str:
    """SQL: whether the user of this row (`of.store_id`, `of.user_id`) is connected, for statements about many."""
    return f"""
    EXISTS (SELECT FROM live_connections l JOIN live_processes v ON v.id = l.process_id
             WHERE l.store_id = {of}.store_id AND l.user_id = {of}.user_id
               AND v.seen_at > now() - interval '{DEAD_AFTER_SECONDS} seconds')
    """


async def online(tx: Transaction, user_ids: Collection[UUID]) -> set[UUID]:
    """Who of these users of the transaction's store is connected, with whatever device, to whatever process."""
    return {row["user_id"] for row in await tx.fetch(_ONLINE, list(user_ids), _DEAD_AFTER)}


async def note(
    database: Database, process_id: UUID, came: Sequence[tuple[UUID, UUID, UUID]], left: Sequence[UUID]
) -> bool:
    """Write down connections (their id, store and user) that came and that left; whether the process was known.

    One that was not is known from now on, but what it wrote before is gone: it has to write all its connections again.
    """
    ids, stores, users = ([each[column] for each in came] for column in range(3))
    return bool(
        await database.fetchval(
            "SELECT note_connections($1, $2, $3, $4, $5)", process_id, ids, stores, users, list(left)
        )
    )


async def end_dead(database: Database) -> int:
    """End processes that died, and the connections they held; how many."""
    return int(await database.fetchval("SELECT end_dead_processes($1::interval)", _DEAD_AFTER))


async def end(database: Database, process_id: UUID) -> None:
    """This process holds no connections any more."""
    await database.fetchval("SELECT end_process($1)", process_id)
