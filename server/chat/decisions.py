"""How does somebody of the shop show why a price is what it is? By a message rendered from the trace of the decision.

Of an order it is the decision of then, made again by the rules of then, and only if that gives the same to the last
byte. What is shown never changes again, whatever becomes of the rules.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from server.auth.service import user_of
from server.chat import access, conversations_repo, decisions_repo, messages, messages_repo
from server.chat.decisions_rendering import Told, details_of, text_of
from server.chat.decisions_repo import Standing
from server.chat.errors import EXPLANATION_UNFAITHFUL, MESSAGE_ID_REUSED
from server.chat.messages import Draft, Seen
from server.chat.schemas import Number
from server.chat.snapshot import Head
from server.decisions import dry_runs, log_replay
from server.decisions.differences import Side
from server.decisions.dry_run_schemas import AskedBody
from server.decisions.service import EXPLAIN_FULL
from server.errors import AppError, Fault
from server.orders import service as orders
from server.orders.errors import ORDER_UNKNOWN
from server.web.binding import Body
from server.web.call import Call
from server.web.problems import NOT_ALLOWED, invalid
from storage.transaction import Transaction

DRY_RUN: Final = "decisions.dry_run"


class DecisionBody(Body, frozen=True, kw_only=True):
    """What is explained: an order of the customer, or a basket nobody has filled, `dry_run`, with what it is called.

    With both, the differences to the order are told as well. `client_id` is made up by the client: the same again is
    the same message.
    """

    client_id: UUID
    order: Number | None = None
    dry_run: AskedBody | None = None
    title: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")] | None = None


async def explain(call: Call, conversation_id: UUID, asked: DecisionBody) -> Seen:
    """Write the message; the one that is there already when the author has used the client_id for the same.

    Raises CONVERSATION_UNKNOWN, NOT_ALLOWED, BODY_INVALID, ORDER_UNKNOWN for an order that is not the customer's,
    EXPLANATION_UNFAITHFUL, MESSAGE_ID_REUSED, what `log_replay.replayed`, `dry_runs.dry_run` and `messages.post` raise.
    """
    _refuse_forbidden(call, asked)
    author_id, fingerprint = user_of(call), _fingerprint(asked)

    async def look(tx: Transaction) -> tuple[Head, Standing, Seen | None]:
        found = await conversations_repo.find(tx, conversation_id)
        conversation, side = access.visible(call.actor, found, conversation_id)
        access.staff_only(side)
        standing = await decisions_repo.standing(tx, conversation_id, author_id, asked.client_id)
        if standing.message_id is None:
            return conversation, standing, None
        message = await messages_repo.find(tx, conversation_id, standing.message_id)
        if message is None or standing.asked != fingerprint:
            raise MESSAGE_ID_REUSED(
                f"you used the client_id {asked.client_id} for another message; make a new one for each message",
                message_id=str(standing.message_id),
            )
        return conversation, standing, Seen(message=message, side=side)

    conversation, standing, known = await call.database.transaction(call.store.id, look)
    if known is not None:
        return known
    told, locale = await _told(call, conversation, asked, standing.locale)
    details = details_of(told, locale, fingerprint)
    body = text_of(told, details, locale)
    draft = Draft(kind="decision", client_id=asked.client_id, body=body, details=details)
    return await messages.post(call, conversation_id, draft)


def _refuse_forbidden(call: Call, asked: DecisionBody) -> None:
    if asked.order is None and asked.dry_run is None:
        raise invalid([Fault("/order", "missing", "is missing; name an order, or a basket to try as dry_run")])
    if asked.dry_run is not None and asked.title is None:
        raise invalid([Fault("/title", "missing", "is missing; say what is tried")])
    needed = [EXPLAIN_FULL] if asked.dry_run is None else [EXPLAIN_FULL, DRY_RUN]
    for permission in needed:
        if not call.actor.may(permission):
            raise NOT_ALLOWED(f"this needs the permission {permission}", permission=permission)


def _fingerprint(asked: DecisionBody) -> str:
    """Which question it was, whatever the answer is at that time."""
    question = (asked.order, asked.dry_run, asked.title)
    return hashlib.sha256(msgspec.json.encode(question, order="deterministic")).hexdigest()


async def _told(call: Call, conversation: Head, asked: DecisionBody, locale: str | None) -> tuple[Told, str]:
    """What is to be told, and in which language: the customer's, else that of their order, else the store's."""
    of_order, order_locale = None, None
    if asked.order is not None:
        of_order, order_locale = await _of_order(call, conversation, asked.order)
    language = locale or order_locale or call.store.locale
    if asked.dry_run is None:
        assert of_order is not None
        return replace(of_order, title=asked.title), language
    return await _what_if(call, asked.dry_run, asked, of_order), language


async def _of_order(call: Call, conversation: Head, number: int) -> tuple[Told, str]:
    """The decision an order rests on, made again by the rules of then."""
    order = await orders.read_order(call, number)
    if order.head.user_id != conversation.customer_id:
        message = f"order {number} is not of the customer of this conversation"
        raise ORDER_UNKNOWN(message, faults=[Fault("/order", "not_of_customer", message)])
    if conversation.seller_id is not None:
        raise NOT_ALLOWED("a seller reads along here, who may not see all of an order; explain it in another one")
    logged = await log_replay.logged_decision(call, order.decision_id)
    then = await log_replay.replayed(call, logged)
    if then.digest != logged.digest:
        raise EXPLANATION_UNFAITHFUL(
            f"order {number} was decided with the digest {logged.digest}, and is now decided with {then.digest}; "
            "what would be explained is not what was decided"
        )
    told = Told(
        kind="order", book=then.book, basket=logged.basket, decision=then.decision, order_number=number,
        names={line.sku: _name(line.product_name, line.variant_name) for line in order.lines},
    )  # fmt: skip
    return told, order.head.locale


async def _what_if(call: Call, tried: AskedBody, asked: DecisionBody, of_order: Told | None) -> Told:
    try:
        found = await dry_runs.dry_run(call, replace(tried, explain=None))
    except AppError as problem:
        faults = [_moved(fault) for fault in problem.faults]
        raise problem.error(problem.detail, faults=faults, **problem.parameters) from problem
    if of_order is not None and of_order.book.currency != found.live.currency:
        raise invalid([Fault("/order", "other_currency", f"was decided in {of_order.book.currency}")])
    return Told(
        kind="what_if", book=found.live, basket=found.decided.basket, decision=found.decided.decision,
        order_number=asked.order, title=asked.title, names={} if of_order is None else of_order.names,
        order=None if of_order is None else Side(of_order.book, of_order.decision),
    )  # fmt: skip


def _moved(fault: Fault) -> Fault:
    """A fault of the basket, where it stands in the whole body."""
    return Fault(f"/dry_run{fault.pointer}", fault.code, fault.message)


def _name(product: str, variant: str) -> str:
    return f"{product}, {variant}" if variant and variant != product else product
