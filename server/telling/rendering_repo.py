"""Where is what mails tell of looked up? Each question is one statement."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from server.catalog.snapshot import SALE_PRICE
from storage.transaction import Transaction

MOST_LINES: Final = 50
"""Of a cart, in a mail."""

_PERSON: Final = "SELECT name FROM users WHERE id = $1"
_CART: Final = f"""
SELECT u.name AS customer, v.name AS variant, p.name AS product, i.quantity, {SALE_PRICE} AS price
  FROM carts c
  LEFT JOIN users u ON u.store_id = c.store_id AND u.id = c.user_id
  JOIN cart_items i ON i.store_id = c.store_id AND i.cart_id = c.id
  JOIN variants v ON v.store_id = i.store_id AND v.id = i.variant_id
  JOIN products p ON p.store_id = v.store_id AND p.id = v.product_id
 WHERE c.id = $1 AND c.status = 'open'
 ORDER BY i.created_at, i.id LIMIT {MOST_LINES}
"""
_REWARD: Final = """
SELECT c.code, r.reason, c.campaign, c.expires_at, u.name AS customer
  FROM rewards r
  JOIN coupon_codes c ON c.store_id = r.store_id AND c.id = r.code_id
  LEFT JOIN users u ON u.store_id = r.store_id AND u.id = r.user_id
 WHERE r.id = $1 AND r.revoked_at IS NULL AND c.revoked_at IS NULL
"""
_SELLER: Final = "SELECT slug FROM sellers WHERE user_id = $1"
_PAYLOADS: Final = "SELECT id, payload::text AS payload FROM events WHERE id = ANY($1)"


class CartLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a cart; `price` of one unit, before any rule."""

    product: str
    variant: str
    quantity: int
    price: int


class Cart(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a cart, and whose it is; guests have no name."""

    customer: str
    lines: tuple[CartLine, ...]


class RewardCode(msgspec.Struct, frozen=True, kw_only=True):
    """The code that somebody was given, for the milestone or rule `reason`."""

    code: str
    reason: str
    campaign: str
    expires_at: datetime | None
    customer: str


async def name_of(tx: Transaction, user_id: UUID) -> str:
    """What the user is called; empty when there is none."""
    row = await tx.fetchrow(_PERSON, user_id)
    return "" if row is None else str(row["name"])


async def cart(tx: Transaction, cart_id: UUID) -> Cart | None:
    """The open cart; None when it is not open any more, or empty."""
    rows = await tx.fetch(_CART, cart_id)
    if not rows:
        return None
    lines = [CartLine(**{name: row[name] for name in CartLine.__struct_fields__}) for row in rows]
    return Cart(customer=rows[0]["customer"] or "", lines=tuple(lines))


async def reward(tx: Transaction, reward_id: UUID) -> RewardCode | None:
    """The code of the reward; None when there is none, or it was taken back."""
    row = await tx.fetchrow(_REWARD, reward_id)
    if row is None:
        return None
    return RewardCode(
        code=row["code"],
        reason=row["reason"],
        campaign=row["campaign"],
        expires_at=row["expires_at"],
        customer=row["customer"] or "",
    )


async def seller_of(tx: Transaction, user_id: UUID) -> str | None:
    """The slug of the seller that the user is; None when they are none."""
    row = await tx.fetchrow(_SELLER, user_id)
    return None if row is None else str(row["slug"])


async def payloads(tx: Transaction, event_ids: list[UUID]) -> dict[UUID, dict[str, Any]]:
    """What the events carry."""
    return {row["id"]: msgspec.json.decode(row["payload"]) for row in await tx.fetch(_PAYLOADS, event_ids)}
