"""Where are products and variants read, one by one? Here; lists and search are in search_repo.py.

A product comes as one row with JSON in it, however many variants it has.
"""

from __future__ import annotations

from typing import Final

import msgspec

from server.catalog.product import ProductDetail
from server.catalog.snapshot import SALE_PRICE
from storage.transaction import Transaction

_OPTION_VALUES: Final = """
json_build_object('code', a.code, 'name', a.name,
                  'values', json_agg(json_build_object('code', av.code, 'name', av.name) ORDER BY av.position, av.code))
"""
_DETAIL: Final = f"""
SELECT json_build_object(
    'id', p.id, 'slug', p.slug, 'name', p.name, 'description', p.description, 'status', p.status,
    'tags', p.tags, 'tax_class', p.tax_class, 'specifications', p.specifications, 'version', p.version,
    'rating_sum', p.rating_sum, 'rating_count', p.rating_count,
    'created_at', p.created_at, 'updated_at', p.updated_at,
    'brand', (SELECT json_build_object('code', b.slug, 'name', b.name) FROM brands b
               WHERE b.store_id = p.store_id AND b.id = p.brand_id),
    'seller', (SELECT json_build_object('code', s.slug, 'name', s.name) FROM sellers s
                WHERE s.store_id = p.store_id AND s.id = p.seller_id),
    'categories', coalesce((
        SELECT json_agg(json_build_object('code', up.path, 'name', up.name) ORDER BY length(up.path))
          FROM categories c JOIN categories up
            ON up.store_id = c.store_id AND (up.path = c.path OR starts_with(c.path, up.path || '/'))
         WHERE c.store_id = p.store_id AND c.id = p.category_id), '[]'),
    'options', coalesce((
        SELECT json_agg(found.option ORDER BY found.position, found.code) FROM (
            SELECT o.position, a.code, {_OPTION_VALUES} AS option
              FROM product_options o
              JOIN attributes a ON a.store_id = o.store_id AND a.id = o.attribute_id
              JOIN attribute_values av ON av.store_id = a.store_id AND av.attribute_id = a.id
               AND EXISTS (SELECT FROM variants v WHERE v.store_id = p.store_id AND v.product_id = p.id
                              AND a.code || ':' || av.code = ANY(v.option_pairs))
             WHERE o.store_id = p.store_id AND o.product_id = p.id
             GROUP BY o.position, a.code, a.name) AS found), '[]'),
    'attributes', coalesce((
        SELECT json_agg(found.option ORDER BY found.position, found.code) FROM (
            SELECT a.position, a.code, {_OPTION_VALUES} AS option
              FROM product_attribute_values pv
              JOIN attribute_values av ON av.store_id = pv.store_id AND av.id = pv.value_id
              JOIN attributes a ON a.store_id = av.store_id AND a.id = av.attribute_id
             WHERE pv.store_id = p.store_id AND pv.product_id = p.id
             GROUP BY a.position, a.code, a.name) AS found), '[]'),
    'images', coalesce((
        SELECT json_agg(json_build_object('id', m.id, 'variant_id', i.variant_id, 'alt', i.alt, 'width', m.width,
                                          'height', m.height) ORDER BY i.position, i.id)
          FROM product_images i JOIN media m ON m.store_id = i.store_id AND m.id = i.media_id
         WHERE i.store_id = p.store_id AND i.product_id = p.id), '[]'),
    'variants', coalesce((
        SELECT json_agg(json_build_object(
            'id', v.id, 'sku', v.sku, 'name', v.name, 'status', v.status, 'option_pairs', v.option_pairs,
            'price', {SALE_PRICE}, 'list_price', v.list_price, 'sale_price', v.sale_price, 'cost', v.cost,
            'floor_price', v.floor_price, 'weight_g', v.weight_g, 'volume_cm3', v.volume_cm3, 'barcode', v.barcode,
            'on_hand', coalesce(l.on_hand, 0), 'reserved', coalesce(l.reserved, 0),
            'offers', coalesce((
                SELECT json_agg(json_build_object('id', o.id, 'name', o.name, 'price', o.price,
                                                  'starts_at', o.starts_at, 'ends_at', o.ends_at) ORDER BY o.starts_at)
                  FROM offers o
                 WHERE o.store_id = v.store_id AND o.variant_id = v.id AND o.ends_at > now()), '[]')
            ) ORDER BY v.position, v.id)
          FROM variants v LEFT JOIN stock_levels l ON l.store_id = v.store_id AND l.variant_id = v.id
         WHERE v.store_id = p.store_id AND v.product_id = p.id), '[]')
)::text
  FROM products p WHERE p.slug = $1
"""

_decode = msgspec.json.Decoder(ProductDetail).decode


async def read_product(tx: Transaction, slug: str) -> ProductDetail | None:
    """All there is of a product, whatever its status, in one statement."""
    found = await tx.fetchval(_DETAIL, slug)
    return None if found is None else _decode(found)
