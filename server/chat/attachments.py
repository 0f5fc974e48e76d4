"""What can be done with pictures and files? They are uploaded to a conversation, then sent with a message, and loaded.

Pictures are decoded and encoded anew, so nothing of the upload remains; files are kept as they are, and never shown
as anything that could run. A row comes before its bytes and goes after them, so that there are never bytes which nobody
knows of, whoever is killed when.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from server.auth.service import user_of
from server.chat import access, attachments_links, attachments_repo, blocks, conversations_repo
from server.chat.attachments_reading import PDF, TEXT, file_name, kind_of
from server.chat.attachments_repo import Going, StoredAttachment
from server.chat.errors import ATTACHMENT_UNKNOWN, FILE_TOO_LARGE, FILE_UNREADABLE
from server.chat.snapshot import Attachment, KeptAttachment, Side
from server.errors import AppError
from server.media.files import MEDIA
from server.media.pictures import PICTURES
from server.media.rendering import CONTENT_TYPE
from server.media.service import UPLOADS as PICTURE_TYPES
from server.web.call import Call, Shop
from server.web.limits import LIMITER, Limit
from storage.ids import new_id
from storage.transaction import Transaction

UPLOADS: Final = (*PICTURE_TYPES, PDF, TEXT)
"""Media types an upload may have; what it is, its bytes say."""
LARGEST_FILE_BYTES: Final = 5 << 20
"""Of what is no picture."""
LONGEST_SIDE: Final = 2_000
"""Of a picture, in pixels."""
UPLOADED: Final = Limit("chat attachments of a user", 20, 3600)
UPLOADED_BY_STAFF: Final = Limit("chat attachments of staff", 200, 3600)
LEASE: Final = timedelta(minutes=10)
"""How long those that are swept are left to who sweeps them: longer than a sweep may take."""

_LOG: Final = structlog.get_logger("sostech.chat")


@dataclass(frozen=True, slots=True)
class Received:
    """An upload that was looked at, and its bytes as they are kept."""

    attachment: Attachment
    content: bytes


async def upload(call: Call, conversation_id: UUID, name: str, content: bytes) -> Attachment:
    """Keep it until it is sent, a day at most.

    Raises CONVERSATION_UNKNOWN, WRITING_BLOCKED, RATE_LIMITED, FILE_TOO_LARGE, FILE_UNREADABLE, IMAGE_TOO_LARGE and
    IMAGE_UNREADABLE.
    """
    user_id = user_of(call)
    side = await call.database.transaction(call.store.id, lambda tx: _may_write(call, tx, conversation_id, user_id))
    await call.use(LIMITER).hit(UPLOADED_BY_STAFF if side == "staff" else UPLOADED, str(call.store.id), str(user_id))
    received = await _received(call, name, content)
    attachment = received.attachment
    key = f"{call.store.id}/chat/{attachment.id}"

    async def work(tx: Transaction) -> None:
        await _may_write(call, tx, conversation_id, user_id)
        await attachments_repo.add(tx, conversation_id, user_id, attachment, key)

    await call.database.transaction(call.store.id, work)
    # Nobody knows of it before this has ended; where it does not, the row is swept like any other that is not sent.
    await call.use(MEDIA).put(key, received.content, attachment.content_type)
    return attachment


async def load(call: Call, attachment_id: UUID, token: str | None) -> tuple[StoredAttachment, bytes]:
    """One and its bytes, for who has a signed address, or may see its message; unsent ones are the uploader's alone.

    What was taken back only staff see, by their own token. Raises ATTACHMENT_UNKNOWN, also for one that is not kept any
    more, and for an address that is too old.
    """
    is_signed = token is not None and attachments_links.holds(
        call.shop.keys, call.store, attachment_id, token, time.time()
    )

    async def work(tx: Transaction) -> StoredAttachment | None:
        found = await attachments_repo.find(tx, attachment_id)
        if found is None:
            return None
        may = not found.is_taken_back if is_signed else await _may_see(call, tx, found)
        return found if may else None

    found = await call.database.transaction(call.store.id, work)
    content = None if found is None else await call.use(MEDIA).get(found.media_key)
    if found is None or content is None:
        raise ATTACHMENT_UNKNOWN(
            f"there is no attachment {attachment_id} for you, or its address is too old; read its message for a new one"
        )
    return found, content


async def taken_back(call: Call, conversation_id: UUID, message_id: UUID) -> list[KeptAttachment]:
    """What a message carried that was taken back, as far as it is kept. Raises CONVERSATION_UNKNOWN, NOT_ALLOWED."""

    async def work(tx: Transaction) -> list[KeptAttachment]:
        found = await conversations_repo.find(tx, conversation_id)
        _, side = access.visible(call.actor, found, conversation_id)
        access.staff_only(side)
        return await attachments_repo.taken_back(tx, message_id)

    return await call.database.transaction(call.store.id, work)


async def forget(shop: Shop, tx: Transaction, most: int) -> int:
    """Forget some of what nobody needs any more; how many. Their bytes go after the commit, and after them their rows.

    Whoever is killed in between, or cannot remove the bytes, leaves rows behind that are due again after a while.
    """
    going = await attachments_repo.claim(tx, most, LEASE)
    if going:
        tx.after_commit(lambda: _remove(shop, tx.store_id, going))
    return len(going)


async def _remove(shop: Shop, store_id: UUID | None, going: list[Going]) -> None:
    gone: list[UUID] = []
    for each in going:
        try:
            await shop.use(MEDIA).delete(each.media_key)
        except OSError as error:
            _LOG.warning("attachment_not_removed", key=each.media_key, reason=str(error))
        else:
            gone.append(each.id)
    await shop.database.transaction(store_id, lambda tx: attachments_repo.forget(tx, gone))


async def _may_write(call: Call, tx: Transaction, conversation_id: UUID, user_id: UUID) -> Side:
    found = await conversations_repo.find(tx, conversation_id)
    _, side = access.visible(call.actor, found, conversation_id)
    if side != "staff":
        await blocks.refuse_blocked(tx, user_id)
    return side


async def _may_see(call: Call, tx: Transaction, found: StoredAttachment) -> bool:
    conversation = await conversations_repo.find(tx, found.conversation_id)
    side = None if conversation is None else access.side_of(call.actor, conversation)
    if found.message_id is None:
        return side is not None and found.uploaded_by == call.actor.id
    return side == "staff" or (side is not None and not found.is_note and not found.is_taken_back)


async def _received(call: Call, name: str, content: bytes) -> Received:
    kind = kind_of(content)
    if kind is None:
        raise FILE_UNREADABLE(
            "the file is no JPEG, PNG or WebP, no PDF, and no text in UTF-8; save it as one of them and try again"
        )
    if kind == "picture":
        picture = await call.use(PICTURES).render(content, LONGEST_SIDE)
        made = _attachment(name, kind, CONTENT_TYPE, len(picture.content), picture.width, picture.height)
        return Received(made, picture.content)
    if len(content) > LARGEST_FILE_BYTES:
        raise _too_large()
    return Received(_attachment(name, kind, kind, len(content), None, None), content)


def _attachment(
    name: str, kind: str, content_type: str, size_bytes: int, width: int | None, height: int | None
) -> Attachment:
    return Attachment(
        id=new_id(), name=file_name(name, kind), content_type=content_type, size_bytes=size_bytes, width=width,
        height=height,
    )  # fmt: skip


def _too_large() -> AppError:
    return FILE_TOO_LARGE(f"the file is larger than {LARGEST_FILE_BYTES >> 20} MB; send a smaller one")
