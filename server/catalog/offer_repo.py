"""Where are the offers of a whole store read? Here, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from server.catalog.product import ListedOffer
from server.catalog.snapshot import VARIANT_IMAGE
from storage.transaction import Transaction

# An offer counts from its first instant to before its last. One that the list price has come down to is none any more.
_OFFERS: Final = f"""
SELECT o.id, o.name, o.price, v.list_price, o.starts_at, o.ends_at, o.starts_at <= now() AS is_running,
       p.slug AS product_slug, p.name AS product_name, v.id AS variant_id, v.sku, v.option_pairs,
       l.on_hand > l.reserved IS TRUE AS in_stock, s.slug AS seller_slug, {VARIANT_IMAGE} AS image_id
  FROM offers o
  JOIN variants v ON v.store_id = o.store_id AND v.id = o.variant_id AND v.status = 'active'
  JOIN products p ON p.store_id = v.store_id AND p.id = v.product_id AND p.status = 'active'
  LEFT JOIN stock_levels l ON l.store_id = v.store_id AND l.variant_id = v.id
  LEFT JOIN sellers s ON s.store_id = p.store_id AND s.id = p.seller_id
 WHERE o.ends_at > now() AND o.price < v.list_price
   AND o.starts_at <= now() + make_interval(days => $1)
   AND ($2::boolean IS NULL OR (o.starts_at <= now()) = $2)
   AND ($3::text IS NULL OR s.slug = $3)
   AND ($4::timestamptz IS NULL OR (o.starts_at, o.id) {{past}} ($4, $5))
 ORDER BY o.starts_at {{order}}, o.id {{order}}
 LIMIT $6
"""


async def list_offers(
    tx: Transaction,
    *,
    is_running: bool | None,
    within_days: int,
    seller: str | None,
    past: tuple[datetime, UUID] | None,
    backwards: bool,
    limit: int,
) -> Sequence[ListedOffer]:
    """Offers by when they begin (backwards: from the last one), that come after `past` in that order."""
    sql = _OFFERS.format(past="<" if backwards else ">", order="DESC" if backwards else "ASC")
    rows = await tx.fetch(sql, within_days, is_running, seller, *(past or (None, None)), limit)
    return [ListedOffer(**row) for row in rows]
