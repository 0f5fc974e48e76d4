"""A search finds what people mean: without accents, with unfinished and misspelt words, and only in their store."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import asyncpg
import pytest

from server.catalog.spelling import DICTIONARIES, Dictionaries, Dictionary
from server.web.call import Shop
from storage.ids import new_id
from storage.transaction import Transaction
from tests.database import SHARED, Cluster
from tests.server.catalog.conftest import Catalogue
from tests.shop import expect, new_store


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("calcao", ["Calção de banho"]),
        ("CALÇÃO", ["Calção de banho"]),
        ("banho cal", ["Calção de banho"]),
        ("cal banho", []),
        ("headph", ["Headphones"]),
        ("hedphones", ["Headphones"]),
        ("haedphones", ["Headphones"]),
        ("headfones", ["Headphones"]),
        ("sound headphnes", ["Headphones"]),
        ("xylophone", []),
        ("HP-100", ["Headphones"]),
        ("hp100", ["Headphones"]),
        ("swimwear", ["Calção de banho"]),
        ("summer", ["Calção de banho"]),
        ("'; DROP TABLE products; --", []),
        ("a & !b | (c:*) <-> \\", []),
    ],
)
async def test_what_a_search_finds(catalogue: Catalogue, q: str, names: list[str]) -> None:
    await catalogue.category("Swimwear")
    await catalogue.category("Sound")
    await catalogue.product("Calção de banho", category="swimwear", tags=["summer"])
    await catalogue.product("Headphones", None, category="sound", variants=[{"sku": "HP-100", "list_price": "99"}])
    listed = expect(await catalogue.client.get("/products", params={"q": q}))
    assert [item["name"] for item in listed["items"]] == names


async def test_the_answer_says_what_was_searched_for_instead(catalogue: Catalogue) -> None:
    for number in range(3):
        await catalogue.product(f"Red headphones {number}")
    first = expect(await catalogue.client.get("/products?q=red+hedphones&limit=2"))
    assert first["corrected"] == "red headphones"
    second = expect(await catalogue.client.get(f"/products?q=red+hedphones&limit=2&cursor={first['next']}"))
    assert (len(first["items"]), len(second["items"]), second["corrected"]) == (2, 1, "red headphones")
    assert expect(await catalogue.client.get("/products?q=red"))["corrected"] is None
    facets = expect(await catalogue.client.get("/products/facets?q=hedphones"))
    assert sum(band["products"] for band in facets["prices"]) == 3


async def test_a_word_that_products_have_is_never_corrected(catalogue: Catalogue) -> None:
    await catalogue.product("Wool socks")
    await catalogue.product("Woof toy")
    listed = expect(await catalogue.client.get("/products?q=woof+socks"))
    assert (listed["items"], listed["corrected"]) == ([], None)


async def test_the_name_counts_more_than_other_words(catalogue: Catalogue) -> None:
    await catalogue.product("Lamp")
    await catalogue.product("Bulb", tags=["lamp"])
    assert await catalogue.names("?q=lamp") == ["Lamp", "Bulb"]


async def test_words_follow_what_a_product_is_made_of(catalogue: Catalogue) -> None:
    await catalogue.brand("Acme")
    await catalogue.attribute("colour", "red")
    tree = await catalogue.category("Clothes")
    await catalogue.category("Socks", "clothes")
    await catalogue.product(
        "Thing", category="clothes/socks", brand="acme", attributes=[{"attribute": "colour", "value": "red"}]
    )
    for q in ("acme", "clothes", "socks", "red"):
        assert await catalogue.names(f"?q={q}") == ["Thing"], q
    version = await catalogue.version("thing")
    expect(await catalogue.client.patch("/brands/acme", {"name": "Zenith"}))
    expect(await catalogue.client.put("/attributes/colour/values/red", {"name": "Crimson"}), 204)
    expect(await catalogue.client.patch(f"/categories/{tree['id']}", {"name": "Garments"}))
    for q, found in (("acme", []), ("zenith", ["Thing"]), ("crimson", ["Thing"]), ("garments", ["Thing"])):
        assert await catalogue.names(f"?q={q}") == found, q
    # What others renamed is no change of the product.
    expect(await catalogue.client.patch("/products/thing", {"name": "Other"}, headers=version))
    assert await catalogue.names("?q=thing") == []
    assert await catalogue.names("?q=other") == ["Other"]


async def test_a_new_word_is_found_although_the_dictionary_is_older(catalogue: Catalogue) -> None:
    await catalogue.product("Headphones")
    assert await catalogue.names("?q=hedphones") == ["Headphones"]
    await catalogue.product("Trumpet")
    assert await catalogue.names("?q=trumpet") == ["Trumpet"]
    assert await catalogue.names("?q=trumpets") == []
    catalogue.shop.use(DICTIONARIES).forget(catalogue.store.id)
    assert await catalogue.names("?q=trumpets") == ["Trumpet"]


async def test_suggestions_are_products_categories_and_brands(catalogue: Catalogue) -> None:
    await catalogue.brand("Acme")
    await catalogue.category("Sound")
    await catalogue.product("Headphones", brand="acme", category="sound")
    await catalogue.product("Headset", status="draft")
    for q in ("head", "haedphones"):
        shown = expect(await catalogue.client.get(f"/search/suggest?q={q}"))
        assert [(item["kind"], item["code"], item["name"]) for item in shown["items"]] == [
            ("product", "headphones", "Headphones"),
            ("category", "sound", "Sound"),
            ("brand", "acme", "Acme"),
        ]
    assert expect(await catalogue.client.get("/search/suggest?q=%21"))["items"] == []


async def test_no_store_finds_or_counts_what_is_anothers(catalogue: Catalogue, shop: Shop) -> None:
    await catalogue.product("Unicorn", tags=["rare"])
    other = await new_store(shop)

    async def ask(tx: Transaction) -> list[object]:
        return [
            await tx.fetchval("SELECT count(*) FROM catalog_matches('''unicorn''')"),
            await tx.fetchval("SELECT count(*) FROM catalog_tagged('rare')"),
            await tx.fetchval("SELECT count(*) FROM catalog_with_pairs('{colour:red}')"),
            await tx.fetchval("SELECT count(*) FROM catalog_unanswered(ARRAY['''unicorn'''])"),
            await tx.fetchval("SELECT count(*) FROM catalog_words()"),
        ]

    assert await shop.database.transaction(other.id, ask) == [0, 0, 0, 1, 0]
    assert (await shop.database.transaction(catalogue.store.id, ask))[:2] == [1, 1]
    assert (await shop.database.transaction(None, ask))[:2] == [0, 0]
    # Not even by asking for the other store's own lexeme, which every product of it has.
    lexeme = f"'store{catalogue.store.id.hex}'"
    assert await shop.database.transaction(
        other.id, lambda tx: tx.fetchval("SELECT count(*) FROM catalog_matches($1)", lexeme)
    ) == 0  # fmt: skip


async def test_a_search_uses_the_index_under_row_level_security(
    catalogue: Catalogue, shop: Shop, cluster: Cluster
) -> None:
    await catalogue.sql(
        "INSERT INTO products (id, store_id, slug, name, status, search_text) SELECT gen_random_uuid(), $1,"
        " 'p' || n, 'P', 'active', 'word' || n FROM generate_series(1, 3000) AS n RETURNING 0",
        catalogue.store.id,
    )

    owner = await asyncpg.connect(cluster.url(SHARED))
    try:
        # As autovacuum does on its own after so many new rows.
        await owner.execute("ANALYZE products")
    finally:
        await owner.close()

    async def rows_read(tx: Transaction) -> int:
        """Rows of products that a search for one word reads, by whichever way."""
        counted = (
            "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = 'products'"
        )
        before = await tx.fetchval(counted)
        assert await tx.fetchval("SELECT count(*) FROM catalog_matches('''word77''')") == 1
        return int(await tx.fetchval(counted)) - int(before)

    # As the caller, under row-level security, it would read all of the 3,000.
    assert await shop.database.transaction(catalogue.store.id, rows_read) < 10


def test_the_nearest_word_is_the_one_with_the_fewest_slips_then_the_commonest() -> None:
    dictionary = Dictionary({"lamp": 2, "lamb": 5, "lime": 9, "headphones": 1, "abc": 1})
    assert dictionary.nearest("lam") is None
    assert dictionary.nearest("lamv") == "lamb"
    assert dictionary.nearest("lmap") == "lamp"
    assert dictionary.nearest("headfone") is None
    assert dictionary.nearest("headfones") == "headphones"
    assert dictionary.nearest("abcd") == "abc"


async def test_a_dictionary_is_read_again_after_a_while_and_kept_apart_by_store() -> None:
    now = 0.0
    reads: list[UUID] = []
    dictionaries = Dictionaries(lambda: now)

    async def nearest(store_id: UUID) -> str | None:
        async def read() -> Mapping[str, int]:
            reads.append(store_id)
            return {"lamp" if store_id == ours else "damp": 1}

        return (await dictionaries.of(store_id, read)).nearest("xamp")

    ours, theirs = new_id(), new_id()
    assert [await nearest(ours), await nearest(theirs), await nearest(ours)] == ["lamp", "damp", "lamp"]
    now = 299.0
    await nearest(ours)
    now = 301.0
    await nearest(ours)
    assert reads == [ours, theirs, ours]
