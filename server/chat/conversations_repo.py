"""Where are conversations read and written? Whoever changes one holds the lock of its row: steps follow each other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg
import msgspec

from server.chat.blocks_repo import HOLDS, Standing
from server.chat.snapshot import Conversation, Head, LastMessage, Participant, Side, Status
from server.sockets.presence_repo import is_online
from storage.conditions import Conditions
from storage.ids import new_id
from storage.pages import TimeWindow
from storage.transaction import Transaction

MOST_UNREAD: Final = 100
"""That are counted."""

_HEAD: Final = (
    "c.id, c.customer_id, c.seller_id, s.user_id AS seller_user_id,"
    " s.status IS NOT DISTINCT FROM 'active' AS is_seller_active, c.order_id, c.subject, c.status,"
    " c.assigned_to, c.tags, c.rating, c.rating_comment, c.seq, c.public_seq,"
    " c.waiting_since IS NOT NULL AS is_waited_for, c.created_at"
)
_WITH_SELLER: Final = "conversations c LEFT JOIN sellers s ON s.store_id = c.store_id AND s.id = c.seller_id"
_FIND: Final = f"SELECT {_HEAD} FROM {_WITH_SELLER} WHERE c.id = $1"
# Messages refer to the row, which this lock lets them.
_LOCK: Final = f"{_FIND} FOR NO KEY UPDATE OF c"

# Who answers others may write to them what they like, so that only the others' words are looked for.
_LOCK_TO_WRITE: Final = f"""
SELECT {_HEAD}, b.user_id IS NOT NULL AS is_blocked, b.until,
       CASE WHEN $3 AND c.customer_id <> $2 AND s.user_id IS DISTINCT FROM $2 THEN '{{}}'
            ELSE ARRAY(SELECT w.word FROM chat_blocked_words w ORDER BY w.word) END AS words
  FROM {_WITH_SELLER} LEFT JOIN chat_blocks b ON b.user_id = $2 AND {HOLDS}
 WHERE c.id = $1
   FOR NO KEY UPDATE OF c
"""

_UNREAD: Final = f"""
(SELECT count(*) FROM (
    SELECT FROM chat_messages m
     WHERE m.store_id = q.store_id AND m.conversation_id = q.conversation_id AND m.seq > q.read_seq
       AND m.author_role <> 'system' AND m.author_id <> q.user_id AND m.deleted_at IS NULL
       AND (m.kind <> 'note' OR q.role = 'staff')
     LIMIT {MOST_UNREAD}) few)
"""
_PARTICIPANTS: Final = f"""
(SELECT coalesce(jsonb_agg(jsonb_build_object(
            'user_id', q.user_id, 'name', u.name, 'role', q.role, 'delivered_seq', q.delivered_seq,
            'read_seq', q.read_seq, 'unread', {_UNREAD},
            'online', {is_online("q")}) ORDER BY q.joined_at, q.user_id), '[]')
   FROM conversation_participants q JOIN users u ON u.store_id = q.store_id AND u.id = q.user_id
  WHERE q.store_id = c.store_id AND q.conversation_id = c.id)
"""
_LAST: Final = """
CASE WHEN last.id IS NOT NULL THEN jsonb_build_object(
    'id', last.id, 'seq', last.seq, 'author_id', last.author_id, 'author_role', last.author_role, 'kind', last.kind,
    'body', last.body, 'deleted', last.deleted_at IS NOT NULL, 'created_at', last.created_at) END
"""
_SHOWN: Final = f"""
WITH page AS MATERIALIZED ({{page}})
SELECT {_HEAD}, customer.name AS customer_name, s.slug AS seller_slug, s.name AS seller_name,
       o.number AS order_number, p.slug AS product_slug, assignee.name AS assigned_name, c.last_message_at,
       c.waiting_since, {_LAST} AS last_message, {_PARTICIPANTS} AS participants
  FROM page JOIN {_WITH_SELLER} ON c.id = page.id
  JOIN users customer ON customer.store_id = c.store_id AND customer.id = c.customer_id
  LEFT JOIN orders o ON o.store_id = c.store_id AND o.id = c.order_id
  LEFT JOIN products p ON p.store_id = c.store_id AND p.id = c.product_id
  LEFT JOIN users assignee ON assignee.store_id = c.store_id AND assignee.id = c.assigned_to
  LEFT JOIN chat_messages last ON last.store_id = c.store_id AND last.id = c.last_message_id
"""
_OF_SELLER: Final = "c.seller_id = (SELECT id FROM sellers WHERE user_id = {0})"
_OF_SUSPENDED_SELLER: Final = "c.seller_id = (SELECT id FROM sellers WHERE user_id = {0} AND status <> 'active')"
_OF_ACTIVE_SELLER: Final = "c.seller_id = (SELECT id FROM sellers WHERE user_id = {0} AND status = 'active')"
# What somebody can talk about: an order of the customer, with a line of the seller; a product, of the seller.
_ABOUT: Final = """
SELECT customer.id AS customer_id, seller.id AS seller_id, seller.user_id AS seller_user_id, seller.name AS seller_name,
       o.id AS order_id, p.id AS product_id, p.name AS product_name
  FROM (SELECT) one
  LEFT JOIN sellers seller ON seller.slug = $2 AND seller.status = 'active' AND seller.user_id IS NOT NULL
  LEFT JOIN orders o ON o.number = $3 AND o.user_id = coalesce($1::uuid, o.user_id)
       AND ($2::text IS NULL OR EXISTS (
            SELECT FROM order_lines l WHERE l.store_id = o.store_id AND l.order_id = o.id AND l.seller = $2))
  LEFT JOIN products p ON p.slug = $4 AND p.status = 'active' AND ($2::text IS NULL OR p.seller_id = seller.id)
  LEFT JOIN users customer ON customer.id = coalesce($1, o.user_id) AND customer.status = 'active'
"""
_OPEN: Final = """
WITH begun AS (
    INSERT INTO conversations (id, store_id, customer_id, seller_id, order_id, product_id, subject, key)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (store_id, customer_id, key) DO NOTHING
    RETURNING id
), joined AS (
    INSERT INTO conversation_participants (store_id, conversation_id, user_id, role)
    SELECT $2, begun.id, who.user_id, who.role
      FROM begun, unnest($9::uuid[], $10::text[]) AS who (user_id, role)
)
SELECT id FROM begun
"""
# The row is locked, so what was read of it still holds. Whoever it is assigned to has read nothing of it yet, and is
# told of it if they are away: nobody else is any more.
_CHANGE: Final = """
WITH step AS (
    UPDATE conversations
       SET subject = $3, status = $4, assigned_to = $5, tags = $6, rating = $7, rating_comment = $8,
           waiting_since = CASE WHEN $9 THEN coalesce(waiting_since, now()) END,
           seq = seq + 1, public_seq = CASE WHEN $12 = 'note' THEN public_seq ELSE seq + 1 END
     WHERE id = $1
    RETURNING store_id, id, seq
), joined AS (
    INSERT INTO conversation_participants (store_id, conversation_id, user_id, role, tell_at)
    SELECT store_id, id, $5, 'staff', now() + interval '10 minutes' FROM step WHERE $10 AND $5 IS NOT NULL
    ON CONFLICT DO NOTHING
)
INSERT INTO chat_messages (id, store_id, conversation_id, seq, change, author_id, author_role, kind, body, details)
SELECT $2, store_id, id, seq, seq, $11, 'system', $12, '', $13::jsonb FROM step
"""
_SELLS: Final = "SELECT EXISTS (SELECT FROM sellers WHERE slug = $1 AND user_id = $2 AND status = 'active')"
_WITH_KEY: Final = """
SELECT id FROM conversations
 WHERE customer_id = coalesce($1::uuid, (SELECT user_id FROM orders WHERE number = $2)) AND key = $3
"""
_FIND_SOME: Final = f"SELECT {_HEAD} FROM {_WITH_SELLER} WHERE c.id = ANY($1)"


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What there is of what a conversation is to be about; None for what was not asked for, or is not there."""

    customer_id: UUID | None
    seller_id: UUID | None
    seller_user_id: UUID | None
    seller_name: str | None
    order_id: UUID | None
    product_id: UUID | None
    product_name: str | None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which conversations of the store are listed; None: whatever. `with_seller` tells those with the shop apart.

    Those of the person they are `hidden_from` are left out, and those of the `viewer` who sells while the seller is
    suspended.
    """

    status: Status | None = None
    with_seller: bool | None = None
    customer_id: UUID | None = None
    assigned_to: UUID | None = None
    unassigned: bool = False
    order_number: int | None = None
    tag: str | None = None
    hidden_from: UUID | None = None
    viewer: UUID | None = None


async def find(tx: Transaction, conversation_id: UUID) -> Head | None:
    """A conversation, as its access needs it."""
    return _head(await tx.fetchrow(_FIND, conversation_id))


async def find_some(tx: Transaction, ids: Collection[UUID]) -> list[Head]:
    """Those that there are."""
    return [Head(**dict(row)) for row in await tx.fetch(_FIND_SOME, list(ids))]


async def lock(tx: Transaction, conversation_id: UUID) -> Head | None:
    """The conversation, which nobody else changes until this transaction ends."""
    return _head(await tx.fetchrow(_LOCK, conversation_id))


async def lock_to_write(
    tx: Transaction, conversation_id: UUID, user_id: UUID, *, answers: bool
) -> tuple[Head, Standing] | None:
    """The same, and how somebody stands who wants to write into it; `answers`: whether they may answer others."""
    row = await tx.fetchrow(_LOCK_TO_WRITE, conversation_id, user_id, answers)
    if row is None:
        return None
    fields = dict(row)
    standing = Standing(is_blocked=fields.pop("is_blocked"), until=fields.pop("until"), words=fields.pop("words"))
    return Head(**fields), standing


async def shown(tx: Transaction, ids: Collection[UUID]) -> list[Conversation]:
    """These conversations with all that is shown of them, in no order."""
    sql = _SHOWN.format(page="SELECT unnest($1::uuid[]) AS id")
    return [_conversation(row) for row in await tx.fetch(sql, list(ids))]


async def page_of_user(
    tx: Transaction, user_id: UUID, window: TimeWindow, *, status: Status | None, order_number: int | None
) -> list[Conversation]:
    """Conversations of a customer, or of who sells, by their last message."""
    found = Conditions()
    found.all(f"(c.customer_id = {{0}} OR {_OF_ACTIVE_SELLER})", user_id)
    found.add("c.status = {}", status)
    found.add("c.order_id = (SELECT id FROM orders WHERE number = {})", order_number)
    return await _page(tx, found, window, "c.last_message_at")


async def page_of_store(tx: Transaction, wanted: Wanted, window: TimeWindow) -> list[Conversation]:
    """Conversations of the store, by their last message."""
    found = Conditions()
    found.add("c.status = {}", wanted.status)
    found.add("(c.seller_id IS NOT NULL) = {}", wanted.with_seller)
    found.add("c.customer_id = {}", wanted.customer_id)
    found.add("c.assigned_to = {}", wanted.assigned_to)
    found.add("c.order_id = (SELECT id FROM orders WHERE number = {})", wanted.order_number)
    found.add("{} = ANY(c.tags)", wanted.tag)
    if wanted.unassigned:
        found.written.append("c.assigned_to IS NULL")
    _leave_out_own(found, wanted.hidden_from)
    _leave_out_suspended(found, wanted.viewer)
    return await _page(tx, found, window, "c.last_message_at")


async def queue(
    tx: Transaction, whose: Literal["unassigned", "mine", "all"], user_id: UUID | None, window: TimeWindow,
    hidden_from: UUID | None = None,
) -> list[Conversation]:  # fmt: skip
    """Conversations that wait for the shop. The window's newest are those that have waited longest."""
    found = Conditions(["c.waiting_since IS NOT NULL"])
    if whose == "unassigned":
        found.written.append("c.assigned_to IS NULL")
    elif whose == "mine":
        found.all("c.assigned_to = {0}::uuid", user_id)
    _leave_out_own(found, hidden_from)
    _leave_out_suspended(found, user_id)
    return await _page(tx, found, window, "c.waiting_since", oldest_first=True)


async def about(
    tx: Transaction, customer_id: UUID | None, seller: str | None, order: int | None, product: str | None
) -> About:
    """What there is of these names; the customer is whoever placed the order when nobody is named."""
    row = await tx.fetchrow(_ABOUT, customer_id, seller, order, product)
    assert row is not None
    return About(**dict(row))


async def open_conversation(
    tx: Transaction, of: About, subject: str, key: str, participants: Sequence[tuple[UUID, Side]]
) -> UUID | None:
    """Begin one; its id, or None when the customer has one with this key, perhaps begun at this very moment."""
    ids, roles = [user_id for user_id, _ in participants], [role for _, role in participants]
    found: UUID | None = await tx.fetchval(
        _OPEN, new_id(), tx.store_id, of.customer_id, of.seller_id, of.order_id, of.product_id, subject, key, ids, roles
    )
    return found


async def with_key(tx: Transaction, customer_id: UUID | None, order: int | None, key: str) -> UUID | None:
    """The conversation that was begun with this key; of whoever placed the order when no customer is named."""
    found: UUID | None = await tx.fetchval(_WITH_KEY, customer_id, order, key)
    return found


async def sells(tx: Transaction, user_id: UUID, seller: str) -> bool:
    """Whether somebody sells as this seller."""
    found: bool = await tx.fetchval(_SELLS, seller, user_id)
    return found


async def change(
    tx: Transaction, after: Head, *, by: UUID | None, details: dict[str, Any], among_staff: bool, joins: bool = False
) -> None:
    """Make the locked conversation what it is to be, and tell what was done by a message of the system.

    `joins`: whoever it is assigned to takes part from now on.
    """
    changed = await tx.execute(
        _CHANGE, after.id, new_id(), after.subject, after.status, after.assigned_to, after.tags, after.rating,
        after.rating_comment, after.is_waited_for, joins, by, "note" if among_staff else "system",
        msgspec.json.encode(details).decode(),
    )  # fmt: skip
    assert changed == 1, "the row is locked"


async def answering(tx: Transaction, user_id: UUID, roles: Collection[str]) -> str | None:
    """The name of an active user with one of these roles; None when there is no such."""
    sql = "SELECT name FROM users WHERE id = $1 AND status = 'active' AND roles && $2::text[]"
    found: str | None = await tx.fetchval(sql, user_id, list(roles))
    return found


async def _page(
    tx: Transaction, found: Conditions, window: TimeWindow, by: str, *, oldest_first: bool = False
) -> list[Conversation]:
    backwards = window.backwards is not oldest_first
    order, sign = ("ASC", ">") if backwards else ("DESC", "<")
    if window.beyond is not None:
        found.all(f"({by}, c.id) {sign} ({{0}}, {{1}})", *window.beyond)
    ordered = f"ORDER BY {by} {order}, c.id {order}"
    page = f"SELECT c.id FROM conversations c WHERE {found.sql} {ordered} LIMIT {found.parameter(window.most)}"
    rows = await tx.fetch(f"{_SHOWN.format(page=page)} {ordered}", *found.values)
    return [_conversation(row) for row in rows]


def _leave_out_own(found: Conditions, user_id: UUID | None) -> None:
    """Leave out the conversations of somebody as a customer, or as who sells."""
    if user_id is not None:
        found.all(f"c.customer_id <> {{0}} AND ({_OF_SELLER}) IS NOT TRUE", user_id)


def _leave_out_suspended(found: Conditions, user_id: UUID | None) -> None:
    """Leave out those of who sells for a seller that is suspended: they are no staff there."""
    if user_id is not None:
        found.all(f"({_OF_SUSPENDED_SELLER}) IS NOT TRUE", user_id)


def _head(row: asyncpg.Record | None) -> Head | None:
    return None if row is None else Head(**dict(row))


def _conversation(row: asyncpg.Record) -> Conversation:
    fields = dict(row)
    last, participants = fields.pop("last_message"), fields.pop("participants")
    return Conversation(
        **fields,
        last_message=None if last is None else msgspec.json.decode(last, type=LastMessage),
        participants=msgspec.json.decode(participants, type=tuple[Participant, ...]),
    )
