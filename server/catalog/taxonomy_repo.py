"""Where are brands, sellers, categories and attributes read and written? Here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from server.catalog.overtaken import tried_again_when_overtaken
from server.catalog.product import CategoryNode, OptionDetail
from server.catalog.taxa import Attribute, AttributeValue, Brand, Category, CountedTaxon, Seller
from storage.ids import new_id
from storage.transaction import Transaction

Table = Literal["brands", "sellers"]
_PRODUCT_COLUMN: Final[dict[Table, str]] = {"brands": "brand_id", "sellers": "seller_id"}

_FOR_SALE: Final = "p.status = 'active' AND p.base_price IS NOT NULL"
_CATEGORIES: Final = f"""
WITH direct AS (
    SELECT c.path, count(*) AS products FROM products p JOIN categories c ON c.id = p.category_id
     WHERE {_FOR_SALE} GROUP BY c.path
)
SELECT c.id, c.path, c.slug, c.name, c.position, c.parent_id,
       coalesce((SELECT sum(d.products) FROM direct d
                  WHERE d.path = c.path OR starts_with(d.path, c.path || '/')), 0)::integer AS products
  FROM categories c ORDER BY c.position, c.name, c.id
"""
_ATTRIBUTES: Final = """
SELECT json_build_object('code', a.code, 'name', a.name, 'values', coalesce(
           (SELECT json_agg(json_build_object('code', v.code, 'name', v.name) ORDER BY v.position, v.code)
              FROM attribute_values v WHERE v.store_id = a.store_id AND v.attribute_id = a.id), '[]'))::text
  FROM attributes a ORDER BY a.position, a.code
"""
_MOVE: Final = """
UPDATE categories
   SET path = $5 || substr(path, length($6) + 1),
       parent_id = CASE WHEN id = $1 THEN $2 ELSE parent_id END,
       slug = CASE WHEN id = $1 THEN $3 ELSE slug END,
       name = CASE WHEN id = $1 THEN $4 ELSE name END,
       position = CASE WHEN id = $1 THEN $7 ELSE position END
 WHERE id = $1 OR starts_with(path, $6 || '/')
"""


async def list_categories(tx: Transaction) -> list[CategoryNode]:
    """Every category with the products for sale in its subtree; siblings in their order."""
    return [CategoryNode(**row) for row in await tx.fetch(_CATEGORIES)]


async def list_attributes(tx: Transaction) -> list[OptionDetail]:
    """Every attribute with its values, in their order."""
    return [msgspec.json.decode(row[0], type=OptionDetail) for row in await tx.fetch(_ATTRIBUTES)]


async def list_taxa(
    tx: Transaction, table: Table, *, past: Sequence[Any] | None, backwards: bool, limit: int
) -> list[CountedTaxon]:
    """Brands or active sellers by name, from beyond the (name, id) `past`; up to `limit`."""
    conditions = ["t.status = 'active'"] if table == "sellers" else ["TRUE"]
    arguments: list[Any] = [limit]
    if past is not None:
        arguments += [past[0], UUID(str(past[1]))]
        conditions.append(f"(t.name, t.id) {'<' if backwards else '>'} ($2, $3)")
    direction = "DESC" if backwards else "ASC"
    rows = await tx.fetch(
        f"{_counted(table)} WHERE {' AND '.join(conditions)} ORDER BY t.name {direction}, t.id {direction} LIMIT $1",
        *arguments,
    )
    return [CountedTaxon(**row) for row in rows]


async def read_seller(tx: Transaction, slug: str) -> CountedTaxon | None:
    """An active seller with the number of their products for sale."""
    row = await tx.fetchrow(f"{_counted('sellers')} WHERE t.slug = $1 AND t.status = 'active'", slug)
    return None if row is None else CountedTaxon(**row)


def _counted(table: Table) -> str:
    return (
        f"SELECT t.id, t.slug, t.name, (SELECT count(*) FROM products p WHERE p.store_id = t.store_id"
        f" AND p.{_PRODUCT_COLUMN[table]} = t.id AND {_FOR_SALE})::integer AS products FROM {table} t"
    )


async def lock_tree(tx: Transaction) -> None:
    """One change of the tree at a time, until the transaction ends: a path says where all its parents are."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('categories ' || $1::text, 0))", str(tx.store_id))


async def find_category(tx: Transaction, *, id: UUID | None = None, path: str | None = None) -> Category | None:
    """The category of that id, or of that path."""
    row = await tx.fetchrow(
        "SELECT id, parent_id, slug, name, path, position FROM categories WHERE id = $1 OR path = $2", id, path
    )
    return None if row is None else Category(**row)


async def insert_category(tx: Transaction, category: Category) -> bool:
    """Add a category; False when its path is taken."""
    return await tx.execute(
        "INSERT INTO categories (id, store_id, parent_id, slug, name, path, position)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (store_id, path) DO NOTHING",
        category.id, tx.store_id, category.parent_id, category.slug, category.name, category.path, category.position,
    ) == 1  # fmt: skip


async def levels_below(tx: Transaction, category: Category) -> int:
    """How many levels of categories there are below this one."""
    slashes = await tx.fetchval(
        "SELECT max(length(path) - length(replace(path, '/', ''))) FROM categories"
        " WHERE id = $1 OR starts_with(path, $2 || '/')",
        category.id, category.path,
    )  # fmt: skip
    return int(slashes) - category.path.count("/")


async def move_category(tx: Transaction, old: Category, new: Category) -> None:
    """Change a category, and the paths of all below it, in one statement."""
    await tx.execute(_MOVE, old.id, new.parent_id, new.slug, new.name, new.path, old.path, new.position)


async def delete_category(tx: Transaction, id: UUID) -> bool:
    """Delete a category; False when it has categories below it, or products."""
    with tried_again_when_overtaken():
        return (
            await tx.execute(
                "DELETE FROM categories c WHERE c.id = $1"
                " AND NOT EXISTS (SELECT FROM categories below WHERE below.parent_id = c.id)"
                " AND NOT EXISTS (SELECT FROM products p WHERE p.category_id = c.id)",
                id,
            )
            == 1
        )


async def find_brand(tx: Transaction, slug: str) -> Brand | None:
    """The brand of that slug."""
    row = await tx.fetchrow("SELECT id, slug, name FROM brands WHERE slug = $1", slug)
    return None if row is None else Brand(**row)


async def insert_brand(tx: Transaction, brand: Brand) -> bool:
    """Add a brand; False when its slug is taken."""
    return await tx.execute(
        "INSERT INTO brands (id, store_id, slug, name) VALUES ($1, $2, $3, $4) ON CONFLICT (store_id, slug) DO NOTHING",
        brand.id, tx.store_id, brand.slug, brand.name,
    ) == 1  # fmt: skip


async def update_brand(tx: Transaction, brand: Brand) -> None:
    """Change a brand; its slug was checked to be free."""
    with tried_again_when_overtaken():
        await tx.execute("UPDATE brands SET slug = $2, name = $3 WHERE id = $1", brand.id, brand.slug, brand.name)


async def delete_brand(tx: Transaction, id: UUID) -> bool:
    """Delete a brand; False when products have it."""
    with tried_again_when_overtaken():
        return (
            await tx.execute(
                "DELETE FROM brands b WHERE b.id = $1 AND NOT EXISTS (SELECT FROM products p WHERE p.brand_id = b.id)",
                id,
            )
            == 1
        )


async def find_seller(tx: Transaction, *, slug: str | None = None, user_id: UUID | None = None) -> Seller | None:
    """The seller of that slug, or whose account that is, whatever their status."""
    row = await tx.fetchrow(
        "SELECT id, slug, name, user_id, status FROM sellers WHERE slug = $1 OR user_id = $2", slug, user_id
    )
    return None if row is None else Seller(**row)


async def has_user(tx: Transaction, user_id: UUID) -> bool:
    """Whether the store has such an account."""
    return bool(await tx.fetchval("SELECT EXISTS (SELECT FROM users WHERE id = $1)", user_id))


async def insert_seller(tx: Transaction, seller: Seller) -> bool:
    """Add a seller; False when the slug is taken."""
    with tried_again_when_overtaken():
        return await tx.execute(
            "INSERT INTO sellers (id, store_id, slug, name, user_id, status) VALUES ($1, $2, $3, $4, $5, $6)"
            " ON CONFLICT (store_id, slug) DO NOTHING",
            seller.id, tx.store_id, seller.slug, seller.name, seller.user_id, seller.status,
        ) == 1  # fmt: skip


async def update_seller(tx: Transaction, seller: Seller) -> None:
    """Change a seller; slug and account were checked to be free."""
    with tried_again_when_overtaken():
        await tx.execute(
            "UPDATE sellers SET slug = $2, name = $3, user_id = $4, status = $5 WHERE id = $1",
            seller.id, seller.slug, seller.name, seller.user_id, seller.status,
        )  # fmt: skip


async def find_attribute(tx: Transaction, code: str) -> Attribute | None:
    """The attribute of that code."""
    row = await tx.fetchrow("SELECT id, code, name, position FROM attributes WHERE code = $1", code)
    return None if row is None else Attribute(**row)


async def insert_attribute(tx: Transaction, attribute: Attribute) -> bool:
    """Add an attribute; False when its code is taken."""
    return await tx.execute(
        "INSERT INTO attributes (id, store_id, code, name, position) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (store_id, code) DO NOTHING",
        attribute.id, tx.store_id, attribute.code, attribute.name, attribute.position,
    ) == 1  # fmt: skip


async def update_attribute(tx: Transaction, attribute: Attribute) -> None:
    """Change the name and position of an attribute."""
    await tx.execute(
        "UPDATE attributes SET name = $2, position = $3 WHERE id = $1",
        attribute.id, attribute.name, attribute.position,
    )  # fmt: skip


async def put_values(tx: Transaction, attribute_id: UUID, values: Sequence[tuple[str, str, int]]) -> None:
    """Add values of an attribute as (code, name, position), or change those that are there."""
    await tx.execute(
        "INSERT INTO attribute_values (id, store_id, attribute_id, code, name, position)"
        " SELECT v.id, $2, $1, v.code, v.name, v.position"
        "   FROM unnest($3::uuid[], $4::text[], $5::text[], $6::integer[]) AS v (id, code, name, position)"
        " ON CONFLICT (store_id, attribute_id, code) DO UPDATE SET name = excluded.name, position = excluded.position",
        attribute_id, tx.store_id, [new_id() for _ in values],
        [code for code, _, _ in values], [name for _, name, _ in values], [position for _, _, position in values],
    )  # fmt: skip


async def find_value(tx: Transaction, attribute_id: UUID, code: str) -> AttributeValue | None:
    """The value of that code."""
    row = await tx.fetchrow(
        "SELECT id, attribute_id, code, name, position FROM attribute_values WHERE attribute_id = $1 AND code = $2",
        attribute_id, code,
    )  # fmt: skip
    return None if row is None else AttributeValue(**row)


async def lock_attribute(tx: Transaction, code: str) -> None:
    """Nobody gives a product or variant a value of the attribute while it is deleted, until the transaction ends."""
    await tx.execute("SELECT FROM attributes WHERE code = $1 FOR UPDATE", code)


async def delete_attribute(tx: Transaction, attribute: Attribute) -> bool:
    """Delete an attribute with its values; False when a product or variant has one of them, or varies by it."""
    with tried_again_when_overtaken():
        return (
            await tx.execute(
                "DELETE FROM attributes a WHERE a.id = $1"
                " AND NOT EXISTS (SELECT FROM product_options o WHERE o.attribute_id = a.id)"
                " AND NOT EXISTS (SELECT FROM attribute_values av"
                "                   JOIN product_attribute_values pv ON pv.value_id = av.id"
                "                  WHERE av.attribute_id = a.id)",
                attribute.id,
            )
            == 1
        )


async def delete_value(tx: Transaction, value: AttributeValue, pair: str) -> bool:
    """Delete a value; False when a product or variant has it."""
    with tried_again_when_overtaken():
        return await tx.execute(
            "DELETE FROM attribute_values av WHERE av.id = $1"
            " AND NOT EXISTS (SELECT FROM product_attribute_values pv WHERE pv.value_id = av.id)"
            " AND NOT EXISTS (SELECT FROM product_options o"
            "                   JOIN variants v ON v.store_id = o.store_id AND v.product_id = o.product_id"
            "                  WHERE o.attribute_id = av.attribute_id AND $2 = ANY(v.option_pairs))",
            value.id, pair,
        ) == 1  # fmt: skip


async def products_of(
    tx: Transaction,
    *,
    brand_id: UUID | None = None,
    category_path: str | None = None,
    pairs_like: str | None = None,
) -> list[UUID]:
    """The products of a brand, of the subtree of a category, or with a pair that begins so."""
    rows = await tx.fetch(
        "SELECT p.id FROM products p WHERE p.brand_id = $1"
        " OR p.category_id IN (SELECT id FROM categories WHERE path = $2 OR starts_with(path, $2 || '/'))"
        " OR EXISTS (SELECT FROM unnest(p.attribute_pairs) pair WHERE starts_with(pair, $3))"
        " ORDER BY p.id",
        brand_id, category_path, pairs_like,
    )  # fmt: skip
    return [row["id"] for row in rows]
