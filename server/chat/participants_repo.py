"""Who takes part in which conversations, and how far are they?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from server.chat.snapshot import Cursor, Side
from storage.transaction import Transaction

# Whoever moves it at the same time is waited for, so that nobody is answered less than they have said.
_REACH: Final = """
WITH mine AS (
    SELECT p.user_id, p.role,
           greatest(p.delivered_seq, least(c.seq, greatest($3::bigint, $4::bigint))) AS delivered_seq,
           greatest(p.read_seq, least(c.seq, $4::bigint)) AS read_seq,
           p.delivered_seq < least(c.seq, greatest($3::bigint, $4::bigint)) OR p.read_seq < least(c.seq, $4::bigint)
           AS is_further
      FROM conversation_participants p JOIN conversations c ON c.store_id = p.store_id AND c.id = p.conversation_id
     WHERE p.conversation_id = $1 AND p.user_id = $2
       FOR NO KEY UPDATE OF p
), moved AS (
    UPDATE conversation_participants p SET delivered_seq = mine.delivered_seq, read_seq = mine.read_seq
      FROM mine
     WHERE p.conversation_id = $1 AND p.user_id = $2 AND mine.is_further
)
SELECT user_id, role, delivered_seq, read_seq FROM mine
"""
_FOLLOWED: Final = """
SELECT c.id, c.seq, p.role, s.user_id = p.user_id AND s.status = 'active' AS sells, p.user_id,
       CASE WHEN p.joined_at > c.created_at THEN p.read_seq ELSE 0 END AS unseen_after,
       ARRAY(SELECT q.user_id FROM conversation_participants q
              WHERE q.store_id = c.store_id AND q.conversation_id = c.id) AS people
  FROM conversation_participants p
  JOIN conversations c ON c.store_id = p.store_id AND c.id = p.conversation_id
  LEFT JOIN sellers s ON s.store_id = c.store_id AND s.id = c.seller_id
"""
_NEWEST_FOLLOWED: Final = f"""
{_FOLLOWED} WHERE p.user_id = $1 AND (p.role <> 'seller' OR s.user_id = p.user_id AND s.status = 'active')
ORDER BY c.last_message_at DESC, c.id DESC LIMIT $2
"""
# Who sells from now on takes part in all conversations with the seller: of those, too, the newest.
_JOINED_SINCE: Final = f"""
SELECT f.* FROM unnest($1::uuid[]) AS one (user_id)
 CROSS JOIN LATERAL (
    {_FOLLOWED} WHERE p.user_id = one.user_id AND p.joined_at > now() - interval '10 minutes'
     ORDER BY c.last_message_at DESC, c.id DESC LIMIT $2) f
"""
# Of customers and sellers only those in which there is something new for them.
_WRITTEN_NOW: Final = f"""
SELECT f.* FROM unnest($1::uuid[], $2::bigint[]) AS written (id, step)
 CROSS JOIN LATERAL (
    {_FOLLOWED} WHERE p.conversation_id = written.id AND p.user_id = ANY($3)
     AND (p.role = 'staff' OR c.public_seq >= written.step)) f
"""
_WRITTEN_LATELY: Final = f"""
SELECT f.* FROM unnest($1::uuid[]) AS one (user_id)
 CROSS JOIN LATERAL (
    {_FOLLOWED} WHERE p.user_id = one.user_id AND c.last_message_at > now() - interval '10 minutes'
     ORDER BY c.last_message_at DESC, c.id DESC LIMIT $2) f
"""

_PEOPLE: Final = "SELECT conversation_id, user_id FROM conversation_participants WHERE conversation_id = ANY($1)"


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation that somebody takes part in, together with `people`; as a seller only if they are that now.

    `unseen_after` is the place from which on they have seen nothing of it: who sells goes on where another has left.
    """

    id: UUID
    seq: int
    unseen_after: int
    user_id: UUID
    role: Side
    people: list[UUID]


async def reach(tx: Transaction, conversation_id: UUID, user_id: UUID, delivered: int, read: int) -> Cursor | None:
    """Somebody has got and read so much, never beyond the last step; how far they are. None: they do not take part."""
    row = await tx.fetchrow(_REACH, conversation_id, user_id, delivered, read)
    return None if row is None else Cursor(**dict(row))


async def newest_followed(tx: Transaction, user_id: UUID, most: int) -> list[Followed]:
    """The conversations somebody takes part in, those with the newest messages first."""
    return _followed(await tx.fetch(_NEWEST_FOLLOWED, user_id, most))


async def people(tx: Transaction, conversations: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Who takes part in each of these."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for row in await tx.fetch(_PEOPLE, list(conversations)):
        found[row["conversation_id"]].append(row["user_id"])
    return found


async def followed_lately(tx: Transaction, users: Collection[UUID], most: int) -> list[Followed]:
    """The conversations that these people take part in since some minutes; of each of them so many, the newest."""
    return _followed(await tx.fetch(_JOINED_SINCE, list(users), most))


async def written_now(tx: Transaction, steps: Mapping[UUID, int], users: Collection[UUID]) -> list[Followed]:
    """Which of these conversations these people take part in, where there is something for them from the step on."""
    return _followed(await tx.fetch(_WRITTEN_NOW, list(steps), list(steps.values()), list(users)))


async def written_lately(tx: Transaction, users: Collection[UUID], most: int) -> list[Followed]:
    """The conversations of these people with messages of the last minutes; of each of them so many, the newest."""
    return _followed(await tx.fetch(_WRITTEN_LATELY, list(users), most))


def _followed(rows: Sequence[asyncpg.Record]) -> list[Followed]:
    return [
        Followed(
            id=row["id"],
            seq=row["seq"],
            unseen_after=row["unseen_after"],
            user_id=row["user_id"],
            role=row["role"],
            people=row["people"],
        )
        for row in rows
        if row["role"] != "seller" or row["sells"]
    ]
