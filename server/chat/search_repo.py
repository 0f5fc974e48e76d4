"""Where are messages found by their words? In the index of words, by a function that sees to whose they are."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec

from storage.pages import TimeWindow
from storage.transaction import Transaction

# A part of the body with what was found, as plain text.
_SEARCH: Final = """
SELECT f.message_id,
       ts_headline('simple', m.body, websearch_to_tsquery('simple', $1),
                   'StartSel="", StopSel="", MinWords=12, MaxWords=24, ShortWord=0') AS excerpt
  FROM search_chat($1, $2, $3, $4, $5, $6, $7, $8) WITH ORDINALITY AS f (message_id, created_at, place)
  JOIN chat_messages m ON m.id = f.message_id
 ORDER BY f.place
"""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A message that holds the words, and the part of it that does."""

    message_id: UUID
    excerpt: str


async def search(
    tx: Transaction, words: str, viewer_id: UUID | None, window: TimeWindow, *, is_staff: bool, has_own: bool
) -> list[Hit]:
    """Messages that hold all the words, the newest first; other people's for staff, own ones for who may have any."""
    beyond, beyond_id = window.beyond or (None, None)
    rows = await tx.fetch(
        _SEARCH, words, viewer_id, is_staff, has_own, beyond, beyond_id, window.backwards, window.most
    )
    return [Hit(**dict(row)) for row in rows]
