"""What can be done with messages? Write, edit and take them back, read them both ways, and find out what was missed.

HTTP and sockets call the same functions. Whoever writes holds the lock of the conversation: its steps have an order.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from server.auth.service import user_of
from server.chat import access, attachments_repo, conversations_repo, messages_repo, writing
from server.chat.blocks_repo import Standing
from server.chat.errors import CHAT_MESSAGE_UNKNOWN, MESSAGE_FINAL, MESSAGE_ID_REUSED, REASON_MISSING
from server.chat.feed import KIND
from server.chat.messages_repo import NewMessage
from server.chat.snapshot import HandedMessage, Head, Message, Side, Version
from server.errors import AppError, Fault
from server.feeds.hub import HUB
from server.feeds.steps import Step, Thing
from server.web.call import Call
from server.web.limits import LIMITER, Limit
from server.web.noting import note
from server.web.problems import NOT_ALLOWED
from storage.transaction import Transaction

EDITABLE: Final = timedelta(hours=24)
"""For how long the author may edit a message."""
MESSAGES: Final = Limit("chat messages of a user", 30, 60)


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to write. `details` of a decision: what is shown of it."""

    kind: Literal["text", "note", "decision"]
    client_id: UUID
    body: str
    attachments: tuple[UUID, ...] = ()
    details: dict[str, Any] | None = None


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A message, as this side sees it. `is_new`: it was not there before this call."""

    message: Message
    side: Side
    is_new: bool = False


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Messages in order, as this side sees them, and whether there are more on either side of them."""

    messages: list[Message]
    side: Side
    more_before: bool
    more_after: bool


async def post(call: Call, conversation_id: UUID, draft: Draft) -> Seen:
    """Write a message; the one that is there already when the author has used the client_id for the same.

    Raises CONVERSATION_UNKNOWN, BODY_INVALID, NOT_ALLOWED for notes of others than staff, MESSAGE_ID_REUSED,
    RATE_LIMITED, WRITING_BLOCKED, MESSAGE_REFUSED and ATTACHMENT_UNUSABLE.
    """
    author_id = user_of(call)
    await call.use(LIMITER).hit(MESSAGES, str(call.store.id), str(author_id))

    async def work(tx: Transaction) -> Seen:
        return await write(call, tx, conversation_id, draft)

    with call.use(HUB).writing(_thing(call, conversation_id)):
        return await call.database.transaction(call.store.id, work)


async def write(call: Call, tx: Transaction, conversation_id: UUID, draft: Draft) -> Seen:
    """Write a message. Raises as `post` does, but for RATE_LIMITED."""
    conversation, side, standing = await _locked(call, tx, conversation_id)
    if draft.kind != "text":
        access.staff_only(side)
    writing.refuse_unfit(call, standing, side, draft.body, is_alone=not draft.attachments)
    author_id = user_of(call)
    new = NewMessage(
        author_id=author_id, side=side, kind=draft.kind, body=draft.body, client_id=draft.client_id,
        details=draft.details,
    )  # fmt: skip
    status, waits = writing.turn_after(conversation, side, draft.kind)
    written = await messages_repo.write(
        tx, conversation.id, new, status, waits=waits, has_attachments=bool(draft.attachments)
    )
    if written.is_new:
        await attachments_repo.bind(tx, conversation.id, author_id, draft.attachments, written.id)
    message = written.message or await _found(tx, conversation.id, written.id, side)
    carried = tuple(each.id for each in message.attachments)
    if (written.kind, written.body, carried) != (draft.kind, draft.body, draft.attachments):
        raise MESSAGE_ID_REUSED(
            f"you used the client_id {draft.client_id} for another message; make a new one for each message",
            message_id=str(written.id),
        )
    if written.is_new:
        sold_by = conversation.seller_user_id if conversation.is_seller_active else None
        _offer(call, tx, HandedMessage(**msgspec.structs.asdict(message), sold_by=sold_by))
    return Seen(message=message, side=side, is_new=written.is_new)


async def edit(call: Call, conversation_id: UUID, message_id: UUID, body: str) -> Seen:
    """Have an own message say something else. What it said is kept.

    Raises CONVERSATION_UNKNOWN, CHAT_MESSAGE_UNKNOWN, NOT_ALLOWED, MESSAGE_FINAL, BODY_INVALID, RATE_LIMITED,
    WRITING_BLOCKED and MESSAGE_REFUSED.
    """
    author_id = user_of(call)
    await call.use(LIMITER).hit(MESSAGES, str(call.store.id), str(author_id))

    async def work(tx: Transaction) -> Seen:
        _, side, standing = await _locked(call, tx, conversation_id)
        message = await _found(tx, conversation_id, message_id, side)
        if message.author_id != author_id or message.author_role == "system":
            raise NOT_ALLOWED("only its author can edit a message")
        if message.body == body and message.deleted_at is None:
            return Seen(message=message, side=side)
        _refuse_final(message)
        if await tx.now() - message.created_at > EDITABLE:
            hours = EDITABLE // timedelta(hours=1)
            raise MESSAGE_FINAL(f"messages can be edited for {hours} hours; write another one")
        writing.refuse_unfit(call, standing, side, body, is_alone=not message.attachments)
        await messages_repo.replace(tx, conversation_id, message_id, body, author_id)
        return Seen(message=await _found(tx, conversation_id, message_id, side), side=side)

    return await call.database.transaction(call.store.id, work)


async def take_back(
    call: Call, conversation_id: UUID, message_id: UUID, reason: str | None, *, said_at: str = "query/reason"
) -> Seen:
    """Take a message back: an own one, or as staff, with a reason, one of somebody else. Its place stays.

    `said_at` is where the caller says the reason.
    Raises CONVERSATION_UNKNOWN, CHAT_MESSAGE_UNKNOWN, NOT_ALLOWED, MESSAGE_FINAL, REASON_MISSING.
    """
    user_id = user_of(call)

    async def work(tx: Transaction) -> Seen:
        _, side, _ = await _locked(call, tx, conversation_id)
        message = await _found(tx, conversation_id, message_id, side)
        if message.author_role == "system":
            raise MESSAGE_FINAL("this message tells what was done; it stays")
        if message.author_id != user_id:
            _may_take_back_of_others(side, reason, said_at)
        if await messages_repo.replace(tx, conversation_id, message_id, None, user_id) and side == "staff":
            told = {"conversation": str(conversation_id), "author": str(message.author_id), "reason": reason}
            await note(tx, call, "chat.message_taken_back", "chat_message", message_id, None, told)
        return Seen(message=await _found(tx, conversation_id, message_id, side), side=side)

    return await call.database.transaction(call.store.id, work)


async def read(call: Call, conversation_id: UUID, before: int | None, after: int | None, limit: int) -> Part:
    """Messages by their place: the oldest after one, else the newest before one. Raises CONVERSATION_UNKNOWN."""

    async def work(tx: Transaction) -> Part:
        side = await _side(call, tx, conversation_id)
        with_notes = side == "staff"
        if after is not None:
            found = await messages_repo.after(tx, conversation_id, after, limit + 1, with_notes=with_notes)
            ended = [each for each in found[:limit] if before is None or each.seq < before]
            return Part(messages=ended, side=side, more_before=after > 0, more_after=len(ended) < len(found))
        found = await messages_repo.before(tx, conversation_id, before, limit + 1, with_notes=with_notes)
        more = before is not None
        return Part(messages=found[limit - 1 :: -1], side=side, more_before=len(found) > limit, more_after=more)

    return await call.database.transaction(call.store.id, work)


async def sync(call: Call, conversation_id: UUID, after: int, limit: int) -> Part:
    """What came or changed after a step, in the order of the steps. Raises CONVERSATION_UNKNOWN."""

    async def work(tx: Transaction) -> Part:
        side = await _side(call, tx, conversation_id)
        found = await messages_repo.changed_after(tx, conversation_id, after, limit + 1, with_notes=side == "staff")
        return Part(messages=found[:limit], side=side, more_before=after > 0, more_after=len(found) > limit)

    return await call.database.transaction(call.store.id, work)


async def versions(call: Call, conversation_id: UUID, message_id: UUID) -> list[Version]:
    """What a message said before. Raises CONVERSATION_UNKNOWN, CHAT_MESSAGE_UNKNOWN, NOT_ALLOWED."""

    async def work(tx: Transaction) -> list[Version]:
        side = await _side(call, tx, conversation_id)
        access.staff_only(side)
        await _found(tx, conversation_id, message_id, side)
        return await messages_repo.versions(tx, message_id)

    return await call.database.transaction(call.store.id, work)


async def _locked(call: Call, tx: Transaction, conversation_id: UUID) -> tuple[Head, Side, Standing]:
    answers = call.actor.may(access.MODERATE)
    found = await conversations_repo.lock_to_write(tx, conversation_id, user_of(call), answers=answers)
    head, side = access.visible(call.actor, None if found is None else found[0], conversation_id)
    assert found is not None, "it is visible"
    return head, side, found[1]


def _offer(call: Call, tx: Transaction, message: HandedMessage) -> None:
    """Have whoever watches here handed a new message as soon as it is committed, without its being read again."""

    async def offer() -> None:
        call.use(HUB).offer(_thing(call, message.conversation_id), message.after, Step(message.change, message))

    tx.after_commit(offer)


def _thing(call: Call, conversation_id: UUID) -> Thing:
    return Thing(KIND, call.store.id, conversation_id)


async def _side(call: Call, tx: Transaction, conversation_id: UUID) -> Side:
    return access.visible(call.actor, await conversations_repo.find(tx, conversation_id), conversation_id)[1]


async def _found(tx: Transaction, conversation_id: UUID, message_id: UUID, side: Side) -> Message:
    message = await messages_repo.find(tx, conversation_id, message_id)
    if message is None or not (message.is_public or side == "staff"):
        raise _unknown(conversation_id, message_id)
    return message


def _refuse_final(message: Message) -> None:
    if message.deleted_at is not None:
        raise MESSAGE_FINAL("the message was taken back")
    if message.kind == "decision":
        raise MESSAGE_FINAL("an explanation cannot be edited; take it back, and send another one")


def _may_take_back_of_others(side: Side, reason: str | None, said_at: str) -> None:
    if side != "staff":
        raise NOT_ALLOWED("only its author, or the staff of the shop, can take a message back")
    if reason is None:
        raise REASON_MISSING(
            "the message is somebody else's; say why you take it back, which is kept in the audit log",
            faults=[Fault(said_at, "missing", "is missing")],
        )


def _unknown(conversation_id: UUID, message_id: UUID) -> AppError:
    return CHAT_MESSAGE_UNKNOWN(f"the conversation {conversation_id} has no message {message_id}")
