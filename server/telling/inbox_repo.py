"""What is in somebody's inbox, and what have they read? And what do they want to be told?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from server.telling.channels import Category, ChannelName
from storage.transaction import Transaction

_PAGE: Final = """
SELECT id, category, template, title, body, link, sent_at, read_at FROM messages
 WHERE user_id = $1 AND channel = 'inbox' AND state = 'sent' AND digest_of IS NOT DISTINCT FROM
       CASE WHEN digest IS NULL THEN NULL ELSE id END
   AND ($2::timestamptz IS NULL OR (sent_at, id) {after} ($2, $3::uuid)) AND (NOT $4 OR read_at IS NULL)
 ORDER BY sent_at {order}, id {order} LIMIT $5
"""
_FORWARDS: Final = _PAGE.format(after="<", order="DESC")
_BACKWARDS: Final = _PAGE.format(after=">", order="ASC")
_READ: Final = """
UPDATE messages SET read_at = coalesce(read_at, now())
 WHERE user_id = $1 AND channel = 'inbox' AND state = 'sent' AND ($2::uuid IS NULL OR id = $2)
   AND ($2::uuid IS NOT NULL OR read_at IS NULL)
"""
_SET: Final = """
INSERT INTO notification_preferences (store_id, recipient, category, channel, user_id, wanted)
SELECT $1, $2, w.category, w.channel, $3, w.wanted
  FROM unnest($4::text[], $5::text[], $6::boolean[]) AS w (category, channel, wanted)
    ON CONFLICT (store_id, recipient, category, channel) DO UPDATE SET wanted = EXCLUDED.wanted
"""


class InboxMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message in the inbox. `read_at` None: not read yet; `link` None: it leads nowhere."""

    id: UUID
    category: Category
    template: str
    title: str
    body: str
    link: str | None
    sent_at: datetime
    read_at: datetime | None


class Preference(msgspec.Struct, frozen=True, kw_only=True):
    """Whether somebody wants what is of this category by this channel."""

    category: Category
    channel: ChannelName
    wanted: bool


async def find_page(
    tx: Transaction, user_id: UUID, beyond: tuple[datetime, UUID] | None, most: int, *, backwards: bool, unread: bool
) -> list[InboxMessage]:
    """At most `most` messages, the newest first; backwards the oldest first. A digest is one message."""
    at, after_id = beyond or (None, None)
    rows = await tx.fetch(_BACKWARDS if backwards else _FORWARDS, user_id, at, after_id, unread, most)
    return [msgspec.convert(dict(row), InboxMessage) for row in rows]


async def count_unread(tx: Transaction, user_id: UUID) -> int:
    """How many are not read."""
    return int(
        await tx.fetchval(
            "SELECT count(*) FROM messages WHERE user_id = $1 AND channel = 'inbox' AND state = 'sent'"
            " AND read_at IS NULL AND (digest IS NULL OR digest_of = id)",
            user_id,
        )
    )


async def mark_read(tx: Transaction, user_id: UUID, message_id: UUID | None) -> int:
    """This message, or all, are read; how many there were."""
    return await tx.execute(_READ, user_id, message_id)


async def preferences(tx: Transaction, recipient: str) -> list[Preference]:
    """What they said; of what they said nothing they are told."""
    rows = await tx.fetch(
        "SELECT category, channel, wanted FROM notification_preferences WHERE recipient = $1", recipient
    )
    return [msgspec.convert(dict(row), Preference) for row in rows]


async def set_preferences(tx: Transaction, recipient: str, user_id: UUID | None, wanted: Sequence[Preference]) -> None:
    """From now on they want, or do not want, these."""
    categories, channels = [each.category for each in wanted], [each.channel for each in wanted]
    await tx.execute(_SET, tx.store_id, recipient, user_id, categories, channels, [each.wanted for each in wanted])


async def is_user(tx: Transaction, user_id: UUID) -> bool:
    """Whether there is such an account."""
    return bool(await tx.fetchval("SELECT true FROM users WHERE id = $1", user_id))
