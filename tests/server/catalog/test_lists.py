"""Anybody lists, filters and sorts what is for sale; pages follow each other, and caches may keep them."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from server.catalog.product import ProductFilter, Sort
from server.catalog.search_repo import list_products
from server.web.call import Shop
from storage.transaction import Transaction
from tests.database import SHARED, Cluster
from tests.server.catalog.conftest import Catalogue
from tests.shop import expect


async def _wardrobe(catalogue: Catalogue) -> None:
    """Five products that differ in everything lists can ask for."""
    await catalogue.brand("Acme")
    await catalogue.brand("Zeta")
    await catalogue.category("Clothing")
    await catalogue.category("Socks", "clothing")
    await catalogue.category("Kitchen")
    await catalogue.attribute("colour", "red", "blue")
    await catalogue.attribute("material", "wool", "steel")
    red = {"attribute": "colour", "value": "red"}
    wool = {"attribute": "material", "value": "wool"}

    def variants(*prices: str, **first: Any) -> list[dict[str, Any]]:
        return [{"sku": f"{prices}{n}".translate(_PLAIN), "list_price": p, **first} for n, p in enumerate(prices)]

    await catalogue.product("Wool socks", None, brand="acme", category="clothing/socks", tags=["winter"],
        attributes=[red, wool], variants=[{"sku": "WS", "list_price": "20.00", "sale_price": "15.00"}])  # fmt: skip
    await catalogue.product("Blue socks", None, brand="zeta", category="clothing/socks",
        attributes=[{"attribute": "colour", "value": "blue"}], variants=variants("10.00"))  # fmt: skip
    await catalogue.product("Coat", None, brand="acme", category="clothing", tags=["winter"], attributes=[wool],
        variants=variants("200.00"))  # fmt: skip
    await catalogue.product("Pan", None, category="kitchen", attributes=[{"attribute": "material", "value": "steel"}],
        variants=variants("50.00"))  # fmt: skip
    await catalogue.product("Mug", None, category="kitchen", attributes=[red], variants=variants("5.00"))
    await catalogue.stock("WS", 3)


_PLAIN = str.maketrans(dict.fromkeys("(),.' ", "-") | {"(": "S"})


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Mug", "Pan", "Coat", "Blue socks", "Wool socks"]),
        ("?sort=price", ["Mug", "Blue socks", "Wool socks", "Pan", "Coat"]),
        ("?sort=-price", ["Coat", "Pan", "Wool socks", "Blue socks", "Mug"]),
        ("?sort=name", ["Blue socks", "Coat", "Mug", "Pan", "Wool socks"]),
        ("?category=clothing", ["Coat", "Blue socks", "Wool socks"]),
        ("?category=clothing/socks", ["Blue socks", "Wool socks"]),
        ("?category=nothing", []),
        ("?brand=acme", ["Coat", "Wool socks"]),
        ("?tag=winter", ["Coat", "Wool socks"]),
        ("?attribute=colour:red", ["Mug", "Wool socks"]),
        ("?attribute=colour:red&attribute=colour:blue", ["Mug", "Blue socks", "Wool socks"]),
        ("?attribute=colour:red&attribute=material:wool", ["Wool socks"]),
        ("?min_price=10.00&max_price=50", ["Pan", "Blue socks", "Wool socks"]),
        ("?min_price=15.01", ["Pan", "Coat"]),
        ("?max_price=4.99", []),
        ("?in_stock=true", ["Wool socks"]),
        ("?in_stock=false&category=clothing", ["Coat", "Blue socks"]),
        ("?on_sale=true", ["Wool socks"]),
        ("?q=socks&brand=zeta", ["Blue socks"]),
        ("?q=winter&tag=winter&in_stock=true&sort=price&min_price=1", ["Wool socks"]),
    ],
)
async def test_filters_keep_what_they_say_in_the_order_asked_for(
    catalogue: Catalogue, query: str, names: list[str]
) -> None:
    await _wardrobe(catalogue)
    assert await catalogue.names(query) == names


async def test_a_card_shows_what_a_list_needs(catalogue: Catalogue) -> None:
    await _wardrobe(catalogue)
    listed = expect(await catalogue.client.signed_in(None).get("/products?q=wool+socks"))
    card = listed["items"][0]
    del card["id"]
    assert card == {
        "slug": "wool-socks",
        "name": "Wool socks",
        "price": "15.00",
        "list_price": "20.00",
        "currency": "BRL",
        "on_sale": True,
        "in_stock": True,
        "image_url": None,
        "brand": {"code": "acme", "name": "Acme"},
        "category": {"code": "clothing/socks", "name": "Socks"},
        "seller": None,
        "rating": {"average": None, "count": 0},
    }


async def test_ratings_sort_by_their_average(catalogue: Catalogue) -> None:
    for name, total, count in (("Good", 9, 2), ("Best", 5, 1), ("None", 0, 0), ("Many", 40, 10)):
        await catalogue.product(name)
        await catalogue.sql(
            "UPDATE products SET rating_sum = $2, rating_count = $3 WHERE name = $1", name, total, count
        )
    assert await catalogue.names("?sort=rating") == ["Best", "Good", "Many", "None"]
    rated = expect(await catalogue.client.get("/products?sort=rating"))["items"][1]["rating"]
    assert rated == {"average": 4.5, "count": 2}


@pytest.mark.parametrize(
    ("query", "status", "pointer"),
    [
        ("sort=relevance", 422, "query/sort"),
        ("min_price=2&max_price=1", 422, "query/min_price"),
        ("min_price=1.001", 422, "query/min_price"),
        ("q=%E2%80%94", 422, "query/q"),
        ("min_price=-1", 400, "query/min_price"),
        ("attribute=red", 400, "query/attribute"),
        ("sort=cheap", 400, "query/sort"),
        ("colour=red", 400, "query/colour"),
        ("q=a%00b", 400, "query/q"),
        ("limit=101", 400, "query/limit"),
    ],
)
async def test_senseless_filters_are_refused_with_their_place(
    catalogue: Catalogue, query: str, status: int, pointer: str
) -> None:
    answer = await catalogue.client.get(f"/products?{query}")
    assert answer.status == status
    assert answer.json["errors"][0]["pointer"].startswith(pointer)


@pytest.mark.parametrize("sort", ["newest", "price", "-price", "name", "rating", "relevance"])
@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_pages_show_every_product_once_both_ways(catalogue: Catalogue, sort: str, limit: int) -> None:
    for number in range(7):
        await catalogue.product(f"Mug {number % 3}", f"{number % 2 + 1}.00")
    query = f"/products?q=mug&sort={sort}&limit={limit}"
    anybody = catalogue.client.signed_in(None)

    async def walk(start: str, direction: str) -> list[list[str]]:
        pages, cursor = [], start
        while cursor:
            page = expect(await anybody.get(f"{query}&cursor={cursor}"))
            pages.append([item["id"] for item in page["items"]])
            cursor = page[direction]
        return pages

    first = expect(await anybody.get(query))
    pages = [[item["id"] for item in first["items"]], *await walk(first["next"], "next")]
    ids = [id for page in pages for id in page]
    assert len(ids) == len(set(ids)) == 7
    assert first["prev"] is None
    at = first
    while at["next"]:
        at = expect(await anybody.get(f"{query}&cursor={at['next']}"))
    backwards = await walk(at["prev"], "prev")
    assert [id for page in reversed(backwards) for id in page] == ids[: -len(at["items"])]


async def test_a_product_added_meanwhile_moves_no_page(catalogue: Catalogue) -> None:
    for number in range(4):
        await catalogue.product(f"Mug {number}")
    first = expect(await catalogue.client.get("/products?limit=2"))
    await catalogue.product("Newest")
    second = expect(await catalogue.client.get(f"/products?limit=2&cursor={first['next']}"))
    assert [item["name"] for item in [*first["items"], *second["items"]]] == ["Mug 3", "Mug 2", "Mug 1", "Mug 0"]
    other = await catalogue.client.get(f"/products?limit=2&sort=price&cursor={first['next']}")
    assert (other.status, other.code) == (400, "cursor_invalid")


async def test_a_public_answer_has_an_etag_and_is_not_sent_twice(catalogue: Catalogue) -> None:
    await catalogue.product("Mug", "5.00")
    for address in ("/products", "/products/mug", "/products/facets", "/categories", "/brands", "/attributes"):
        first = await catalogue.client.get(address)
        tag = first.headers["ETag"]
        assert tag.startswith('"')
        assert first.headers["Cache-Control"].startswith("public, max-age=")
        assert "X-Tenant-ID" in first.headers["Vary"]
        for given_tag in (tag, f'"other", W/{tag}', "*"):
            again = await catalogue.client.get(address, headers={"If-None-Match": given_tag})
            assert (again.status, again.raw, again.headers["ETag"]) == (304, b"", tag)
    seen = (await catalogue.client.get("/products/mug")).headers["ETag"]
    listed = (await catalogue.client.get("/products")).headers["ETag"]
    await catalogue.sql("UPDATE variants SET list_price = 600")
    assert (await catalogue.client.get("/products/mug", headers={"If-None-Match": seen})).status == 200
    assert (await catalogue.client.get("/products", headers={"If-None-Match": listed})).status == 200


@pytest.mark.parametrize("count", [1, 30])
async def test_lists_take_three_statements_however_much_they_show(catalogue: Catalogue, count: int) -> None:
    await _wardrobe(catalogue)
    for number in range(count):
        await catalogue.product(f"Mug {number}")
    for query in ("", "?q=mug", "?sort=price&attribute=colour:red&in_stock=false", "/facets?q=mug", "/mug-0"):
        # The least of some: a connection asks PostgreSQL once about each type it meets.
        answers = [await catalogue.client.signed_in(None).get(f"/products{query}") for _ in range(3)]
        assert [answer.status for answer in answers] == [200] * 3
        assert min(answer.statements for answer in answers) == 3, query


@pytest.mark.parametrize("sort", ["price", "-price", "name"])
async def test_a_list_is_not_planned_anew_for_every_request(
    catalogue: Catalogue, shop: Shop, cluster: Cluster, sort: Sort
) -> None:
    await catalogue.sql(
        "INSERT INTO products (id, store_id, slug, name, status) SELECT gen_random_uuid(), $1, 'p' || n, 'P', 'active'"
        "  FROM generate_series(1, 5000) AS n RETURNING 0",
        catalogue.store.id,
    )
    await catalogue.sql(
        "INSERT INTO variants (id, store_id, product_id, sku, list_price)"
        " SELECT gen_random_uuid(), store_id, id, slug, 100 FROM products RETURNING 0"
    )
    owner = await asyncpg.connect(cluster.url(SHARED))
    try:
        await owner.execute("ANALYZE products, variants")
    finally:
        await owner.close()

    async def reused(tx: Transaction) -> int:
        """How many of the 20 times it is asked on this connection the list is answered by a plan that was kept."""
        await tx.execute("DISCARD PLANS")
        counted = (
            "SELECT coalesce(sum(generic_plans), 0)::integer FROM pg_prepared_statements"
            " WHERE statement LIKE '%page AS MATERIALIZED%'"
        )
        before = await tx.fetchval(counted)
        for _ in range(20):
            cards = await list_products(tx, ProductFilter(), sort, past=None, backwards=False, limit=5)
            assert len(cards) == 5
        return int(await tx.fetchval(counted)) - int(before)

    # PostgreSQL tries five times before it keeps a plan.
    assert await shop.database.transaction(catalogue.store.id, reused) >= 15


async def test_facets_count_what_each_further_filter_would_keep(catalogue: Catalogue) -> None:
    await _wardrobe(catalogue)
    facets = expect(await catalogue.client.get("/products/facets"))

    def by_code(counts: list[dict[str, Any]]) -> dict[str, int]:
        return {count["code"]: count["products"] for count in counts}

    assert by_code(facets["brands"]) == {"acme": 2, "zeta": 1}
    assert by_code(facets["categories"]) == {"clothing": 3, "clothing/socks": 2, "kitchen": 2}
    attributes = {facet["code"]: by_code(facet["values"]) for facet in facets["attributes"]}
    assert attributes == {"colour": {"red": 2, "blue": 1}, "material": {"wool": 2, "steel": 1}}
    assert (facets["in_stock"], facets["on_sale"]) == (1, 1)
    assert [(band["min"], band["max"], band["products"]) for band in facets["prices"]] == [
        ("5.00", "10.00", 1),
        ("10.00", "20.00", 2),
        ("50.00", "100.00", 1),
        ("200.00", "500.00", 1),
    ]


FILTERS = [
    "category=clothing",
    "brand=acme",
    "attribute=colour:red",
    "attribute=material:wool",
    "max_price=20",
    "q=socks",
]


@pytest.mark.parametrize("chosen", range(1, 64, 5))
async def test_a_facet_counts_what_the_list_shows_with_that_filter_instead_of_its_own(
    catalogue: Catalogue, chosen: int
) -> None:
    await _wardrobe(catalogue)
    filters = [text for place, text in enumerate(FILTERS) if chosen >> place & 1]

    async def shown(without: str, more: str) -> int:
        kept = [text for text in filters if not text.startswith(without)]
        return len(await catalogue.names(f"?{'&'.join([*kept, more])}"))

    facets = expect(await catalogue.client.get(f"/products/facets?{'&'.join(filters)}"))
    for count in facets["brands"]:
        assert count["products"] == await shown("brand=", f"brand={count['code']}")
    for count in facets["categories"]:
        assert count["products"] == await shown("category=", f"category={count['code']}")
    for facet in facets["attributes"]:
        for count in facet["values"]:
            pair = f"attribute={facet['code']}:{count['code']}"
            assert count["products"] == await shown(f"attribute={facet['code']}:", pair)
    assert facets["in_stock"] == await shown("in_stock=", "in_stock=true")
    assert facets["on_sale"] == await shown("on_sale=", "on_sale=true")
    assert sum(band["products"] for band in facets["prices"]) == await shown("max_price=", "limit=100")
