"""Where are messages found by their words? For staff in the index of words, else in one's own conversations.

Who has conversations of their own reads those alone, however many messages of others hold the words.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec

from storage.pages import TimeWindow
from storage.transaction import Transaction

# A part of the body with what was found, as plain text.
_EXCERPT: Final = """
ts_headline('simple', m.body, websearch_to_tsquery('simple', $1),
            'StartSel="", StopSel="", MinWords=12, MaxWords=24, ShortWord=0') AS excerpt
"""
_SEARCH: Final = f"""
SELECT f.message_id, {_EXCERPT}
  FROM search_chat($1, $2, true, $3, $4, $5, $6, $7) WITH ORDINALITY AS f (message_id, created_at, place)
  JOIN chat_messages m ON m.id = f.message_id
 ORDER BY f.place
"""
# Two conditions on whose they are, rather than one of both, so that each has its index; and one conversation after the
# other, or a planner that knows little would read all there are.
_SEARCH_OWN: Final = f"""
WITH own AS MATERIALIZED (
    SELECT c.id FROM conversations c WHERE c.customer_id = $2
    UNION
    SELECT c.id FROM conversations c JOIN sellers s ON s.store_id = c.store_id AND s.id = c.seller_id
     WHERE s.user_id = $2 AND s.status = 'active'
), found AS MATERIALIZED (
    SELECT few.id, few.created_at
      FROM own CROSS JOIN LATERAL (
        SELECT m.id, m.created_at FROM chat_messages m
         WHERE m.conversation_id = own.id AND m.deleted_at IS NULL AND m.kind <> 'note'
           AND m.words @@ websearch_to_tsquery('simple', $1) AND numnode(websearch_to_tsquery('simple', $1)) > 0
           AND ($3::timestamptz IS NULL OR (m.created_at, m.id) {{sign}} ($3, $4::uuid))
         ORDER BY m.created_at {{order}}, m.id {{order}} LIMIT $5) few
     ORDER BY few.created_at {{order}}, few.id {{order}} LIMIT $5
)
SELECT found.id AS message_id, {_EXCERPT}
  FROM found JOIN chat_messages m ON m.id = found.id
 ORDER BY found.created_at {{order}}, found.id {{order}}
"""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A message that holds the words, and the part of it that does."""

    message_id: UUID
    excerpt: str


async def search(
    tx: Transaction, words: str, viewer_id: UUID | None, window: TimeWindow, *, has_own: bool
) -> list[Hit]:
    """Messages of the store that hold all the words, for staff: notes as well, and own ones for who may have any.

    The newest first; backwards the oldest first.
    """
    beyond, beyond_id = window.beyond or (None, None)
    rows = await tx.fetch(_SEARCH, words, viewer_id, has_own, beyond, beyond_id, window.backwards, window.most)
    return [Hit(**dict(row)) for row in rows]


async def search_own(tx: Transaction, words: str, user_id: UUID, window: TimeWindow) -> list[Hit]:
    """The same in conversations somebody has as a customer or as who sells, as it is shown to them: without notes."""
    sql = _SEARCH_OWN.format(order=window.order, sign=window.sign)
    beyond, beyond_id = window.beyond or (None, None)
    rows = await tx.fetch(sql, words, user_id, beyond, beyond_id, window.most)
    return [Hit(**dict(row)) for row in rows]
