"""The addresses of chat: conversations and messages, as the socket has them too."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from server.auth.errors import NOT_A_USER
from server.chat import access, attachments, conversations, handling, messages
from server.chat.conversations_repo import Wanted
from server.chat.errors import (
    ASSIGNEE_INVALID,
    ATTACHMENT_UNUSABLE,
    CHAT_MESSAGE_UNKNOWN,
    CONVERSATION_UNKNOWN,
    CUSTOMER_UNKNOWN,
    MESSAGE_FINAL,
    MESSAGE_ID_REUSED,
    MESSAGE_REFUSED,
    NOT_RESOLVED,
    REASON_MISSING,
    SUBJECT_UNKNOWN,
    WRITING_BLOCKED,
)
from server.chat.messages import Draft
from server.chat.schemas import (
    AssigneeBody,
    ChatMessagePath,
    ChatMessagesQuery,
    ChatMessagesView,
    ChatMessageView,
    ConversationPatch,
    ConversationPath,
    ConversationsQuery,
    ConversationView,
    CursorBody,
    CursorView,
    DeleteQuery,
    EditBody,
    MessageBody,
    NewConversationBody,
    NoteBody,
    OwnConversationsQuery,
    QueueQuery,
    RatingBody,
    SyncQuery,
    SyncView,
    VersionsView,
)
from server.chat.showing import listed, shown, standing, synced
from server.chat.snapshot import Conversation
from server.chat.views import conversation_view, cursor_view, kept_view, version_view
from server.web.call import Call
from server.web.endpoint import Reply, Routes
from server.web.pages import Page, Position, by_time, page, position, window
from server.web.problems import NOT_ALLOWED, RATE_LIMITED

routes = Routes("Chat")

_ONE: Final = "/chat/conversations/{conversation_id}"
_MESSAGE: Final = f"{_ONE}/messages/{{chat_message_id}}"
_WRITING: Final = (CONVERSATION_UNKNOWN, MESSAGE_ID_REUSED, NOT_A_USER, RATE_LIMITED)
_REFUSED: Final = (MESSAGE_REFUSED, WRITING_BLOCKED)
_CHANGING: Final = (CONVERSATION_UNKNOWN, CHAT_MESSAGE_UNKNOWN, MESSAGE_FINAL, NOT_ALLOWED, NOT_A_USER)


@routes.post(
    "/chat/conversations",
    needs=access.ANY,
    errors=(SUBJECT_UNKNOWN, CUSTOMER_UNKNOWN, MESSAGE_ID_REUSED, NOT_ALLOWED, NOT_A_USER, RATE_LIMITED, *_REFUSED),
    status=201,
    known_status=200,
    idempotency="none",
)
async def begin_conversation(call: Call, body: NewConversationBody) -> Reply[ConversationView]:
    """Begin a conversation with the shop or a seller, about an order or a product if you like.

    Sellers begin one with the customer of an order that has something of theirs.

    The same `key` again is the same conversation (200), however often and at the same time it is sent; a message with
    another `client_id` goes on with it.
    """
    found = await conversations.begin(call, body)
    headers = {"Location": f"/api/v1/chat/conversations/{found.conversation.id}"}
    return Reply(standing(call, found), status=_made(is_new=found.is_new), headers=headers)


@routes.get("/chat/conversations", needs=access.OWN, errors=(NOT_A_USER,))
async def list_conversations(call: Call, query: OwnConversationsQuery) -> Reply[Page[ConversationView]]:
    """The own conversations, as a customer or a seller, those with the newest messages first."""
    at = position(call, query)
    return _page(call, query, at, await conversations.own(call, query, window(at, by_time)))


@routes.get("/chat/queue", needs=access.MODERATE)
async def list_waiting_conversations(call: Call, query: QueueQuery) -> Reply[Page[ConversationView]]:
    """Conversations that wait for the shop, those that have waited longest first."""
    at = position(call, query)
    found = await conversations.queue(call, query, window(at, by_time))
    return page(call, query, at, found, _waiting_keys, lambda each: _view(call, each))


@routes.get("/staff/chat/conversations", needs=access.MODERATE)
async def list_store_conversations(call: Call, query: ConversationsQuery) -> Reply[Page[ConversationView]]:
    """Conversations of the store, those with the newest messages first. Conditions add up."""
    at = position(call, query)
    wanted = Wanted(
        status=query.status,
        with_seller=None if query.with_ is None else query.with_ == "seller",
        customer_id=query.customer_id,
        assigned_to=query.assigned_to,
        unassigned=query.unassigned,
        order_number=query.order,
        tag=query.tag,
    )
    return _page(call, query, at, await conversations.of_store(call, wanted, window(at, by_time)))


@routes.get(_ONE, needs=access.ANY, errors=(CONVERSATION_UNKNOWN,))
async def read_conversation(call: Call, path: ConversationPath) -> ConversationView:
    """A conversation: how it stands, who takes part, and how far everybody is."""
    return standing(call, await conversations.read(call, path.conversation_id))


@routes.patch(_ONE, needs=access.MODERATE, errors=(CONVERSATION_UNKNOWN, NOT_ALLOWED))
async def change_conversation(call: Call, path: ConversationPath, body: ConversationPatch) -> ConversationView:
    """Call a conversation something else, or tag it. Tags are for staff alone."""
    return standing(call, await handling.change(call, path.conversation_id, body))


@routes.put(
    f"{_ONE}/assignee", needs=access.MODERATE, errors=(CONVERSATION_UNKNOWN, ASSIGNEE_INVALID, NOT_ALLOWED, NOT_A_USER)
)
async def assign_conversation(call: Call, path: ConversationPath, body: AssigneeBody) -> ConversationView:
    """Take a conversation, give it to somebody else with a note, or let it go: `user_id: null`."""
    return standing(call, await handling.assign(call, path.conversation_id, body.user_id, body.note))


@routes.post(f"{_ONE}/resolve", needs=access.ANY, errors=(CONVERSATION_UNKNOWN, RATE_LIMITED, WRITING_BLOCKED))
async def resolve_conversation(call: Call, path: ConversationPath) -> ConversationView:
    """Nothing is left to say. A message of the customer opens it again."""
    return standing(call, await handling.resolve(call, path.conversation_id))


@routes.post(f"{_ONE}/reopen", needs=access.ANY, errors=(CONVERSATION_UNKNOWN, RATE_LIMITED, WRITING_BLOCKED))
async def reopen_conversation(call: Call, path: ConversationPath) -> ConversationView:
    """Something is left to say after all."""
    return standing(call, await handling.reopen(call, path.conversation_id))


@routes.put(
    f"{_ONE}/rating",
    needs=access.ANY,
    errors=(CONVERSATION_UNKNOWN, NOT_ALLOWED, NOT_RESOLVED, RATE_LIMITED, *_REFUSED),
)
async def rate_conversation(call: Call, path: ConversationPath, body: RatingBody) -> ConversationView:
    """Say how content you are, as the customer of a conversation that is resolved; later ones replace earlier ones."""
    return standing(call, await handling.rate(call, path.conversation_id, body.rating, body.comment))


@routes.get(f"{_ONE}/messages", needs=access.ANY, errors=(CONVERSATION_UNKNOWN,))
async def list_chat_messages(call: Call, path: ConversationPath, query: ChatMessagesQuery) -> ChatMessagesView:
    """Messages by their place, the oldest first: before one, after one, or the newest. Staff see notes as well."""
    return listed(call, await messages.read(call, path.conversation_id, query.before, query.after, query.limit))


@routes.get(f"{_ONE}/sync", needs=access.ANY, errors=(CONVERSATION_UNKNOWN,))
async def sync_conversation(call: Call, path: ConversationPath, query: SyncQuery) -> SyncView:
    """Everything that came or changed after a step, in order: exactly what was missed by who has seen that step."""
    return synced(call, await messages.sync(call, path.conversation_id, query.after, query.limit))


@routes.post(
    f"{_ONE}/messages",
    needs=access.ANY,
    errors=(*_WRITING, ATTACHMENT_UNUSABLE, *_REFUSED),
    status=201,
    known_status=200,
    idempotency="none",
)
async def write_chat_message(call: Call, path: ConversationPath, body: MessageBody) -> Reply[ChatMessageView]:
    """Write a message. The same `client_id` again is the same message (200); for another one it is refused."""
    draft = Draft(kind="text", client_id=body.client_id, body=body.body, attachments=tuple(body.attachments))
    seen = await messages.post(call, path.conversation_id, draft)
    return Reply(shown(call, seen), status=_made(is_new=seen.is_new))


@routes.post(
    f"{_ONE}/notes",
    needs=access.MODERATE,
    errors=(*_WRITING, NOT_ALLOWED),
    status=201,
    known_status=200,
    idempotency="none",
)
async def write_chat_note(call: Call, path: ConversationPath, body: NoteBody) -> Reply[ChatMessageView]:
    """Write a note, which only staff ever see."""
    seen = await messages.post(call, path.conversation_id, Draft(kind="note", client_id=body.client_id, body=body.body))
    return Reply(shown(call, seen), status=_made(is_new=seen.is_new))


@routes.patch(_MESSAGE, needs=access.ANY, errors=(*_CHANGING, RATE_LIMITED, *_REFUSED))
async def edit_chat_message(call: Call, path: ChatMessagePath, body: EditBody) -> ChatMessageView:
    """Have an own message say something else, within 24 hours. What it said is kept for the staff."""
    return shown(call, await messages.edit(call, path.conversation_id, path.chat_message_id, body.body))


@routes.delete(_MESSAGE, needs=access.ANY, errors=(*_CHANGING, REASON_MISSING))
async def take_back_chat_message(call: Call, path: ChatMessagePath, query: DeleteQuery) -> ChatMessageView:
    """Take an own message back, or as staff one of somebody else, with a reason. Its place stays, and says nothing."""
    return shown(call, await messages.take_back(call, path.conversation_id, path.chat_message_id, query.reason))


@routes.get(
    f"{_MESSAGE}/versions", needs=access.MODERATE, errors=(CONVERSATION_UNKNOWN, CHAT_MESSAGE_UNKNOWN, NOT_ALLOWED)
)
async def list_chat_message_versions(call: Call, path: ChatMessagePath) -> VersionsView:
    """What a message said before it was edited or taken back, and what it carried.

    What a message carried that was taken back is kept for 30 days, for staff alone: they load it with their own token
    at `/chat/attachments/{attachment_id}`.
    """
    found = await messages.versions(call, path.conversation_id, path.chat_message_id)
    kept = await attachments.taken_back(call, path.conversation_id, path.chat_message_id)
    return VersionsView(items=[version_view(each) for each in found], attachments=[kept_view(each) for each in kept])


@routes.put(f"{_ONE}/cursor", needs=access.ANY, errors=(CONVERSATION_UNKNOWN, NOT_A_USER))
async def move_chat_cursor(call: Call, path: ConversationPath, body: CursorBody) -> CursorView:
    """Say how far messages have come, and have been read. Neither ever goes back."""
    cursor = await conversations.reach(call, path.conversation_id, body.delivered, body.read)
    return cursor_view(path.conversation_id, cursor)


def _made(*, is_new: bool) -> HTTPStatus:
    return HTTPStatus.CREATED if is_new else HTTPStatus.OK


def _page(
    call: Call, query: OwnConversationsQuery | ConversationsQuery, at: Position, found: list[Conversation]
) -> Reply[Page[ConversationView]]:
    return page(call, query, at, found, _keys, lambda each: _view(call, each))


def _view(call: Call, found: Conversation) -> ConversationView:
    side = access.side_of(call.actor, found)
    assert side is not None, "lists hold what their reader may see"
    return conversation_view(found, side, call.actor.id)


def _keys(found: Conversation) -> tuple[str, str]:
    return found.last_message_at.isoformat(), str(found.id)


def _waiting_keys(found: Conversation) -> tuple[str, str]:
    assert found.waiting_since is not None
    return found.waiting_since.isoformat(), str(found.id)
