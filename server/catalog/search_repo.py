"""Where are lists, facets and suggestions read? Here, each in one statement that returns rows as they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from engine.money import LARGEST_MINOR
from server.catalog.product import FacetCount, ManagedRow, ProductCard, ProductFilter, Sort, Suggestion
from server.catalog.snapshot import FIRST_IMAGE, SALE_PRICE, ProductStatus
from server.catalog.words import pairs_of, tsquery
from storage.transaction import Transaction

_ACTIVE: Final = "v.store_id = p.store_id AND v.product_id = p.id AND v.status = 'active'"
_PRICES: Final = f"""
(SELECT (min(ARRAY[now_.price, v.list_price]))[1] AS price, (min(ARRAY[now_.price, v.list_price]))[2] AS list_price,
        bool_or(now_.price < v.list_price) AS on_sale, bool_or(l.on_hand > l.reserved) IS TRUE AS in_stock
   FROM variants v
  CROSS JOIN LATERAL (SELECT {SALE_PRICE} AS price OFFSET 0) AS now_
   LEFT JOIN stock_levels l ON l.store_id = v.store_id AND l.variant_id = v.id
  WHERE {_ACTIVE})
"""
"""What a card shows of the active variants of `p`: the lowest price, with the list price of that variant.

OFFSET 0 keeps the price one value: without it the planner looks the offer up at each of its four mentions.
"""

_OFFERED: Final = """
(SELECT v.product_id FROM offers o JOIN variants v ON v.store_id = o.store_id AND v.id = o.variant_id
  WHERE o.starts_at <= now() AND o.ends_at > now())
"""
"""The products with an offer that is on: few, beside all others, whose price is products.base_price."""

_OFFERED_PRICE: Final = f"(SELECT min({SALE_PRICE}) FROM variants v WHERE {_ACTIVE})"
_PRICE: Final = f"CASE WHEN p.id IN {_OFFERED} THEN {_OFFERED_PRICE} ELSE p.base_price END"
_IN_STOCK: Final = f"""
EXISTS (SELECT FROM variants v JOIN stock_levels l ON l.store_id = v.store_id AND l.variant_id = v.id
         WHERE {_ACTIVE} AND l.on_hand > l.reserved)
"""
_ON_SALE: Final = f"EXISTS (SELECT FROM variants v WHERE {_ACTIVE} AND {SALE_PRICE} < v.list_price)"
_RATING: Final = "coalesce(p.rating_sum * 1000 / nullif(p.rating_count, 0), 0)"


@dataclass(frozen=True)
class _Order:
    """A sort: its key, the type the key of a cursor has, and whether it runs downwards; ids break ties alike."""

    key: str
    type: str
    down: bool


_ORDERS: Final[dict[Sort, _Order]] = {
    "newest": _Order("p.created_at", "timestamptz", True),
    "price": _Order("{price}", "bigint", False),
    "-price": _Order("{price}", "bigint", True),
    "name": _Order("p.name", "text", False),
    "rating": _Order(_RATING, "bigint", True),
    "relevance": _Order("found.rank", "integer", True),
}


@dataclass
class _Sql:
    """A statement in the making: its arguments, joins and conditions, in which `{price}` is the product's price."""

    arguments: list[Any] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=lambda: ["p.status = 'active'", "p.base_price IS NOT NULL"])

    def give(self, value: object) -> str:
        """The placeholder of a new argument."""
        self.arguments.append(value)
        return f"${len(self.arguments)}"

    @property
    def demanded(self) -> str:
        return " AND ".join(self.conditions)

    @property
    def tables(self) -> str:
        return " ".join(["products p", *self.joins])


async def list_products(
    tx: Transaction, wanted: ProductFilter, sort: Sort, *, past: Sequence[Any] | None, backwards: bool, limit: int
) -> list[ProductCard]:
    """Products for sale in order, from beyond the (key, id) `past`; up to `limit` of them."""
    order = _ORDERS[sort]
    sql = _Sql()
    _narrow(sql, wanted)
    sql.conditions += _conditions_by_facet(sql, wanted).values()
    for code, values in wanted.attributes.items():
        pairs = sql.give(pairs_of((code, value) for value in values))
        sql.conditions.append(f"p.id IN (SELECT catalog_with_pairs({pairs}::text[]))")
    down = order.down != backwards
    if past is not None:
        key, id = sql.give(_key_of(past[0], order)), sql.give(UUID(str(past[1])))
        sql.conditions.append(f"({order.key}, p.id) {'<' if down else '>'} ({key}::{order.type}, {id}::uuid)")
    direction = "DESC" if down else "ASC"
    rows = await tx.fetch(
        f"""
        WITH page AS MATERIALIZED ({_page(sql, order, direction, limit)})
        SELECT p.id, p.slug, p.name, x.price, x.list_price, x.on_sale, x.in_stock, b.slug AS brand_slug,
               b.name AS brand_name, c.path AS category_path, c.name AS category_name, s.slug AS seller_slug,
               {FIRST_IMAGE} AS image_id, p.rating_sum, p.rating_count, page.sort_key
          FROM page JOIN products p ON p.id = page.id
          JOIN LATERAL {_PRICES} x ON x.price IS NOT NULL
          LEFT JOIN brands b ON b.store_id = p.store_id AND b.id = p.brand_id
          LEFT JOIN categories c ON c.store_id = p.store_id AND c.id = p.category_id
          LEFT JOIN sellers s ON s.store_id = p.store_id AND s.id = p.seller_id
         ORDER BY page.sort_key {direction}, p.id {direction}
        """,
        *sql.arguments,
    )
    return [ProductCard(**row) for row in rows]


def _page(sql: _Sql, order: _Order, direction: str, limit: int) -> str:
    """The ids of the page with their keys. By price it is merged of two that stop early: with offers and without.

    The limit stands in the statement: as an argument, PostgreSQL takes a plan for any limit to be dear, and plans anew
    for every request, which takes longer than the list.
    """

    def part(price: str, also: str) -> str:
        return (
            f"SELECT p.id, {order.key} AS sort_key FROM {sql.tables} WHERE {sql.demanded} AND {also}"
            f" ORDER BY sort_key {direction}, p.id {direction} LIMIT {limit}"
        ).replace("{price}", price)

    if order.key != "{price}":
        return part(_PRICE, "TRUE")
    usual = part("p.base_price", f"p.id NOT IN {_OFFERED}")
    offered = part(_OFFERED_PRICE, f"p.id IN {_OFFERED}")
    return f"({usual}) UNION ALL ({offered}) ORDER BY sort_key {direction}, id {direction} LIMIT {limit}"


async def count_facets(tx: Transaction, wanted: ProductFilter, price_bounds: Sequence[int]) -> list[FacetCount]:
    """How many products each further filter would keep. A facet is counted without its own filter.

    `price_bounds` are the lower bounds of the price bands, ascending, the first one 0; a band's code is its number.
    """
    sql = _Sql()
    _narrow(sql, wanted)
    bounds = sql.give(list(price_bounds))
    rows = await tx.fetch(_facets_sql(sql, wanted, bounds), *sql.arguments)
    return [FacetCount(**row) for row in rows]


async def suggest(tx: Transaction, words: Sequence[str], limit: int) -> list[Suggestion]:
    """The products that match best, then the categories and brands most of the matches are in."""
    rows = await tx.fetch(
        """
        WITH found AS MATERIALIZED (
            SELECT p.slug, p.name, p.id, p.brand_id, p.category_id, f.rank
              FROM catalog_matches($1) f JOIN products p ON p.id = f.product_id
             WHERE p.status = 'active' AND p.base_price IS NOT NULL
        )
        (SELECT 'product' AS kind, f.slug AS code, f.name FROM found f ORDER BY f.rank DESC, f.id DESC LIMIT $2)
        UNION ALL
        (SELECT 'category', c.path, c.name FROM found f JOIN categories c ON c.id = f.category_id
          GROUP BY c.path, c.name ORDER BY count(*) DESC, c.path LIMIT $2)
        UNION ALL
        (SELECT 'brand', b.slug, b.name FROM found f JOIN brands b ON b.id = f.brand_id
          GROUP BY b.slug, b.name ORDER BY count(*) DESC, b.slug LIMIT $2)
        """,
        tsquery(words), limit,
    )  # fmt: skip
    return [Suggestion(**row) for row in rows]


async def unanswered(tx: Transaction, words: Sequence[str]) -> list[int]:
    """The places of the words that no product for sale has; the last one counts as a beginning."""
    queries = [f"'{word}'" for word in words[:-1]] + [tsquery(words[-1:])]
    return sorted(row[0] for row in await tx.fetch("SELECT catalog_unanswered($1::text[])", queries))


async def every_word(tx: Transaction) -> dict[str, int]:
    """All words products for sale are found by, with the number of products. Reads every product: ask rarely."""
    return {row["word"]: row["products"] for row in await tx.fetch("SELECT word, products FROM catalog_words()")}


def _narrow(sql: _Sql, wanted: ProductFilter) -> None:
    """What is no facet: words, seller and tag."""
    if wanted.words:
        query = sql.give(tsquery(wanted.words))
        sql.joins.append(f"JOIN catalog_matches({query}) found ON found.product_id = p.id")
    if wanted.seller is not None:
        seller = sql.give(wanted.seller)
        sql.conditions.append(f"p.seller_id = (SELECT id FROM sellers WHERE slug = {seller} AND status = 'active')")
    if wanted.tag is not None:
        sql.conditions.append(f"p.id IN (SELECT catalog_tagged({sql.give(wanted.tag)}))")


def _conditions_by_facet(sql: _Sql, wanted: ProductFilter) -> dict[str, str]:
    """The conditions of the facets that have one filter each."""
    found: dict[str, str] = {}
    if wanted.category is not None:
        path = sql.give(wanted.category)
        found["category"] = (
            f"p.category_id IN (SELECT id FROM categories WHERE path = {path} OR starts_with(path, {path} || '/'))"
        )
    if wanted.brand is not None:
        found["brand"] = f"p.brand_id = (SELECT id FROM brands WHERE slug = {sql.give(wanted.brand)})"
    if wanted.min_price is not None or wanted.max_price is not None:
        lowest, highest = sql.give(wanted.min_price), sql.give(wanted.max_price)
        found["price"] = (
            f"{{price}} BETWEEN coalesce({lowest}::bigint, 0) AND coalesce({highest}::bigint, {LARGEST_MINOR})"
        )
    if wanted.in_stock is not None:
        found["stock"] = f"{_IN_STOCK} = {sql.give(wanted.in_stock)}"
    if wanted.on_sale is not None:
        found["sale"] = f"{_ON_SALE} = {sql.give(wanted.on_sale)}"
    return found


def _facets_sql(sql: _Sql, wanted: ProductFilter, bounds: str) -> str:
    """One pass over the products: of each, the facets whose filters it fails; a facet counts those failing no other."""
    failing = [
        f"CASE WHEN {condition} THEN NULL ELSE '{facet}' END"
        for facet, condition in _conditions_by_facet(sql, wanted).items()
    ]
    for code, values in wanted.attributes.items():
        pairs = sql.give(pairs_of((code, value) for value in values))
        name = sql.give(f"attribute:{code}")
        failing.append(f"CASE WHEN p.attribute_pairs && {pairs}::text[] THEN NULL ELSE {name}::text END")
    failed = f"array_remove(ARRAY[{', '.join(failing)}]::text[], NULL)" if failing else "'{}'::text[]"
    return f"""
    WITH product AS MATERIALIZED (
        SELECT p.brand_id, p.category_id, p.attribute_pairs, {{price}} AS price, {_IN_STOCK} AS in_stock,
               {_ON_SALE} AS on_sale, {failed} AS failed
          FROM {sql.tables} WHERE {sql.demanded}
    )
    SELECT 'price' AS facet, band::text AS code, '' AS name, count(*)::integer AS products
      FROM (SELECT width_bucket(price, {bounds}::bigint[]) AS band FROM product
             WHERE failed <@ ARRAY['price']) AS priced
     GROUP BY band
    UNION ALL
    SELECT 'brand', b.slug, b.name, count(*)::integer FROM product JOIN brands b ON b.id = product.brand_id
     WHERE failed <@ ARRAY['brand'] GROUP BY b.slug, b.name
    UNION ALL
    SELECT 'category', up.path, up.name, sum(direct.products)::integer
      FROM (SELECT c.path, count(*) AS products FROM product JOIN categories c ON c.id = product.category_id
             WHERE failed <@ ARRAY['category'] GROUP BY c.path) AS direct
      JOIN categories up ON up.path = direct.path OR starts_with(direct.path, up.path || '/')
     GROUP BY up.path, up.name
    UNION ALL
    SELECT 'attribute:' || a.code, av.code, av.name, sum(paired.products)::integer
      FROM (SELECT pair, failed, count(*) AS products FROM product, unnest(attribute_pairs) AS pair
             GROUP BY pair, failed) AS paired
      JOIN attributes a ON a.code = split_part(pair, ':', 1)
      JOIN attribute_values av ON av.attribute_id = a.id AND av.code = split_part(pair, ':', 2)
     WHERE paired.failed <@ ARRAY['attribute:' || a.code]
     GROUP BY a.code, av.code, av.name
    UNION ALL
    SELECT 'stock', 'true', '', count(*)::integer FROM product WHERE in_stock AND failed <@ ARRAY['stock']
    UNION ALL
    SELECT 'sale', 'true', '', count(*)::integer FROM product WHERE on_sale AND failed <@ ARRAY['sale']
    ORDER BY facet, products DESC, code
    """.replace("{price}", _PRICE)


def _key_of(value: Any, order: _Order) -> Any:
    return datetime.fromisoformat(value) if order.type == "timestamptz" else value


async def list_managed(
    tx: Transaction,
    *,
    status: ProductStatus | None,
    seller_id: UUID | None,
    past: Sequence[Any] | None,
    backwards: bool,
    limit: int,
) -> list[ManagedRow]:
    """Products of any status, or of one, of all sellers or of one; newest first from beyond (created_at, id)."""
    sql = _Sql(conditions=["TRUE"])
    if status is not None:
        sql.conditions.append(f"p.status = {sql.give(status)}")
    if seller_id is not None:
        sql.conditions.append(f"p.seller_id = {sql.give(seller_id)}")
    if past is not None:
        created_at, id = sql.give(datetime.fromisoformat(past[0])), sql.give(UUID(str(past[1])))
        sql.conditions.append(f"(p.created_at, p.id) {'>' if backwards else '<'} ({created_at}, {id})")
    direction = "ASC" if backwards else "DESC"
    rows = await tx.fetch(
        "SELECT p.id, p.slug, p.name, p.status, p.version, p.created_at, p.updated_at,"
        " (SELECT count(*) FROM variants v WHERE v.store_id = p.store_id AND v.product_id = p.id)::integer AS variants"
        f" FROM products p WHERE {sql.demanded}"
        f" ORDER BY p.created_at {direction}, p.id {direction} LIMIT {sql.give(limit)}",
        *sql.arguments,
    )
    return [ManagedRow(**row) for row in rows]
