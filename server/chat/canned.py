"""What do staff answer again and again? Texts by a shortcut, in which names are filled in."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

import msgspec

from server.chat import access, canned_repo, conversations_repo
from server.chat.canned_repo import CannedAnswer, Content
from server.chat.errors import CANNED_ANSWER_INVALID, CANNED_ANSWER_TAKEN, CANNED_ANSWER_UNKNOWN
from server.chat.snapshot import Conversation
from server.errors import AppError, Fault
from server.web.call import Call
from server.web.noting import note
from storage.pages import Window
from storage.transaction import Transaction

PLACEHOLDERS: Final = ("customer", "customer.name", "order", "order.number")
"""What is filled in: the name of the customer, the order the conversation is about (`#1001`), and its number alone.

With a point they are called as in the texts of notifications.
"""
MOST: Final = 1_000
"""That a store may keep."""

_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_RESOURCE: Final = "canned_answer"


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """A text to be sent. `missing` are placeholders still in it: the conversation has nothing to fill them with."""

    text: str
    missing: list[str]


async def page(
    call: Call, prefix: str | None, locale: str | None, window: Window[tuple[str, UUID]]
) -> list[CannedAnswer]:
    """Answers whose shortcut begins like this, in the language of the locale or of none, by their shortcuts."""
    return await call.database.transaction(call.store.id, lambda tx: canned_repo.page(tx, prefix, locale, window))


async def read(call: Call, answer_id: UUID) -> CannedAnswer:
    """One of them. Raises CANNED_ANSWER_UNKNOWN."""
    return await call.database.transaction(call.store.id, lambda tx: _found(tx, answer_id))


async def create(call: Call, content: Content) -> CannedAnswer:
    """Keep one. Raises CANNED_ANSWER_INVALID for placeholders there are not, CANNED_ANSWER_TAKEN."""
    _refuse_unknown_placeholders(content)

    async def work(tx: Transaction) -> CannedAnswer:
        if await canned_repo.count(tx) >= MOST:
            raise CANNED_ANSWER_INVALID(f"there are {MOST} canned answers already; delete one that nobody uses")
        made = await canned_repo.add(tx, content)
        if made is None:
            raise _taken(content)
        await note(tx, call, "chat.canned_answer_created", _RESOURCE, made, None, msgspec.structs.asdict(content))
        return await _found(tx, made)

    return await call.database.transaction(call.store.id, work)


async def replace(call: Call, answer_id: UUID, content: Content) -> CannedAnswer:
    """Have it say this. Raises CANNED_ANSWER_UNKNOWN, CANNED_ANSWER_INVALID and CANNED_ANSWER_TAKEN."""
    _refuse_unknown_placeholders(content)

    async def work(tx: Transaction) -> CannedAnswer:
        before = (await _found(tx, answer_id)).content
        if before == content:
            return await _found(tx, answer_id)
        if not await canned_repo.change(tx, answer_id, content):
            raise _taken(content)
        told, now = msgspec.structs.asdict(before), msgspec.structs.asdict(content)
        await note(tx, call, "chat.canned_answer_changed", _RESOURCE, answer_id, told, now)
        return await _found(tx, answer_id)

    return await call.database.transaction(call.store.id, work)


async def delete(call: Call, answer_id: UUID) -> None:
    """Forget it. Raises CANNED_ANSWER_UNKNOWN."""

    async def work(tx: Transaction) -> None:
        before = await _found(tx, answer_id)
        await canned_repo.remove(tx, answer_id)
        told = msgspec.structs.asdict(before.content)
        await note(tx, call, "chat.canned_answer_deleted", _RESOURCE, answer_id, told, None)

    await call.database.transaction(call.store.id, work)


async def rendered(call: Call, answer_id: UUID, conversation_id: UUID) -> Rendered:
    """What it says in a conversation. Raises CANNED_ANSWER_UNKNOWN, CONVERSATION_UNKNOWN and NOT_ALLOWED."""

    async def work(tx: Transaction) -> Rendered:
        answer = await _found(tx, answer_id)
        shown = await conversations_repo.shown(tx, [conversation_id])
        _, side = access.visible(call.actor, shown[0] if shown else None, conversation_id)
        access.staff_only(side)
        return filled(answer.content.body, _values(shown[0]))

    return await call.database.transaction(call.store.id, work)


def filled(body: str, values: dict[str, str | None]) -> Rendered:
    """The text with these in the place of their names; what has no value stays, for a person to see."""
    missing = [name for name in placeholders(body) if values.get(name) is None]
    text = _PLACEHOLDER.sub(lambda found: values.get(found[1]) or found[0], body)
    return Rendered(text=text, missing=missing)


def placeholders(body: str) -> list[str]:
    """The names in braces, each once, in the order in which they come."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(body)))


def _values(conversation: Conversation) -> dict[str, str | None]:
    number = conversation.order_number
    name = conversation.customer_name or None
    order = None if number is None else str(number)
    return {"customer": name, "customer.name": name, "order": order and f"#{order}", "order.number": order}


def _refuse_unknown_placeholders(content: Content) -> None:
    unknown = [name for name in placeholders(content.body) if name not in PLACEHOLDERS]
    if unknown:
        there_are = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        named = ", ".join(f"{{{name[:60]}}}" for name in unknown)
        message = f"{named} cannot be filled in; there are {there_are}"
        raise CANNED_ANSWER_INVALID(message, faults=[Fault("/body", "placeholder_unknown", message)])


async def _found(tx: Transaction, answer_id: UUID) -> CannedAnswer:
    found = await canned_repo.find(tx, answer_id)
    if found is None:
        raise CANNED_ANSWER_UNKNOWN(f"there is no canned answer {answer_id}; GET /chat/canned-answers lists them")
    return found


def _taken(content: Content) -> AppError:
    language = "no language" if content.locale is None else content.locale
    message = (
        f"there is an answer {content.shortcut!r} of {language} already; change that one, or take another shortcut"
    )
    return CANNED_ANSWER_TAKEN(message, faults=[Fault("/shortcut", "taken", message)])
