"""Many requests at once, and carts that nobody comes back for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from server.cart.changes import lifetime_of
from server.cart.service import expire_carts
from server.web.call import Shop
from storage.transaction import Transaction
from tests.server.actors import install_actors
from tests.server.cart.goods import SAO_PAULO, Goods, Shopper, Shoppers, item, quantities
from tests.shop import Client, expect, new_store


@pytest.mark.parametrize("kind", ["guest", "user"])
async def test_twenty_first_adds_at_once_make_one_cart_with_all_of_them(
    shoppers: Shoppers, goods: Goods, kind: str
) -> None:
    await goods.put("A")
    shopper = shoppers.guest() if kind == "guest" else await shoppers.user()
    answers = await asyncio.gather(*(shopper.add("A") for _ in range(20)))
    cart = await shopper.cart()
    assert quantities(cart) == {"A": 20}
    assert {answer["id"] for answer in answers} == {cart["id"]}
    assert sorted(answer["version"] for answer in answers) == list(range(1, 21))
    assert await goods.value("SELECT count(*) FROM carts") == 1


async def test_parallel_adds_never_pass_the_limit_of_a_line(guest: Shopper, goods: Goods) -> None:
    await goods.put("A")
    answers = await asyncio.gather(*(guest.client.post("/cart/items", {"sku": "A", "quantity": 300}) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [200] * 3 + [422] * 5
    assert quantities(await guest.cart()) == {"A": 900}


async def test_of_parallel_changes_of_one_version_exactly_one_is_made(guest: Shopper, goods: Goods) -> None:
    await goods.put("A")
    seen = await guest.add("A")
    headers = {"If-Match": f'"{seen["version"]}"'}
    path = f"/cart/items/{item(seen, 'A')['id']}"
    answers = await asyncio.gather(
        *(guest.client.patch(path, {"quantity": number}, headers=headers) for number in range(2, 12))
    )
    assert sorted(answer.status for answer in answers) == [200] + [412] * 9


async def test_an_item_is_removed_once(guest: Shopper, goods: Goods) -> None:
    await goods.put("A")
    path = f"/cart/items/{item(await guest.add('A'), 'A')['id']}"
    answers = await asyncio.gather(*(guest.client.delete(path) for _ in range(6)))
    assert sorted(answer.status for answer in answers) == [200] + [404] * 5


async def test_the_first_changes_of_all_kinds_meet_in_one_cart(guest: Shopper, goods: Goods) -> None:
    await goods.put("A")
    await asyncio.gather(
        guest.add("A"),
        guest.choose("destination", SAO_PAULO),
        guest.choose("contact", {"email": "ana@example.com"}),
        guest.choose("payment-method", {"method": "pix"}),
        guest.coupon("WELCOME10"),
    )
    cart = await guest.cart()
    assert (quantities(cart), cart["destination"], cart["coupon_code"]) == ({"A": 1}, SAO_PAULO, "WELCOME10")
    assert (cart["contact"]["email"], cart["payment_method"], cart["version"]) == ("ana@example.com", "pix", 5)


async def test_an_expired_cart_is_an_empty_new_one(guest: Shopper, goods: Goods) -> None:
    await goods.put("A")
    old = await guest.add("A", 3)
    await goods.execute("UPDATE carts SET expires_at = now() - interval '1 second'")
    empty = await guest.cart()
    assert (empty["id"], empty["items"], empty["version"]) == (None, [], 0)
    answer = await guest.client.patch(f"/cart/items/{item(old, 'A')['id']}", {"quantity": 1})
    assert (answer.status, answer.code) == (404, "item_unknown")
    await asyncio.gather(*(guest.add("A") for _ in range(5)))
    fresh = await guest.cart()
    assert (quantities(fresh), fresh["version"]) == ({"A": 5}, 5)
    assert fresh["id"] != old["id"]
    assert await goods.value("SELECT status FROM carts WHERE id = $1::uuid", old["id"]) == "expired"


async def test_every_change_prolongs_the_life_of_a_cart_and_looking_at_it_does_not(
    guest: Shopper, goods: Goods
) -> None:
    await goods.put("A")
    cart = await guest.add("A")
    path = f"/cart/items/{item(cart, 'A')['id']}"
    changes: list[Callable[[], Awaitable[object]]] = [
        lambda: guest.add("A"),
        lambda: guest.client.patch(path, {"quantity": 2}),
        lambda: guest.choose("contact", {}),
        lambda: guest.client.delete("/cart/coupon"),
        lambda: guest.client.delete(path),
        lambda: guest.client.delete("/cart"),
    ]
    for change in changes:
        await goods.execute("UPDATE carts SET expires_at = now() + interval '1 hour'")
        await guest.cart()
        assert await goods.value("SELECT expires_at < now() + interval '2 hours' FROM carts")
        await change()
        assert await goods.value("SELECT expires_at > now() + interval '29 days' FROM carts")


@pytest.mark.parametrize(
    ("setting", "days"), [({}, 30), ({"cart_lifetime_days": 2}, 2), ({"cart_lifetime_days": 366}, 30)]
)
async def test_a_store_may_say_how_long_its_carts_are_kept(shop: Shop, setting: dict[str, int], days: int) -> None:
    assert lifetime_of(await new_store(shop, settings=setting)).days == days


async def test_expired_carts_are_swept_and_open_ones_stay(shoppers: Shoppers, goods: Goods) -> None:
    await goods.put("A")
    old, open_one = [shoppers.guest() for _ in range(3)], shoppers.guest()
    for shopper in old:
        await shopper.add("A")
    await goods.execute("UPDATE carts SET expires_at = now() - interval '1 second'")
    await open_one.add("A")

    async def sweep(tx: Transaction) -> int:
        return await expire_carts(tx, 2)

    assert [await goods.shop.database.transaction(goods.store.id, sweep) for _ in range(3)] == [2, 1, 0]
    assert quantities(await open_one.cart()) == {"A": 1}


async def test_a_store_without_rulesets_for_its_currency_says_so(shop: Shop, client: Client) -> None:
    store = await new_store(shop, currency="KWD", country="KW")
    token = install_actors(shop).token(store, "guest")
    answer = await Client(client.session, client.base, store, token).get("/cart")
    assert (answer.status, answer.code) == (503, "rules_missing")


async def test_a_request_sends_so_many_statements_and_lines_do_not_matter(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 1_000)
    await goods.put("B", 1_000)
    counted: list[list[int]] = []
    for lines in (1, 40):
        for number in range(lines):
            sku = f"{lines}-{number}"
            await goods.put(sku, 1_000)
            await guest.add(sku)
        cart = await guest.add("A")
        shown = item(cart, "A")
        accepted = {"items": [{"item_id": shown["id"], "price": shown["price"]}]}
        answers = [
            await guest.client.get("/cart"),
            await guest.client.post("/cart/items", {"sku": "B"}),
            await guest.client.patch(f"/cart/items/{shown['id']}", {"quantity": 2}),
            await guest.client.put("/cart/coupon", {"code": "WELCOME10"}),
            await guest.client.delete("/cart/coupon"),
            await guest.client.put("/cart/destination", SAO_PAULO),
            await guest.client.put("/cart/contact", {"email": "ana@example.com"}),
            await guest.client.put("/cart/shipping-method", {"method": "standard"}),
            await guest.client.put("/cart/payment-method", {"method": "pix"}),
            await guest.client.post("/cart/prices/accept", accepted),
            await guest.client.delete(f"/cart/items/{shown['id']}"),
        ]
        for answer in answers:
            expect(answer)
        counted.append([answer.statements for answer in answers])
    # The coupon can be used up: how often it was, is asked as well; and that it is on the cart is announced.
    assert counted == [[3, 4, 4, 6, *[4] * 7]] * 2
    assert expect(await guest.client.delete("/cart"))["items"] == []
