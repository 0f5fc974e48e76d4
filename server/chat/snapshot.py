"""What is a conversation? Frozen values, as they are read; what each side may see of them is for views.py."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

Side = Literal["customer", "seller", "staff"]
"""As what somebody takes part."""
AuthorRole = Literal["customer", "seller", "staff", "system"]
Kind = Literal["text", "note", "decision", "system"]
Status = Literal["open", "waiting", "resolved"]
"""open: an answer is owed to the customer. waiting: for the customer. resolved: nothing is left to say."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation, as far as it is needed to know who may do what with it.

    `seq` is its last step; `public_seq` the last one that is not among staff. `seller_user_id` is who sells now, also
    while the seller is suspended, and so not active.
    """

    id: UUID
    customer_id: UUID
    seller_id: UUID | None
    seller_user_id: UUID | None
    is_seller_active: bool
    order_id: UUID | None
    subject: str
    status: Status
    assigned_to: UUID | None
    tags: list[str]
    rating: int | None
    rating_comment: str | None
    seq: int
    public_seq: int
    is_waited_for: bool
    created_at: datetime


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """The places of the last message that reached a device of theirs, and of the last that they have read."""

    user_id: UUID
    role: Side
    delivered_seq: int
    read_seq: int


class Participant(Cursor, frozen=True, kw_only=True):
    """Somebody who takes part. `unread` counts what people wrote and they have not read, 100 for more than that."""

    name: str
    unread: int
    online: bool


class LastMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The last message that everybody may see; None where nobody has written yet."""

    id: UUID
    seq: int
    author_id: UUID | None
    author_role: AuthorRole
    kind: Kind
    body: str
    deleted: bool
    created_at: datetime


class Conversation(Head, frozen=True, kw_only=True):
    """A conversation as it is shown."""

    customer_name: str
    seller_slug: str | None
    seller_name: str | None
    order_number: int | None
    product_slug: str | None
    assigned_name: str | None
    last_message_at: datetime
    waiting_since: datetime | None
    last_message: LastMessage | None
    participants: tuple[Participant, ...]

    def participant(self, user_id: UUID | None) -> Participant | None:
        """The participant with this account."""
        return next((each for each in self.participants if each.user_id == user_id), None)


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A picture or file of a message. Width and height of pictures, in pixels."""

    id: UUID
    name: str
    content_type: str
    size_bytes: int
    width: int | None
    height: int | None


class KeptAttachment(Attachment, frozen=True, kw_only=True):
    """What a message carried that was taken back; staff may see it until it is forgotten."""

    forget_at: datetime


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it is now.

    `seq` is its place, `change` the step that last changed it. `after` is the change before that one, and
    `after_public` the one before that is not among staff; 0: none.
    """

    id: UUID
    conversation_id: UUID
    seq: int
    change: int
    after: int
    after_public: int
    author_id: UUID | None
    author_name: str | None
    author_role: AuthorRole
    kind: Kind
    body: str
    details: dict[str, Any] | None
    client_id: UUID | None
    edited_at: datetime | None
    deleted_at: datetime | None
    created_at: datetime
    attachments: tuple[Attachment, ...]

    @property
    def is_public(self) -> bool:
        """Whether everybody in the conversation may see it."""
        return self.kind != "note"


class HandedMessage(Message, frozen=True, kw_only=True):
    """A message on its way to who is connected. `sold_by` is who sells at this moment, as far as sellers may now."""

    sold_by: UUID | None


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """What a message said before somebody changed it."""

    version: int
    body: str
    replaced_by: UUID
    replaced_by_name: str | None
    replaced_at: datetime
