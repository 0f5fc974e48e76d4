"""How does one cart become part of another in the database? The guest's is closed first, then what it held moves.

Each statement takes the row of a cart; the next one sees what others put into it while we waited for the row.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from server.cart.snapshot import MOST_LINES, MOST_UNITS
from storage.ids import new_id
from storage.transaction import Transaction

_CLOSE: Final = """
UPDATE carts SET status = 'merged', version = version + 1
 WHERE guest_id = $1 AND status = 'open' AND expires_at > now()
RETURNING id
"""
# What the user has chosen stays; a destination is kept or taken as a whole, never mixed of two.
_POUR: Final = """
WITH gone AS (
    UPDATE carts SET status = 'expired' WHERE user_id = $1 AND status = 'open' AND expires_at <= now() RETURNING id
), guest AS (
    SELECT * FROM carts WHERE id = $4
), cart AS (
    INSERT INTO carts AS c (id, store_id, user_id, expires_at, coupon_code, email, phone, country, region, postcode,
                            city, shipping_method, payment_method)
    SELECT $2::uuid, g.store_id, $1::uuid, now() + $3::interval, g.coupon_code, g.email, g.phone, g.country, g.region,
           g.postcode, g.city, g.shipping_method, g.payment_method
      FROM guest g, (SELECT count(*) FROM gone) AS after_gone
        ON CONFLICT (store_id, user_id) WHERE status = 'open' AND user_id IS NOT NULL
        DO UPDATE SET version = c.version + 1, expires_at = excluded.expires_at,
                      coupon_code = coalesce(c.coupon_code, excluded.coupon_code),
                      email = coalesce(c.email, excluded.email),
                      phone = coalesce(c.phone, excluded.phone),
                      country = CASE WHEN {c_has_place} THEN c.country ELSE excluded.country END,
                      region = CASE WHEN {c_has_place} THEN c.region ELSE excluded.region END,
                      postcode = CASE WHEN {c_has_place} THEN c.postcode ELSE excluded.postcode END,
                      city = CASE WHEN {c_has_place} THEN c.city ELSE excluded.city END,
                      shipping_method = coalesce(c.shipping_method, excluded.shipping_method),
                      payment_method = coalesce(c.payment_method, excluded.payment_method)
    RETURNING c.id, c.store_id
)
SELECT id FROM cart
""".format(c_has_place="num_nonnulls(c.country, c.region, c.postcode, c.city) > 0")
# Units of one variant are added up to the most a line may have; lines beyond the most a cart may have stay behind,
# the newest first. The user's seen price stays, so that a change since then is shown. Moved items keep their ids.
_MOVE: Final = """
WITH room AS (
    SELECT $3 - count(*) AS lines FROM cart_items WHERE cart_id = $2
), new AS (
    SELECT g.id, row_number() OVER (ORDER BY g.created_at, g.id) AS place
      FROM cart_items g
     WHERE g.cart_id = $1
       AND NOT EXISTS (SELECT FROM cart_items mine WHERE mine.cart_id = $2 AND mine.variant_id = g.variant_id)
), summed AS (
    UPDATE cart_items mine SET quantity = least(mine.quantity + g.quantity, $4)
      FROM cart_items g
     WHERE g.cart_id = $1 AND mine.cart_id = $2 AND mine.variant_id = g.variant_id
)
UPDATE cart_items g SET cart_id = $2 FROM new, room WHERE g.id = new.id AND new.place <= room.lines
"""


async def close_guest_cart(tx: Transaction, guest_id: UUID) -> UUID | None:
    """Close the guest's open cart as merged; its id, or None when there is none (any more)."""
    closed: UUID | None = await tx.fetchval(_CLOSE, guest_id)
    return closed


async def pour(tx: Transaction, guest_cart_id: UUID, user_id: UUID, lifetime: timedelta) -> None:
    """Put what a closed guest cart holds into the user's cart, which is made when there is none."""
    cart_id = await tx.fetchval(_POUR, user_id, new_id(), lifetime, guest_cart_id)
    await tx.execute(_MOVE, guest_cart_id, cart_id, MOST_LINES, MOST_UNITS)
