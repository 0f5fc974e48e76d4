"""Staff write products, sellers their own, and nobody overwrites what somebody else changed meanwhile."""

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


async def test_a_product_is_created_with_everything_and_read_back(catalogue: Catalogue) -> None:
    await catalogue.brand("Acmé")
    await catalogue.category("Clothing")
    await catalogue.category("Socks", "clothing")
    await catalogue.attribute("colour", "red", "blue")
    await catalogue.attribute("material", "wool")
    body = {
        "name": "Warm Söcks",
        "description": "For the winter.",
        "status": "active",
        "brand": "acme",
        "category": "clothing/socks",
        "tags": ["winter", "winter"],
        "tax_class": "reduced",
        "specifications": {"Washing": "30 °C"},
        "attributes": [{"attribute": "material", "value": "wool"}],
        "options": ["colour"],
        "variants": [
            {
                "sku": "S-R", "list_price": "19.90", "sale_price": "15.00", "cost": "5", "floor_price": "9.99",
                "options": {"colour": "red"}, "weight_g": 120, "volume_cm3": 300, "barcode": "400123",
            },
            {"sku": "S-B", "list_price": "17.00", "options": {"colour": "blue"}, "status": "inactive"},
        ],
    }  # fmt: skip
    made = await catalogue.client.post("/products", body)
    assert expect(made, 201)["version"] == 1
    assert made.headers["ETag"] == '"1"'
    shown = expect(await catalogue.client.get("/manage/products/warm-socks"))
    assert shown == made.json
    assert (shown["brand"]["name"], shown["category"]["code"]) == ("Acmé", "clothing/socks")
    assert shown["tags"] == ["winter"]
    red = shown["variants"][0]
    assert (red["price"], red["cost"], red["floor_price"]) == ("15.00", "5.00", "9.99")

    public = expect(await catalogue.client.signed_in(None).get("/products/warm-socks"))
    assert (public["price"], public["list_price"], public["currency"]) == ("15.00", "19.90", "BRL")
    assert [variant["sku"] for variant in public["variants"]] == ["S-R"]
    assert [category["code"] for category in public["categories"]] == ["clothing", "clothing/socks"]
    # What only a variant has that is not sold cannot be chosen.
    assert [(option["code"], [value["code"] for value in option["values"]]) for option in public["options"]] == [
        ("colour", ["red"])
    ]
    assert [[value["code"] for value in option["values"]] for option in shown["options"]] == [["red", "blue"]]
    assert public["attributes"][0]["code"] == "material"
    assert "cost" not in public["variants"][0]


async def test_every_fault_of_a_product_is_named_at_once_and_nothing_is_written(catalogue: Catalogue) -> None:
    await catalogue.attribute("colour", "red")
    body = {
        "name": "Socks",
        "slug": "faulty",
        "brand": "nobody",
        "category": "no/where",
        "seller": "no-one",
        "attributes": [{"attribute": "colour", "value": "green"}],
        "options": ["colour", "colour", "size"],
        "variants": [
            {"sku": "A", "list_price": "1.234", "options": {"colour": "green"}},
            {"sku": "A", "list_price": "1.00", "sale_price": "2.00", "options": {"shape": "round"}},
        ],
    }
    answer = await catalogue.client.post("/products", body)
    assert (answer.status, answer.code) == (422, "product_invalid")
    assert {(fault["pointer"], fault["code"]) for fault in answer.json["errors"]} >= {
        ("/brand", "brand_unknown"),
        ("/category", "category_unknown"),
        ("/seller", "seller_unknown"),
        ("/attributes/0", "value_unknown"),
        ("/options/1", "repeated"),
        ("/options/2", "attribute_unknown"),
        ("/variants/0/list_price", "amount_invalid"),
        ("/variants/0/options/colour", "value_unknown"),
        ("/variants/1/sku", "repeated"),
        ("/variants/1/sale_price", "above_list_price"),
        ("/variants/1/options/shape", "no_option"),
    }
    assert await catalogue.sql("SELECT count(*) FROM products") == 0


async def test_a_slug_comes_from_the_name_and_a_taken_one_gets_an_ending(catalogue: Catalogue) -> None:
    first = await catalogue.product("Red Socks")
    second = await catalogue.product("Red socks!")
    assert first["slug"] == "red-socks"
    assert second["slug"].startswith("red-socks-")
    answer = await catalogue.client.post("/products", {"name": "Other", "slug": "red-socks"})
    assert (answer.status, answer.code) == (409, "slug_taken")


async def test_a_change_has_to_name_the_version_it_was_made_for(catalogue: Catalogue) -> None:
    await catalogue.product("Socks")
    version = await catalogue.version("socks")
    missing = await catalogue.client.patch("/products/socks", {"name": "X"})
    assert (missing.status, missing.code) == (428, "version_missing")
    changed = await catalogue.client.patch("/products/socks", {"description": "New"}, headers=version)
    assert expect(changed)["description"] == "New"
    late = await catalogue.client.patch("/products/socks", {"name": "X"}, headers=version)
    assert (late.status, late.code) == (412, "version_changed")
    assert (await catalogue.client.delete("/products/socks", headers=version)).status == 412
    forged = await catalogue.client.patch("/products/socks", {"name": "X"}, headers={"If-Match": "W/nonsense"})
    assert forged.status == 412
    anyway = await catalogue.client.patch("/products/socks", {"name": "Socks 2"}, headers={"If-Match": "*"})
    assert expect(anyway)["name"] == "Socks 2"
    assert anyway.headers["ETag"] != changed.headers["ETag"]


async def test_of_two_changes_made_for_one_version_exactly_one_is_kept(catalogue: Catalogue) -> None:
    await catalogue.product("Socks")
    version = await catalogue.version("socks")
    answers = await asyncio.gather(
        *(
            catalogue.client.patch("/products/socks", {"description": str(number)}, headers=version)
            for number in range(10)
        )
    )
    assert sorted(answer.status for answer in answers) == [200] + [412] * 9


async def test_null_takes_a_value_away_and_what_is_not_named_stays(catalogue: Catalogue) -> None:
    await catalogue.brand("Acme")
    await catalogue.category("Clothing")
    await catalogue.product("Socks", brand="acme", category="clothing", tags=["a"])
    version = await catalogue.version("socks")
    changed = expect(await catalogue.client.patch("/products/socks", {"brand": None}, headers=version))
    assert (changed["brand"], changed["category"]["code"], changed["tags"]) == (None, "clothing", ["a"])
    assert await catalogue.names("?q=acme") == []


async def test_drafts_and_archived_products_are_not_shown(catalogue: Catalogue) -> None:
    await catalogue.product("Draft", status="draft")
    await catalogue.product("Archived", status="archived")
    await catalogue.product("Nothing to buy", price=None)
    assert await catalogue.names() == []
    anybody = catalogue.client.signed_in(None)
    assert (await anybody.get("/products/draft")).code == "product_unknown"
    assert (await anybody.get("/products/archived")).status == 404
    assert expect(await anybody.get("/products/nothing-to-buy"))["price"] is None
    managed = expect(await catalogue.client.get("/manage/products?status=draft"))
    assert [row["slug"] for row in managed["items"]] == ["draft"]


async def test_a_product_with_a_stock_history_is_archived_rather_than_deleted(catalogue: Catalogue) -> None:
    await catalogue.product("Socks")
    made = await catalogue.product("Shirt")
    sku = made["variants"][0]["sku"]
    booked = await catalogue.client.post(
        "/inventory/adjustments",
        {"lines": [{"sku": sku, "delta": 1, "reason": "received"}]},
        headers={"Idempotency-Key": new_id().hex},
    )
    expect(booked, 201)
    refused = await catalogue.client.delete("/products/shirt", headers={"If-Match": "*"})
    assert (refused.status, refused.code) == (409, "still_used")
    variant_id = made["variants"][0]["id"]
    assert (await catalogue.client.delete(f"/products/shirt/variants/{variant_id}")).status == 409
    assert (await catalogue.client.delete("/products/socks", headers={"If-Match": "*"})).status == 204
    assert (await catalogue.client.get("/manage/products/socks")).status == 404


async def test_who_changed_what_is_on_record(catalogue: Catalogue) -> None:
    made = await catalogue.product("Socks")
    expect(await catalogue.client.patch("/products/socks", {"tags": ["new"]}, headers={"If-Match": "*"}))
    expect(await catalogue.client.delete("/products/socks", headers={"If-Match": "*"}), 204)
    actions = await catalogue.sql(
        "SELECT array_agg(action ORDER BY id) FROM audit_log WHERE resource_id = $1", made["id"]
    )
    assert actions == ["catalog.product_created", "catalog.product_changed", "catalog.product_deleted"]
    changed = await catalogue.sql(
        "SELECT before::text || after::text FROM audit_log WHERE action = 'catalog.product_changed'"
    )
    assert changed == '{"tags": []}{"tags": ["new"]}'


async def test_customers_and_guests_write_nothing(catalogue: Catalogue, actors: Actors, store: Store) -> None:
    for kind, roles, status in (("user", ("customer",), 403), ("user", ("staff",), 403), ("guest", ("guest",), 401)):
        someone = catalogue.client.signed_in(actors.token(store, kind, roles))  # type: ignore[arg-type]  # a literal
        assert (await someone.post("/products", {"name": "X"})).status == status
        assert (await someone.post("/brands", {"name": "X"})).status == status
    assert (await catalogue.client.signed_in(None).post("/products", {"name": "X"})).status == 401


async def _seller(catalogue: Catalogue, actors: Actors, name: str) -> Client:
    """Somebody who sells under that name."""
    user_id = new_id()
    await catalogue.sql(
        "INSERT INTO users (id, store_id, email, email_folded, name, password_hash)"
        " VALUES ($1, $2, $3, $3, 'Seller', 'x')",
        user_id, catalogue.store.id, f"{user_id.hex}@example.com",
    )  # fmt: skip
    expect(await catalogue.client.post("/sellers", {"name": name, "user_id": str(user_id)}), 201)
    return catalogue.client.signed_in(actors.token(catalogue.store, roles=("seller",), id=user_id))


async def test_a_seller_writes_only_their_own_products(catalogue: Catalogue, actors: Actors) -> None:
    ana, bob = await _seller(catalogue, actors, "Ana"), await _seller(catalogue, actors, "Bob")
    body: dict[str, Any] = {"name": "Ana's", "status": "active", "variants": [{"sku": "A", "list_price": "5.00"}]}
    made = expect(await ana.post("/products", body), 201)
    assert made["seller"] == {"code": "ana", "name": "Ana"}
    slug, variant_id = made["slug"], made["variants"][0]["id"]
    for answer in (
        await bob.get(f"/manage/products/{slug}"),
        await bob.patch(f"/products/{slug}", {"name": "Bob's"}, headers={"If-Match": "*"}),
        await bob.delete(f"/products/{slug}", headers={"If-Match": "*"}),
        await bob.post(f"/products/{slug}/variants", {"sku": "B", "list_price": "1.00"}),
        await bob.patch(f"/products/{slug}/variants/{variant_id}", {"list_price": "1.00"}),
        await bob.delete(f"/products/{slug}/variants/{variant_id}"),
    ):
        assert (answer.status, answer.code) == (404, "product_unknown")
    expect(await ana.patch(f"/products/{slug}", {"name": "Better"}, headers={"If-Match": "*"}))
    assert [row["slug"] for row in expect(await bob.get("/manage/products"))["items"]] == []
    assert [row["slug"] for row in expect(await ana.get("/manage/products"))["items"]] == [slug]
    assert await catalogue.names("?seller=ana") == ["Better"]


async def test_a_seller_cannot_give_products_away_nor_set_what_the_shop_sets(
    catalogue: Catalogue, actors: Actors
) -> None:
    ana = await _seller(catalogue, actors, "Ana")
    await _seller(catalogue, actors, "Bob")
    given_away = await ana.post("/products", {"name": "X", "seller": "bob"})
    assert given_away.json["errors"][0]["code"] == "not_yours"
    with_cost = await ana.post("/products", {"name": "X", "variants": [{"sku": "A", "list_price": "1", "cost": "1"}]})
    assert (with_cost.status, with_cost.code) == (403, "reserved_for_staff")
    made = expect(await ana.post("/products", {"name": "X", "variants": [{"sku": "A", "list_price": "1"}]}), 201)
    address = f"/products/x/variants/{made['variants'][0]['id']}"
    assert (await ana.patch(address, {"floor_price": "1"})).code == "reserved_for_staff"
    for seller in ("bob", None):
        refused = await ana.patch("/products/x", {"seller": seller}, headers={"If-Match": "*"})
        assert refused.json["errors"][0]["code"] == "not_yours"
    expect(await catalogue.client.patch(address, {"cost": "0.50"}))
    assert expect(await ana.get("/manage/products/x"))["variants"][0]["cost"] is None


async def test_a_seller_who_is_suspended_or_unknown_writes_nothing(catalogue: Catalogue, actors: Actors) -> None:
    ana = await _seller(catalogue, actors, "Ana")
    expect(await catalogue.client.patch("/sellers/ana", {"status": "suspended"}))
    assert (await ana.post("/products", {"name": "X"})).code == "not_a_seller"
    stranger = catalogue.client.signed_in(actors.token(catalogue.store, roles=("seller",)))
    assert (await stranger.get("/manage/products")).code == "not_a_seller"


async def test_another_stores_products_do_not_exist_here(catalogue: Catalogue, shop: Shop, actors: Actors) -> None:
    other = await new_store(shop)
    theirs = Client(catalogue.client.session, catalogue.client.base, other, actors.token(other, roles=("moderator",)))
    body = {"name": "Theirs", "status": "active", "variants": [{"sku": "T", "list_price": "5.00"}]}
    made = expect(await theirs.post("/products", body), 201)
    expect(await theirs.post("/brands", {"name": "Their brand"}), 201)
    for answer in (
        await catalogue.client.get("/products/theirs"),
        await catalogue.client.patch("/products/theirs", {"name": "Ours"}, headers={"If-Match": "*"}),
        await catalogue.client.delete(f"/products/theirs/variants/{made['variants'][0]['id']}"),
    ):
        assert answer.status == 404
    assert await catalogue.names() == []
    assert await catalogue.names("?q=theirs") == []
    refused = await catalogue.client.post("/products", {"name": "X", "brand": "their-brand"})
    assert refused.json["errors"][0]["code"] == "brand_unknown"
    # The same slug and SKU are free here.
    expect(await catalogue.client.post("/products", body), 201)


@pytest.mark.parametrize("size", [1, 20])
async def test_writing_a_product_costs_the_same_number_of_statements_whatever_its_size(
    catalogue: Catalogue, size: int
) -> None:
    await catalogue.attribute("size", *(str(number) for number in range(size)))

    async def statements(attempt: int) -> int:
        variants = [
            {"sku": f"V{attempt}-{number}", "list_price": "1.00", "options": {"size": str(number)}}
            for number in range(size)
        ]
        made = await catalogue.client.post("/products", {"name": "Socks", "options": ["size"], "variants": variants})
        expect(made, 201)
        return made.statements - int(attempt > 0)  # for the slug that is taken

    # The least of some: a connection asks PostgreSQL once about each type it meets.
    assert min([await statements(attempt) for attempt in range(3)]) == 12
