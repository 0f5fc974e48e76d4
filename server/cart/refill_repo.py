"""How do goods get back into a cart? Those of an order its customer would rather change, into the cart they have now.

The cart's row is taken first, so that whatever else the same transaction locks comes after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from server.cart import repo
from server.cart.snapshot import MOST_LINES, MOST_UNITS, Owner
from server.catalog.snapshot import SALE_PRICE
from storage.ids import new_id
from storage.transaction import Transaction

# What the customer has chosen since stays; a destination is kept or taken as a whole, never mixed of two.
_CHOICES: Final = """
UPDATE carts c
   SET coupon_code = coalesce(c.coupon_code, $2), email = coalesce(c.email, $3), phone = coalesce(c.phone, $4),
       country = CASE WHEN {has_place} THEN c.country ELSE $5 END,
       region = CASE WHEN {has_place} THEN c.region ELSE $6 END,
       postcode = CASE WHEN {has_place} THEN c.postcode ELSE $7 END,
       city = CASE WHEN {has_place} THEN c.city ELSE $8 END,
       shipping_method = coalesce(c.shipping_method, $9), payment_method = coalesce(c.payment_method, $10)
 WHERE c.{owner} = $1 AND c.status = 'open'
RETURNING c.id
"""
_HAS_PLACE: Final = "num_nonnulls(c.country, c.region, c.postcode, c.city) > 0"
# Lines beyond the most a cart may have stay behind, and so does what is not in the catalogue any more.
_GOODS: Final = f"""
WITH goods AS (
    SELECT g.*, row_number() OVER (ORDER BY g.id) AS place,
           EXISTS (SELECT FROM cart_items i WHERE i.cart_id = $1 AND i.variant_id = g.variant_id) AS is_there
      FROM jsonb_to_recordset($2::jsonb) AS g (id uuid, variant_id uuid, quantity integer)
), room AS (
    SELECT $3 - count(*) AS lines FROM cart_items WHERE cart_id = $1
)
INSERT INTO cart_items AS i (id, store_id, cart_id, variant_id, quantity, seen_price)
SELECT g.id, v.store_id, $1, v.id, least(g.quantity, $4), {SALE_PRICE}
  FROM goods g JOIN variants v ON v.id = g.variant_id, room
 WHERE g.is_there OR g.place <= room.lines
    ON CONFLICT (store_id, cart_id, variant_id) DO UPDATE SET quantity = least(i.quantity + excluded.quantity, $4)
"""
CHOICES: Final = (
    "coupon_code", "email", "phone", "country", "region", "postcode", "city", "shipping_method", "payment_method",
)  # fmt: skip
"""What `put_back` takes besides goods."""


async def take(tx: Transaction, owner: Owner, lifetime: timedelta) -> bool:
    """Lock the owner's open cart, which is made when there is none; False when the owner's account is gone."""
    return (await repo.choose(tx, owner, lifetime, {})).has_cart


async def put_back(tx: Transaction, owner: Owner, goods: Mapping[UUID, int], choices: Mapping[str, str | None]) -> int:
    """Put units by variant into the cart that `take` locked, on top of what is there; how many lines that changed.

    `choices` are taken where the customer has not chosen anything since.
    """
    column = {"user": "user_id", "guest": "guest_id"}[owner.kind]
    statement = _CHOICES.format(has_place=_HAS_PLACE, owner=column)
    cart_id = await tx.fetchval(statement, owner.id, *(choices.get(name) for name in CHOICES))
    items = [{"id": new_id(), "variant_id": variant_id, "quantity": count} for variant_id, count in goods.items()]
    return await tx.execute(_GOODS, cart_id, msgspec.json.encode(items).decode(), MOST_LINES, MOST_UNITS)
