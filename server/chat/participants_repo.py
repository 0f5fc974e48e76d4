"""Who takes part in which conversations, and how far are they?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from server.chat.snapshot import Cursor, Side
from storage.transaction import Transaction

_REACH: Final = """
UPDATE conversation_participants p
   SET delivered_seq = greatest(p.delivered_seq, least(c.seq, greatest($3::bigint, $4::bigint))),
       read_seq = greatest(p.read_seq, least(c.seq, $4::bigint))
  FROM conversations c
 WHERE c.id = p.conversation_id AND p.conversation_id = $1 AND p.user_id = $2
   AND (p.delivered_seq < least(c.seq, greatest($3::bigint, $4::bigint)) OR p.read_seq < least(c.seq, $4::bigint))
"""
_FOLLOWED: Final = """
SELECT c.id, c.seq, p.role, s.user_id IS NOT DISTINCT FROM p.user_id AS sells, p.user_id,
       ARRAY(SELECT q.user_id FROM conversation_participants q
              WHERE q.store_id = c.store_id AND q.conversation_id = c.id) AS people
  FROM conversation_participants p
  JOIN conversations c ON c.store_id = p.store_id AND c.id = p.conversation_id
  LEFT JOIN sellers s ON s.store_id = c.store_id AND s.id = c.seller_id
"""
_NEWEST_FOLLOWED: Final = f"{_FOLLOWED} WHERE p.user_id = $1 ORDER BY c.last_message_at DESC, c.id DESC LIMIT $2"
_JOINED_SINCE: Final = f"{_FOLLOWED} WHERE p.user_id = ANY($1) AND p.joined_at > now() - interval '10 minutes'"


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation that somebody takes part in, together with `people`; as a seller only if they are that now."""

    id: UUID
    seq: int
    user_id: UUID
    role: Side
    people: list[UUID]


async def reach(tx: Transaction, conversation_id: UUID, user_id: UUID, delivered: int, read: int) -> bool:
    """Somebody has got and read so much; whether it is more than was known. Never beyond the last step."""
    return await tx.execute(_REACH, conversation_id, user_id, delivered, read) == 1


async def cursor(tx: Transaction, conversation_id: UUID, user_id: UUID) -> Cursor | None:
    """How far somebody is; None when they do not take part."""
    sql = (
        "SELECT user_id, role, delivered_seq, read_seq FROM conversation_participants"
        " WHERE conversation_id = $1 AND user_id = $2"
    )
    row = await tx.fetchrow(sql, conversation_id, user_id)
    return None if row is None else Cursor(**dict(row))


async def newest_followed(tx: Transaction, user_id: UUID, most: int) -> list[Followed]:
    """The conversations somebody takes part in, those with the newest messages first."""
    return _followed(await tx.fetch(_NEWEST_FOLLOWED, user_id, most))


async def followed_lately(tx: Transaction, users: Collection[UUID]) -> list[Followed]:
    """The conversations that these people take part in since some minutes."""
    return _followed(await tx.fetch(_JOINED_SINCE, list(users)))


def _followed(rows: Sequence[asyncpg.Record]) -> list[Followed]:
    return [
        Followed(id=row["id"], seq=row["seq"], user_id=row["user_id"], role=row["role"], people=row["people"])
        for row in rows
        if row["role"] != "seller" or row["sells"]
    ]
