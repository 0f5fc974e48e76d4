"""What do events of chat carry that come by socket alone?"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from server.chat.schemas import MessageBody, MessageLimit, MessageText, NoteBody, Step
from server.chat.snapshot import Side
from server.web.binding import Body, View


class ConversationBody(Body, frozen=True, kw_only=True):
    """Names a conversation."""

    conversation_id: UUID


class JoinBody(Body, frozen=True, kw_only=True):
    """Which conversation; messages that changed after the step `after` come first, else only what is new."""

    conversation_id: UUID
    after: Step | None = None


class SendBody(MessageBody, frozen=True, kw_only=True):
    """A message to a conversation."""

    conversation_id: UUID


class NoteToBody(NoteBody, frozen=True, kw_only=True):
    """A note to a conversation."""

    conversation_id: UUID


class EditInBody(Body, frozen=True, kw_only=True):
    """What a message says from now on."""

    conversation_id: UUID
    message_id: UUID
    body: MessageText


class DeleteInBody(Body, frozen=True, kw_only=True):
    """Which message is taken back; staff say why when it is not their own."""

    conversation_id: UUID
    message_id: UUID
    reason: Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")] | None = None


class ReachedBody(Body, frozen=True, kw_only=True):
    """Up to which `seq`."""

    conversation_id: UUID
    seq: Step


class TypingBody(Body, frozen=True, kw_only=True):
    """Whether somebody is writing at this moment."""

    conversation_id: UUID
    is_typing: bool


class SyncBody(Body, frozen=True, kw_only=True):
    """Everything of a conversation that changed after a step."""

    conversation_id: UUID
    after: Step
    limit: MessageLimit = 100


class MoreBody(Body, frozen=True, kw_only=True):
    """Messages before a `seq`, or after one; neither: the newest."""

    conversation_id: UUID
    before: Step | None = None
    after: Step | None = None
    limit: MessageLimit = 50


class QueueBody(Body, frozen=True, kw_only=True):
    """Whether to be told of every conversation of the store that changes."""

    watch: bool


class SinceBody(Body, frozen=True, kw_only=True):
    """What a client says when it comes back: the last `change` it has seen of each conversation, by its id.

    Who has seen nothing yet says `{}`, and is told how all of theirs stand; who comes for the first time says nothing.
    """

    since: Annotated[dict[UUID, Step], Meta(max_length=200)] | None = None


class TypingView(View, frozen=True, kw_only=True):
    """Somebody is writing, or has stopped; without another word take it for over after 6 seconds."""

    conversation_id: UUID
    user_id: UUID
    role: Side
    is_typing: bool


class PresenceView(View, frozen=True, kw_only=True):
    """Somebody who takes part has come, or has gone from their last device."""

    conversation_id: UUID
    user_id: UUID
    online: bool
