"""Categories form a tree whose paths always agree; what is used is not deleted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.actors import Actors
from tests.server.catalog.conftest import Catalogue
from tests.shop import Client, expect, new_store


async def _tree(catalogue: Catalogue) -> list[tuple[str, int]]:
    """Paths with counts, depth first."""

    def flat(nodes: list[dict[str, Any]]) -> list[tuple[str, int]]:
        return [row for node in nodes for row in [(node["path"], node["products"]), *flat(node["children"])]]

    return flat(expect(await catalogue.client.signed_in(None).get("/categories"))["items"])


async def test_the_tree_shows_counts_of_whole_subtrees_in_order(catalogue: Catalogue) -> None:
    await catalogue.category("Kitchen")
    await catalogue.category("Clothing")
    await catalogue.category("Socks", "clothing")
    await catalogue.category("Wool", "clothing/socks")
    await catalogue.product("Coat", category="clothing")
    await catalogue.product("Sock", category="clothing/socks/wool")
    await catalogue.product("Draft", category="clothing/socks", status="draft")
    await catalogue.product("Nothing to buy", None, category="clothing/socks")
    assert await _tree(catalogue) == [
        ("clothing", 2), ("clothing/socks", 1), ("clothing/socks/wool", 1), ("kitchen", 0),
    ]  # fmt: skip


async def test_moving_a_category_moves_everything_below_it(catalogue: Catalogue) -> None:
    await catalogue.category("A")
    b = await catalogue.category("B", "a")
    await catalogue.category("C", "a/b")
    await catalogue.category("Bc", "a")
    await catalogue.category("X")
    await catalogue.product("Thing", category="a/b/c")
    moved = expect(await catalogue.client.patch(f"/categories/{b['id']}", {"parent": "x", "slug": "beta"}))
    assert moved["path"] == "x/beta"
    assert [path for path, _ in await _tree(catalogue)] == ["a", "a/bc", "x", "x/beta", "x/beta/c"]
    assert await catalogue.names("?category=x") == ["Thing"]
    assert await catalogue.names("?category=a") == []
    assert await catalogue.names("?q=x+thing") == ["Thing"]
    to_root = expect(await catalogue.client.patch(f"/categories/{b['id']}", {"parent": None}))
    assert to_root["path"] == "beta"
    renamed = expect(await catalogue.client.patch(f"/categories/{b['id']}", {"name": "Other"}))
    assert (renamed["path"], renamed["name"]) == ("beta", "Other")


async def test_a_category_cannot_go_below_itself_nor_where_another_is(catalogue: Catalogue) -> None:
    a = await catalogue.category("A")
    await catalogue.category("B", "a")
    c = await catalogue.category("C")
    address = f"/categories/{a['id']}"
    for parent in ("a", "a/b"):
        cycle = await catalogue.client.patch(address, {"parent": parent})
        assert (cycle.status, cycle.json["errors"][0]["code"]) == (422, "cycle")
    unknown = await catalogue.client.patch(address, {"parent": "nowhere"})
    assert unknown.json["errors"][0]["code"] == "category_unknown"
    assert (await catalogue.client.patch(address, {"slug": "c"})).code == "slug_taken"
    assert (await catalogue.client.patch(f"/categories/{c['id']}", {"parent": "a", "slug": "b"})).status == 409
    assert (await catalogue.client.post("/categories", {"name": "B", "parent": "a"})).code == "slug_taken"
    assert [path for path, _ in await _tree(catalogue)] == ["a", "a/b", "c"]


async def test_the_tree_is_at_most_ten_levels_deep(catalogue: Catalogue) -> None:
    path = None
    for level in range(10):
        path = (await catalogue.category(f"L{level}", path))["path"]
    too_deep = await catalogue.client.post("/categories", {"name": "L10", "parent": path})
    assert too_deep.json["errors"][0]["code"] == "too_deep"
    top = await catalogue.category("Top")
    await catalogue.category("Below", "top")
    above = path.rpartition("/")[0] if path else ""
    moved = await catalogue.client.patch(f"/categories/{top['id']}", {"parent": above})
    assert moved.json["errors"][0]["code"] == "too_deep"


async def test_parallel_moves_never_make_a_cycle(catalogue: Catalogue) -> None:
    for _ in range(3):
        a, b = await catalogue.category(new_id().hex[-8:]), await catalogue.category(new_id().hex[-8:])
        answers = await asyncio.gather(
            catalogue.client.patch(f"/categories/{a['id']}", {"parent": b["path"]}),
            catalogue.client.patch(f"/categories/{b['id']}", {"parent": a["path"]}),
        )
        assert sorted(answer.status for answer in answers) == [200, 422]


async def test_a_category_in_use_is_not_deleted(catalogue: Catalogue) -> None:
    a = await catalogue.category("A")
    b = await catalogue.category("B", "a")
    await catalogue.product("Thing", category="a/b")
    for category in (a, b):
        used = await catalogue.client.delete(f"/categories/{category['id']}")
        assert (used.status, used.code) == (409, "still_used")
    expect(await catalogue.client.delete("/products/thing", headers={"If-Match": "*"}), 204)
    for category in (b, a):
        expect(await catalogue.client.delete(f"/categories/{category['id']}"), 204)
    assert (await catalogue.client.delete(f"/categories/{a['id']}")).code == "category_unknown"


async def test_a_category_and_a_product_in_it_do_not_miss_each_other(catalogue: Catalogue) -> None:
    for number in range(5):
        category = await catalogue.category(f"C{number}")
        body = {"name": f"P{number}", "category": category["path"]}
        made, deleted = await asyncio.gather(
            catalogue.client.post("/products", body), catalogue.client.delete(f"/categories/{category['id']}")
        )
        assert (made.status, deleted.status) in ((201, 409), (422, 204))


async def test_brands_are_listed_by_name_with_their_counts(catalogue: Catalogue) -> None:
    for name in ("Zeta", "Acme", "Mid"):
        await catalogue.brand(name)
    await catalogue.product("One", brand="acme")
    await catalogue.product("Two", brand="acme", status="draft")
    anybody = catalogue.client.signed_in(None)
    first = expect(await anybody.get("/brands?limit=2"))
    assert [(brand["slug"], brand["products"]) for brand in first["items"]] == [("acme", 1), ("mid", 0)]
    second = expect(await anybody.get(f"/brands?limit=2&cursor={first['next']}"))
    assert [brand["slug"] for brand in second["items"]] == ["zeta"]
    back = expect(await anybody.get(f"/brands?limit=2&cursor={second['prev']}"))
    assert back["items"] == first["items"]


async def test_a_brand_is_changed_and_deleted_when_nothing_has_it(catalogue: Catalogue) -> None:
    await catalogue.brand("Acme")
    await catalogue.brand("Zeta")
    assert (await catalogue.client.post("/brands", {"name": "acme"})).code == "slug_taken"
    assert (await catalogue.client.patch("/brands/acme", {"slug": "zeta"})).code == "slug_taken"
    assert expect(await catalogue.client.patch("/brands/acme", {"slug": "acme-2"}))["name"] == "Acme"
    await catalogue.product("One", brand="acme-2")
    assert (await catalogue.client.delete("/brands/acme-2")).code == "still_used"
    expect(await catalogue.client.delete("/brands/zeta"), 204)
    assert (await catalogue.client.delete("/brands/zeta")).code == "brand_unknown"
    nameless = await catalogue.client.post("/brands", {"name": "靴下"})
    assert (nameless.status, nameless.json["errors"][0]["pointer"]) == (422, "/slug")
    assert expect(await catalogue.client.post("/brands", {"name": "靴下", "slug": "kutsushita"}), 201)["name"] == "靴下"


async def test_attributes_and_their_values(catalogue: Catalogue) -> None:
    await catalogue.attribute("size", "s", "m")
    await catalogue.attribute("colour", "red")
    expect(await catalogue.client.put("/attributes/size/values/xs", {"name": "Extra small", "position": -1}), 204)
    expect(await catalogue.client.put("/attributes/size/values/m", {"name": "Medium", "position": 1}), 204)
    expect(await catalogue.client.patch("/attributes/size", {"name": "Größe", "position": 5}), 204)
    shown = expect(await catalogue.client.signed_in(None).get("/attributes"))["items"]
    assert [attribute["code"] for attribute in shown] == ["colour", "size"]
    assert shown[1] == {
        "code": "size",
        "name": "Größe",
        "values": [
            {"code": "xs", "name": "Extra small"},
            {"code": "s", "name": "S"},
            {"code": "m", "name": "Medium"},
        ],
    }
    await catalogue.product("Shirt", None, options=["size"],
        variants=[{"sku": "A", "list_price": "1", "options": {"size": "m"}}])  # fmt: skip
    await catalogue.product("Mug", attributes=[{"attribute": "colour", "value": "red"}])
    for used in (
        "/attributes/size/values/m",
        "/attributes/size",
        "/attributes/colour/values/red",
        "/attributes/colour",
    ):
        assert (await catalogue.client.delete(used)).code == "still_used", used
    expect(await catalogue.client.delete("/attributes/size/values/xs"), 204)
    for unknown in ("/attributes/size/values/xs", "/attributes/shape"):
        assert (await catalogue.client.delete(unknown)).code == "attribute_unknown"
    repeated = {"name": "Fit", "values": [{"name": "A"}, {"name": "a"}]}
    refused = await catalogue.client.post("/attributes", repeated)
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/values/1")


async def test_a_value_and_a_variant_that_has_it_do_not_miss_each_other(catalogue: Catalogue) -> None:
    await catalogue.attribute("size", *(f"v{number}" for number in range(6)))
    await catalogue.product("Shirt", None, options=["size"])
    for number in range(6):
        body = {"sku": f"V{number}", "list_price": "1", "options": {"size": f"v{number}"}}
        made, deleted = await asyncio.gather(
            catalogue.client.post("/products/shirt/variants", body),
            catalogue.client.delete(f"/attributes/size/values/v{number}"),
        )
        assert (made.status, deleted.status) in ((201, 409), (422, 204))


async def test_sellers_have_one_account_each(catalogue: Catalogue) -> None:
    user_id = await catalogue.sql(
        "INSERT INTO users (id, store_id, email, email_folded, name, password_hash)"
        " VALUES (gen_random_uuid(), $1, 'a@b.c', 'a@b.c', 'A', 'x') RETURNING id",
        catalogue.store.id,
    )
    expect(await catalogue.client.post("/sellers", {"name": "Ana", "user_id": str(user_id)}), 201)
    for body, code in (
        ({"name": "Bob", "user_id": str(user_id)}, "sells_already"),
        ({"name": "Bob", "user_id": str(new_id())}, "user_unknown"),
    ):
        refused = await catalogue.client.post("/sellers", body)
        assert (refused.status, refused.json["errors"][0]["code"]) == (422, code)
    assert (await catalogue.client.post("/sellers", {"name": "ana"})).code == "slug_taken"
    anybody = catalogue.client.signed_in(None)
    assert "user_id" not in expect(await anybody.get("/sellers/ana"))
    assert [seller["slug"] for seller in expect(await anybody.get("/sellers"))["items"]] == ["ana"]
    expect(await catalogue.client.patch("/sellers/ana", {"status": "suspended", "user_id": None}))
    assert (await anybody.get("/sellers/ana")).code == "seller_unknown"
    expect(await catalogue.client.post("/sellers", {"name": "Bob", "user_id": str(user_id)}), 201)


async def test_another_stores_entries_do_not_exist_here(catalogue: Catalogue, shop: Shop, actors: Actors) -> None:
    other = await new_store(shop)
    theirs = Client(catalogue.client.session, catalogue.client.base, other, actors.token(other, roles=("moderator",)))
    category = expect(await theirs.post("/categories", {"name": "Theirs"}), 201)
    expect(await theirs.post("/brands", {"name": "Theirs"}), 201)
    expect(await theirs.post("/attributes", {"name": "Theirs"}), 201)
    for answer in (
        await catalogue.client.patch(f"/categories/{category['id']}", {"name": "Ours"}),
        await catalogue.client.delete(f"/categories/{category['id']}"),
        await catalogue.client.patch("/brands/theirs", {"name": "Ours"}),
        await catalogue.client.delete("/attributes/theirs"),
        await catalogue.client.put("/attributes/theirs/values/x", {"name": "X"}),
    ):
        assert answer.status == 404
    below = await catalogue.client.post("/categories", {"name": "X", "parent": "theirs"})
    assert below.json["errors"][0]["code"] == "category_unknown"
    assert await _tree(catalogue) == []


@pytest.mark.parametrize("count", [1, 25])
async def test_renaming_costs_the_same_however_many_products_follow(
    catalogue: Catalogue, count: int, store: Store
) -> None:
    await catalogue.brand("Acme")
    for number in range(count):
        await catalogue.product(f"P{number}", brand="acme")
    names = ("Beta", "Gamma", "Delta")
    # The least of some: a connection asks PostgreSQL once about each type it meets.
    answers = [await catalogue.client.patch("/brands/acme", {"name": name}) for name in names]
    assert min(answer.statements for answer in answers) == 8
