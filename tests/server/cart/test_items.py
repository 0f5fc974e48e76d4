"""Customers put things into their cart, change and remove them; every answer is the whole cart, decided."""

from __future__ import annotations

from typing import Any

import pytest

from server.web.call import Shop
from storage.ids import new_id
from tests.server.cart.goods import SAO_PAULO, Goods, Shopper, Shoppers, item, line, quantities
from tests.shop import Client, expect, new_store


async def test_a_cart_that_nobody_has_filled_is_empty_and_has_no_id(guest: Shopper) -> None:
    answer = await guest.client.get("/cart")
    cart = expect(answer)
    assert (cart["id"], cart["version"], cart["items"], cart["expires_at"]) == (None, 0, [], None)
    assert cart["decision"]["totals"]["total"] == "0.00"
    assert not cart["decision"]["can_be_ordered"]
    assert answer.headers["ETag"] == '"0"'


async def test_what_is_added_is_shown_with_product_options_stock_and_its_decided_line(
    guest: Shopper, goods: Goods
) -> None:
    await goods.put("SHIRT-RED", 4990, sale_price=3990, options=("colour:red", "size:m"), on_hand=7)
    cart = await guest.add("SHIRT-RED", 2)
    shown = item(cart, "SHIRT-RED")
    assert shown["product"] == {"id": shown["product"]["id"], "slug": "p-shirt-red", "name": "Product SHIRT-RED"}
    assert shown["options"] == {"colour": "red", "size": "m"}
    assert shown["stock"] == {"in_stock": True, "enough": True, "left": 7}
    assert (shown["list_price"], shown["price"], shown["price_seen"]) == ("49.90", "39.90", None)
    assert line(cart, "SHIRT-RED")["subtotal"] == "79.80"
    assert cart["decision"]["totals"]["items"] == "79.80"
    assert cart["units"] == 2


async def test_adding_the_same_again_adds_up_in_one_line(guest: Shopper, goods: Goods) -> None:
    variant = await goods.put("A")
    first = await guest.add("A", 2)
    second = expect(await guest.client.post("/cart/items", {"variant_id": str(variant), "quantity": 3}))
    assert quantities(second) == {"A": 5}
    assert second["version"] == first["version"] + 1


async def test_quantities_are_set_and_items_removed(guest: Shopper, goods: Goods) -> None:
    await goods.put("A")
    await goods.put("B")
    await guest.add("A", 2)
    cart = await guest.add("B", 1)
    changed = expect(await guest.client.patch(f"/cart/items/{item(cart, 'A')['id']}", {"quantity": 7}))
    assert quantities(changed) == {"A": 7, "B": 1}
    removed = expect(await guest.client.delete(f"/cart/items/{item(cart, 'A')['id']}"))
    assert quantities(removed) == {"B": 1}


async def test_clearing_takes_items_and_coupon_and_leaves_the_rest(guest: Shopper, goods: Goods) -> None:
    await goods.put("A")
    await guest.ready("A")
    expect(await guest.coupon("WELCOME10"))
    cleared = expect(await guest.client.delete("/cart"))
    assert (cleared["items"], cleared["coupon_code"]) == ([], None)
    assert cleared["destination"]["postcode"] == SAO_PAULO["postcode"]
    assert cleared["contact"]["email"] == "ana@example.com"


async def test_clearing_when_there_is_no_cart_makes_none(guest: Shopper, goods: Goods) -> None:
    assert expect(await guest.client.delete("/cart"))["id"] is None
    assert await goods.value("SELECT count(*) FROM carts") == 0


@pytest.mark.parametrize(
    ("status", "product_status"), [("inactive", "active"), ("active", "archived"), ("active", "draft")]
)
async def test_what_is_not_for_sale_cannot_be_added(
    guest: Shopper, goods: Goods, status: str, product_status: str
) -> None:
    variant = await goods.put("OLD", status=status, product_status=product_status)
    answer = await guest.client.post("/cart/items", {"variant_id": str(variant)})
    assert (answer.status, answer.code) == (422, "not_for_sale")
    assert answer.json["errors"][0]["pointer"] == "/variant_id"
    by_sku = await guest.client.post("/cart/items", {"sku": "OLD"})
    assert (by_sku.code, by_sku.json["errors"][0]["pointer"]) == ("not_for_sale", "/sku")
    assert await goods.value("SELECT count(*) FROM carts") == 0


async def test_the_variant_of_another_store_is_as_unknown_as_one_that_is_not_there(guest: Shopper, shop: Shop) -> None:
    foreign = await Goods(shop, await new_store(shop)).put("THEIRS")
    for body in ({"variant_id": str(foreign)}, {"sku": "THEIRS"}, {"variant_id": str(new_id())}):
        answer = await guest.client.post("/cart/items", body)
        assert (answer.status, answer.code) == (422, "not_for_sale")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sku": "A", "variant_id": "0198a5a0-0000-7000-8000-000000000000"},
        {"sku": "A", "quantity": 0},
        {"sku": "A", "quantity": -1},
        {"sku": "A", "quantity": 1001},
        {"sku": "A", "quantity": 1.5},
        {"sku": "A", "quantity": 10**30},
        {"sku": "A\u0000"},
        {"sku": ""},
        {"sku": "A", "price": "0.01"},
        {"sku": "A", "total": 1},
        {"variant_id": "not-an-id"},
    ],
)
async def test_bodies_that_make_no_sense_are_refused_and_change_nothing(
    guest: Shopper, goods: Goods, body: dict[str, Any]
) -> None:
    await goods.put("A")
    answer = await guest.client.post("/cart/items", body)
    assert answer.status == 422
    assert answer.code in ("body_invalid", "item_invalid")
    assert answer.json["errors"]
    assert (await guest.cart())["items"] == []


async def test_a_line_holds_a_thousand_and_not_one_more(guest: Shopper, goods: Goods) -> None:
    await goods.put("A")
    await guest.add("A", 999)
    cart = await guest.add("A", 1)
    answer = await guest.client.post("/cart/items", {"sku": "A", "quantity": 1})
    assert (answer.status, answer.code) == (422, "quantity_too_large")
    assert answer.json["errors"][0]["pointer"] == "/quantity"
    unchanged = await guest.cart()
    assert (quantities(unchanged), unchanged["version"]) == ({"A": 1000}, cart["version"])
    too_many = await guest.client.patch(f"/cart/items/{item(cart, 'A')['id']}", {"quantity": 1001})
    assert (too_many.status, too_many.code) == (422, "body_invalid")


async def test_a_cart_holds_two_hundred_lines_and_not_one_more(guest: Shopper, goods: Goods) -> None:
    await guest.choose("contact", {})
    await goods.put("LAST")
    product = await goods.value("SELECT id FROM products")
    await goods.execute(
        "WITH v AS (INSERT INTO variants (id, store_id, product_id, sku, list_price, option_pairs)"
        "  SELECT gen_random_uuid(), $1, $2, 'S' || n, 100, ARRAY['n:' || n] FROM generate_series(1, 199) n"
        "  RETURNING id)"
        " INSERT INTO cart_items (id, store_id, cart_id, variant_id, quantity, seen_price)"
        " SELECT gen_random_uuid(), $1, (SELECT id FROM carts), v.id, 1, 100 FROM v",
        goods.store.id, product,
    )  # fmt: skip
    assert len((await guest.add("LAST"))["items"]) == 200
    await goods.put("ONE-MORE")
    answer = await guest.client.post("/cart/items", {"sku": "ONE-MORE"})
    assert (answer.status, answer.code) == (422, "cart_full")
    assert len((await guest.cart())["items"]) == 200


async def test_nobody_reaches_the_cart_of_somebody_else(shoppers: Shoppers, goods: Goods) -> None:
    await goods.put("A")
    owner, other, user = shoppers.guest(), shoppers.guest(), await shoppers.user()
    kept = await owner.add("A", 2)
    item_id = item(kept, "A")["id"]
    for stranger in (other, user):
        assert (await stranger.cart())["items"] == []
        await stranger.add("A")
        for answer in (
            await stranger.client.patch(f"/cart/items/{item_id}", {"quantity": 9}),
            await stranger.client.delete(f"/cart/items/{item_id}"),
        ):
            assert (answer.status, answer.code) == (404, "item_unknown")
    assert quantities(await owner.cart()) == {"A": 2}


async def test_an_item_is_unknown_where_there_is_no_cart_at_all(guest: Shopper) -> None:
    answer = await guest.client.patch(f"/cart/items/{new_id()}", {"quantity": 1})
    assert (answer.status, answer.code) == (404, "item_unknown")


async def test_without_a_token_there_is_no_cart(client: Client) -> None:
    for answer in (await client.get("/cart"), await client.post("/cart/items", {"sku": "A"})):
        assert (answer.status, answer.code) == (401, "sign_in_needed")


async def test_people_of_the_platform_have_no_cart(shoppers: Shoppers) -> None:
    token = shoppers.actors.token(shoppers.client.store, "platform")
    answer = await shoppers.client.signed_in(token).get("/cart")
    assert (answer.status, answer.code) == (403, "no_cart")


async def test_a_token_whose_account_is_gone_is_told_to_sign_in(shoppers: Shoppers, goods: Goods) -> None:
    await goods.put("A")
    token = shoppers.actors.token(shoppers.client.store, "user", ("customer",))
    answer = await shoppers.client.signed_in(token).post("/cart/items", {"sku": "A"})
    assert (answer.status, answer.code) == (401, "sign_in_needed")


async def test_a_change_of_another_version_is_refused_and_changes_nothing(guest: Shopper, goods: Goods) -> None:
    await goods.put("A")
    seen = await guest.add("A")
    await guest.add("A")
    stale = {"If-Match": f'"{seen["version"]}"'}
    answers = [
        await guest.client.post("/cart/items", {"sku": "A"}, headers=stale),
        await guest.client.delete("/cart", headers=stale),
        await guest.client.put("/cart/destination", SAO_PAULO, headers=stale),
        await guest.client.delete(f"/cart/items/{item(seen, 'A')['id']}", headers=stale),
    ]
    assert {(answer.status, answer.code) for answer in answers} == {(412, "version_changed")}
    assert answers[0].json["parameters"]["current_version"] == seen["version"] + 1
    cart = await guest.cart()
    assert (quantities(cart), cart["version"]) == ({"A": 2}, seen["version"] + 1)
    current = {"If-Match": f'"{cart["version"]}"'}
    expect(await guest.client.post("/cart/items", {"sku": "A"}, headers=current))


async def test_the_first_change_may_demand_that_there_is_no_cart_yet(guest: Shopper, goods: Goods) -> None:
    await goods.put("A")
    fresh = {"If-Match": '"0"'}
    expect(await guest.client.post("/cart/items", {"sku": "A"}, headers=fresh))
    assert (await guest.client.post("/cart/items", {"sku": "A"}, headers=fresh)).status == 412
    assert quantities(await guest.cart()) == {"A": 1}


async def test_an_idempotency_key_adds_once(guest: Shopper, goods: Goods) -> None:
    await goods.put("A")
    headers = {"Idempotency-Key": new_id().hex}
    first = await guest.client.post("/cart/items", {"sku": "A"}, headers=headers)
    again = await guest.client.post("/cart/items", {"sku": "A"}, headers=headers)
    assert (first.raw, first.headers["ETag"]) == (again.raw, again.headers["ETag"])
    assert quantities(await guest.cart()) == {"A": 1}
