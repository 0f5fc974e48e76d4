"""Time passes in one store: whatever says when something was is so much longer ago. The database's clock goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

import asyncpg

_LONGER_AGO: Final = {
    "events": ("occurred_at",),
    "carts": ("created_at", "updated_at"),
    "orders": ("created_at", "updated_at", "placed_at", "state_since"),
    "users": ("created_at", "updated_at"),
    "birthdays": ("next_on", "due_at"),
    "signal_firings": ("fired_at", "seen_at"),
    "signal_cursors": ("looked_to",),
}
_STORE_IS_OLDER: Final = "UPDATE stores SET created_at = created_at - $2::interval WHERE id = $1"
_ROUND_IS_DUE: Final = "UPDATE signal_rounds SET next_at = now() WHERE store_id = $1"


async def let_time_pass(url: str, store_id: UUID, time: timedelta) -> None:
    """As `time` says. `url` is of the owner of the database, who may turn off the triggers that note each change."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            for table, columns in _LONGER_AGO.items():
                earlier = ", ".join(f"{column} = {column} - $2::interval" for column in columns)
                await connection.execute(f"UPDATE {table} SET {earlier} WHERE store_id = $1", store_id, time)
            await connection.execute(_STORE_IS_OLDER, store_id, time)
            await connection.execute(_ROUND_IS_DUE, store_id)
    finally:
        await connection.close()
