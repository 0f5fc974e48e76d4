"""Where are messages written down, and who may send which one next?

A message is claimed, and that is committed, before it is sent, and what became of it is written afterwards. Both name
the attempt, so that of two who think they have it only the later one counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from server.telling.channels import ChannelName, Message
from server.telling.planning import NewMessage
from storage.transaction import Transaction

_LIMIT: Final = """
INSERT INTO notice_limits (store_id, key, told_at, free_at)
SELECT $1, w.key, now(), now() + make_interval(secs => w.seconds)
  FROM unnest($2::text[], $3::float8[]) AS w (key, seconds)
    ON CONFLICT (store_id, key) DO UPDATE SET told_at = now(), free_at = EXCLUDED.free_at
 WHERE notice_limits.free_at <= now()
RETURNING key
"""
_WRITE: Final = """
INSERT INTO messages (id, store_id, key, event_id, rule, channel, category, template, user_id, address, locale, values,
                      digest, reason, state, next_try_at)
SELECT w.id, $1, w.key, w.event_id, w.rule, w.channel, w.category, w.template, w.user_id, w.address, w.locale,
       w.values, w.digest, w.reason,
       CASE WHEN w.reason IS NULL THEN 'waiting' ELSE 'suppressed' END,
       CASE WHEN w.reason IS NULL THEN w.due END
  FROM jsonb_to_recordset($2::jsonb) AS w (id uuid, key text, event_id uuid, rule text, channel text, category text,
       template text, user_id uuid, address text, locale text, values jsonb, digest text, reason text, due timestamptz)
    ON CONFLICT (store_id, key) DO NOTHING
"""
# Of a digest the first row goes, and takes along what is due with it; what comes later waits until that one has gone.
_CLAIM: Final = """
WITH due AS (
    SELECT m.id, m.digest, m.attempts = 0 AND NOT m.under_way AS is_fresh FROM messages m
     WHERE m.state = 'waiting' AND m.channel = $1 AND m.next_try_at <= now()
       AND (m.digest IS NULL OR m.digest_of = m.id OR (m.digest_of IS NULL AND NOT EXISTS (
            SELECT FROM messages e WHERE e.digest = m.digest AND e.state = 'waiting' AND e.id < m.id)))
     ORDER BY m.next_try_at, m.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
), along AS (
    SELECT m.id FROM messages m JOIN due ON m.digest = due.digest AND m.id <> due.id
     WHERE m.state = 'waiting'
       AND (m.digest_of = due.id OR (m.digest_of IS NULL AND due.is_fresh AND m.next_try_at <= now()))
       FOR NO KEY UPDATE OF m SKIP LOCKED
)
UPDATE messages m
   SET attempts = m.attempts + 1, interrupted = m.interrupted + m.under_way::integer, under_way = true,
       digest_of = CASE WHEN m.digest IS NOT NULL THEN due.id END, next_try_at = now() + $2::interval
  FROM due
 WHERE m.id = due.id OR m.id IN (SELECT id FROM along)
RETURNING m.id, m.channel, m.category, m.template, m.address, m.user_id, m.locale, m.rule, m.event_id,
          m.values::text AS values, m.attempts, m.interrupted, m.created_at, m.digest, m.id = due.id AS is_first
"""
# What a mail to an account says may open that account: it is not kept longer than it has to be.
_SENT: Final = """
UPDATE messages
   SET state = 'sent', sent_at = now(), next_try_at = NULL, under_way = false, reason = $3, title = $4, body = $5,
       link = $6, values = CASE WHEN rule IS NULL AND category = 'account' THEN '{}' ELSE values END
 WHERE (id = $1 OR digest_of = $1) AND attempts = $2 AND state = 'waiting'
"""
_LATER: Final = """
UPDATE messages
   SET next_try_at = now() + $3::interval, under_way = false, reason = $4, interrupted = interrupted + $6::integer,
       attempts = CASE WHEN $5 THEN attempts - 1 ELSE attempts END
 WHERE (id = $1 OR digest_of = $1) AND attempts = $2 AND state = 'waiting'
"""
_ENDED: Final = """
UPDATE messages SET state = $3, next_try_at = NULL, under_way = false, reason = $4
 WHERE (id = $1 OR digest_of = $1) AND attempts = $2 AND state = 'waiting'
"""
_BOUNCED: Final = """
INSERT INTO mail_bounces (store_id, email_folded, reason, message_id) VALUES ($1, $2, $3, $4)
    ON CONFLICT (store_id, email_folded) DO UPDATE
   SET reason = EXCLUDED.reason, message_id = EXCLUDED.message_id, bounced_at = now()
"""
_FAILED: Final = """
UPDATE messages SET state = 'bounced', reason = $3 WHERE id = $1 AND channel = $2 AND state = 'sent'
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours to send for a while. `interrupted` is how often it may have arrived before: its sender was
    ended at it, or the provider's answer was lost.
    """

    message: Message
    interrupted: int


async def pass_limits(tx: Transaction, keys: Sequence[str], seconds: Sequence[int]) -> frozenset[str]:
    """Those of the keys whose time is over, or that are new; from now on their time runs."""
    rows = await tx.fetch(_LIMIT, tx.store_id, list(keys), [float(each) for each in seconds])
    return frozenset(row["key"] for row in rows)


async def write(tx: Transaction, messages: Sequence[NewMessage]) -> int:
    """Write them down; how many were new by their keys."""
    return await tx.execute(_WRITE, tx.store_id, msgspec.json.encode(messages).decode())


async def claim(tx: Transaction, channel: ChannelName, lease: timedelta) -> Claimed | None:
    """The message of the channel that is due first; nobody else gets it while the lease lasts."""
    rows = sorted(await tx.fetch(_CLAIM, channel, lease), key=lambda row: (not row["is_first"], row["id"]))
    if not rows:
        return None
    first = rows[0]
    values: dict[str, Any] = msgspec.json.decode(first["values"])
    if first["digest"] is not None and len(rows) > 1:
        values = {"items": [_item(row) for row in rows]}
    message = Message(
        id=first["id"], channel=first["channel"], category=first["category"], template=first["template"],
        address=first["address"], user_id=first["user_id"], locale=first["locale"], rule=first["rule"],
        event_id=first["event_id"], values=values, attempt=first["attempts"], created_at=first["created_at"],
    )  # fmt: skip
    return Claimed(message, first["interrupted"])


async def mark_sent(
    tx: Transaction, message: Message, note: str | None, title: str | None, body: str | None, link: str | None
) -> bool:
    """It is sent, and all that went along; False when somebody else has tried it since."""
    return await tx.execute(_SENT, message.id, message.attempt, note, title, body, link) > 0


async def put_off(
    tx: Transaction, message: Message, wait: timedelta, reason: str, *, uncounted: bool, unsure: bool
) -> bool:
    """Try again after a while; `uncounted`: as if nobody had tried; `unsure`: it may have arrived."""
    return await tx.execute(_LATER, message.id, message.attempt, wait, reason, uncounted, int(unsure)) > 0


async def end(tx: Transaction, message: Message, state: str, reason: str) -> bool:
    """It is not sent any more."""
    return await tx.execute(_ENDED, message.id, message.attempt, state, reason) > 0


async def note_bounce(tx: Transaction, message: Message, folded: str, reason: str) -> None:
    """The address takes no mail: what is optional is kept from it."""
    await tx.execute(_BOUNCED, tx.store_id, folded, reason, message.id)


async def note_failed(tx: Transaction, message_id: UUID, channel: ChannelName, reason: str) -> bool:
    """It was taken and did not arrive; False when there is no such message, or that is known."""
    return await tx.execute(_FAILED, message_id, channel, reason) == 1


def _item(row: asyncpg.Record) -> dict[str, Any]:
    event = {} if row["event_id"] is None else {"event.id": str(row["event_id"])}
    return {**msgspec.json.decode(row["values"]), **event}
