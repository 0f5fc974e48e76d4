"""What is done with a conversation besides writing? It is assigned, called and tagged, resolved, reopened and rated.

What is done is told in the conversation by a message of the system, so that everybody learns of it in order.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace

from server.auth.service import user_of
from server.chat import access, blocks, conversations_repo, messages
from server.chat.conversations import Shown, show
from server.chat.errors import ASSIGNEE_INVALID, NOT_RESOLVED
from server.chat.messages import Draft
from server.chat.schemas import ConversationPatch
from server.chat.snapshot import Head, Side
from server.decisions.books import BOOKS
from server.errors import Fault
from server.web.call import Call
from server.web.limits import LIMITER
from server.web.noting import note
from server.web.problems import NOT_ALLOWED
from storage.ids import new_id
from storage.transaction import Transaction

_RESOURCE: Final = "conversation"


async def assign(call: Call, conversation_id: UUID, user_id: UUID | None, told: str | None) -> Shown:
    """Have somebody look after it, None: nobody any more; `told` is a note for staff.

    Raises CONVERSATION_UNKNOWN, NOT_ALLOWED, ASSIGNEE_INVALID, and BODY_INVALID for an empty note.
    """
    answering = call.use(BOOKS).access(call.store).holders(access.MODERATE)

    async def work(tx: Transaction) -> Shown:
        before, _ = await _locked(call, tx, conversation_id, as_staff=True)
        if user_id is not None and user_id != before.assigned_to:
            name = await conversations_repo.answering(tx, user_id, answering)
            if name is None or user_id in (before.customer_id, before.seller_user_id):
                raise _not_answering(user_id)
            done = {"done": "assigned", "to": {"id": str(user_id), "name": name}}
            after = replace(before, assigned_to=user_id)
            await conversations_repo.change(tx, after, by=_doer(call), details=done, among_staff=False, joins=True)
        elif user_id is None and before.assigned_to is not None:
            after = replace(before, assigned_to=None)
            await _tell(call, tx, after, {"done": "unassigned"})
        if user_id != before.assigned_to:
            await _note(call, tx, "chat.assign", before, {"assigned_to": user_id}, {"assigned_to": before.assigned_to})
        if told is not None:
            draft = Draft(kind="note", client_id=new_id(), body=told)
            await messages.write(call, tx, conversation_id, draft)
        return await show(call, tx, conversation_id)

    return await call.database.transaction(call.store.id, work)


async def change(call: Call, conversation_id: UUID, patch: ConversationPatch) -> Shown:
    """Call it something else, tag it. Tags are for staff alone. Raises CONVERSATION_UNKNOWN, NOT_ALLOWED."""

    async def work(tx: Transaction) -> Shown:
        before, _ = await _locked(call, tx, conversation_id, as_staff=True)
        after = before
        if patch.subject is not None and patch.subject != before.subject:
            after = replace(after, subject=patch.subject)
            await _tell(call, tx, after, {"done": "changed", "subject": patch.subject})
        tags = before.tags if patch.tags is None else list(dict.fromkeys(patch.tags))
        if tags != before.tags:
            after = replace(after, tags=tags)
            await _tell(call, tx, after, {"done": "changed", "tags": tags}, among_staff=True)
        if after is not before:
            told = {"subject": after.subject, "tags": after.tags}
            await _note(call, tx, "chat.change", before, told, {"subject": before.subject, "tags": before.tags})
        return await show(call, tx, conversation_id)

    return await call.database.transaction(call.store.id, work)


async def resolve(call: Call, conversation_id: UUID) -> Shown:
    """Nothing is left to say, until the customer says something.

    Raises CONVERSATION_UNKNOWN, RATE_LIMITED, WRITING_BLOCKED.
    """
    await _hit_limit(call)

    async def work(tx: Transaction) -> Shown:
        before, side = await _locked(call, tx, conversation_id)
        await _refuse_blocked(call, tx, side)
        if before.status != "resolved":
            after = replace(before, status="resolved", is_waited_for=False)
            await _tell(call, tx, after, {"done": "resolved"})
            await _note_of_staff(call, tx, side, "chat.resolve", before, after)
        return await show(call, tx, conversation_id)

    return await call.database.transaction(call.store.id, work)


async def reopen(call: Call, conversation_id: UUID) -> Shown:
    """Something is left to say after all; an answer is owed to the customer.

    Raises CONVERSATION_UNKNOWN, RATE_LIMITED, WRITING_BLOCKED.
    """
    await _hit_limit(call)

    async def work(tx: Transaction) -> Shown:
        before, side = await _locked(call, tx, conversation_id)
        await _refuse_blocked(call, tx, side)
        if before.status == "resolved":
            after = replace(before, status="open", is_waited_for=before.seller_id is None)
            await _tell(call, tx, after, {"done": "reopened"})
            await _note_of_staff(call, tx, side, "chat.reopen", before, after)
        return await show(call, tx, conversation_id)

    return await call.database.transaction(call.store.id, work)


async def rate(call: Call, conversation_id: UUID, rating: int, comment: str | None) -> Shown:
    """The customer says how content they are, and may change their mind.

    Raises CONVERSATION_UNKNOWN, NOT_ALLOWED for others than the customer, NOT_RESOLVED, RATE_LIMITED,
    WRITING_BLOCKED, and MESSAGE_REFUSED for what is not said here.
    """
    await _hit_limit(call)

    async def work(tx: Transaction) -> Shown:
        before, side = await _locked(call, tx, conversation_id)
        if side != "customer":
            raise NOT_ALLOWED("the customer rates the conversation")
        if before.status != "resolved":
            raise NOT_RESOLVED("rate it once it is resolved; POST …/resolve when nothing is left to say")
        await blocks.refuse_unwanted(call, tx, comment or "", "/comment")
        if (rating, comment) != (before.rating, before.rating_comment):
            after = replace(before, rating=rating, rating_comment=comment)
            await _tell(call, tx, after, {"done": "rated", "rating": rating})
        return await show(call, tx, conversation_id)

    return await call.database.transaction(call.store.id, work)


async def _hit_limit(call: Call) -> None:
    """What is done is a message as well, and counts as one. Raises RATE_LIMITED."""
    await call.use(LIMITER).hit(messages.MESSAGES, str(call.store.id), str(call.actor.id))


async def _refuse_blocked(call: Call, tx: Transaction, side: Side) -> None:
    """Raise WRITING_BLOCKED for who may only read: everybody would be told what they do."""
    if side != "staff":
        await blocks.refuse_blocked(tx, user_of(call))


async def _locked(call: Call, tx: Transaction, conversation_id: UUID, *, as_staff: bool = False) -> tuple[Head, Side]:
    """The conversation, locked, and the caller's side. Raises CONVERSATION_UNKNOWN, NOT_ALLOWED."""
    found, side = access.visible(call.actor, await conversations_repo.lock(tx, conversation_id), conversation_id)
    if as_staff:
        access.staff_only(side)
    return found, side


async def _tell(
    call: Call, tx: Transaction, after: Head, details: dict[str, Any], *, among_staff: bool = False
) -> None:
    await conversations_repo.change(tx, after, by=_doer(call), details=details, among_staff=among_staff)


def _doer(call: Call) -> UUID | None:
    """The account that does it; people of the platform have none in the store."""
    return user_of(call) if call.actor.kind == "user" else None


async def _note_of_staff(call: Call, tx: Transaction, side: Side, action: str, before: Head, after: Head) -> None:
    if side == "staff":
        await _note(call, tx, action, before, {"status": after.status}, {"status": before.status})


async def _note(
    call: Call, tx: Transaction, action: str, of: Head, after: dict[str, Any], before: dict[str, Any]
) -> None:
    await note(tx, call, action, _RESOURCE, of.id, before, after)


def _not_answering(user_id: UUID) -> Exception:
    return ASSIGNEE_INVALID(
        f"{user_id} is nobody of the store who may answer here: it needs an active account with {access.MODERATE}; "
        "GET /users?role=support lists people by their roles",
        faults=[Fault("/user_id", "not_answering", "is nobody who answers customers")],
    )
