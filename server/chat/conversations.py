"""How does a conversation begin, and where are they found? With the shop or a seller, about an order or a product."""

from __future__ import annotations

from typing import Final, NamedTuple
from uuid import UUID

import msgspec
from msgspec.structs import replace

from server.auth.service import user_of
from server.chat import access, blocks, conversations_repo, messages, participants_repo
from server.chat.conversations_repo import About, Wanted
from server.chat.errors import CUSTOMER_UNKNOWN, SUBJECT_UNKNOWN
from server.chat.messages import Draft
from server.chat.schemas import NewConversationBody, OwnConversationsQuery, QueueQuery
from server.chat.snapshot import Conversation, Cursor, Side
from server.errors import Fault
from server.web.call import Call
from server.web.limits import LIMITER, Limit
from server.web.noting import note
from server.web.problems import NOT_ALLOWED, invalid
from storage.pages import TimeWindow
from storage.transaction import Transaction

BEGUN: Final = Limit("conversations begun by a user", 20, 3600)
BEGUN_BY_STAFF: Final = Limit("conversations begun by staff", 200, 3600)
"""With others; one of their own, as a customer or a seller, they begin like everybody."""
EXCERPT_CHARACTERS: Final = 80
"""Of the first message, when nothing else says what it is about."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation, as this side sees it. `is_new`: it was not there before this call."""

    conversation: Conversation
    side: Side
    is_new: bool = False


class With(NamedTuple):
    """The customer of a conversation that begins, None: whoever placed the order; and as what somebody begins it."""

    customer_id: UUID | None
    side: Side


async def begin(call: Call, body: NewConversationBody) -> Shown:
    """Begin a conversation; the one that is there already when its key was used before.

    What the message says is kept either way, once: a conversation that is there goes on with it.
    Raises SUBJECT_UNKNOWN, CUSTOMER_UNKNOWN, NOT_ALLOWED, BODY_INVALID, RATE_LIMITED, and what `messages.post` raises.
    """
    user_id = user_of(call)
    key = f"{user_id}:{body.key}"

    async def look(tx: Transaction) -> tuple[With, UUID | None]:
        whose = await _whose(call, tx, body)
        return whose, await conversations_repo.with_key(tx, whose.customer_id, body.order, key)

    whose, known = await call.database.transaction(call.store.id, look)
    await _hit_limit(call, body, user_id, is_known=known is not None, is_own=whose.side != "staff")

    async def work(tx: Transaction) -> Shown:
        if known is not None:
            return await _go_on(call, tx, known, body)
        of = await _about(call, tx, whose.customer_id, body)
        return await _begin(call, tx, of, key, body, whose.side)

    return await call.database.transaction(call.store.id, work)


async def read(call: Call, conversation_id: UUID) -> Shown:
    """A conversation with everything that is shown of it. Raises CONVERSATION_UNKNOWN."""
    return await call.database.transaction(call.store.id, lambda tx: show(call, tx, conversation_id))


async def show(call: Call, tx: Transaction, conversation_id: UUID) -> Shown:
    """A conversation as the caller may see it. Raises CONVERSATION_UNKNOWN."""
    found = await conversations_repo.shown(tx, [conversation_id])
    conversation = found[0] if found else None
    _, side = access.visible(call.actor, conversation, conversation_id)
    assert conversation is not None
    return Shown(conversation=conversation, side=side)


async def own(call: Call, query: OwnConversationsQuery, window: TimeWindow) -> list[Conversation]:
    """The caller's conversations as a customer or a seller, those with the newest messages first."""
    user_id = user_of(call)

    async def work(tx: Transaction) -> list[Conversation]:
        return await conversations_repo.page_of_user(tx, user_id, window, status=query.status, order_number=query.order)

    return await call.database.transaction(call.store.id, work)


async def of_store(call: Call, wanted: Wanted, window: TimeWindow) -> list[Conversation]:
    """Conversations of the store, those with the newest messages first."""
    of_others = replace(wanted, hidden_from=access.hidden_from(call.actor), viewer=call.actor.id)
    return await call.database.transaction(
        call.store.id, lambda tx: conversations_repo.page_of_store(tx, of_others, window)
    )


async def queue(call: Call, query: QueueQuery, window: TimeWindow) -> list[Conversation]:
    """Conversations that wait for the shop, those that have waited longest first."""
    hidden_from = access.hidden_from(call.actor)
    return await call.database.transaction(
        call.store.id, lambda tx: conversations_repo.queue(tx, query.whose, call.actor.id, window, hidden_from)
    )


async def reach(call: Call, conversation_id: UUID, delivered: int | None, read: int | None) -> Cursor:
    """The caller has got, and read, so much. Staff who do not take part leave no mark. Raises CONVERSATION_UNKNOWN."""
    user_id = user_of(call)

    async def work(tx: Transaction) -> Cursor:
        _, side = access.visible(call.actor, await conversations_repo.find(tx, conversation_id), conversation_id)
        found = await participants_repo.reach(tx, conversation_id, user_id, delivered or 0, read or 0)
        return found or Cursor(user_id=user_id, role=side, delivered_seq=0, read_seq=0)

    return await call.database.transaction(call.store.id, work)


async def _hit_limit(call: Call, body: NewConversationBody, user_id: UUID, *, is_known: bool, is_own: bool) -> None:
    """Count what is new of it: the conversation, or the message to one that is there. Raises RATE_LIMITED."""
    if not is_known:
        limit = BEGUN if is_own else BEGUN_BY_STAFF
    elif body.message is not None:
        limit = messages.MESSAGES
    else:
        return
    await call.use(LIMITER).hit(limit, str(call.store.id), str(user_id))


async def _begin(call: Call, tx: Transaction, of: About, key: str, body: NewConversationBody, side: Side) -> Shown:
    """Begin it; go on with it when somebody has begun it at this very moment."""
    user_id, customer_id, subject = user_of(call), of.customer_id, _subject(body, of)
    assert customer_id is not None
    of_others = side == "staff" and customer_id != user_id
    if not of_others:
        await blocks.refuse_unwanted(call, tx, subject, "/subject")
    begun = await conversations_repo.open_conversation(tx, of, subject, key, _participants(of, user_id))
    if begun is None:
        known = await conversations_repo.with_key(tx, customer_id, None, key)
        assert known is not None, "the key is taken"
        return await _go_on(call, tx, known, body)
    if of_others:
        await note(tx, call, "chat.begin", "conversation", begun, None, {"customer": str(customer_id)})
    return replace(await _go_on(call, tx, begun, body), is_new=True)


async def _go_on(call: Call, tx: Transaction, conversation_id: UUID, body: NewConversationBody) -> Shown:
    """Write the message, if there is one that was not written yet, into a conversation that is there."""
    if body.message is not None:
        draft = Draft(kind="text", client_id=body.message.client_id, body=body.message.body)
        await messages.write(call, tx, conversation_id, draft)
    return await show(call, tx, conversation_id)


async def _about(call: Call, tx: Transaction, customer_id: UUID | None, body: NewConversationBody) -> About:
    """Whom and what it is about. Raises SUBJECT_UNKNOWN for what is not there, or is not the customer's."""
    of = await conversations_repo.about(tx, customer_id, body.seller, body.order, body.product)
    named = {
        "seller": (body.seller, of.seller_id),
        "order": (body.order, of.order_id),
        "product": (body.product, of.product_id),
    }
    faults = [
        Fault(f"/{name}", "unknown", f"there is no {name} {asked!r} to talk about here")
        for name, (asked, found) in named.items()
        if asked is not None and found is None
    ]
    if faults:
        raise SUBJECT_UNKNOWN(faults[0].message, faults=faults)
    if of.customer_id is None:
        raise CUSTOMER_UNKNOWN(
            "there is no active customer with this id; GET /users lists those there are",
            faults=[Fault("/customer_id", "unknown", "is no customer of the store")],
        )
    if of.customer_id == of.seller_user_id:
        raise NOT_ALLOWED("this is yourself; nobody else would read it")
    return of


async def _whose(call: Call, tx: Transaction, body: NewConversationBody) -> With:
    """Whose conversation it will be, and as what the caller begins it. Raises NOT_ALLOWED."""
    own_id, is_staff, has_own = user_of(call), call.actor.may(access.MODERATE), call.actor.may(access.OWN)
    if body.customer_id is None and body.order is not None:
        if body.seller is not None and has_own and await conversations_repo.sells(tx, own_id, body.seller):
            return With(None, "seller")
        if is_staff:
            return With(None, "staff")
    customer_id = body.customer_id or own_id
    if customer_id != own_id and not is_staff:
        raise NOT_ALLOWED("only the staff of the shop begin conversations for others; leave customer_id out")
    if customer_id == own_id and not has_own:
        raise NOT_ALLOWED(f"conversations of your own need the permission {access.OWN}", permission=access.OWN)
    return With(customer_id, "customer" if customer_id == own_id else "staff")


def _subject(body: NewConversationBody, of: About) -> str:
    """What it is called. Raises BODY_INVALID when nothing says what it is about."""
    if body.subject is not None:
        return body.subject
    lines = body.message.body.strip().splitlines() if body.message is not None else []
    order = None if body.order is None else f"#{body.order}"
    found = of.product_name or order or (lines[0][:EXCERPT_CHARACTERS] if lines else None) or of.seller_name
    if found is None:
        raise invalid([Fault("/subject", "missing", "is missing; say what it is about")])
    return found[:200]


def _participants(of: About, user_id: UUID) -> list[tuple[UUID, Side]]:
    """Who takes part from the beginning."""
    assert of.customer_id is not None
    found: dict[UUID, Side] = {of.customer_id: "customer"}
    if of.seller_user_id is not None:
        found.setdefault(of.seller_user_id, "seller")
    found.setdefault(user_id, "staff")
    return list(found.items())
