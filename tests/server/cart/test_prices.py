"""Prices are the catalogue's of now. A change since the customer looked is shown, and never silent."""

from __future__ import annotations

import pytest

from storage.ids import new_id
from tests.server.cart.goods import Goods, Shopper, item, line
from tests.shop import expect


async def test_a_changed_price_is_shown_beside_the_one_the_customer_saw(guest: Shopper, goods: Goods) -> None:
    variant = await goods.put("A", 1_000)
    assert not (await guest.add("A", 2))["has_changed_prices"]
    await goods.execute("UPDATE variants SET list_price = 1200 WHERE id = $1", variant)
    cart = await guest.cart()
    assert cart["has_changed_prices"]
    assert (item(cart, "A")["price_seen"], item(cart, "A")["price"]) == ("10.00", "12.00")
    assert line(cart, "A")["subtotal"] == "24.00"


async def test_adding_more_does_not_hide_that_the_price_changed(guest: Shopper, goods: Goods) -> None:
    variant = await goods.put("A", 1_000)
    await guest.add("A")
    await goods.execute("UPDATE variants SET list_price = 1200 WHERE id = $1", variant)
    assert item(await guest.add("A"), "A")["price_seen"] == "10.00"


async def test_a_price_the_customer_agrees_to_is_a_changed_one_no_more(guest: Shopper, goods: Goods) -> None:
    variant = await goods.put("A", 1_000)
    await guest.add("A")
    await goods.execute("UPDATE variants SET list_price = 1200 WHERE id = $1", variant)
    shown = item(await guest.cart(), "A")
    accepted = {"items": [{"item_id": shown["id"], "price": shown["price"]}]}
    cart = expect(await guest.client.post("/cart/prices/accept", accepted))
    assert not cart["has_changed_prices"]
    assert item(cart, "A")["price"] == "12.00"


async def test_nobody_agrees_to_a_price_they_have_not_seen(guest: Shopper, goods: Goods) -> None:
    variant = await goods.put("A", 1_000)
    await guest.add("A")
    await goods.execute("UPDATE variants SET list_price = 1200 WHERE id = $1", variant)
    shown = item(await guest.cart(), "A")
    await goods.execute("UPDATE variants SET list_price = 9900 WHERE id = $1", variant)
    accepted = {"items": [{"item_id": shown["id"], "price": shown["price"]}]}
    cart = expect(await guest.client.post("/cart/prices/accept", accepted))
    assert (item(cart, "A")["price_seen"], item(cart, "A")["price"]) == ("10.00", "99.00")


async def test_agreeing_never_changes_what_anything_costs(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 1_000)
    shown = item(await guest.add("A"), "A")
    accepted = {"items": [{"item_id": shown["id"], "price": "0.01"}, {"item_id": str(new_id()), "price": "1"}]}
    cart = expect(await guest.client.post("/cart/prices/accept", accepted))
    assert cart["decision"]["totals"]["items"] == "10.00"
    assert item(cart, "A")["price_seen"] is None


@pytest.mark.parametrize("price", ["12.345", "-1.00", "1e3", "", "12,00"])
async def test_a_price_that_is_no_amount_of_the_currency_is_refused(guest: Shopper, price: str) -> None:
    body = {"items": [{"item_id": str(new_id()), "price": price}]}
    answer = await guest.client.post("/cart/prices/accept", body)
    assert answer.status == 422
    assert answer.json["errors"][0]["pointer"] == "/items/0/price"


async def test_an_offer_counts_while_it_lasts_and_its_end_is_a_changed_price(guest: Shopper, goods: Goods) -> None:
    variant = await goods.put("A", 1_000, sale_price=900)
    await goods.offer(variant, 700, "-1 hour", "1 hour")
    cart = await guest.add("A")
    assert (item(cart, "A")["price"], line(cart, "A")["unit_price"]) == ("7.00", "7.00")
    await goods.execute("UPDATE offers SET ends_at = now() - interval '1 minute'")
    over = await guest.cart()
    assert (item(over, "A")["price_seen"], item(over, "A")["price"]) == ("7.00", "9.00")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE variants SET status = 'inactive'", "variant_inactive"),
        ("UPDATE products SET status = 'archived'", "product_inactive"),
        ("UPDATE products SET status = 'draft'", "product_inactive"),
    ],
)
async def test_what_is_not_sold_any_more_stays_listed_and_costs_nothing(
    guest: Shopper, goods: Goods, change: str, reason: str
) -> None:
    await goods.put("OLD", 5_000)
    await guest.add("OLD")
    await goods.execute(change)
    await goods.put("NEW", 1_000)
    cart = await guest.add("NEW")
    old = item(cart, "OLD")
    assert (old["unavailable"], old["price"], old["price_seen"]) == (reason, None, None)
    assert [each["sku"] for each in cart["decision"]["lines"]] == ["NEW"]
    assert (cart["decision"]["totals"]["items"], cart["has_unavailable_items"]) == ("10.00", True)
    assert item(expect(await guest.client.delete(f"/cart/items/{old['id']}")), "NEW")


@pytest.mark.parametrize(
    ("on_hand", "quantity", "stock"),
    [
        (0, 1, {"in_stock": False, "enough": False, "left": 0}),
        (1, 2, {"in_stock": True, "enough": False, "left": 1}),
        (2, 2, {"in_stock": True, "enough": True, "left": 2}),
        (10, 1, {"in_stock": True, "enough": True, "left": 10}),
        (11, 1, {"in_stock": True, "enough": True, "left": None}),
    ],
)
async def test_an_item_says_whether_there_is_enough(
    guest: Shopper, goods: Goods, on_hand: int, quantity: int, stock: object
) -> None:
    await goods.put("A", on_hand=on_hand)
    assert item(await guest.add("A", quantity), "A")["stock"] == stock


async def test_what_others_have_reserved_is_not_left(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", on_hand=5)
    await goods.execute("UPDATE stock_levels SET reserved = 4")
    assert item(await guest.add("A", 2), "A")["stock"] == {"in_stock": True, "enough": False, "left": 1}
