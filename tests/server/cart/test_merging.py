"""When a guest signs in, their cart becomes part of the user's: nothing is lost, nothing counts twice."""

from __future__ import annotations

import asyncio

from server.auth.passwords import PASSWORDS
from server.cart.service import merge_guest_cart
from storage.transaction import Transaction
from tests.server.cart.goods import SAO_PAULO, Goods, Shopper, Shoppers, item, quantities
from tests.shop import expect


async def sign_in(goods: Goods, user: Shopper, guest: Shopper) -> None:
    """What a sign-in does to the carts, in a transaction of its own."""

    async def work(tx: Transaction) -> None:
        await merge_guest_cart(tx, goods.store, user.owner.id, guest.owner.id)

    await goods.shop.database.transaction(goods.store.id, work)


async def test_quantities_add_up_and_new_items_keep_their_ids(shoppers: Shoppers, goods: Goods) -> None:
    for sku in ("A", "B", "C"):
        await goods.put(sku)
    guest, user = shoppers.guest(), await shoppers.user()
    await user.add("A", 2)
    await user.add("B", 1)
    await guest.add("A", 3)
    before = await guest.add("C", 4)
    await sign_in(goods, user, guest)
    cart = await user.cart()
    assert quantities(cart) == {"A": 5, "B": 1, "C": 4}
    assert item(cart, "C")["id"] == item(before, "C")["id"]
    assert (await guest.cart())["id"] is None
    assert await goods.value("SELECT status FROM carts WHERE id = $1::uuid", before["id"]) == "merged"


async def test_a_user_without_a_cart_gets_the_whole_one_of_the_guest(shoppers: Shoppers, goods: Goods) -> None:
    await goods.put("A", 10_000)
    guest, user = shoppers.guest(), await shoppers.user()
    await guest.ready("A")
    await guest.choose("shipping-method", {"method": "express"})
    expect(await guest.coupon("WELCOME10"))
    await sign_in(goods, user, guest)
    cart = await user.cart()
    assert (quantities(cart), cart["destination"], cart["coupon_code"]) == ({"A": 1}, SAO_PAULO, "WELCOME10")
    assert (cart["contact"]["email"], cart["shipping_method"]) == ("ana@example.com", "express")
    assert cart["decision"]["coupons"][0]["state"] == "applied"


async def test_what_the_user_has_chosen_stays_and_a_destination_is_never_mixed(
    shoppers: Shoppers, goods: Goods
) -> None:
    guest, user = shoppers.guest(), await shoppers.user()
    await guest.choose("destination", SAO_PAULO)
    expect(await guest.coupon("WELCOME10"))
    await user.choose("destination", {"country": "BR", "postcode": "90010-000"})
    expect(await user.coupon("BEMVINDO10"))
    await sign_in(goods, user, guest)
    cart = await user.cart()
    assert cart["destination"] == {"country": "BR", "region": None, "postcode": "90010-000", "city": None}
    assert cart["coupon_code"] == "BEMVINDO10"


async def test_merging_twice_is_merging_once(shoppers: Shoppers, goods: Goods) -> None:
    await goods.put("A")
    guest, user = shoppers.guest(), await shoppers.user()
    await guest.add("A", 3)
    await user.add("A", 1)
    await sign_in(goods, user, guest)
    version = (await user.cart())["version"]
    await sign_in(goods, user, guest)
    cart = await user.cart()
    assert (quantities(cart), cart["version"]) == ({"A": 4}, version)


async def test_a_guest_without_a_cart_changes_nothing(shoppers: Shoppers, goods: Goods) -> None:
    guest, user = shoppers.guest(), await shoppers.user()
    await sign_in(goods, user, guest)
    assert (await user.cart())["id"] is None


async def test_a_line_never_holds_more_than_it_may(shoppers: Shoppers, goods: Goods) -> None:
    await goods.put("A")
    guest, user = shoppers.guest(), await shoppers.user()
    await guest.add("A", 700)
    await user.add("A", 700)
    await sign_in(goods, user, guest)
    assert quantities(await user.cart()) == {"A": 1000}


async def test_lines_beyond_the_most_a_cart_may_have_stay_behind_the_newest_first(
    shoppers: Shoppers, goods: Goods
) -> None:
    guest, user = shoppers.guest(), await shoppers.user()
    for sku in ("A", "B", "SHARED"):
        await goods.put(sku)
    await user.add("SHARED")
    product = await goods.value("SELECT id FROM products WHERE slug = 'p-shared'")
    await goods.execute(
        "WITH v AS (INSERT INTO variants (id, store_id, product_id, sku, list_price, option_pairs)"
        "  SELECT gen_random_uuid(), $1, $2, 'S' || n, 100, ARRAY['n:' || n] FROM generate_series(1, 198) n"
        "  RETURNING id)"
        " INSERT INTO cart_items (id, store_id, cart_id, variant_id, quantity, seen_price)"
        " SELECT gen_random_uuid(), $1, (SELECT id FROM carts), v.id, 1, 100 FROM v",
        goods.store.id, product,
    )  # fmt: skip
    for sku in ("A", "B", "SHARED"):
        await guest.add(sku)
    await sign_in(goods, user, guest)
    cart = await user.cart()
    assert len(cart["items"]) == 200
    assert "A" in quantities(cart)
    assert "B" not in quantities(cart)
    assert quantities(cart)["SHARED"] == 2


async def test_an_expired_cart_of_the_user_does_not_come_back(shoppers: Shoppers, goods: Goods) -> None:
    await goods.put("A")
    await goods.put("B")
    guest, user = shoppers.guest(), await shoppers.user()
    await user.add("A")
    await goods.execute("UPDATE carts SET expires_at = now() - interval '1 second'")
    await guest.add("B")
    await sign_in(goods, user, guest)
    assert quantities(await user.cart()) == {"B": 1}


async def test_nothing_is_lost_when_things_are_added_while_the_guest_signs_in(shoppers: Shoppers, goods: Goods) -> None:
    await goods.put("A")
    guest, user = shoppers.guest(), await shoppers.user()
    await guest.add("A")
    await user.add("A")
    await asyncio.gather(
        *(guest.add("A") for _ in range(8)),
        sign_in(goods, user, guest),
        *(user.add("A") for _ in range(4)),
        sign_in(goods, user, guest),
        *(guest.add("A") for _ in range(8)),
    )
    # Whoever came too late began a new guest cart, which the next sign-in finds.
    left = quantities(await guest.cart()).get("A", 0)
    assert quantities(await user.cart())["A"] + left == 1 + 1 + 8 + 4 + 8
    await sign_in(goods, user, guest)
    assert quantities(await user.cart()) == {"A": 22}


async def test_signing_in_brings_the_cart_along_and_signing_in_again_changes_nothing(
    shoppers: Shoppers, goods: Goods
) -> None:
    await goods.put("A")
    password = "correct horse battery staple"
    user = await shoppers.user(password_hash=await goods.shop.use(PASSWORDS).hash(password))
    anybody = shoppers.client
    guest_token = expect(await anybody.post("/auth/guest"), 201)["access_token"]
    expect(await anybody.signed_in(guest_token).post("/cart/items", {"sku": "A", "quantity": 2}))
    credentials = {
        "email": f"{user.owner.id.hex}@example.com",
        "password": password,
        "guest_token": guest_token,
        "delivery": "body",
    }
    for _ in range(2):
        signed_in = expect(await anybody.post("/auth/sign-in", credentials))
        cart = expect(await anybody.signed_in(signed_in["access_token"]).get("/cart"))
        assert quantities(cart) == {"A": 2}
