"""Where are blocked words kept?"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from storage.conditions import Conditions
from storage.pages import Window
from storage.transaction import Transaction

_ADD: Final = """
INSERT INTO chat_blocked_words (store_id, word, created_by)
SELECT $1, $2, $3 WHERE (SELECT count(*) FROM chat_blocked_words) < $4
ON CONFLICT DO NOTHING
"""
_SHOWN: Final = "SELECT word, created_by, created_at FROM chat_blocked_words"


class BlockedWord(msgspec.Struct, frozen=True, kw_only=True):
    """A word, and who blocked it."""

    word: str
    created_by: UUID
    created_at: datetime


async def add(tx: Transaction, word: str, by: UUID | None, most: int) -> bool:
    """Keep it unless there are so many; whether it was not there before."""
    return await tx.execute(_ADD, tx.store_id, word, by, most) == 1


async def find(tx: Transaction, word: str) -> BlockedWord | None:
    """The word, when it is blocked."""
    row = await tx.fetchrow(f"{_SHOWN} WHERE word = $1", word)
    return None if row is None else BlockedWord(**dict(row))


async def remove(tx: Transaction, word: str) -> bool:
    """Forget it; whether it was there."""
    return await tx.execute("DELETE FROM chat_blocked_words WHERE word = $1", word) == 1


async def page(tx: Transaction, window: Window[tuple[str]]) -> list[BlockedWord]:
    """Words in their order, byte by byte."""
    found = Conditions()
    # The other way round than lists by time: the first word comes first.
    order, sign = ("DESC", "<") if window.backwards else ("ASC", ">")
    if window.beyond is not None:
        found.all(f'word COLLATE "C" {sign} {{0}}', *window.beyond)
    limit = found.parameter(window.most)
    rows = await tx.fetch(f'{_SHOWN} WHERE {found.sql} ORDER BY word COLLATE "C" {order} LIMIT {limit}', *found.values)
    return [BlockedWord(**dict(row)) for row in rows]
