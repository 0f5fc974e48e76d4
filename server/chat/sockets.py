"""The events of the namespace /chat: what clients ask for by socket, by the same use cases as the addresses of HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec

from server.auth.errors import NOT_A_USER
from server.auth.service import user_of
from server.chat import access, blocks_repo, conversations, conversations_repo, messages, participants_repo
from server.chat.board import BOARD, take_in
from server.chat.errors import (
    ATTACHMENT_UNUSABLE,
    CHAT_MESSAGE_UNKNOWN,
    CONVERSATION_UNKNOWN,
    MESSAGE_FINAL,
    MESSAGE_ID_REUSED,
    MESSAGE_REFUSED,
    REASON_MISSING,
    WRITING_BLOCKED,
)
from server.chat.followers import FOLLOWERS
from server.chat.messages import Draft
from server.chat.namespace import TYPING, chat
from server.chat.participants_repo import Followed
from server.chat.schemas import ChatMessagesView, ChatMessageView, ConversationView, CursorView, SyncView
from server.chat.seating import may_stay, rise, room_of, sit
from server.chat.seats import seat_of, told_by
from server.chat.showing import listed, shown, synced
from server.chat.snapshot import Head
from server.chat.socket_schemas import (
    ConversationBody,
    DeleteInBody,
    EditInBody,
    JoinBody,
    MoreBody,
    NoteToBody,
    QueueBody,
    ReachedBody,
    SendBody,
    SyncBody,
    TypingBody,
    TypingView,
)
from server.chat.views import conversation_view, cursor_view
from server.sockets.connections import Connection, SocketCall
from server.sockets.serving import SOCKETS
from server.web.call import SHOP
from server.web.problems import NOT_ALLOWED, RATE_LIMITED
from storage.transaction import Transaction

__all__ = ["chat"]  # with its events

NEWEST: Final = 100
"""Conversations that somebody is told of from the moment they connect."""
BLOCKS_SECONDS: Final = 10.0
"""How long somebody who was blocked is seen to type at most."""

_WRITING: Final = (CONVERSATION_UNKNOWN, MESSAGE_ID_REUSED, NOT_A_USER, RATE_LIMITED)
_REFUSED: Final = (MESSAGE_REFUSED, WRITING_BLOCKED)
_CHANGING: Final = (CONVERSATION_UNKNOWN, CHAT_MESSAGE_UNKNOWN, MESSAGE_FINAL, NOT_ALLOWED, NOT_A_USER)


@chat.connected
async def come(call: SocketCall) -> None:
    """Let them have the conversations they take part in, and those they had before, from where they were."""
    connection, comes_back = call.connection, call.connection.said.since is not None
    since: Mapping[UUID, int] = connection.said.since or {}

    async def work(tx: Transaction) -> tuple[list[Followed], list[Head], Mapping[UUID, list[UUID]]]:
        own = call.actor.id if call.actor.kind == "user" else None
        followed = [] if own is None else await participants_repo.newest_followed(tx, own, NEWEST)
        others = since.keys() - {each.id for each in followed if each.role != "staff"}
        heads = await conversations_repo.find_some(tx, others) if others else []
        return followed, heads, await participants_repo.people(tx, others) if others else {}

    followed, others, people = await call.database.transaction(call.store.id, work)
    for each in followed:
        await take_in(call.shop, connection, each, after=min(each.seq, since.get(each.id, each.seq)))
    theirs = {each.id for each in followed}
    for head in others:
        side = access.side_of(call.actor, head)
        if side is not None:
            theirs.add(head.id)
            await sit(call.shop, connection, head.id, side, min(head.seq, since[head.id]), people.get(head.id, ()))
    if comes_back:
        # What began meanwhile they do not know of; of the others not who has read, or is here.
        call.use(BOARD).show(call.store.id, theirs)


@chat.renewed
def look(connection: Connection) -> None:
    """They may do other things than before, perhaps."""
    connection.request.app[SHOP].use(BOARD).renewed(connection)


@chat.disconnected
async def go(connection: Connection) -> None:
    """Nobody is told any more."""
    connection.request.app[SHOP].use(FOLLOWERS).forget(connection)


@chat.on("join", errors=(CONVERSATION_UNKNOWN,))
async def join(call: SocketCall, body: JoinBody) -> ConversationView:
    """Be handed the messages of a conversation: those that changed after a step first, else only what is new.

    Customers and sellers have joined theirs when they connect; staff join any. How it stands comes as the answer.
    """
    found = await conversations.read(call, body.conversation_id)
    conversation, side = found.conversation, found.side
    seat_of(call.connection).left.pop(conversation.id, None)
    # Whoever has joined before and names no step goes on where they are: some may be on its way to them.
    if body.after is not None or conversation.id not in call.connection.watches:
        after = conversation.seq if body.after is None else min(body.after, conversation.seq)
        people = [each.user_id for each in conversation.participants]
        await sit(call.shop, call.connection, conversation.id, side, after, people)
    view = conversation_view(conversation, side, call.actor.id)
    seat_of(call.connection).tell(conversation.id, told_by(view))
    return view


@chat.on("leave")
async def leave(call: SocketCall, body: ConversationBody) -> None:
    """Be told no more of a conversation, on this connection."""
    if await _takes_part(call, body.conversation_id):
        seat_of(call.connection).leave(body.conversation_id)
    await rise(call.shop, call.connection, body.conversation_id)


@chat.on("send", errors=(*_WRITING, ATTACHMENT_UNUSABLE, *_REFUSED))
async def send(call: SocketCall, body: SendBody) -> ChatMessageView:
    """Write a message. It is kept before this is answered; the same client_id again is the same message."""
    draft = Draft(kind="text", client_id=body.client_id, body=body.body, attachments=tuple(body.attachments))
    return shown(call, await messages.post(call, body.conversation_id, draft))


@chat.on("note", needs=access.MODERATE, errors=(*_WRITING, NOT_ALLOWED))
async def write_note(call: SocketCall, body: NoteToBody) -> ChatMessageView:
    """Write a note, which only staff ever see."""
    draft = Draft(kind="note", client_id=body.client_id, body=body.body)
    return shown(call, await messages.post(call, body.conversation_id, draft))


@chat.on("edit", errors=(*_CHANGING, RATE_LIMITED, *_REFUSED))
async def edit(call: SocketCall, body: EditInBody) -> ChatMessageView:
    """Have an own message say something else, within 24 hours."""
    return shown(call, await messages.edit(call, body.conversation_id, body.message_id, body.body))


@chat.on("delete", errors=(*_CHANGING, REASON_MISSING))
async def delete(call: SocketCall, body: DeleteInBody) -> ChatMessageView:
    """Take a message back; its place stays. Staff take back messages of others with a reason."""
    taken = await messages.take_back(call, body.conversation_id, body.message_id, body.reason, said_at="/reason")
    return shown(call, taken)


@chat.on("read", errors=(CONVERSATION_UNKNOWN, NOT_A_USER))
async def read(call: SocketCall, body: ReachedBody) -> CursorView:
    """Everything up to this place has been read. It never goes back."""
    return cursor_view(body.conversation_id, await conversations.reach(call, body.conversation_id, None, body.seq))


@chat.on("delivered", errors=(CONVERSATION_UNKNOWN, NOT_A_USER))
async def delivered(call: SocketCall, body: ReachedBody) -> CursorView:
    """Everything up to this place has reached this device. It never goes back."""
    return cursor_view(body.conversation_id, await conversations.reach(call, body.conversation_id, body.seq, None))


@chat.on("typing", errors=(CONVERSATION_UNKNOWN,))
async def typing(call: SocketCall, body: TypingBody) -> None:
    """Tell the others who have joined that one is writing, or has stopped.

    Nothing is kept. Send it again every few seconds while it lasts: who hears nothing for 6 seconds takes it for over.
    Of those who may only read nobody is told.
    """
    side = seat_of(call.connection).joined.get(body.conversation_id)
    if side is None or not may_stay(call.connection, side):
        raise CONVERSATION_UNKNOWN(f"join the conversation {body.conversation_id} first, if it is yours")
    if side != "staff" and not await _may_write(call):
        return
    view = TypingView(conversation_id=body.conversation_id, user_id=call.user_id, role=side, is_typing=body.is_typing)
    await call.use(SOCKETS).emit(
        TYPING.name, msgspec.to_builtins(view), room=room_of(body.conversation_id), skip_sid=call.connection.sid,
        namespace=chat.path,
    )  # fmt: skip


@chat.on("sync", errors=(CONVERSATION_UNKNOWN,))
async def sync(call: SocketCall, body: SyncBody) -> SyncView:
    """Everything that came or changed after a step, in order: what a client missed that has seen it."""
    return synced(call, await messages.sync(call, body.conversation_id, body.after, body.limit))


@chat.on("more", errors=(CONVERSATION_UNKNOWN,))
async def more(call: SocketCall, body: MoreBody) -> ChatMessagesView:
    """Messages before a place, or after one; neither: the newest."""
    return listed(call, await messages.read(call, body.conversation_id, body.before, body.after, body.limit))


@chat.on("queue", needs=access.MODERATE)
async def watch_queue(call: SocketCall, body: QueueBody) -> None:
    """Be told by `conversation` of every conversation of the store that changes, or no more."""
    call.use(FOLLOWERS).watch_queue(call.connection, watches=body.watch)


async def _takes_part(call: SocketCall, conversation_id: UUID) -> bool:
    """Whether they take part, and so are told of it, or will be in a moment: it may have begun just now."""
    if call.use(FOLLOWERS).takes_part(call.connection, conversation_id):
        return True
    head = await call.database.transaction(call.store.id, lambda tx: conversations_repo.find(tx, conversation_id))
    return head is not None and access.side_of(call.actor, head) in ("customer", "seller")


async def _may_write(call: SocketCall) -> bool:
    """Whether they are not blocked, as far as was known some seconds ago."""
    seat, now = seat_of(call.connection), asyncio.get_running_loop().time()
    if now >= seat.may_type_until:
        user_id = user_of(call)
        if await call.database.transaction(call.store.id, lambda tx: blocks_repo.find(tx, user_id)) is not None:
            return False
        seat.may_type_until = now + BLOCKS_SECONDS
    return True
