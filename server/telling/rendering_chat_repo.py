"""Where is looked up what mails tell of conversations? As it is by then: what was read meanwhile is told to nobody."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from storage.transaction import Transaction

MOST_LINES: Final = 3
"""Messages of a conversation that a mail shows: the last."""
MOST_COUNTED: Final = 100

_LINES: Final = f"""
(SELECT coalesce(jsonb_agg(jsonb_build_object('author', coalesce(a.name, ''), 'text', left(l.body, 1000),
                                              'at', l.created_at) ORDER BY l.seq), '[]')
   FROM (SELECT m.author_id, m.body, m.created_at, m.seq {{}} ORDER BY m.seq DESC LIMIT {MOST_LINES}) l
   LEFT JOIN users a ON a.store_id = c.store_id AND a.id = l.author_id)
"""
_SHOWN: Final = (
    "FROM chat_messages m WHERE m.store_id = c.store_id AND m.conversation_id = c.id"
    " AND m.kind <> 'note' AND m.author_role <> 'system' AND m.deleted_at IS NULL"
)
_OTHERS: Final = f"{_SHOWN} AND m.seq > p.read_seq AND m.author_id <> p.user_id"
# Only who may read the conversation now: staff who still answer, and the seller it still is.
_UNREAD: Final = f"""
SELECT c.subject, u.name AS reader, {_LINES.format(_OTHERS)} AS lines,
       (SELECT count(*) FROM (SELECT {_OTHERS} LIMIT {MOST_COUNTED}) counted) AS unread
  FROM conversation_participants p
  JOIN conversations c ON c.store_id = p.store_id AND c.id = p.conversation_id
  JOIN users u ON u.store_id = p.store_id AND u.id = p.user_id
  LEFT JOIN sellers s ON s.store_id = c.store_id AND s.id = c.seller_id
 WHERE p.conversation_id = $1 AND p.user_id = $2
   AND CASE p.role WHEN 'staff' THEN u.roles && $3::text[]
                   WHEN 'seller' THEN s.user_id = u.id AND s.status = 'active' ELSE true END
"""
_OF_WAIT: Final = f"{_SHOWN} AND m.author_role = 'customer' AND m.created_at >= c.waiting_since"
_WAITING: Final = f"""
SELECT c.id, c.subject, u.name AS customer, c.waiting_since AS since, {_LINES.format(_OF_WAIT)} AS lines
  FROM conversations c JOIN users u ON u.store_id = c.store_id AND u.id = c.customer_id
 WHERE c.id = ANY($1) AND c.waiting_since IS NOT NULL AND c.assigned_to IS NULL
"""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A message, or how it begins; empty: it has attachments alone."""

    author: str
    text: str
    at: datetime


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """What `reader` has not read: so many messages, the last of them in `lines`."""

    subject: str
    reader: str
    unread: int
    lines: tuple[Line, ...]


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation that nobody looks after, and what the customer wrote `since` they wait."""

    id: UUID
    subject: str
    customer: str
    since: datetime
    lines: tuple[Line, ...]


async def unread(tx: Transaction, conversation_id: UUID, user_id: UUID, answering: Collection[str]) -> Unread | None:
    """What somebody has not read; None when they may not read it. Staff are those with one of these roles."""
    row = await tx.fetchrow(_UNREAD, conversation_id, user_id, list(answering))
    return None if row is None else Unread(**_with_lines(row))


async def waiting(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Waiting]:
    """Those of these conversations that still wait, and that nobody looks after."""
    return {row["id"]: Waiting(**_with_lines(row)) for row in await tx.fetch(_WAITING, list(ids))}


def _with_lines(row: Any) -> dict[str, Any]:
    fields = dict(row)
    fields["lines"] = msgspec.json.decode(fields["lines"], type=tuple[Line, ...])
    return fields
