"""What does each side see of a conversation? Notes, tags and full explanations are for staff alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import msgspec

from server.chat.schemas import (
    AttachmentView,
    AuthorView,
    ChatMessageView,
    ConversationView,
    CursorView,
    KeptAttachmentView,
    LastMessageView,
    ParticipantView,
    PersonView,
    SellerView,
    VersionView,
)
from server.chat.snapshot import (
    Attachment,
    Conversation,
    Cursor,
    KeptAttachment,
    LastMessage,
    Message,
    Participant,
    Side,
    Version,
)

Address = Callable[[UUID], str]
"""Where an attachment can be loaded."""

EXCERPT_CHARACTERS: Final = 120
FOR_STAFF: Final = "full"
"""The part of an explanation that only staff see."""


def conversation_view(found: Conversation, side: Side, viewer_id: UUID | None) -> ConversationView:
    """The conversation as this side sees it; `viewer_id` is whose unread messages are counted."""
    is_staff = side == "staff"
    own = found.participant(viewer_id)
    return ConversationView(
        id=found.id,
        kind="support" if found.seller_id is None else "seller",
        subject=found.subject,
        status=found.status,
        customer=PersonView(id=found.customer_id, name=found.customer_name),
        seller=_seller(found),
        order=found.order_number,
        product=found.product_slug,
        assigned_to=None if found.assigned_to is None else _person(found.assigned_to, found.assigned_name),
        tags=list(found.tags) if is_staff else None,
        rating=found.rating,
        rating_comment=found.rating_comment,
        seq=found.seq if is_staff else found.public_seq,
        unread=0 if own is None else own.unread,
        your_role=None if own is None else own.role,
        waiting_since=found.waiting_since,
        last_message=None if found.last_message is None else _last(found.last_message),
        last_message_at=found.last_message_at,
        participants=[_participant(each) for each in found.participants],
        created_at=found.created_at,
    )


def message_view(message: Message, side: Side, address: Address) -> ChatMessageView:
    """The message as this side sees it; a note is never shown to anybody but staff."""
    if side != "staff" and not message.is_public:
        raise RuntimeError(f"message {message.id} is a note, and not for a {side}")
    is_there = message.deleted_at is None
    return ChatMessageView(
        id=message.id,
        conversation_id=message.conversation_id,
        seq=message.seq,
        change=message.change,
        after=message.after if side == "staff" else message.after_public,
        author=AuthorView(id=message.author_id, name=message.author_name, role=message.author_role),
        kind=message.kind,
        body=message.body,
        client_id=message.client_id,
        attachments=[attachment_view(each, address) for each in message.attachments] if is_there else [],
        decision=_decision(message, side) if is_there else None,
        done=message.details if message.author_role == "system" else None,
        edited_at=message.edited_at,
        deleted_at=message.deleted_at,
        created_at=message.created_at,
    )


def attachment_view(attachment: Attachment, address: Address) -> AttachmentView:
    """A picture or file, and where it can be loaded."""
    return AttachmentView(**msgspec.structs.asdict(attachment), url=address(attachment.id))


def cursor_view(conversation_id: UUID, cursor: Cursor) -> CursorView:
    """How far somebody is."""
    return CursorView(
        conversation_id=conversation_id,
        user_id=cursor.user_id,
        role=cursor.role,
        delivered_seq=cursor.delivered_seq,
        read_seq=cursor.read_seq,
    )


def version_view(version: Version) -> VersionView:
    """What a message said."""
    return VersionView(
        version=version.version,
        body=version.body,
        replaced_by=_person(version.replaced_by, version.replaced_by_name),
        replaced_at=version.replaced_at,
    )


def kept_view(kept: KeptAttachment) -> KeptAttachmentView:
    """What a message carried that was taken back."""
    shown = msgspec.structs.asdict(kept)
    return KeptAttachmentView(kept_until=shown.pop("forget_at"), **shown)


def _seller(found: Conversation) -> SellerView | None:
    if found.seller_slug is None or found.seller_name is None:
        return None
    return SellerView(slug=found.seller_slug, name=found.seller_name)


def _person(user_id: UUID, name: str | None) -> PersonView:
    return PersonView(id=user_id, name=name or "")


def _participant(participant: Participant) -> ParticipantView:
    shown = msgspec.structs.asdict(participant)
    del shown["unread"]
    return ParticipantView(**shown)


def _last(message: LastMessage) -> LastMessageView:
    shown = msgspec.structs.asdict(message)
    body: str = shown.pop("body")
    excerpt = body if len(body) <= EXCERPT_CHARACTERS else f"{body[: EXCERPT_CHARACTERS - 1].rstrip()}…"
    return LastMessageView(**shown, excerpt=excerpt)


def _decision(message: Message, side: Side) -> dict[str, Any] | None:
    if message.kind != "decision" or message.details is None:
        return None
    return {name: value for name, value in message.details.items() if side == "staff" or name != FOR_STAFF}
