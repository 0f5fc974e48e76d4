"""What do the stores of the benchmark sell? The same products each, one variant a product, priced 10 to 99.

Written with SQL by the owner of the tables: how a catalogue is filled is not what is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from storage.ids import new_id
from tests.benchmarks.shop.books import COTTON, CURRENCY

_SEED: Final = 20261121


@dataclass(frozen=True, slots=True)
class Shelf:
    """One store: `variants` by SKU, in the order of the catalogue."""

    store_id: UUID
    slug: str
    promotions: int
    variants: dict[str, UUID]


def skus(products: int) -> list[str]:
    """The SKUs of every store, in order."""
    return [f"BENCH-{number:05}" for number in range(products)]


def prices(products: int) -> list[int]:
    """Minor units, whole amounts from 10 to 99."""
    chance = Random(_SEED)
    return [100 * chance.randint(10, 99) for _ in range(products)]


async def stock_store(
    connection: asyncpg.Connection[asyncpg.Record], promotions: int, products: int, other_carts: int
) -> Shelf:
    """A new store that decides with the book of so many promotions, its catalogue, and the carts of other people.

    Without those PostgreSQL would plan for empty tables, as in no shop that has been open for a day.
    """
    store_id, slug = new_id(), f"bench-{promotions}"
    await connection.execute(
        "INSERT INTO stores (id, slug, name, currency, timezone, locale, country, settings)"
        " VALUES ($1, $2, $2, $3, 'UTC', 'en', 'BR', $4)",
        store_id,
        slug,
        CURRENCY,
        msgspec.json.encode({"rules": slug}).decode(),
    )
    brand, category = new_id(), new_id()
    await connection.execute(
        "INSERT INTO brands (id, store_id, slug, name) VALUES ($1, $2, 'bench', 'Bench')", brand, store_id
    )
    await connection.execute(
        "INSERT INTO categories (id, store_id, slug, name, path) VALUES ($1, $2, 'shirts', 'Shirts', 'shirts')",
        category,
        store_id,
    )
    variants = {sku: new_id() for sku in skus(products)}
    rows = [(new_id(), sku, price, variants[sku]) for sku, price in zip(variants, prices(products), strict=True)]
    await connection.execute(_PRODUCTS, store_id, brand, category, [COTTON], *map(list, zip(*rows, strict=True)))
    await connection.execute(_OTHER_CARTS, store_id, other_carts)
    return Shelf(store_id, slug, promotions, variants)


_PRODUCTS: Final = """
WITH given AS (
    SELECT * FROM unnest($5::uuid[], $6::text[], $7::bigint[], $8::uuid[]) AS given (product, sku, price, variant)
), product AS (
    INSERT INTO products (id, store_id, slug, name, description, brand_id, category_id, status, tags, search_text)
    SELECT product, $1, lower(sku), 'Shirt ' || sku, 'A shirt of cotton.', $2, $3, 'active', $4,
           'shirt ' || lower(sku) || ' bench shirts cotton'
    FROM given
), variant AS (
    INSERT INTO variants (id, store_id, product_id, sku, list_price, weight_g, volume_cm3)
    SELECT variant, $1, product, sku, price, 200, 1000 FROM given
)
INSERT INTO stock_levels (variant_id, store_id, on_hand) SELECT variant, $1, 1000000 FROM given
"""

_OTHER_CARTS: Final = """
WITH cart AS (
    INSERT INTO carts (id, store_id, guest_id, expires_at)
    SELECT gen_random_uuid(), $1, gen_random_uuid(), now() + interval '20 days' FROM generate_series(1, $2)
    RETURNING id
), variant AS (
    SELECT id, list_price, row_number() OVER (ORDER BY sku) AS number FROM variants WHERE store_id = $1
)
INSERT INTO cart_items (id, store_id, cart_id, variant_id, quantity, seen_price)
SELECT gen_random_uuid(), $1, cart.id, variant.id, 1, variant.list_price FROM cart, variant WHERE number <= 3
"""
