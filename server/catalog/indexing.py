"""How do a product's pairs and words follow what it is made of? Read for many at once, folded, written back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from server.catalog.words import search_text
from storage.transaction import Transaction

_PARTS: Final = """
SELECT p.id, p.name, p.tags, b.name AS brand, has.pairs,
       ARRAY(SELECT up.name FROM categories c JOIN categories up
                 ON up.store_id = c.store_id AND (up.path = c.path OR starts_with(c.path, up.path || '/'))
              WHERE c.store_id = p.store_id AND c.id = p.category_id ORDER BY up.path) AS categories,
       ARRAY(SELECT v.sku FROM variants v WHERE v.store_id = p.store_id AND v.product_id = p.id
              ORDER BY v.position, v.id) AS skus,
       ARRAY(SELECT av.name FROM unnest(has.pairs) AS pair
               JOIN attributes a ON a.store_id = p.store_id AND a.code = split_part(pair, ':', 1)
               JOIN attribute_values av ON av.store_id = a.store_id AND av.attribute_id = a.id
                AND av.code = split_part(pair, ':', 2)
              ORDER BY pair) AS value_names
  FROM products p
  LEFT JOIN brands b ON b.store_id = p.store_id AND b.id = p.brand_id
 CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(DISTINCT pair ORDER BY pair), '{}') AS pairs FROM (
        SELECT unnest(v.option_pairs) FROM variants v
         WHERE v.store_id = p.store_id AND v.product_id = p.id AND v.status = 'active'
        UNION
        SELECT a.code || ':' || av.code FROM product_attribute_values pv
          JOIN attribute_values av ON av.store_id = pv.store_id AND av.id = pv.value_id
          JOIN attributes a ON a.store_id = av.store_id AND a.id = av.attribute_id
         WHERE pv.store_id = p.store_id AND pv.product_id = p.id
    ) AS every (pair)) AS has
 WHERE p.id = ANY($1::uuid[]) ORDER BY p.id
"""
# Pairs hold no spaces, so they travel as one text for each product.
_WRITE: Final = """
UPDATE products p
   SET attribute_pairs = string_to_array(r.pairs, ' '), search_text = r.words, version = p.version + $4
  FROM unnest($1::uuid[], $2::text[], $3::text[]) AS r (id, pairs, words)
 WHERE p.id = r.id
"""


async def reindex(tx: Transaction, product_ids: Sequence[UUID], *, as_new_version: bool = False) -> None:
    """Bring pairs and words of these products up to date, in two statements; with or without counting versions up."""
    if not product_ids:
        return
    rows = await tx.fetch(_PARTS, list(product_ids))
    await tx.execute(
        _WRITE,
        [row["id"] for row in rows],
        [" ".join(row["pairs"]) for row in rows],
        [_words(row) for row in rows],
        int(as_new_version),
    )


def _words(row: asyncpg.Record) -> str:
    others = [row["brand"], *row["categories"], *row["tags"], *row["value_names"]]
    return search_text(row["name"], others, row["skus"])
