"""Who may read, but not write? Whom the shop has blocked, until then; and what is asked before a message is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from server.auth.service import user_of
from server.chat import access, blocks_repo, words
from server.chat.blocks_repo import Block, Standing
from server.chat.errors import CHAT_BLOCK_INVALID, CHAT_BLOCK_UNKNOWN, MESSAGE_REFUSED, WRITING_BLOCKED
from server.errors import AppError, Fault
from server.web.binding import YEARS
from server.web.call import Call
from server.web.noting import note
from storage.pages import TimeWindow
from storage.transaction import Transaction

_RESOURCE: Final = "chat_block"


async def refuse_unwanted(call: Call, tx: Transaction, text: str, pointer: str = "/body") -> None:
    """Raise WRITING_BLOCKED for who is blocked, MESSAGE_REFUSED for a text that holds a blocked word. One statement.

    `pointer` says where in the request the text is. Only staff are told which word it was: nobody shall find out how to
    write it all the same.
    """
    refuse_standing(call, await blocks_repo.standing(tx, user_of(call)), text, pointer)


def refuse_standing(call: Call, found: Standing, text: str, pointer: str = "/body") -> None:
    """The same for who is known to stand like this."""
    if found.is_blocked:
        raise _blocked(found.until)
    word = words.held(text, found.words)
    if word is not None:
        told: dict[str, Any] = {"word": word} if call.actor.may(access.MODERATE) else {}
        raise MESSAGE_REFUSED(
            "the message holds something that is not said here; write it in other words",
            faults=[Fault(pointer, "refused", "holds something that is not said here")], **told,
        )  # fmt: skip


async def refuse_blocked(tx: Transaction, user_id: UUID) -> None:
    """Raise WRITING_BLOCKED for who is blocked."""
    found = await blocks_repo.find(tx, user_id)
    if found is not None:
        raise _blocked(found.until)


async def block(call: Call, user_id: UUID, reason: str, until: datetime | None) -> Block:
    """Let somebody read only, until then or until they are let go; whoever is blocked is so by the new terms.

    Raises CHAT_BLOCK_INVALID for somebody who has no account here, for oneself, and for a time that is over.
    """
    if user_id == call.actor.id:
        raise _invalid("/user_id", "yourself", "you cannot block yourself")

    async def work(tx: Transaction) -> Block:
        if until is not None and (until.year not in YEARS or until <= await tx.now()):
            raise _invalid("/until", "over", f"{until.isoformat()} is no time to come; name one, or none")
        before = await blocks_repo.find(tx, user_id)
        if not await blocks_repo.put(tx, user_id, reason, call.actor.id, until):
            raise _invalid("/user_id", "unknown", f"{user_id} has no account in this store")
        after = await blocks_repo.find(tx, user_id)
        assert after is not None
        if before is None or _terms(before) != _terms(after):
            told = None if before is None else _terms(before)
            await note(tx, call, "chat.block", _RESOURCE, user_id, told, _terms(after))
        return after

    return await call.database.transaction(call.store.id, work)


async def unblock(call: Call, user_id: UUID) -> None:
    """Let somebody write again. Raises CHAT_BLOCK_UNKNOWN."""

    async def work(tx: Transaction) -> None:
        before = await blocks_repo.find(tx, user_id)
        if before is None or not await blocks_repo.remove(tx, user_id):
            raise CHAT_BLOCK_UNKNOWN(f"{user_id} is not blocked; GET /chat/blocks lists those who are")
        await note(tx, call, "chat.unblock", _RESOURCE, user_id, _terms(before), None)

    await call.database.transaction(call.store.id, work)


async def blocked(call: Call, window: TimeWindow) -> list[Block]:
    """Who is blocked at this moment, the newest first."""
    return await call.database.transaction(call.store.id, lambda tx: blocks_repo.page(tx, window))


def _terms(found: Block) -> dict[str, str | None]:
    return {"reason": found.reason, "until": None if found.until is None else found.until.isoformat()}


def _blocked(until: datetime | None) -> AppError:
    when = "until the shop lets you again" if until is None else f"before {until.isoformat()}"
    return WRITING_BLOCKED(
        f"you cannot write here {when}; you can still read everything",
        until=None if until is None else until.isoformat(),
    )


def _invalid(pointer: str, code: str, message: str) -> AppError:
    return CHAT_BLOCK_INVALID(message, faults=[Fault(pointer, code, message)])
