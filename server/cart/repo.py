"""Where are carts read and written? Here: one statement makes a change, one reads the whole cart with its variants.

Every change first takes the row of the cart, so changes of one cart happen one after the other. What a change came to
is read after it in the same transaction; a cart that must not be like that is undone by rolling back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from server.cart.snapshot import CartItem, CartSnapshot, Customer, Owner, OwnerKind
from server.catalog.snapshot import SALE_PRICE, VARIANT_COLUMNS, VARIANT_TABLES, variant_of
from storage.ids import new_id
from storage.transaction import Transaction

_COLUMN: Final[Mapping[OwnerKind, str]] = {"user": "user_id", "guest": "guest_id"}
FIELDS: Final = (
    "coupon_code", "email", "phone", "country", "region", "postcode", "city", "shipping_method", "payment_method",
)  # fmt: skip
"""What else a customer chooses for a cart."""

# As server.auth.emails folds addresses, so that a guest is found by the key that their orders have.
FOLDED_EMAIL: Final = "normalize(lower(normalize(c.email, NFKC)), NFKC)"
# A quote is checked as of the instant it was given, so the clock that offers go by is a column here.
_VARIANT_THEN: Final = VARIANT_COLUMNS.replace("now()", "clock.instant")
_READ: Final = f"""
SELECT clock.instant AS instant, now() AS transaction_now,
       c.id AS cart_id, c.version AS cart_version, c.expires_at, {", ".join(f"c.{field}" for field in FIELDS)},
       u.id AS user_id, u.customer_group, u.email AS user_email, u.phone AS user_phone, u.tags AS user_tags,
       u.created_at AS user_created_at, u.locale AS user_locale,
       coalesce(t.orders_paid, 0) AS orders_paid, coalesce(t.spent, 0) AS spent, cash.orders AS cash_orders,
       i.id AS item_id, i.quantity, i.seen_price, {_VARIANT_THEN}
  FROM (SELECT coalesce($2::timestamptz, now()) AS instant) clock
  LEFT JOIN users u ON u.id = $1
  LEFT JOIN customer_totals t ON t.store_id = u.store_id AND t.user_id = u.id
  LEFT JOIN carts c ON c.{{owner}} = $1 AND c.status = 'open' AND c.expires_at > now()
 CROSS JOIN LATERAL (
       SELECT count(*) AS orders FROM orders o
        WHERE o.payment_method = 'cash_on_delivery' AND o.state <> 'cancelled'
          AND o.customer_key = coalesce('user:' || u.id, 'email:' || {{folded_email}})
          AND o.placed_at >= date_trunc('day', clock.instant, $3)
       ) cash
  LEFT JOIN (cart_items i
        JOIN ({VARIANT_TABLES}) ON v.store_id = i.store_id AND v.id = i.variant_id
       ) ON i.store_id = c.store_id AND i.cart_id = c.id
 ORDER BY i.created_at, i.id
"""
# A cart that has expired makes room before the new one is inserted: the count makes the insert wait for it.
# Two who come first at once: the second finds the row of the first, and changes it.
_FIND_OR_MAKE: Final = """
gone AS (
    UPDATE carts SET status = 'expired' WHERE {owner} = $1 AND status = 'open' AND expires_at <= now() RETURNING id
), before AS (
    SELECT coupon_code FROM carts WHERE {owner} = $1 AND status = 'open' AND expires_at > now() FOR NO KEY UPDATE
), cart AS (
    INSERT INTO carts AS c (id, store_id, {owner}, expires_at{columns})
    SELECT $2::uuid, $3::uuid, $1::uuid, now() + $4::interval{values}
      FROM (SELECT count(*) FROM gone) AS after_gone, (SELECT count(*) FROM before) AS after_before
     WHERE {exists}
        ON CONFLICT (store_id, {owner}) WHERE status = 'open' AND {owner} IS NOT NULL
        DO UPDATE SET version = c.version + 1, expires_at = excluded.expires_at{sets}
    RETURNING c.id, c.store_id
)
"""
# A user whose account is gone must not fail on the foreign key.
_EXISTS: Final[Mapping[OwnerKind, str]] = {"user": "EXISTS (SELECT FROM users WHERE id = $1)", "guest": "true"}
_ADD: Final = f"""
WITH {{cart}}, wanted AS (
    SELECT v.id, {SALE_PRICE} AS price
      FROM variants v JOIN products p ON p.store_id = v.store_id AND p.id = v.product_id
     WHERE v.{{key}} = $5 AND v.status = 'active' AND p.status = 'active'
), item AS (
    INSERT INTO cart_items AS i (id, store_id, cart_id, variant_id, quantity, seen_price)
    SELECT $6::uuid, cart.store_id, cart.id, wanted.id, $7::integer, wanted.price FROM cart, wanted
        ON CONFLICT (store_id, cart_id, variant_id) DO UPDATE SET quantity = i.quantity + excluded.quantity
    RETURNING 1
)
SELECT EXISTS (SELECT FROM cart) AS has_cart, EXISTS (SELECT FROM item) AS has_item
"""
_SET: Final = """
WITH {cart}
SELECT EXISTS (SELECT FROM cart) AS has_cart, (SELECT coupon_code FROM before) AS coupon_before
"""
_TOUCH: Final = """
WITH cart AS (
    UPDATE carts SET version = version + 1, expires_at = now() + $2::interval{sets}
     WHERE {owner} = $1 AND status = 'open' AND expires_at > now()
    RETURNING id, store_id
)
"""
_SET_QUANTITY: Final = f"""{_TOUCH}
UPDATE cart_items i SET quantity = $4 FROM cart WHERE i.store_id = cart.store_id AND i.cart_id = cart.id AND i.id = $3
"""
_REMOVE: Final = f"""{_TOUCH}
DELETE FROM cart_items i USING cart WHERE i.store_id = cart.store_id AND i.cart_id = cart.id AND i.id = $3
"""
_CLEAR: Final = f"""{_TOUCH}, cleared AS (
    DELETE FROM cart_items i USING cart WHERE i.store_id = cart.store_id AND i.cart_id = cart.id
)
SELECT count(*) = 1 FROM cart
"""
_ACCEPT: Final = f"""{_TOUCH}, accepted AS (
    UPDATE cart_items i SET seen_price = seen.price
      FROM cart, unnest($3::uuid[], $4::bigint[]) AS seen (id, price), variants v
     WHERE i.store_id = cart.store_id AND i.cart_id = cart.id AND i.id = seen.id
       AND v.store_id = i.store_id AND v.id = i.variant_id AND seen.price = {SALE_PRICE}
)
SELECT count(*) = 1 FROM cart
"""
# Materialized, or the limit could be taken anew for every row it is compared with.
_EXPIRE: Final = """
WITH gone AS MATERIALIZED (
    SELECT id FROM carts WHERE status = 'open' AND expires_at <= now()
     ORDER BY expires_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE carts c SET status = 'expired' FROM gone WHERE c.id = gone.id
"""


class Added(NamedTuple):
    """What became of an attempt to add something: is there a cart, and is the variant in it now?"""

    has_cart: bool
    has_item: bool


class Chosen(NamedTuple):
    """What became of a choice: is there a cart, and which coupon code was on it before?"""

    has_cart: bool
    coupon_before: str | None


async def read(tx: Transaction, owner: Owner, timezone: str, at: datetime | None = None) -> CartSnapshot:
    """The open cart with every variant as it is now; empty when there is none. One statement, however many lines.

    Offers count as of `at` when it is given; a day begins at midnight of `timezone`.
    """
    rows = await tx.fetch(_reading(owner.kind), owner.id, at, timezone)
    first = rows[0]
    tx.learn_now(first["transaction_now"])
    return CartSnapshot(
        now=first["instant"],
        owner=owner,
        customer=customer_of(first),
        id=first["cart_id"],
        version=first["cart_version"] or 0,
        expires_at=first["expires_at"],
        cash_on_delivery_today=first["cash_orders"],
        items=tuple([item_of(row) for row in rows if row["item_id"] is not None]),
        **{field: first[field] for field in FIELDS},
    )


async def add(tx: Transaction, owner: Owner, lifetime: timedelta, variant: UUID | str, quantity: int) -> Added:
    """Put so many more of a variant (id or SKU) into the cart, which is made when there is none.

    Limits are not checked. Nothing is added of what is not for sale in this store.
    """
    statement = _adding(owner.kind, "id" if isinstance(variant, UUID) else "sku")
    row = await tx.fetchrow(statement, owner.id, new_id(), tx.store_id, lifetime, variant, new_id(), quantity)
    assert row is not None
    return Added(row["has_cart"], row["has_item"])


async def choose(tx: Transaction, owner: Owner, lifetime: timedelta, values: Mapping[str, str | None]) -> Chosen:
    """Set these of the cart's fields; the cart is made when there is none."""
    statement = _choosing(owner.kind, tuple(values))
    row = await tx.fetchrow(statement, owner.id, new_id(), tx.store_id, lifetime, *values.values())
    assert row is not None
    return Chosen(row["has_cart"], row["coupon_before"])


async def set_quantity(tx: Transaction, owner: Owner, lifetime: timedelta, item_id: UUID, quantity: int) -> bool:
    """Set how many of an item there are; False when the cart has no such item."""
    return await tx.execute(_touching(_SET_QUANTITY, owner.kind), owner.id, lifetime, item_id, quantity) == 1


async def remove(tx: Transaction, owner: Owner, lifetime: timedelta, item_id: UUID) -> bool:
    """Take an item out; False when the cart has no such item."""
    return await tx.execute(_touching(_REMOVE, owner.kind), owner.id, lifetime, item_id) == 1


async def clear(tx: Transaction, owner: Owner, lifetime: timedelta) -> bool:
    """Take all items and the coupon code out; False when there is no cart."""
    return bool(await tx.fetchval(_touching(_CLEAR, owner.kind, ", coupon_code = NULL"), owner.id, lifetime))


async def remove_coupon(tx: Transaction, owner: Owner, lifetime: timedelta) -> bool:
    """Take the coupon code off; False when there is no cart."""
    statement = _touching(f"{_TOUCH} SELECT count(*) = 1 FROM cart", owner.kind, ", coupon_code = NULL")
    return bool(await tx.fetchval(statement, owner.id, lifetime))


async def accept_prices(tx: Transaction, owner: Owner, lifetime: timedelta, prices: Sequence[tuple[UUID, int]]) -> bool:
    """Note that the customer has seen these prices of items, where they are the ones of now; False without a cart."""
    ids, seen = [item_id for item_id, _ in prices], [price for _, price in prices]
    return bool(await tx.fetchval(_touching(_ACCEPT, owner.kind), owner.id, lifetime, ids, seen))


async def expire(tx: Transaction, most: int) -> int:
    """Close up to `most` carts of the store that have expired, the oldest first; how many."""
    return await tx.execute(_EXPIRE, most)


# Statements are written once for each kind of owner: they are long, and asyncpg finds prepared ones by their text.
@cache
def _reading(kind: OwnerKind) -> str:
    return _READ.format(owner=_COLUMN[kind], folded_email=FOLDED_EMAIL)


@cache
def _adding(kind: OwnerKind, key: str) -> str:
    return _ADD.format(cart=_find_or_make(kind, ()), key=key)


@cache
def _choosing(kind: OwnerKind, fields: tuple[str, ...]) -> str:
    return _SET.format(cart=_find_or_make(kind, fields))


@cache
def _touching(statement: str, kind: OwnerKind, sets: str = "") -> str:
    return statement.format(owner=_COLUMN[kind], sets=sets)


def _find_or_make(kind: OwnerKind, fields: tuple[str, ...]) -> str:
    """The statement's part that finds or makes the cart and sets fields to the parameters from $5 on."""
    assert set(fields) <= set(FIELDS)
    return _FIND_OR_MAKE.format(
        owner=_COLUMN[kind],
        exists=_EXISTS[kind],
        columns="".join(f", {name}" for name in fields),
        values="".join(f", ${number}::text" for number, _ in enumerate(fields, 5)),
        sets="".join(f", {name} = excluded.{name}" for name in fields),
    )


def customer_of(row: asyncpg.Record) -> Customer | None:
    """The user of a row that has them, as `_READ` names the columns; None for a guest."""
    if row["user_id"] is None:
        return None
    return Customer(
        group=row["customer_group"],
        email=row["user_email"],
        phone=row["user_phone"],
        tags=tuple(row["user_tags"]),
        registered=row["user_created_at"],
        locale=row["user_locale"],
        orders_paid=row["orders_paid"],
        spent=row["spent"],
    )


def item_of(row: asyncpg.Record) -> CartItem:
    """The item of such a row."""
    return CartItem(id=row["item_id"], quantity=row["quantity"], seen_price=row["seen_price"], variant=variant_of(row))
