"""Who is away with messages unread, and which conversations does nobody look after? Claimed, and noted as told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from server.sockets.presence_repo import is_online
from storage.ids import new_id
from storage.transaction import Transaction

MOST_UNREAD: Final = 100
"""That are counted."""

# Messages of others that the participant may see, and has not read.
_UNREAD: Final = """
FROM chat_messages m
WHERE m.store_id = p.store_id AND m.conversation_id = p.conversation_id AND m.seq > p.read_seq AND m.kind <> 'note'
  AND m.author_role <> 'system' AND m.author_id <> p.user_id AND m.deleted_at IS NULL
"""
# Each that is looked at leaves the due ones: told, read, or looked at again later. Who is connected is not away, and
# who may not read the conversation any more is told nothing of it.
_CLAIM: Final = f"""
WITH due AS MATERIALIZED (
    SELECT p.store_id, p.conversation_id, p.user_id, p.role, p.read_seq, p.told_seq
      FROM conversation_participants p
     WHERE p.tell_at <= now()
     ORDER BY p.tell_at LIMIT $1
       FOR NO KEY UPDATE SKIP LOCKED
), looked AS MATERIALIZED (
    SELECT p.*, first.created_at + $2::interval AS tell_at, last.seq, few.unread,
           {is_online("p")} AS is_online
      FROM due p
      JOIN conversations c ON c.store_id = p.store_id AND c.id = p.conversation_id
      JOIN users u ON u.store_id = p.store_id AND u.id = p.user_id AND u.status = 'active'
      LEFT JOIN sellers s ON s.store_id = c.store_id AND s.id = c.seller_id
     CROSS JOIN LATERAL (SELECT m.created_at {_UNREAD} ORDER BY m.seq LIMIT 1) first
     CROSS JOIN LATERAL (SELECT m.seq {_UNREAD} ORDER BY m.seq DESC LIMIT 1) last
     CROSS JOIN LATERAL (SELECT count(*) AS unread FROM (SELECT {_UNREAD} LIMIT {MOST_UNREAD}) counted) few
     WHERE p.told_seq <= p.read_seq
       AND CASE p.role WHEN 'staff' THEN u.roles && $4::text[]
                       WHEN 'seller' THEN s.user_id = u.id AND s.status = 'active' ELSE true END
), judged AS (
    SELECT looked.*, tell_at <= now() AND NOT is_online AS is_told FROM looked
), noted AS (
    UPDATE conversation_participants p
       SET told_seq = CASE WHEN j.is_told THEN j.seq ELSE p.told_seq END,
           tell_at = CASE WHEN NOT j.is_told THEN greatest(j.tell_at, now() + $3::interval) END
      FROM due LEFT JOIN judged j USING (store_id, conversation_id, user_id)
     WHERE p.store_id = due.store_id AND p.conversation_id = due.conversation_id AND p.user_id = due.user_id
)
SELECT due.conversation_id, due.user_id, due.role, j.unread, coalesce(j.is_told, false) AS is_told
  FROM due LEFT JOIN judged j USING (store_id, conversation_id, user_id)
"""
# Whoever looks after a conversation that waits is asked for again and again; the first time when it is time to tell
# them. It waits for nobody who may not answer any more: it is as if they had given it back, which everybody is told.
_RELEASE: Final = """
WITH due AS MATERIALIZED (
    SELECT c.id, c.assigned_to FROM conversations c
     WHERE greatest(c.waiting_since, c.assignee_asked_at) <= now() - $2::interval
       AND c.waiting_since IS NOT NULL AND c.assigned_to IS NOT NULL
     ORDER BY greatest(c.waiting_since, c.assignee_asked_at) LIMIT $1
       FOR NO KEY UPDATE SKIP LOCKED
), asked AS MATERIALIZED (
    SELECT due.id, u.id IS NULL AS is_lost
      FROM due LEFT JOIN users u ON u.id = due.assigned_to AND u.status = 'active' AND u.roles && $3::text[]
), step AS (
    UPDATE conversations c
       SET assignee_asked_at = now(),
           assigned_to = CASE WHEN NOT a.is_lost THEN c.assigned_to END,
           waiting_told = CASE WHEN NOT a.is_lost THEN c.waiting_told END,
           seq = c.seq + a.is_lost::integer, public_seq = CASE WHEN a.is_lost THEN c.seq + 1 ELSE c.public_seq END
      FROM asked a
     WHERE c.id = a.id
    RETURNING c.store_id, c.id, c.seq, a.is_lost
), lost AS (
    SELECT s.*, row_number() OVER (ORDER BY s.id) AS place FROM step s WHERE s.is_lost
)
INSERT INTO chat_messages (id, store_id, conversation_id, seq, change, author_role, kind, body, details)
SELECT made.id, lost.store_id, lost.id, lost.seq, lost.seq, 'system', 'system', '', '{"done": "unassigned"}'
  FROM lost JOIN unnest($4::uuid[]) WITH ORDINALITY AS made (id, place) USING (place)
"""
_CLAIM_WAITING: Final = """
UPDATE conversations c SET waiting_told = c.waiting_since
 WHERE c.id IN (
    SELECT w.id FROM conversations w
     WHERE w.waiting_since <= now() - $2::interval AND w.assigned_to IS NULL
       AND w.waiting_told IS DISTINCT FROM w.waiting_since
     ORDER BY w.waiting_since LIMIT $1
       FOR NO KEY UPDATE SKIP LOCKED)
RETURNING c.id
"""


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """A participant who was looked at; `is_told`: now, of so many messages. `unread` is None where nobody is to be."""

    conversation_id: UUID
    user_id: UUID
    role: str
    unread: int | None
    is_told: bool


async def claim(
    tx: Transaction, most: int, after: timedelta, again: timedelta, answering: Collection[str]
) -> list[Looked]:
    """Look at those it is time for, and note who is told of messages that are unread for so long.

    Who is connected is looked at `again`. Staff are those with one of these roles.
    """
    rows = await tx.fetch(_CLAIM, most, after, again, list(answering))
    return [Looked(**dict(row)) for row in rows]


async def release(tx: Transaction, most: int, after: timedelta, answering: Collection[str]) -> int:
    """Have nobody look after conversations that wait for so long for somebody with none of these roles; how many."""
    ids = [new_id() for _ in range(most)]
    return await tx.execute(_RELEASE, most, after, list(answering), ids)


async def claim_waiting(tx: Transaction, most: int, after: timedelta) -> list[UUID]:
    """Note that the staff are told of conversations that wait for so long, and that nobody looks after."""
    return [row["id"] for row in await tx.fetch(_CLAIM_WAITING, most, after)]
