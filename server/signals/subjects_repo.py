"""Which carts, orders and customers have been at rest for so long, and what is known of them?

Found in the order in which they came to rest, by indexes: a customer rests since the last order they placed, or since
they signed up; carts and orders since their last change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from engine.documents.model.signals import SubjectKind
from engine.signals import Subject
from notifications.subjects import subject
from server.catalog.snapshot import SALE_PRICE, VARIANT_TABLES
from server.decisions.instants import microseconds
from storage.transaction import Transaction

_ADDRESS: Final = ("country", "postcode", "city", "line1", "line2")
"""As events of orders tell one address from another."""

# Whoever said nothing is told, and nobody whose provider refuses the address; see migration 55.
_REACHABLE: Final = """
({folded} IS NOT NULL
 AND NOT EXISTS (SELECT FROM notification_preferences n
                  WHERE n.recipient = coalesce({user}::text, {folded}) AND n.category = '{category}'
                    AND n.channel = 'email' AND NOT n.wanted)
 AND NOT EXISTS (SELECT FROM mail_bounces b WHERE b.email_folded = {folded}))
"""
_CART_EMAIL: Final = "coalesce(u.email_folded, normalize(lower(normalize(c.email, NFKC)), NFKC))"
_CART_REACHABLE: Final = _REACHABLE.format(folded=_CART_EMAIL, user="c.user_id", category="reminders")
_CUSTOMER_REACHABLE: Final = _REACHABLE.format(folded="u.email_folded", user="u.id", category="marketing")

# $1, $2: what was looked at last; $3: at rest for so long; $4: and not for so long; $5: at most so many.
_RESTS: Final = """
({since}, {id}) > ($1, $2) AND {since} <= now() - $3::interval
AND {since} > now() - $4::interval
"""
_CARTS: Final = f"""
SELECT c.id, c.updated_at AS since, c.user_id, goods.item_count, goods.subtotal, {_CART_REACHABLE} AS reachable
  FROM carts c
  LEFT JOIN users u ON u.id = c.user_id
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(i.quantity), 0)::bigint AS item_count,
              coalesce(sum(i.quantity * {SALE_PRICE}), 0)::bigint AS subtotal
         FROM cart_items i JOIN ({VARIANT_TABLES}) ON v.store_id = i.store_id AND v.id = i.variant_id
        WHERE i.cart_id = c.id) goods
 WHERE c.status = 'open' AND c.expires_at > now() AND {_RESTS.format(since="c.updated_at", id="c.id")}
 ORDER BY c.updated_at, c.id LIMIT $5
"""
_ORDERS: Final = f"""
SELECT o.id, o.updated_at AS since, o.user_id, o.number, o.state, o.total, o.currency, o.payment_method, o.captured,
       o.refunded, o.shipping_address::text AS address
  FROM orders o WHERE {_RESTS.format(since="o.updated_at", id="o.id")}
 ORDER BY o.updated_at, o.id LIMIT $5
"""
_CUSTOMER: Final = f"""
u.id, coalesce(t.spent, 0) AS spent, coalesce(t.orders_paid, 0) AS orders_paid, u.tags,
{_CUSTOMER_REACHABLE} AS reachable
"""
_TOTALS: Final = "LEFT JOIN customer_totals t ON t.store_id = u.store_id AND t.user_id = u.id"
_CUSTOMERS: Final = f"""
SELECT {_CUSTOMER}, r.since FROM (
    (SELECT o.user_id, o.placed_at AS since
       FROM orders o JOIN users u ON u.id = o.user_id AND u.status = 'active'
      WHERE {_RESTS.format(since="o.placed_at", id="o.user_id")}
        AND NOT EXISTS (SELECT FROM orders n WHERE n.user_id = o.user_id
                           AND (n.placed_at, n.id) > (o.placed_at, o.id))
      ORDER BY o.placed_at, o.user_id LIMIT $5)
    UNION ALL
    (SELECT u.id, u.created_at
       FROM users u
      WHERE u.status = 'active' AND {_RESTS.format(since="u.created_at", id="u.id")}
        AND NOT EXISTS (SELECT FROM orders n WHERE n.user_id = u.id)
      ORDER BY u.created_at, u.id LIMIT $5)
  ) r (user_id, since)
  JOIN users u ON u.id = r.user_id
  {_TOTALS}
 ORDER BY r.since, u.id LIMIT $5
"""
_LOCK: Final = "SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE"
_KNOWN: Final = f"SELECT {_CUSTOMER}, now() AS since FROM users u {_TOTALS} WHERE u.id = $1"
_NEXT: Final = "SELECT id FROM users WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3"
_LOCK_ALL: Final = "SELECT FROM users WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"
_KNOWN_ALL: Final = f"""
SELECT {_CUSTOMER}, u.created_at AS since FROM users u {_TOTALS}
 WHERE u.id = ANY($1::uuid[]) ORDER BY u.created_at, u.id
"""


class Place(NamedTuple):
    """A place in the order of rest: an instant, and the id of what came to rest then."""

    since: datetime
    id: UUID


class Found(NamedTuple):
    """A subject, and its place."""

    subject: Subject
    place: Place


async def at_rest(
    tx: Transaction, kind: SubjectKind, after: Place, lasting: timedelta, before: timedelta, most: int
) -> list[Found]:
    """Subjects of the kind that have been at rest for so long, and not for `before`; after that place, in order."""
    sql = {"cart": _CARTS, "order": _ORDERS, "customer": _CUSTOMERS}[kind]
    return [_found(tx, kind, row) for row in await tx.fetch(sql, after.since, after.id, lasting, before, most)]


async def customer(tx: Transaction, customer_id: UUID) -> Subject | None:
    """A customer as they are now, locked until the transaction ends, so that nobody works from what is older."""
    await tx.execute(_LOCK, customer_id)
    row = await tx.fetchrow(_KNOWN, customer_id)
    return None if row is None else _found(tx, "customer", row).subject


async def customers_after(tx: Transaction, after: Place, most: int) -> Sequence[Found]:
    """The customers who signed up after that place, in order; locked as one of them is by `customer`, and then read."""
    ids = [row["id"] for row in await tx.fetch(_NEXT, after.since, after.id, most)]
    await tx.execute(_LOCK_ALL, ids)
    return [_found(tx, "customer", row) for row in await tx.fetch(_KNOWN_ALL, ids)]


def _found(tx: Transaction, kind: SubjectKind, row: asyncpg.Record) -> Found:
    facts: Mapping[str, Any] = {"cart": _cart, "order": _order, "customer": _of_customer}[kind](tx, row)
    known = {name: value for name, value in facts.items() if value is not None}
    return Found(Subject(kind, str(row["id"]), microseconds(row["since"]), known), Place(row["since"], row["id"]))


def _cart(_tx: Transaction, row: asyncpg.Record) -> dict[str, Any]:
    return {
        "cart.item_count": row["item_count"],
        "cart.subtotal": row["subtotal"],
        "cart.reachable": row["reachable"],
        "customer.id": _text(row["user_id"]),
    }


def _order(tx: Transaction, row: asyncpg.Record) -> dict[str, Any]:
    address = msgspec.json.decode(row["address"], type=dict[str, Any])
    assert tx.store_id is not None
    named = ("number", "state", "total", "currency", "payment_method", "captured", "refunded")
    return {
        **{f"order.{name}": row[name] for name in named},
        "order.address": subject(tx.store_id, "address", *(address.get(part) for part in _ADDRESS)),
        "customer.id": _text(row["user_id"]),
    }


def _of_customer(_tx: Transaction, row: asyncpg.Record) -> dict[str, Any]:
    return {
        "customer.spent": row["spent"],
        "customer.orders_paid": row["orders_paid"],
        "customer.reachable": row["reachable"],
        "customer.tags": frozenset(row["tags"]),
    }


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
