"""Where is kept who may not write? A row that is over counts as none, and is replaced by the next one."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from storage.conditions import Conditions
from storage.pages import TimeWindow
from storage.transaction import Transaction

HOLDS: Final = "(b.until IS NULL OR b.until > now())"
"""Of chat_blocks b."""
_STANDING: Final = f"""
SELECT b.user_id IS NOT NULL AS is_blocked, b.until,
       ARRAY(SELECT w.word FROM chat_blocked_words w ORDER BY w.word) AS words
  FROM (SELECT) one LEFT JOIN chat_blocks b ON b.user_id = $1 AND {HOLDS}
"""
_SHOWN: Final = f"""
SELECT b.user_id, u.name, b.reason, b.blocked_by, b.until, b.created_at
  FROM chat_blocks b JOIN users u ON u.store_id = b.store_id AND u.id = b.user_id
 WHERE {HOLDS}
"""
_PUT: Final = """
INSERT INTO chat_blocks AS b (store_id, user_id, reason, blocked_by, until)
SELECT store_id, id, $2, $3, $4 FROM users WHERE id = $1
ON CONFLICT (store_id, user_id) DO UPDATE
   SET reason = excluded.reason, blocked_by = excluded.blocked_by, until = excluded.until, created_at = now()
"""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Whether somebody is blocked, until when (None: without an end), and the words that nobody may use."""

    is_blocked: bool
    until: datetime | None
    words: list[str]


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may not write, and why."""

    user_id: UUID
    name: str
    reason: str
    blocked_by: UUID
    until: datetime | None
    created_at: datetime


async def standing(tx: Transaction, user_id: UUID) -> Standing:
    """What is to be known of who wants to write."""
    row = await tx.fetchrow(_STANDING, user_id)
    assert row is not None
    return Standing(**dict(row))


async def find(tx: Transaction, user_id: UUID) -> Block | None:
    """The block of somebody, while it holds."""
    row = await tx.fetchrow(f"{_SHOWN} AND b.user_id = $1", user_id)
    return None if row is None else Block(**dict(row))


async def put(tx: Transaction, user_id: UUID, reason: str, by: UUID | None, until: datetime | None) -> bool:
    """Block somebody by these terms; False for who has no account here."""
    return await tx.execute(_PUT, user_id, reason, by, until) == 1


async def remove(tx: Transaction, user_id: UUID) -> bool:
    """Let somebody write again; whether they were blocked."""
    return await tx.execute("DELETE FROM chat_blocks WHERE user_id = $1", user_id) == 1


async def page(tx: Transaction, window: TimeWindow) -> list[Block]:
    """Blocks that hold, the newest first."""
    found = Conditions()
    if window.beyond is not None:
        found.all(f"(b.created_at, b.user_id) {window.sign} ({{0}}, {{1}})", *window.beyond)
    order = f"ORDER BY b.created_at {window.order}, b.user_id {window.order}"
    limit = found.parameter(window.most)
    rows = await tx.fetch(f"{_SHOWN} AND {found.sql} {order} LIMIT {limit}", *found.values)
    return [Block(**dict(row)) for row in rows]
