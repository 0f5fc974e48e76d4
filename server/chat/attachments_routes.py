"""The addresses of pictures and files of conversations."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import quote
from uuid import UUID

from msgspec import Meta

from server.auth.errors import NOT_A_USER
from server.chat import access, attachments
from server.chat.addresses import address_of
from server.chat.attachments_repo import StoredAttachment
from server.chat.errors import (
    ATTACHMENT_UNKNOWN,
    CONVERSATION_UNKNOWN,
    FILE_TOO_LARGE,
    FILE_UNREADABLE,
    WRITING_BLOCKED,
)
from server.chat.schemas import AttachmentView, ConversationPath
from server.chat.views import attachment_view
from server.media.errors import IMAGE_TOO_LARGE, IMAGE_UNREADABLE
from server.media.pictures import LARGEST_BYTES
from server.media.rendering import CONTENT_TYPE
from server.web.binding import Path, Query
from server.web.call import Call
from server.web.endpoint import PUBLIC, Raw, Routes, Upload
from server.web.problems import RATE_LIMITED

routes = Routes("Chat")

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, max-age=900",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class AttachmentPath(Path, frozen=True, kw_only=True):
    """Names an attachment."""

    attachment_id: UUID


class UploadQuery(Query, frozen=True, kw_only=True):
    """What the file is called."""

    name: Annotated[str, Meta(min_length=1, max_length=200)] = "file"


class AttachmentQuery(Query, frozen=True, kw_only=True):
    """What a signed address holds."""

    token: Annotated[str, Meta(max_length=200)] | None = None


@routes.post(
    "/chat/conversations/{conversation_id}/attachments",
    needs=access.ANY,
    status=201,
    idempotency="none",  # a picture is rendered before the transaction that a key would open
    uploads=attachments.UPLOADS,
    upload_limit_bytes=LARGEST_BYTES,
    errors=(
        CONVERSATION_UNKNOWN, FILE_TOO_LARGE, FILE_UNREADABLE, IMAGE_TOO_LARGE, IMAGE_UNREADABLE, NOT_A_USER,
        RATE_LIMITED, WRITING_BLOCKED,
    ),
)  # fmt: skip
async def upload_chat_attachment(
    call: Call, path: ConversationPath, query: UploadQuery, upload: Upload
) -> AttachmentView:
    """Upload a picture, a PDF or a text, to be sent with a message within a day: its `attachments` name the id.

    The body is the file itself; what it is, its bytes say. Pictures are stored as WebP, without their metadata.
    """
    kept = await attachments.upload(call, path.conversation_id, query.name, upload.content)
    return attachment_view(kept, address_of(call.shop, call.store))


@routes.get(
    "/chat/attachments/{attachment_id}",
    needs=PUBLIC,
    errors=(ATTACHMENT_UNKNOWN,),
    raw_types=(CONTENT_TYPE, "application/pdf", "text/plain"),
)
async def load_chat_attachment(call: Call, path: AttachmentPath, query: AttachmentQuery) -> Raw:
    """A picture or file, by the address that messages show, which holds for 15 minutes, or for who may see its message.

    Who may not see it gets the same answer as for one that there is not. What was taken back staff see for 30 days, by
    their own token.
    """
    found, content = await attachments.load(call, path.attachment_id, query.token)
    return Raw(content, _content_type(found), {**_HEADERS, "Content-Disposition": _disposition(found)})


def _content_type(found: StoredAttachment) -> str:
    return f"{found.content_type}; charset=utf-8" if found.content_type.startswith("text/") else found.content_type


def _disposition(found: StoredAttachment) -> str:
    """Pictures are shown, files are saved; RFC 6266 with the name in UTF-8 as RFC 8187 writes it."""
    how = "inline" if found.content_type == CONTENT_TYPE else "attachment"
    return f"{how}; filename*=UTF-8''{quote(found.name, safe='')}"
