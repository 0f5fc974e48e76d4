"""Where is written which pictures and files messages carry? One row each; the bytes are behind the media port."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from server.chat.errors import ATTACHMENT_UNUSABLE
from server.chat.snapshot import Attachment
from server.errors import Fault
from storage.transaction import Transaction

_ADD: Final = """
INSERT INTO chat_attachments
    (id, store_id, conversation_id, uploaded_by, name, content_type, size_bytes, width, height, media_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
# What this message has already stays, so that binding it again changes nothing.
_BIND: Final = """
UPDATE chat_attachments a SET message_id = $4, position = given.position
  FROM unnest($3::uuid[]) WITH ORDINALITY AS given (id, position)
 WHERE a.id = given.id AND a.conversation_id = $1 AND a.uploaded_by = $2
   AND (a.message_id IS NULL OR a.message_id = $4)
RETURNING a.id
"""
_FIND: Final = """
SELECT a.id, a.conversation_id, a.uploaded_by, a.message_id, a.name, a.content_type, a.media_key,
       m.kind = 'note' AS is_note
  FROM chat_attachments a
  LEFT JOIN chat_messages m ON m.store_id = a.store_id AND m.id = a.message_id
 WHERE a.id = $1 AND m.deleted_at IS NULL
"""
_FORGET_UNSENT: Final = """
DELETE FROM chat_attachments a
 WHERE a.id IN (SELECT id FROM chat_attachments
                 WHERE message_id IS NULL AND created_at < now() - interval '1 day'
                 ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING a.media_key
"""


class StoredAttachment(msgspec.Struct, frozen=True, kw_only=True):
    """A picture or file. `message_id` is None until it is sent; `is_note` then says whether only staff may see it."""

    id: UUID
    conversation_id: UUID
    uploaded_by: UUID
    message_id: UUID | None
    name: str
    content_type: str
    media_key: str
    is_note: bool | None


async def add(tx: Transaction, conversation_id: UUID, user_id: UUID, attachment: Attachment, media_key: str) -> None:
    """Note one whose bytes are stored, and which no message carries yet."""
    await tx.execute(
        _ADD, attachment.id, tx.store_id, conversation_id, user_id, attachment.name, attachment.content_type,
        attachment.size_bytes, attachment.width, attachment.height, media_key,
    )  # fmt: skip


async def bind(tx: Transaction, conversation_id: UUID, author_id: UUID, ids: Sequence[UUID], message_id: UUID) -> None:
    """Have the message carry these, in this order. Raises ATTACHMENT_UNUSABLE for those that it cannot carry.

    They have to be uploaded by its author to this conversation, and sent with no other message. One statement; none
    when there is nothing to carry. Binding them again to the same message changes nothing.
    """
    if not ids:
        return
    bound = {row["id"] for row in await tx.fetch(_BIND, conversation_id, author_id, list(ids), message_id)}
    faults = [
        Fault(f"/attachments/{place}", "not_yours_to_send", f"{each} is given twice, or nothing unsent of yours here")
        for place, each in enumerate(ids)
        if each not in bound or each in ids[:place]
    ]
    if faults:
        named = ", ".join(sorted({str(ids[int(fault.pointer.rpartition("/")[2])]) for fault in faults}))
        raise ATTACHMENT_UNUSABLE(
            f"cannot be sent: {named}; upload it to this conversation, and send it once", faults=faults
        )


async def find(tx: Transaction, attachment_id: UUID) -> StoredAttachment | None:
    """One that is not gone with its message."""
    row = await tx.fetchrow(_FIND, attachment_id)
    return None if row is None else StoredAttachment(**dict(row))


async def forget_unsent(tx: Transaction, most: int) -> list[str]:
    """Forget what was uploaded a day ago or more and never sent; the keys of the bytes."""
    return [row["media_key"] for row in await tx.fetch(_FORGET_UNSENT, most)]
