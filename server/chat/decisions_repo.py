"""What has to be known before a decision is explained in a conversation?"""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec

from storage.transaction import Transaction

_STANDING: Final = """
SELECT u.locale, m.id AS message_id, m.details -> 'full' ->> 'asked' AS asked
  FROM conversations c
  JOIN users u ON u.store_id = c.store_id AND u.id = c.customer_id
  LEFT JOIN chat_messages m
         ON m.store_id = c.store_id AND m.conversation_id = c.id AND m.author_id = $2 AND m.client_id = $3
 WHERE c.id = $1
"""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The customer's language, and the message the author has written by this client_id before, with what was asked."""

    locale: str | None
    message_id: UUID | None
    asked: str | None


async def standing(tx: Transaction, conversation_id: UUID, author_id: UUID, client_id: UUID) -> Standing:
    """For a conversation that there is."""
    row = await tx.fetchrow(_STANDING, conversation_id, author_id, client_id)
    assert row is not None, "the conversation was found before"
    return Standing(**dict(row))
