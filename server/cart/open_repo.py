"""Which carts are being filled in the store now? All that are open and have something in them, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from engine.facts.words import fold_code
from server.cart.repo import FIELDS, FOLDED_EMAIL, customer_of, item_of
from server.cart.snapshot import CartSnapshot, Owner
from server.catalog.snapshot import VARIANT_COLUMNS, VARIANT_TABLES
from server.decisions.facts import CouponFacts
from server.referrals.known import KnownUses
from storage.transaction import Transaction

_IS_OPEN: Final = """
c.status = 'open' AND c.expires_at > now()
AND EXISTS (SELECT FROM cart_items f WHERE f.store_id = c.store_id AND f.cart_id = c.id)
"""
_PAGE: Final = f"""
SELECT now() AS instant, c.id AS cart_id, c.version AS cart_version, c.expires_at, c.guest_id,
       {", ".join(f"c.{field}" for field in FIELDS)},
       u.id AS user_id, u.customer_group, u.email AS user_email, u.phone AS user_phone, u.tags AS user_tags,
       u.created_at AS user_created_at, u.locale AS user_locale,
       coalesce(t.orders_paid, 0) AS orders_paid, coalesce(t.spent, 0) AS spent, cash.orders AS cash_orders,
       i.id AS item_id, i.quantity, i.seen_price, {VARIANT_COLUMNS}
  FROM (SELECT c.* FROM carts c WHERE {_IS_OPEN} AND ($1::uuid IS NULL OR c.id > $1) ORDER BY c.id LIMIT $2) c
  LEFT JOIN users u ON u.store_id = c.store_id AND u.id = c.user_id
  LEFT JOIN customer_totals t ON t.store_id = u.store_id AND t.user_id = u.id
 CROSS JOIN LATERAL (
       SELECT count(*) AS orders FROM orders o
        WHERE o.payment_method = 'cash_on_delivery' AND o.state <> 'cancelled'
          AND o.customer_key = coalesce('user:' || u.id, 'email:' || {FOLDED_EMAIL})
          AND o.placed_at >= date_trunc('day', now(), $3)
       ) cash
  JOIN cart_items i ON i.store_id = c.store_id AND i.cart_id = c.id
  JOIN ({VARIANT_TABLES}) ON v.store_id = i.store_id AND v.id = i.variant_id
 ORDER BY c.id, i.created_at, i.id
"""
_COUNT: Final = f"SELECT count(*) FROM (SELECT FROM carts c WHERE {_IS_OPEN} LIMIT $1) found"
_CODES: Final = """
SELECT code, campaign, owner_id FROM coupon_codes
 WHERE code = ANY ($1::text[]) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
"""


async def page(tx: Transaction, beyond: UUID | None, most: int, timezone: str) -> list[CartSnapshot]:
    """Carts in order of id that follow `beyond`, as they are now. Two statements, however many there are.

    Whose the codes on them are is known, but not how often anything was used: as if this were the first time.
    """
    rows: dict[UUID, list[asyncpg.Record]] = {}
    for row in await tx.fetch(_PAGE, beyond, most, timezone):
        rows.setdefault(row["cart_id"], []).append(row)
    carts = [_snapshot(each) for each in rows.values()]
    codes = sorted({fold_code(cart.coupon_code) for cart in carts if cart.coupon_code is not None})
    issued = {row["code"]: _issued(row) for row in await tx.fetch(_CODES, codes)} if codes else {}
    return [_with_code(cart, issued) for cart in carts]


async def count(tx: Transaction, most: int) -> int:
    """How many there are, `most` at most."""
    return int(await tx.fetchval(_COUNT, most))


def _snapshot(rows: list[asyncpg.Record]) -> CartSnapshot:
    first = rows[0]
    is_guests = first["guest_id"] is not None
    return CartSnapshot(
        now=first["instant"],
        owner=Owner("guest", first["guest_id"]) if is_guests else Owner("user", first["user_id"]),
        customer=customer_of(first),
        id=first["cart_id"],
        version=first["cart_version"],
        expires_at=first["expires_at"],
        cash_on_delivery_today=first["cash_orders"],
        items=tuple([item_of(row) for row in rows]),
        **{field: first[field] for field in FIELDS},
    )


def _with_code(cart: CartSnapshot, issued: Mapping[str, CouponFacts]) -> CartSnapshot:
    found = None if cart.coupon_code is None else issued.get(fold_code(cart.coupon_code))
    return cart if found is None else msgspec.structs.replace(cart, uses=KnownUses(coupons=(found,)))


def _issued(row: asyncpg.Record) -> CouponFacts:
    owner = None if row["owner_id"] is None else str(row["owner_id"])
    return CouponFacts(code=row["code"], campaign=row["campaign"], owner=owner)
