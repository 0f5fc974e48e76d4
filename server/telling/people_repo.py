"""Who are the people an event is to be told to, and what do they want? One statement, however many there are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from engine.documents.model.notifications import Audience
from server.cart.repo import FOLDED_EMAIL
from storage.transaction import Transaction

_FIND: Final = f"""
WITH told AS (
    SELECT 'customer' AS audience, u.id AS user_id, o.email, o.email_folded, coalesce(o.phone, u.phone) AS phone,
           o.locale, '{{}}'::text[] AS roles
      FROM orders o LEFT JOIN users u ON u.store_id = o.store_id AND u.id = o.user_id
     WHERE 'customer' = ANY ($1) AND o.id = $2
    UNION ALL
    SELECT 'customer', u.id, u.email, u.email_folded, u.phone, u.locale, '{{}}'
      FROM users u WHERE 'customer' = ANY ($1) AND $2::uuid IS NULL AND u.id = $3
    UNION ALL
    SELECT 'customer', u.id, coalesce(u.email, c.email), coalesce(u.email_folded, {FOLDED_EMAIL}),
           coalesce(u.phone, c.phone), u.locale, '{{}}'
      FROM carts c LEFT JOIN users u ON u.store_id = c.store_id AND u.id = c.user_id
     WHERE 'customer' = ANY ($1) AND $2::uuid IS NULL AND $3::uuid IS NULL AND c.id = $4
    UNION ALL
    SELECT 'inviter', u.id, u.email, u.email_folded, u.phone, u.locale, '{{}}'
      FROM users u WHERE 'inviter' = ANY ($1) AND u.id = $3
    UNION ALL
    SELECT 'friend', u.id, u.email, u.email_folded, u.phone, u.locale, '{{}}'
      FROM users u WHERE 'friend' = ANY ($1) AND u.id = $5
    UNION ALL
    SELECT 'staff', u.id, u.email, u.email_folded, u.phone, u.locale, u.roles
      FROM users u WHERE 'staff' = ANY ($1) AND u.roles && $6::text[] AND u.status = 'active'
    UNION ALL
    SELECT 'sellers', u.id, u.email, u.email_folded, u.phone, u.locale, '{{}}'
      FROM sellers s JOIN users u ON u.store_id = s.store_id AND u.id = s.user_id
     WHERE 'sellers' = ANY ($1) AND u.status = 'active' AND s.status = 'active'
       AND s.slug IN (SELECT l.seller FROM order_lines l WHERE l.order_id = $2)
)
SELECT t.audience, t.user_id, t.email, t.phone, t.locale, t.roles, u.email AS account_email,
       EXISTS (SELECT FROM push_subscriptions s WHERE s.user_id = u.id) AS has_browser,
       coalesce(u.id::text, t.email_folded, '') AS key, coalesce(u.status <> 'active', false) AS is_closed,
       EXISTS (SELECT FROM mail_bounces b WHERE b.email_folded = coalesce(u.email_folded, t.email_folded)) AS bounced,
       coalesce((SELECT json_agg(json_build_array(p.category, p.channel)) FROM notification_preferences p
                  WHERE p.recipient = coalesce(u.id::text, t.email_folded) AND NOT p.wanted), '[]')::text AS unwanted
  FROM told t LEFT JOIN users u ON u.id = t.user_id
 ORDER BY t.audience, u.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may be told. `key` names them for ever: the id of a user, the folded address of a guest.

    `email` is the one they gave with the order, `account_email` that of their account (None: they have none); `phone`
    and `locale` are None where nobody knows them. `roles` are those of staff. `has_browser`: one of theirs shows
    pushes. `unwanted` are (category, channel).
    """

    audience: Audience
    user_id: UUID | None
    key: str
    email: str | None
    account_email: str | None
    phone: str | None
    locale: str | None
    roles: tuple[str, ...]
    is_closed: bool
    has_browser: bool
    bounced: bool
    unwanted: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What an event is about, as far as it says: by these people are found."""

    order_id: UUID | None = None
    customer_id: UUID | None = None
    cart_id: UUID | None = None
    friend_id: UUID | None = None


async def find(tx: Transaction, audiences: Collection[Audience], about: About, roles: Collection[str]) -> list[Person]:
    """The people of these audiences, each once in each; `roles` are those of staff."""
    rows = await tx.fetch(
        _FIND, sorted(audiences), about.order_id, about.customer_id, about.cart_id, about.friend_id, sorted(roles)
    )
    return [_person(row) for row in rows]


def _person(row: asyncpg.Record) -> Person:
    plain: dict[str, Any] = dict(row)
    unwanted = msgspec.json.decode(plain.pop("unwanted"), type=list[tuple[str, str]])
    return Person(**{**plain, "roles": tuple(plain["roles"]), "unwanted": tuple(unwanted)})
