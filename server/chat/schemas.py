"""What do the addresses and events of chat take and show? The same shapes by HTTP and by socket."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from server.chat.snapshot import AuthorRole, Kind, Side, Status
from server.web.binding import Body, Path, Query, View
from server.web.pages import PageQuery

MOST_CHARACTERS: Final = 4_000
"""Of a message of a customer or a seller."""
MOST_CHARACTERS_OF_STAFF: Final = 10_000
MOST_ATTACHMENTS: Final = 5

Step = Annotated[int, Meta(ge=0, le=10**15, description="A step of the conversation: `seq` or `change` of a message.")]
MessageText = Annotated[
    str, Meta(max_length=MOST_CHARACTERS_OF_STAFF, description="At most 4000 characters; of staff at most 10000.")
]
SubjectText = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
Tag = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=40,
        pattern=r"^[a-z0-9][a-z0-9_-]*(?!\n)$",
        description="A tag: small letters, digits, - and _.",
    ),
]
StatusWanted = Annotated[
    Status,
    Meta(
        description="`open`: the shop has to answer; `waiting`: for the customer; `resolved`: nothing is left to say."
    ),
]
With = Annotated[
    Literal["shop", "seller"], Meta(description="Whom the customer talks with: the shop itself, or one of its sellers.")
]
Whose = Annotated[
    Literal["unassigned", "mine", "all"],
    Meta(description="`unassigned`: what nobody has taken; `mine`: what is assigned to you; `all`: both, and others'."),
]
Slug = Annotated[str, Meta(min_length=1, max_length=200)]
Number = Annotated[int, Meta(ge=1, le=10**15)]
MessageLimit = Annotated[int, Meta(ge=1, le=100)]


class ConversationPath(Path, frozen=True, kw_only=True):
    """Names a conversation."""

    conversation_id: UUID


class ChatMessagePath(Path, frozen=True, kw_only=True):
    """Names a message of a conversation."""

    conversation_id: UUID
    chat_message_id: UUID


class FirstMessageBody(Body, frozen=True, kw_only=True):
    """The message a conversation begins with. `client_id` is made up by the client."""

    client_id: UUID
    body: MessageText


class NewConversationBody(Body, frozen=True, kw_only=True):
    """With whom, and about what.

    `key` is made up by the client: the same key again is the same conversation. Without `seller` it is with the shop.
    `order` is an order of the customer, and with a seller one that has something of theirs; `product` one of the
    seller's. `customer_id` is for staff, who begin a conversation with somebody; with `order` it can be left out.
    Whoever sells names themselves as the `seller` and an `order` with something of theirs, to talk with its customer.
    """

    key: Annotated[str, Meta(min_length=1, max_length=100)]
    subject: SubjectText | None = None
    seller: Slug | None = None
    order: Number | None = None
    product: Slug | None = None
    customer_id: UUID | None = None
    message: FirstMessageBody | None = None


class OwnConversationsQuery(PageQuery, frozen=True, kw_only=True):
    """Which page; conversations of one status, or about one order."""

    status: StatusWanted | None = None
    order: Number | None = None


class ConversationsQuery(PageQuery, frozen=True, kw_only=True):
    """Which page, and of which conversations. Conditions add up; `unassigned` leaves out what somebody looks after."""

    status: StatusWanted | None = None
    with_: With | None = msgspec.field(name="with", default=None)
    customer_id: UUID | None = None
    assigned_to: UUID | None = None
    unassigned: bool = False
    order: Number | None = None
    tag: Tag | None = None


class QueueQuery(PageQuery, frozen=True, kw_only=True):
    """Which page, and whose customers: nobody's yet, the own ones, or all. The queue is what has a `waiting_since`."""

    whose: Whose = "all"


class PersonView(View, frozen=True, kw_only=True):
    """Somebody."""

    id: UUID
    name: str


class SellerView(View, frozen=True, kw_only=True):
    """A seller."""

    slug: str
    name: str


class ParticipantView(View, frozen=True, kw_only=True):
    """Somebody who takes part: up to which `seq` messages have reached a device of theirs, and have been read."""

    user_id: UUID
    name: str
    role: Side
    delivered_seq: int
    read_seq: int
    online: bool


class LastMessageView(View, frozen=True, kw_only=True):
    """The last message that everybody in the conversation may see. `excerpt` is how it begins."""

    id: UUID
    seq: int
    author_id: UUID | None
    author_role: AuthorRole
    kind: Kind
    excerpt: str
    deleted: bool
    created_at: datetime


class ConversationView(View, frozen=True, kw_only=True):
    """A conversation, as its reader may see it.

    `status`: `open` while an answer is owed to the customer, `waiting` for the customer, `resolved`. `seq` is its last
    step. `unread` counts messages of others; 100 stands for 100 and more. `your_role` is null for staff who do not take
    part; `tags` are null for those who are not staff. `waiting_since`: since when the customer waits for the shop; null
    while they do not, so also while `status` is `waiting`.
    """

    id: UUID
    kind: Literal["support", "seller"]
    subject: str
    status: Status
    customer: PersonView
    seller: SellerView | None
    order: int | None
    product: str | None
    assigned_to: PersonView | None
    tags: list[str] | None
    rating: int | None
    rating_comment: str | None
    seq: int
    unread: int
    your_role: Side | None
    waiting_since: datetime | None
    last_message: LastMessageView | None
    last_message_at: datetime
    participants: list[ParticipantView]
    created_at: datetime


class ConversationPatch(Body, frozen=True, kw_only=True):
    """What staff change; what is left out stays."""

    subject: SubjectText | None = None
    tags: Annotated[list[Tag], Meta(max_length=20)] | None = None


class AssigneeBody(Body, frozen=True, kw_only=True):
    """Who looks after it from now on; null: nobody. `note` is for staff alone."""

    user_id: UUID | None
    note: Annotated[str, Meta(max_length=2_000)] | None = None


class RatingBody(Body, frozen=True, kw_only=True):
    """How content the customer is, 5 is best."""

    rating: Annotated[int, Meta(ge=1, le=5)]
    comment: Annotated[str, Meta(max_length=2_000)] | None = None


class AttachmentView(View, frozen=True, kw_only=True):
    """A picture or file. `url` can be loaded as it is for some minutes, without a token."""

    id: UUID
    name: str
    content_type: str
    size_bytes: int
    width: int | None
    height: int | None
    url: str


class AuthorView(View, frozen=True, kw_only=True):
    """Who wrote it, as what; `system` where the shop tells what they did. The shop itself has no id."""

    id: UUID | None
    name: str | None
    role: AuthorRole


class ChatMessageView(View, frozen=True, kw_only=True):
    """A message as it is now.

    `seq` is its place in the conversation, for ever; `change` the step that last changed it, and `after` the step
    before that one which this reader can see: who has seen less has missed something, and asks for `sync`. Messages
    that were taken back keep their place, and say nothing. `decision` explains a price; `done` says what was done with
    the conversation.
    """

    id: UUID
    conversation_id: UUID
    seq: int
    change: int
    after: int
    author: AuthorView
    kind: Kind
    body: str
    client_id: UUID | None
    attachments: list[AttachmentView]
    decision: dict[str, Any] | None
    done: dict[str, Any] | None
    edited_at: datetime | None
    deleted_at: datetime | None
    created_at: datetime


class MessageBody(Body, frozen=True, kw_only=True):
    """A message. `client_id` is made up by the client: the same again is the same message.

    `attachments` are ids of what was uploaded before; with one the text may be empty.
    """

    client_id: UUID
    body: MessageText
    attachments: Annotated[list[UUID], Meta(max_length=MOST_ATTACHMENTS)] = msgspec.field(default_factory=list)


class NoteBody(Body, frozen=True, kw_only=True):
    """A note among staff."""

    client_id: UUID
    body: MessageText


class EditBody(Body, frozen=True, kw_only=True):
    """What the message says from now on."""

    body: MessageText


class DeleteQuery(Query, frozen=True, kw_only=True):
    """Why a message is taken back; staff have to say it of messages of others."""

    reason: Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")] | None = None


class ChatMessagesQuery(Query, frozen=True, kw_only=True):
    """Messages before a `seq`, the newest of them; or after one, the oldest of them. Neither: the newest of all."""

    before: Step | None = None
    after: Step | None = None
    limit: MessageLimit = 50


class ChatMessagesView(View, frozen=True, kw_only=True):
    """Messages by their place. Whether there are more: before the first, and after the last of them."""

    items: list[ChatMessageView]
    more_before: bool
    more_after: bool


class SyncQuery(Query, frozen=True, kw_only=True):
    """Everything that changed after a step; without one everything."""

    after: Step = 0
    limit: MessageLimit = 100


class SyncView(View, frozen=True, kw_only=True):
    """Messages that came or changed, by `change`. `next` is what to ask after when there is more; else null."""

    items: list[ChatMessageView]
    next: int | None


class VersionView(View, frozen=True, kw_only=True):
    """What a message said, until somebody changed it."""

    version: int
    body: str
    replaced_by: PersonView
    replaced_at: datetime


class KeptAttachmentView(View, frozen=True, kw_only=True):
    """A picture or file of a message that was taken back; `kept_until` it is there for staff."""

    id: UUID
    name: str
    content_type: str
    size_bytes: int
    width: int | None
    height: int | None
    kept_until: datetime


class VersionsView(View, frozen=True, kw_only=True):
    """All that a message has said before, the oldest first; and what it carried when it was taken back."""

    items: list[VersionView]
    attachments: list[KeptAttachmentView]


class CursorBody(Body, frozen=True, kw_only=True):
    """Up to which `seq` messages reached the device, and were read. Neither ever goes back; what is read has come."""

    delivered: Step | None = None
    read: Step | None = None


class CursorView(View, frozen=True, kw_only=True):
    """How far somebody is."""

    conversation_id: UUID
    user_id: UUID
    role: Side
    delivered_seq: int
    read_seq: int
