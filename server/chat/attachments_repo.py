"""Where is written which pictures and files messages carry? One row each; the bytes are behind the media port."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from server.chat.errors import ATTACHMENT_UNUSABLE
from server.chat.snapshot import Attachment, KeptAttachment
from server.errors import Fault
from storage.transaction import Transaction

_ADD: Final = """
INSERT INTO chat_attachments
    (id, store_id, conversation_id, uploaded_by, name, content_type, size_bytes, width, height, media_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
# What this message has already stays, so that binding it again changes nothing.
_BIND: Final = """
UPDATE chat_attachments a SET message_id = $4, position = given.position, forget_at = NULL
  FROM unnest($3::uuid[]) WITH ORDINALITY AS given (id, position)
 WHERE a.id = given.id AND a.conversation_id = $1 AND a.uploaded_by = $2
   AND (a.message_id IS NULL OR a.message_id = $4) AND NOT a.is_going
RETURNING a.id
"""
_FIND: Final = """
SELECT a.id, a.conversation_id, a.uploaded_by, a.message_id, a.name, a.content_type, a.media_key,
       m.kind = 'note' AS is_note, m.deleted_at IS NOT NULL AS is_taken_back
  FROM chat_attachments a
  LEFT JOIN chat_messages m ON m.store_id = a.store_id AND m.id = a.message_id
 WHERE a.id = $1 AND NOT a.is_going
"""
_TAKEN_BACK: Final = """
SELECT a.id, a.name, a.content_type, a.size_bytes, a.width, a.height, a.forget_at
  FROM chat_attachments a
 WHERE a.message_id = $1 AND a.forget_at IS NOT NULL AND NOT a.is_going
 ORDER BY a.position, a.id
"""
_CLAIM: Final = """
WITH due AS MATERIALIZED (
    SELECT id FROM chat_attachments WHERE forget_at <= now() ORDER BY forget_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
UPDATE chat_attachments a SET is_going = true, forget_at = now() + $2::interval
  FROM due
 WHERE a.id = due.id
RETURNING a.id, a.media_key
"""
_FORGET: Final = "DELETE FROM chat_attachments WHERE id = ANY($1) AND is_going"


class StoredAttachment(msgspec.Struct, frozen=True, kw_only=True):
    """A picture or file. `message_id` is None until it is sent; `is_note` then says whether only staff may see it.

    `is_taken_back`: so was its message, and only staff may see it, as long as it is kept.
    """

    id: UUID
    conversation_id: UUID
    uploaded_by: UUID
    message_id: UUID | None
    name: str
    content_type: str
    media_key: str
    is_note: bool | None
    is_taken_back: bool


class Going(msgspec.Struct, frozen=True, kw_only=True):
    """One that nobody needs any more, whose bytes have to go before it does."""

    id: UUID
    media_key: str


async def add(tx: Transaction, conversation_id: UUID, user_id: UUID, attachment: Attachment, media_key: str) -> None:
    """Note one whose bytes are stored next, and which no message carries yet: it is forgotten in a day."""
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
    """One that is still kept."""
    row = await tx.fetchrow(_FIND, attachment_id)
    return None if row is None else StoredAttachment(**dict(row))


async def taken_back(tx: Transaction, message_id: UUID) -> list[KeptAttachment]:
    """What a message carried that was taken back, as far as it is kept."""
    return [KeptAttachment(**dict(row)) for row in await tx.fetch(_TAKEN_BACK, message_id)]


async def claim(tx: Transaction, most: int, lease: timedelta) -> list[Going]:
    """Some that nobody may need any more. From now on nobody may send or load them.

    Who claims them removes their bytes and then forgets them; who has not after the lease leaves them to others.
    """
    return [Going(**dict(row)) for row in await tx.fetch(_CLAIM, most, lease)]


async def forget(tx: Transaction, ids: Collection[UUID]) -> int:
    """Forget those of these that were claimed, and whose bytes are gone; how many there still were."""
    return await tx.execute(_FORGET, list(ids))
