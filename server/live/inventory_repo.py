"""Where is read how much there is of products that somebody looks at? One statement for all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from server.catalog.inventory_levels import StockLevel
from storage.transaction import Transaction

_FIND: Final = "SELECT id, slug FROM products WHERE slug = ANY($1::text[]) AND status = 'active'"
# What is not for sale any more is as good as sold out to those who look at it.
_LEVELS: Final = """
SELECT p.id AS product_id, v.id AS variant_id, v.sku, v.name AS variant_name, p.slug AS product_slug,
       p.name AS product_name, s.low_stock_threshold, s.updated_at,
       CASE WHEN p.status = 'active' THEN coalesce(s.on_hand, 0) ELSE 0 END AS on_hand,
       CASE WHEN p.status = 'active' THEN coalesce(s.reserved, 0) ELSE 0 END AS reserved
  FROM products p
  JOIN variants v ON v.store_id = p.store_id AND v.product_id = p.id AND v.status = 'active'
  LEFT JOIN stock_levels s ON s.store_id = v.store_id AND s.variant_id = v.id
 WHERE p.id = ANY($1::uuid[])
 ORDER BY p.slug, v.position, v.sku
"""


async def find(tx: Transaction, slugs: Collection[str]) -> dict[str, UUID]:
    """The products for sale that have these slugs, by slug."""
    return {row["slug"]: row["id"] for row in await tx.fetch(_FIND, list(slugs))}


async def levels(tx: Transaction, products: Collection[UUID]) -> Mapping[UUID, tuple[StockLevel, ...]]:
    """The levels of the variants for sale of each product, in the order of the product; none where none is for sale."""
    found: dict[UUID, list[StockLevel]] = {product: [] for product in products}
    for row in await tx.fetch(_LEVELS, list(products)):
        values = dict(row)
        found[values.pop("product_id")].append(StockLevel(**values))
    return {product: tuple(each) for product, each in found.items()}
