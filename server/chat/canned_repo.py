"""Where are canned answers kept?"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from storage.conditions import Conditions
from storage.ids import new_id
from storage.pages import Window
from storage.transaction import Transaction

_SHOWN: Final = "SELECT id, shortcut, title, body, locale, created_at, updated_at FROM canned_answers"
_ADD: Final = """
INSERT INTO canned_answers (id, store_id, shortcut, title, body, locale) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING RETURNING id
"""
# Nothing is changed where another one has the shortcut.
_CHANGE: Final = """
UPDATE canned_answers a SET shortcut = $2, title = $3, body = $4, locale = $5
 WHERE id = $1 AND NOT EXISTS (
    SELECT FROM canned_answers o WHERE o.id <> $1 AND o.shortcut = $2 AND o.locale IS NOT DISTINCT FROM $5)
"""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What is answered, how it is called for, and in which language (None: in any)."""

    shortcut: str
    title: str
    body: str
    locale: str | None = None


class CannedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that is kept."""

    id: UUID
    content: Content
    created_at: datetime
    updated_at: datetime


async def count(tx: Transaction) -> int:
    """How many there are."""
    return int(await tx.fetchval("SELECT count(*) FROM canned_answers"))


async def find(tx: Transaction, answer_id: UUID) -> CannedAnswer | None:
    """One of them."""
    row = await tx.fetchrow(f"{_SHOWN} WHERE id = $1", answer_id)
    return None if row is None else _answer(row)


async def add(tx: Transaction, content: Content) -> UUID | None:
    """Keep one; its id, or None when its shortcut is taken in its language."""
    found: UUID | None = await tx.fetchval(_ADD, new_id(), tx.store_id, *_values(content))
    return found


async def change(tx: Transaction, answer_id: UUID, content: Content) -> bool:
    """Have one that there is say this; False when its shortcut is taken in its language."""
    try:
        return await tx.execute(_CHANGE, answer_id, *_values(content)) == 1
    except asyncpg.UniqueViolationError:  # taken at this moment
        return False


async def remove(tx: Transaction, answer_id: UUID) -> None:
    """Forget it."""
    await tx.execute("DELETE FROM canned_answers WHERE id = $1", answer_id)


async def page(
    tx: Transaction, prefix: str | None, locale: str | None, window: Window[tuple[str, UUID]]
) -> list[CannedAnswer]:
    """Answers by their shortcuts, byte by byte."""
    found = Conditions()
    found.add("starts_with(shortcut, {})", prefix)
    language = None if locale is None else locale.partition("-")[0].lower()
    found.add("(locale IS NULL OR split_part(lower(locale), '-', 1) = {})", language)
    # The other way round than lists by time: the first shortcut comes first.
    order, sign = ("DESC", "<") if window.backwards else ("ASC", ">")
    if window.beyond is not None:
        found.all(f'(shortcut COLLATE "C", id) {sign} ({{0}}, {{1}})', *window.beyond)
    limit = found.parameter(window.most)
    ordered = f'ORDER BY shortcut COLLATE "C" {order}, id {order}'
    rows = await tx.fetch(f"{_SHOWN} WHERE {found.sql} {ordered} LIMIT {limit}", *found.values)
    return [_answer(row) for row in rows]


def _values(content: Content) -> tuple[str, str, str, str | None]:
    return content.shortcut, content.title, content.body, content.locale


def _answer(row: asyncpg.Record) -> CannedAnswer:
    content = Content(shortcut=row["shortcut"], title=row["title"], body=row["body"], locale=row["locale"])
    return CannedAnswer(id=row["id"], content=content, created_at=row["created_at"], updated_at=row["updated_at"])
