"""What do mails tell of a conversation? What somebody has not read, or what a customer waits for an answer to."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

import msgspec

from notifications.rendering import NothingToTell
from server.telling import rendering_chat_repo as repo
from server.telling.rendering_chat_repo import Line, Waiting
from storage.transaction import Transaction

ANSWERS: Final = "chat.moderate"
"""What staff may do who answer."""
LONGEST: Final = 280
"""Characters of a message that a mail shows."""
WAITING: Final = "messages-waiting"


async def unread_values(
    tx: Transaction, conversation_id: UUID, user_id: UUID | None, answering: Collection[str]
) -> dict[str, Any]:
    """The values of a text that tells somebody of what they have not read. Raises NothingToTell."""
    found = None if user_id is None else await repo.unread(tx, conversation_id, user_id, answering)
    if found is None:
        raise NothingToTell("the conversation is not theirs any more")
    if not found.unread:
        raise NothingToTell("everything was read meanwhile")
    lines = _lines(found.lines)
    return {
        "name": found.reader,
        "conversation": {"subject": one_line(found.subject), "unread": found.unread, "lines": lines},
    }


async def waiting_values(tx: Transaction, conversation_id: UUID) -> dict[str, Any]:
    """The values of a text that tells staff of a conversation. Raises NothingToTell when it does not wait any more."""
    found = (await repo.waiting(tx, [conversation_id])).get(conversation_id)
    if found is None:
        raise NothingToTell("somebody looks after the conversation already")
    return {"conversation": waiting_shown(found)}


def waiting_shown(found: Waiting) -> dict[str, Any]:
    """A conversation that waits, as texts write it."""
    return {
        "subject": one_line(found.subject),
        "customer": found.customer,
        "since": found.since,
        "lines": _lines(found.lines),
    }


def one_line(words: str) -> str:
    """How a message begins, in one line."""
    plain = " ".join(words.split())
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 1].rstrip()}…"


def _lines(lines: Collection[Line]) -> list[dict[str, Any]]:
    return [msgspec.structs.asdict(line) | {"text": one_line(line.text)} for line in lines]
