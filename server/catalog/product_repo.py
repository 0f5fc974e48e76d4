"""Where are products, variants and offers written? Here, set by set; each write was checked in its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from server.catalog.overtaken import tried_again_when_overtaken
from server.catalog.writing import OfferRow, ProductRow, VariantRow
from storage.ids import new_id
from storage.transaction import Transaction

_PRODUCT: Final = """
SELECT id, slug, name, description, brand_id, category_id, seller_id, status, tags, tax_class,
       specifications::text AS specifications, version
  FROM products WHERE slug = $1 AND ($2::uuid IS NULL OR seller_id = $2) FOR NO KEY UPDATE
"""
_RESOLVE: Final = """
SELECT (SELECT id FROM brands WHERE slug = $1) AS brand_id,
       (SELECT id FROM categories WHERE path = $2) AS category_id,
       (SELECT id FROM sellers WHERE slug = $3) AS seller_id
"""
# Under a key-share lock no attribute or value can be deleted before we are done. Values are locked themselves, for one
# that was deleted while we waited for its attribute is then left out.
_ATTRIBUTES: Final = """
WITH kept AS MATERIALIZED (
    SELECT a.id, a.code, v.id AS value_id, v.code AS value
      FROM attributes a JOIN attribute_values v ON v.store_id = a.store_id AND v.attribute_id = a.id
     WHERE a.code = ANY($1::text[]) FOR KEY SHARE
)
SELECT id, code, value_id, value FROM kept
UNION ALL
SELECT id, code, NULL, NULL FROM attributes WHERE code = ANY($1::text[])
"""
_VARIANT_COLUMNS: Final = (
    "id, sku, name, status, list_price, sale_price, cost, floor_price, weight_g, volume_cm3, barcode, option_pairs,"
    " position"
)
_INSERT_VARIANTS: Final = f"""
INSERT INTO variants (store_id, product_id, {_VARIANT_COLUMNS})
SELECT $1, $2, id, sku, name, status, list_price, sale_price, cost, floor_price, weight_g, volume_cm3, barcode,
       string_to_array(pairs, ' '), position
  FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[],
              $10::bigint[], $11::integer[], $12::integer[], $13::text[], $14::text[], $15::integer[])
    AS r (id, sku, name, status, list_price, sale_price, cost, floor_price, weight_g, volume_cm3, barcode, pairs,
          position)
    ON CONFLICT DO NOTHING
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class References:
    """The ids behind slugs and paths; None for what is not there."""

    brand_id: UUID | None
    category_id: UUID | None
    seller_id: UUID | None


@dataclass(frozen=True, slots=True)
class Attributes:
    """Attribute ids by code, and value ids by (attribute code, value code)."""

    ids: dict[str, UUID]
    value_ids: dict[tuple[str, str], UUID]

    @property
    def values(self) -> dict[str, frozenset[str]]:
        """The codes of the values of each attribute."""
        return {code: frozenset(value for owner, value in self.value_ids if owner == code) for code in self.ids}


async def lock_product(tx: Transaction, slug: str, seller_id: UUID | None) -> ProductRow | None:
    """The product of that slug, of that seller when one is given, kept from other writers until we are done."""
    row = await tx.fetchrow(_PRODUCT, slug, seller_id)
    if row is None:
        return None
    return ProductRow(**{**dict(row), "specifications": msgspec.json.decode(row["specifications"])})


async def resolve(tx: Transaction, brand: str | None, category: str | None, seller: str | None) -> References:
    """The ids behind a brand's slug, a category's path and a seller's slug."""
    row = await tx.fetchrow(_RESOLVE, brand, category, seller)
    assert row is not None
    return References(**row)


async def read_attributes(tx: Transaction, codes: Sequence[str]) -> Attributes:
    """The attributes of these codes with their values; none of them goes away until the transaction ends."""
    rows = await tx.fetch(_ATTRIBUTES, list(codes))
    return Attributes(
        {row["code"]: row["id"] for row in rows},
        {(row["code"], row["value"]): row["value_id"] for row in rows if row["value_id"] is not None},
    )


async def slug_is_taken(tx: Transaction, slug: str) -> bool:
    """Whether a product has the slug."""
    return bool(await tx.fetchval("SELECT EXISTS (SELECT FROM products WHERE slug = $1)", slug))


async def insert_product(tx: Transaction, product: ProductRow) -> bool:
    """Add a product; False when its slug is taken."""
    with tried_again_when_overtaken():
        return await tx.execute(
            "INSERT INTO products (id, store_id, slug, name, description, brand_id, category_id, seller_id, status,"
            " tags, tax_class, specifications, version)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, 0)"
            " ON CONFLICT (store_id, slug) DO NOTHING",
            product.id, tx.store_id, *_product_values(product),
        ) == 1  # fmt: skip


async def update_product(tx: Transaction, product: ProductRow) -> None:
    """Change a locked product; its slug was checked to be free. Its version goes up with the index."""
    with tried_again_when_overtaken():
        await tx.execute(
            "UPDATE products SET slug = $2, name = $3, description = $4, brand_id = $5, category_id = $6,"
            " seller_id = $7, status = $8, tags = $9, tax_class = $10, specifications = $11::jsonb WHERE id = $1",
            product.id, *_product_values(product),
        )  # fmt: skip


async def delete_product(tx: Transaction, id: UUID) -> bool:
    """Delete a product with all that is its own; False when the ledger knows one of its variants."""
    return (
        await tx.execute(
            "DELETE FROM products p WHERE p.id = $1 AND NOT EXISTS"
            " (SELECT FROM variants v JOIN stock_movements m ON m.store_id = v.store_id AND m.variant_id = v.id"
            "   WHERE v.store_id = p.store_id AND v.product_id = p.id) AND NOT EXISTS"
            " (SELECT FROM variants v JOIN stock_reservations r ON r.store_id = v.store_id AND r.variant_id = v.id"
            "   WHERE v.store_id = p.store_id AND v.product_id = p.id)",
            id,
        )
        == 1
    )


def _product_values(product: ProductRow) -> list[Any]:
    return [
        product.slug, product.name, product.description, product.brand_id, product.category_id, product.seller_id,
        product.status, product.tags, product.tax_class, msgspec.json.encode(product.specifications).decode(),
    ]  # fmt: skip


async def read_options(tx: Transaction, product_id: UUID) -> list[str]:
    """The codes of the attributes its variants differ by, in order."""
    rows = await tx.fetch(
        "SELECT a.code FROM product_options o JOIN attributes a ON a.id = o.attribute_id WHERE o.product_id = $1"
        " ORDER BY o.position, a.code",
        product_id,
    )
    return [row["code"] for row in rows]


async def insert_options(tx: Transaction, product_id: UUID, attribute_ids: Sequence[UUID]) -> None:
    """Let a product that has no options vary by these attributes."""
    with tried_again_when_overtaken():
        await tx.execute(
            "INSERT INTO product_options (id, store_id, product_id, attribute_id, position)"
            " SELECT o.id, $2, $1, o.attribute_id, o.position"
            "   FROM unnest($3::uuid[], $4::uuid[], $5::integer[]) AS o (id, attribute_id, position)",
            product_id, tx.store_id, [new_id() for _ in attribute_ids], list(attribute_ids),
            list(range(len(attribute_ids))),
        )  # fmt: skip


async def set_values(tx: Transaction, product_id: UUID, value_ids: Sequence[UUID]) -> None:
    """Let the whole product have these attribute values, and no others."""
    with tried_again_when_overtaken():
        await tx.execute(
            "WITH gone AS (DELETE FROM product_attribute_values WHERE product_id = $1 AND value_id <> ALL($4::uuid[]))"
            " INSERT INTO product_attribute_values (id, store_id, product_id, value_id)"
            " SELECT v.id, $2, $1, v.value_id FROM unnest($3::uuid[], $4::uuid[]) AS v (id, value_id)"
            " ON CONFLICT (store_id, product_id, value_id) DO NOTHING",
            product_id, tx.store_id, [new_id() for _ in value_ids], list(value_ids),
        )  # fmt: skip


async def read_variants(tx: Transaction, product_id: UUID) -> list[VariantRow]:
    """All variants of a product, in order."""
    rows = await tx.fetch(
        f"SELECT {_VARIANT_COLUMNS} FROM variants WHERE product_id = $1 ORDER BY position, id", product_id
    )
    return [VariantRow(**row) for row in rows]


async def lock_variant(tx: Transaction, product_id: UUID, variant_id: UUID) -> VariantRow | None:
    """A variant of the product, kept from other writers until we are done."""
    row = await tx.fetchrow(
        f"SELECT {_VARIANT_COLUMNS} FROM variants WHERE product_id = $1 AND id = $2 FOR NO KEY UPDATE",
        product_id, variant_id,
    )  # fmt: skip
    return None if row is None else VariantRow(**row)


async def insert_variants(tx: Transaction, product_id: UUID, variants: Sequence[VariantRow]) -> set[UUID]:
    """Add variants in one statement; the ids of those that were added, as their SKU and options were free."""
    columns = [[getattr(row, name) for row in variants] for name in VariantRow.__struct_fields__]
    pairs = VariantRow.__struct_fields__.index("option_pairs")
    columns[pairs] = [" ".join(row.option_pairs) for row in variants]
    return {row["id"] for row in await tx.fetch(_INSERT_VARIANTS, tx.store_id, product_id, *columns)}


async def skus_taken(tx: Transaction, skus: Sequence[str], *, but_not_by: UUID | None = None) -> set[str]:
    """Which of the SKUs variants have, other than that one."""
    rows = await tx.fetch(
        "SELECT sku FROM variants WHERE sku = ANY($1::text[]) AND id IS DISTINCT FROM $2", list(skus), but_not_by
    )
    return {row["sku"] for row in rows}


async def update_variant(tx: Transaction, variant: VariantRow) -> None:
    """Change a locked variant; its SKU was checked to be free."""
    with tried_again_when_overtaken():
        await tx.execute(
            "UPDATE variants SET sku = $2, name = $3, status = $4, list_price = $5, sale_price = $6, cost = $7,"
            " floor_price = $8, weight_g = $9, volume_cm3 = $10, barcode = $11, position = $12 WHERE id = $1",
            variant.id, variant.sku, variant.name, variant.status, variant.list_price, variant.sale_price,
            variant.cost, variant.floor_price, variant.weight_g, variant.volume_cm3, variant.barcode, variant.position,
        )  # fmt: skip


async def delete_variant(tx: Transaction, id: UUID) -> bool:
    """Delete a variant; False when the ledger knows it."""
    return (
        await tx.execute(
            "DELETE FROM variants v WHERE v.id = $1"
            " AND NOT EXISTS (SELECT FROM stock_movements m WHERE m.store_id = v.store_id AND m.variant_id = v.id)"
            " AND NOT EXISTS (SELECT FROM stock_reservations r WHERE r.store_id = v.store_id AND r.variant_id = v.id)",
            id,
        )
        == 1
    )


async def find_offer(tx: Transaction, variant_id: UUID, offer_id: UUID) -> OfferRow | None:
    """An offer of the variant."""
    row = await tx.fetchrow(
        "SELECT id, name, price, starts_at, ends_at FROM offers WHERE variant_id = $1 AND id = $2",
        variant_id, offer_id,
    )  # fmt: skip
    return None if row is None else OfferRow(**row)


async def overlapping_offer(
    tx: Transaction, variant_id: UUID, starts_at: datetime, ends_at: datetime, *, but_not: UUID
) -> OfferRow | None:
    """Another offer of the locked variant that is on at some instant of that time."""
    row = await tx.fetchrow(
        "SELECT id, name, price, starts_at, ends_at FROM offers"
        " WHERE variant_id = $1 AND starts_at < $3 AND ends_at > $2 AND id <> $4 ORDER BY starts_at LIMIT 1",
        variant_id, starts_at, ends_at, but_not,
    )  # fmt: skip
    return None if row is None else OfferRow(**row)


async def put_offer(tx: Transaction, variant_id: UUID, offer: OfferRow) -> None:
    """Add or change an offer of the locked variant; no other was found to be on at its time."""
    await tx.execute(
        "INSERT INTO offers (id, store_id, variant_id, name, price, starts_at, ends_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
        " price = excluded.price, starts_at = excluded.starts_at, ends_at = excluded.ends_at",
        offer.id, tx.store_id, variant_id, offer.name, offer.price, offer.starts_at, offer.ends_at,
    )  # fmt: skip


async def delete_offer(tx: Transaction, offer_id: UUID) -> None:
    """Delete an offer of the locked variant."""
    await tx.execute("DELETE FROM offers WHERE id = $1", offer_id)
