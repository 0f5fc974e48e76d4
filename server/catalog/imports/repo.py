"""Where is a whole catalogue read and written? Here: many rows in one statement, whatever their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from server.catalog.imports.entries import Entry
from server.catalog.imports.known import NAMED_KINDS, Known, KnownProduct, KnownVariant, Named, NamedKind, Names
from storage.ids import new_id
from storage.transaction import Transaction

# Every named thing by the key that rows use for it.
_NAMED: Final[dict[NamedKind, str]] = {
    "brand": "SELECT slug AS key, id, name FROM brands",
    "seller": "SELECT slug AS key, id, name FROM sellers",
    "category": "SELECT path AS key, id, name FROM categories",
    "attribute": "SELECT code AS key, id, name FROM attributes",
    "value": "SELECT a.code || ':' || v.code AS key, v.id, v.name FROM attribute_values v"
    " JOIN attributes a ON a.store_id = v.store_id AND a.id = v.attribute_id",
}
_MAKE_NAMED: Final[dict[NamedKind, str]] = {
    "brand": "INSERT INTO brands (id, store_id, slug, name)"
    " SELECT n.id, $2, n.key, n.name FROM named n ON CONFLICT (store_id, slug) DO NOTHING",
    "seller": "INSERT INTO sellers (id, store_id, slug, name)"
    " SELECT n.id, $2, n.key, n.name FROM named n ON CONFLICT (store_id, slug) DO NOTHING",
    "category": "INSERT INTO categories (id, store_id, parent_id, slug, path, name)"
    " SELECT n.id, $2, n.parent_id, n.slug, n.key, n.name FROM named n ON CONFLICT (store_id, path) DO NOTHING",
    "attribute": "INSERT INTO attributes (id, store_id, code, name)"
    " SELECT n.id, $2, n.key, n.name FROM named n ON CONFLICT (store_id, code) DO NOTHING",
    "value": "INSERT INTO attribute_values (id, store_id, attribute_id, code, name)"
    " SELECT n.id, $2, n.parent_id, n.slug, n.name FROM named n"
    " ON CONFLICT (store_id, attribute_id, code) DO NOTHING",
}
_WITH_NAMED: Final = (
    "WITH named AS (SELECT * FROM json_to_recordset($1::json)"
    " AS n (id uuid, key text, slug text, parent_id uuid, name text)) "
)

_PRODUCT_COLUMNS: Final = """
       p.id, p.slug AS product, p.name AS product_name, p.description, p.status, coalesce(b.slug, '') AS brand,
       coalesce(c.path, '') AS category, coalesce(s.slug, '') AS seller, p.tags, p.tax_class,
       p.specifications::text AS specifications,
       ARRAY(SELECT a.code || ':' || v.code FROM product_attribute_values pv
               JOIN attribute_values v ON v.store_id = pv.store_id AND v.id = pv.value_id
               JOIN attributes a ON a.store_id = v.store_id AND a.id = v.attribute_id
              WHERE pv.store_id = p.store_id AND pv.product_id = p.id) AS attributes,
       ARRAY(SELECT a.code FROM product_options o
               JOIN attributes a ON a.store_id = o.store_id AND a.id = o.attribute_id
              WHERE o.store_id = p.store_id AND o.product_id = p.id ORDER BY a.code COLLATE "C") AS option_codes
  FROM products p
  LEFT JOIN brands b ON b.store_id = p.store_id AND b.id = p.brand_id
  LEFT JOIN categories c ON c.store_id = p.store_id AND c.id = p.category_id
  LEFT JOIN sellers s ON s.store_id = p.store_id AND s.id = p.seller_id
"""
_PRODUCTS_OF_ROWS: Final = f"""
SELECT {_PRODUCT_COLUMNS}
 WHERE p.id IN (SELECT id FROM products WHERE slug = ANY($1::text[])
                UNION SELECT product_id FROM variants WHERE sku = ANY($2::text[]))
 ORDER BY p.id FOR NO KEY UPDATE OF p
"""
_PRODUCTS_AFTER: Final = f"SELECT {_PRODUCT_COLUMNS} WHERE p.slug > $1 ORDER BY p.slug LIMIT $2"
_VARIANTS: Final = """
SELECT v.id, v.product_id, v.sku, v.name AS variant_name, v.status AS variant_status, v.option_pairs AS options,
       v.list_price, v.sale_price, v.cost, v.floor_price, v.weight_g, v.volume_cm3, coalesce(v.barcode, '') AS barcode,
       coalesce(l.on_hand, 0) AS on_hand, l.low_stock_threshold
  FROM variants v
  LEFT JOIN stock_levels l ON l.store_id = v.store_id AND l.variant_id = v.id
 WHERE v.product_id = ANY($1::uuid[])
 ORDER BY v.product_id, v.position, v.sku
"""
_WRITE_PRODUCTS: Final = """
INSERT INTO products AS p (id, store_id, slug, name, description, brand_id, category_id, seller_id, status, tags,
                           tax_class, specifications)
SELECT r.id, $2, r.slug, r.name, r.description, r.brand_id, r.category_id, r.seller_id, r.status, r.tags, r.tax_class,
       r.specifications
  FROM json_to_recordset($1::json)
    AS r (id uuid, slug text, name text, description text, brand_id uuid, category_id uuid, seller_id uuid, status text,
          tags text[], tax_class text, specifications jsonb)
    ON CONFLICT (store_id, slug) DO UPDATE
   SET name = excluded.name, description = excluded.description, brand_id = excluded.brand_id,
       category_id = excluded.category_id, seller_id = excluded.seller_id, status = excluded.status,
       tags = excluded.tags, tax_class = excluded.tax_class, specifications = excluded.specifications,
       version = p.version + 1
RETURNING slug, id
"""
_WRITE_VARIANTS: Final = """
INSERT INTO variants AS v (id, store_id, product_id, sku, name, status, option_pairs, list_price, sale_price, cost,
                           floor_price, weight_g, volume_cm3, barcode, position)
SELECT r.id, $2, r.product_id, r.sku, r.name, r.status, r.option_pairs, r.list_price, r.sale_price, r.cost,
       r.floor_price, r.weight_g, r.volume_cm3, r.barcode, r.position
  FROM json_to_recordset($1::json)
    AS r (id uuid, product_id uuid, sku text, name text, status text, option_pairs text[], list_price bigint,
          sale_price bigint, cost bigint, floor_price bigint, weight_g int, volume_cm3 int, barcode text, position int)
    ON CONFLICT (store_id, sku) DO UPDATE
   SET name = excluded.name, status = excluded.status, option_pairs = excluded.option_pairs,
       list_price = excluded.list_price, sale_price = excluded.sale_price, cost = excluded.cost,
       floor_price = excluded.floor_price, weight_g = excluded.weight_g, volume_cm3 = excluded.volume_cm3,
       barcode = excluded.barcode
 WHERE v.product_id = excluded.product_id
"""
_SET_OPTIONS: Final = """
INSERT INTO product_options (id, store_id, product_id, attribute_id, position)
SELECT r.id, $2, r.product_id, r.attribute_id, r.position
  FROM json_to_recordset($1::json) AS r (id uuid, product_id uuid, attribute_id uuid, position int)
    ON CONFLICT (store_id, product_id, attribute_id) DO NOTHING
"""
_DROP_VALUES: Final = """
DELETE FROM product_attribute_values pv
 WHERE pv.product_id = ANY($1::uuid[])
   AND NOT EXISTS (SELECT FROM unnest($2::uuid[], $3::uuid[]) AS kept (product_id, value_id)
                    WHERE kept.product_id = pv.product_id AND kept.value_id = pv.value_id)
"""
_ADD_VALUES: Final = """
INSERT INTO product_attribute_values (id, store_id, product_id, value_id)
SELECT * FROM unnest($1::uuid[], array_fill($2::uuid, ARRAY[cardinality($1::uuid[])]), $3::uuid[], $4::uuid[])
    ON CONFLICT (store_id, product_id, value_id) DO NOTHING
"""
_SET_THRESHOLDS: Final = """
UPDATE stock_levels s SET low_stock_threshold = w.threshold
  FROM unnest($1::uuid[], $2::int[]) AS w (variant_id, threshold)
 WHERE s.variant_id = w.variant_id AND s.low_stock_threshold IS DISTINCT FROM w.threshold
"""


async def one_import_at_a_time(tx: Transaction) -> None:
    """Wait until no other import of this store is running; and plan for tables that grow meanwhile."""
    name = f"catalogue import {tx.store_id}"
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", name)
    # Nobody counts the rows of an open transaction, so plans that were kept from its beginning, those of foreign keys
    # among them, read ever more of the growing tables. Plans made anew look at the tables' real size.
    await tx.execute("SET LOCAL plan_cache_mode = force_custom_plan")


async def load_names(tx: Transaction) -> Names:
    """Everything rows can refer to."""
    names = Names()
    for kind in NAMED_KINDS:
        names.by_kind[kind] = {row["key"]: Named(row["id"], row["name"]) for row in await tx.fetch(_NAMED[kind])}
    return names


async def make_named(
    tx: Transaction, names: Names, kind: NamedKind, wanted: Mapping[str, tuple[str, UUID | None, str]]
) -> None:
    """Make what is missing of `wanted` (key → slug, parent, name) and note it in `names`."""
    missing = {key: values for key, values in wanted.items() if key not in names.by_kind[kind]}
    if not missing:
        return
    rows = [
        {"id": new_id(), "key": key, "slug": slug, "parent_id": parent, "name": name}
        for key, (slug, parent, name) in missing.items()
    ]
    await tx.execute(_WITH_NAMED + _MAKE_NAMED[kind], _json(rows), tx.store_id)
    # Read back, because somebody may have made the same a moment ago: then theirs counts.
    found = await tx.fetch(f"SELECT * FROM ({_NAMED[kind]}) AS named WHERE key = ANY($1::text[])", list(missing))
    names.by_kind[kind] |= {row["key"]: Named(row["id"], row["name"]) for row in found}


async def load_known(tx: Transaction, slugs: Sequence[str], skus: Sequence[str]) -> Known:
    """The products of these rows with all their variants; the products are locked until the transaction ends."""
    products = await tx.fetch(_PRODUCTS_OF_ROWS, list(slugs), list(skus))
    known = await _with_variants(tx, products)
    return Known(
        products={product.template.product: product for product in known},
        product_of={sku: product.template.product for product in known for sku in product.variants},
    )


async def products_after(tx: Transaction, slug: str, limit: int) -> list[KnownProduct]:
    """Products with their variants by slug, those after `slug`; up to `limit` of them."""
    return await _with_variants(tx, await tx.fetch(_PRODUCTS_AFTER, slug, limit))


async def write_products(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> dict[str, UUID]:
    """Make or change products; their ids by slug."""
    return {row["slug"]: row["id"] for row in await tx.fetch(_WRITE_PRODUCTS, _json(rows), tx.store_id)}


async def write_variants(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> int:
    """Make or change variants; how many were written: all of them, unless one is of another product by now."""
    return await tx.execute(_WRITE_VARIANTS, _json(rows), tx.store_id)


async def set_options(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note what the variants of products differ by."""
    await tx.execute(_SET_OPTIONS, _json([{"id": new_id(), **row} for row in rows]), tx.store_id)


async def set_values(tx: Transaction, products: Sequence[UUID], pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Give the products exactly these values: pairs of product and value."""
    owners, values = [owner for owner, _ in pairs], [value for _, value in pairs]
    await tx.execute(_DROP_VALUES, list(products), owners, values)
    await tx.execute(_ADD_VALUES, [new_id() for _ in pairs], tx.store_id, owners, values)


async def set_thresholds(tx: Transaction, thresholds: Mapping[UUID, int | None]) -> None:
    """Set from how many pieces on variants count as low; their levels exist."""
    await tx.execute(_SET_THRESHOLDS, list(thresholds), list(thresholds.values()))


async def _with_variants(tx: Transaction, products: Sequence[asyncpg.Record]) -> list[KnownProduct]:
    templates = {row["id"]: _template(row) for row in products}
    variants: dict[UUID, dict[str, KnownVariant]] = {product: {} for product in templates}
    for row in await tx.fetch(_VARIANTS, list(templates)):
        entry = _with_variant(templates[row["product_id"]], row)
        variants[row["product_id"]][entry.sku] = KnownVariant(row["id"], entry)
    return [
        KnownProduct(row["id"], templates[row["id"]], tuple(row["option_codes"]), variants[row["id"]])
        for row in products
    ]


def _template(row: asyncpg.Record) -> Entry:
    return Entry(
        product=row["product"],
        product_name=row["product_name"],
        description=row["description"],
        status=row["status"],
        brand=row["brand"],
        category=tuple(row["category"].split("/")) if row["category"] else (),
        seller=row["seller"],
        tags=tuple(row["tags"]),
        tax_class=row["tax_class"],
        attributes=_pairs(row["attributes"]),
        specifications=msgspec.json.encode(msgspec.json.decode(row["specifications"]), order="sorted").decode(),
        sku="",
        list_price=0,
    )


def _with_variant(template: Entry, row: asyncpg.Record) -> Entry:
    values = {name: value for name, value in row.items() if name not in ("id", "product_id", "options")}
    return msgspec.structs.replace(template, **values, options=_pairs(row["options"]))


def _pairs(written: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((code, value) for code, _, value in (pair.partition(":") for pair in written)))


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()
