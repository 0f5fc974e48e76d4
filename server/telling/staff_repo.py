"""What do staff see of messages, and how do they mend them?"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from server.telling.channels import Category, ChannelName
from storage.transaction import Transaction

State = Literal["waiting", "sent", "suppressed", "refused", "bounced", "dead"]

_COLUMNS: Final = """
id, event_id, rule, channel, category, template, user_id, address, locale, state, attempts, interrupted, next_try_at,
digest, digest_of, sent_at, read_at, reason, created_at
"""
_PAGE: Final = f"""
SELECT {_COLUMNS} FROM messages
 WHERE ($1::timestamptz IS NULL OR (created_at, id) {{after}} ($1, $2::uuid))
   AND ($3::text IS NULL OR state = $3) AND ($4::text IS NULL OR channel = $4) AND ($5::text IS NULL OR rule = $5)
   AND ($6::uuid IS NULL OR event_id = $6)
 ORDER BY created_at {{order}}, id {{order}} LIMIT $7
"""
_FORWARDS: Final = _PAGE.format(after="<", order="DESC")
_BACKWARDS: Final = _PAGE.format(after=">", order="ASC")
# Whatever went along in a digest is tried along with it.
_RETRY: Final = """
UPDATE messages
   SET state = 'waiting', next_try_at = now(), attempts = 0, interrupted = 0, under_way = false, reason = NULL
  FROM (SELECT coalesce(digest_of, id) AS first FROM messages WHERE id = $1) AS one
 WHERE (id = one.first OR digest_of = one.first) AND state IN ('refused', 'bounced', 'dead')
"""
_RETRY_ALL: Final = """
UPDATE messages
   SET state = 'waiting', next_try_at = now(), attempts = 0, interrupted = 0, under_way = false, reason = NULL
 WHERE state = $1 AND ($2::text IS NULL OR channel = $2) AND ($3::text IS NULL OR rule = $3)
"""


class MessageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A message as staff see it. `digest_of` is the message it went along with, or its own id."""

    id: UUID
    event_id: UUID | None
    rule: str | None
    channel: ChannelName
    category: Category
    template: str
    user_id: UUID | None
    address: str
    locale: str
    state: State
    attempts: int
    interrupted: int
    next_try_at: datetime | None
    digest: str | None
    digest_of: UUID | None
    sent_at: datetime | None
    read_at: datetime | None
    reason: str | None
    created_at: datetime


class Bounce(msgspec.Struct, frozen=True, kw_only=True):
    """An address that refused a mail for good."""

    email_folded: str
    reason: str
    message_id: UUID | None
    bounced_at: datetime


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which messages of the list: after the row `beyond`, or (backwards) before it."""

    beyond: tuple[datetime, UUID] | None
    backwards: bool
    most: int
    state: State | None
    channel: ChannelName | None
    rule: str | None
    event_id: UUID | None


async def find_page(tx: Transaction, wanted: Wanted) -> list[MessageRow]:
    """The newest first; backwards the oldest first."""
    at, after_id = wanted.beyond or (None, None)
    rows = await tx.fetch(
        _BACKWARDS if wanted.backwards else _FORWARDS,
        at, after_id, wanted.state, wanted.channel, wanted.rule, wanted.event_id, wanted.most,
    )  # fmt: skip
    return [msgspec.convert(dict(row), MessageRow) for row in rows]


async def find(tx: Transaction, message_id: UUID) -> tuple[MessageRow, dict[str, Any]] | None:
    """The message and what it says; None: there is none."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS}, values::text AS values FROM messages WHERE id = $1", message_id)
    if row is None:
        return None
    plain = dict(row)
    values: dict[str, Any] = msgspec.json.decode(plain.pop("values"))
    return MessageRow(**plain), values


async def retry(tx: Transaction, message_id: UUID) -> bool:
    """Try it at once, as if nobody had; False when it was sent, is waiting, or was never to be sent."""
    return await tx.execute(_RETRY, message_id) > 0


async def retry_all(tx: Transaction, state: State, channel: ChannelName | None, rule: str | None) -> int:
    """Try those that ended so at once; how many."""
    return await tx.execute(_RETRY_ALL, state, channel, rule)


async def bounces(tx: Transaction, beyond: tuple[datetime, str] | None, most: int, *, backwards: bool) -> list[Bounce]:
    """The newest first; backwards the oldest first."""
    after, order = (">", "ASC") if backwards else ("<", "DESC")
    at, folded = beyond or (None, None)
    rows = await tx.fetch(
        "SELECT email_folded, reason, message_id, bounced_at FROM mail_bounces"
        f" WHERE $1::timestamptz IS NULL OR (bounced_at, email_folded) {after} ($1, $2::text)"
        f" ORDER BY bounced_at {order}, email_folded {order} LIMIT $3",
        at, folded, most,
    )  # fmt: skip
    return [msgspec.convert(dict(row), Bounce) for row in rows]


async def clear_bounce(tx: Transaction, folded: str) -> bool:
    """Write to the address again; False when nothing is known against it."""
    return await tx.execute("DELETE FROM mail_bounces WHERE email_folded = $1", folded) == 1
