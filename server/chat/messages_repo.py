"""Where are messages read and written? Each takes the next step of its conversation, whose row is locked by then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from server.chat.snapshot import Attachment, HandedMessage, Kind, Message, Side, Status, Version
from storage.ids import new_id
from storage.transaction import Transaction

# The step before this one, of all that there still is: a message that is changed again leaves its old step.
_BEFORE: Final = """
coalesce((SELECT before.change FROM chat_messages before
           WHERE before.store_id = m.store_id AND before.conversation_id = m.conversation_id
             AND before.change < m.change{} ORDER BY before.change DESC LIMIT 1), 0)
"""
_ATTACHMENTS: Final = """
(SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', a.id, 'name', a.name, 'content_type', a.content_type, 'size_bytes', a.size_bytes,
            'width', a.width, 'height', a.height) ORDER BY a.position, a.id), '[]')
   FROM chat_attachments a WHERE a.store_id = m.store_id AND a.message_id = m.id)
"""
_COLUMNS: Final = f"""
m.id, m.conversation_id, m.seq, m.change, {_BEFORE.format("")} AS after,
{_BEFORE.format(" AND before.kind <> 'note'")} AS after_public, m.author_id, author.name AS author_name, m.author_role,
m.kind, m.body, m.details, m.client_id, m.edited_at, m.deleted_at, m.created_at, {_ATTACHMENTS} AS attachments
"""
_WITH_AUTHOR: Final = (
    "chat_messages m LEFT JOIN users author ON author.store_id = m.store_id AND author.id = m.author_id"
)
SHOWN: Final = f"SELECT {_COLUMNS} FROM {_WITH_AUTHOR}"
"""A Message, of chat_messages m."""

_OF_CONVERSATION: Final = f"{SHOWN} WHERE m.conversation_id = $1 AND (m.kind <> 'note' OR $2)"
_BEFORE_SEQ: Final = f"{_OF_CONVERSATION} AND ($3::bigint IS NULL OR m.seq < $3) ORDER BY m.seq DESC LIMIT $4"
_AFTER_SEQ: Final = f"{_OF_CONVERSATION} AND m.seq > $3 ORDER BY m.seq LIMIT $4"
_CHANGED_AFTER: Final = f"{_OF_CONVERSATION} AND m.change > $3 ORDER BY m.change LIMIT $4"
_STEPS: Final = f"""
SELECT found.*, s.user_id AS sold_by
  FROM unnest($1::uuid[], $2::bigint[]) AS wanted (id, after)
  JOIN conversations c ON c.id = wanted.id
  LEFT JOIN sellers s ON s.store_id = c.store_id AND s.id = c.seller_id AND s.status = 'active'
 CROSS JOIN LATERAL (
    {SHOWN} WHERE m.conversation_id = wanted.id AND m.change > wanted.after ORDER BY m.change LIMIT $3) found
 ORDER BY found.conversation_id, found.change
"""
# An author who writes the same again is given what they wrote; whoever does so at this moment waits for the lock. What
# the conversation was before this statement is what the last part of it still sees. A note makes nobody take part: the
# customer is shown who does.
_WRITE: Final = """
WITH known AS (
    SELECT m.id, m.kind, coalesce(first.body, m.body) AS body
      FROM chat_messages m
      LEFT JOIN chat_message_versions first
             ON first.store_id = m.store_id AND first.message_id = m.id AND first.version = 1
     WHERE m.conversation_id = $1 AND m.author_id = $3 AND m.client_id = $4
), step AS (
    UPDATE conversations
       SET seq = seq + 1, public_seq = CASE WHEN $6 = 'note' THEN public_seq ELSE seq + 1 END, status = $9,
           waiting_since = CASE WHEN $10 THEN coalesce(waiting_since, now()) END,
           last_message_id = CASE WHEN $6 = 'note' THEN last_message_id ELSE $2 END,
           last_message_at = CASE WHEN $6 = 'note' THEN last_message_at ELSE clock_timestamp() END
     WHERE id = $1 AND NOT EXISTS (SELECT FROM known)
    RETURNING store_id, id, seq
), joined AS (
    INSERT INTO conversation_participants (store_id, conversation_id, user_id, role, delivered_seq, read_seq)
    SELECT store_id, id, $3, $5, seq, seq FROM step WHERE $6 <> 'note'
    ON CONFLICT DO NOTHING
), written AS (
    INSERT INTO chat_messages
        (id, store_id, conversation_id, seq, change, author_id, author_role, kind, body, details, client_id, created_at)
    SELECT $2, store_id, id, seq, seq, $3, $5, $6, $7, $8::jsonb, $4, clock_timestamp() FROM step
    RETURNING id, kind, body, seq, created_at
)
SELECT w.id, w.kind, w.body, true AS is_new, w.seq, c.public_seq AS public_before, author.name AS author_name,
       w.created_at
  FROM written w
  JOIN conversations c ON c.id = $1
  JOIN users author ON author.store_id = c.store_id AND author.id = $3
UNION ALL
SELECT id, kind, body, false, NULL, NULL, NULL, NULL FROM known
"""
# What it said is kept; what it says takes a new step.
_REPLACE: Final = """
WITH step AS (
    UPDATE conversations c
       SET seq = c.seq + 1, public_seq = CASE WHEN m.kind = 'note' THEN c.public_seq ELSE c.seq + 1 END
      FROM chat_messages m
     WHERE c.id = $1 AND m.conversation_id = c.id AND m.id = $2 AND m.deleted_at IS NULL
    RETURNING c.seq, m.body AS before
), kept AS (
    INSERT INTO chat_message_versions (store_id, message_id, version, body, replaced_by)
    SELECT $5, $2, 1 + (SELECT count(*) FROM chat_message_versions WHERE message_id = $2), step.before, $4 FROM step
)
UPDATE chat_messages m
   SET body = coalesce($3, ''), change = step.seq,
       edited_at = CASE WHEN $3 IS NULL THEN m.edited_at ELSE clock_timestamp() END,
       deleted_at = CASE WHEN $3 IS NULL THEN clock_timestamp() END
  FROM step
 WHERE m.id = $2
"""
_VERSIONS: Final = """
SELECT v.version, v.body, v.replaced_by, u.name AS replaced_by_name, v.replaced_at
  FROM chat_message_versions v LEFT JOIN users u ON u.store_id = v.store_id AND u.id = v.replaced_by
 WHERE v.message_id = $1 ORDER BY v.version
"""


class NewMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody writes. `details` of a decision: what is shown of it."""

    author_id: UUID
    side: Side
    kind: Kind
    body: str
    client_id: UUID
    details: dict[str, Any] | None = None


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What was written, now or, by the same client_id, before; `body` as it was then.

    Of what is new, `message` is how `find` would read it, without asking again; None when there may be more to it.
    """

    id: UUID
    kind: Kind
    body: str
    is_new: bool
    message: Message | None


async def write(
    tx: Transaction, conversation_id: UUID, message: NewMessage, status: Status, *, waits: bool, has_attachments: bool
) -> Written:
    """Write it into the locked conversation, which then has this status and waits for the shop, or does not.

    `has_attachments`: it will carry some, which are bound to it by then.
    """
    row = await tx.fetchrow(
        _WRITE, conversation_id, new_id(), message.author_id, message.client_id, message.side, message.kind,
        message.body, None if message.details is None else msgspec.json.encode(message.details).decode(), status, waits,
    )  # fmt: skip
    assert row is not None, "the row is locked"
    is_whole = row["is_new"] and not has_attachments and message.details is None
    return Written(
        id=row["id"], kind=row["kind"], body=row["body"], is_new=row["is_new"],
        message=_new(row, conversation_id, message) if is_whole else None,
    )  # fmt: skip


async def replace(tx: Transaction, conversation_id: UUID, message_id: UUID, body: str | None, by: UUID) -> bool:
    """Have a message of the locked conversation say this, None: nothing any more; False when it was taken back."""
    return await tx.execute(_REPLACE, conversation_id, message_id, body, by, tx.store_id) == 1


async def find(tx: Transaction, conversation_id: UUID, message_id: UUID) -> Message | None:
    """A message of the conversation."""
    row = await tx.fetchrow(f"{SHOWN} WHERE m.id = $2 AND m.conversation_id = $1", conversation_id, message_id)
    return None if row is None else _message(row)


async def before(
    tx: Transaction, conversation_id: UUID, seq: int | None, most: int, *, with_notes: bool
) -> list[Message]:
    """The newest messages before this place, None: of all; the newest first."""
    return _messages(await tx.fetch(_BEFORE_SEQ, conversation_id, with_notes, seq, most))


async def after(tx: Transaction, conversation_id: UUID, seq: int, most: int, *, with_notes: bool) -> list[Message]:
    """The oldest messages after this place, the oldest first."""
    return _messages(await tx.fetch(_AFTER_SEQ, conversation_id, with_notes, seq, most))


async def changed_after(
    tx: Transaction, conversation_id: UUID, step: int, most: int, *, with_notes: bool
) -> list[Message]:
    """Messages that came or changed after this step, in the order of their steps."""
    return _messages(await tx.fetch(_CHANGED_AFTER, conversation_id, with_notes, step, most))


async def steps(tx: Transaction, after: Mapping[UUID, int], most: int) -> list[HandedMessage]:
    """Of each conversation the messages that changed after a step, at most `most`, in order; notes as well."""
    return [HandedMessage(**_fields(row)) for row in await tx.fetch(_STEPS, list(after), list(after.values()), most)]


async def versions(tx: Transaction, message_id: UUID) -> list[Version]:
    """What it said before, the oldest first."""
    return [Version(**dict(row)) for row in await tx.fetch(_VERSIONS, message_id)]


async def find_each(tx: Transaction, ids: Sequence[UUID]) -> list[Message]:
    """These messages, in no order."""
    return _messages(await tx.fetch(f"{SHOWN} WHERE m.id = ANY($1)", list(ids)))


def _new(row: asyncpg.Record, conversation_id: UUID, message: NewMessage) -> Message:
    """What was written a moment ago. Its step is the last, so that the one before it is there, whatever it changed."""
    return Message(
        id=row["id"], conversation_id=conversation_id, seq=row["seq"], change=row["seq"], after=row["seq"] - 1,
        after_public=row["public_before"], author_id=message.author_id, author_name=row["author_name"],
        author_role=message.side, kind=message.kind, body=message.body, details=None, client_id=message.client_id,
        edited_at=None, deleted_at=None, created_at=row["created_at"], attachments=(),
    )  # fmt: skip


def _messages(rows: Sequence[asyncpg.Record]) -> list[Message]:
    return [_message(row) for row in rows]


def _message(row: asyncpg.Record) -> Message:
    return Message(**_fields(row))


def _fields(row: asyncpg.Record) -> dict[str, Any]:
    fields = dict(row)
    details, attachments = fields["details"], fields["attachments"]
    fields["details"] = None if details is None else msgspec.json.decode(details)
    fields["attachments"] = msgspec.json.decode(attachments, type=tuple[Attachment, ...])
    return fields
