"""What people do with orders: cancelled, taken back into the cart, held and packed, each as the lifecycle says."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from server.cart.snapshot import Owner
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.cart.goods import Goods, Shopper, quantities
from tests.server.orders.buying import placed
from tests.server.orders.people import People, people_of, read, send
from tests.server.orders.placed import Wanted, pack, pay, place
from tests.shop import Client, expect, new_store


@pytest.fixture
def people(shop: Shop, client: Client) -> People:
    return people_of(shop, client)


async def test_an_owner_cancels_and_what_was_kept_is_let_go(
    shop: Shop, store: Store, people: People, goods: Goods
) -> None:
    order = await place(shop, store, Wanted("SHIRT", 2))
    assert await goods.value("SELECT reserved FROM stock_levels") == 2
    found = expect(await people.owner(order.owner).post(f"/orders/{order.number}/cancel", {}))
    assert (found["state"], found["version"], found["timeline"][-1]["role"]) == ("cancelled", 2, "customer")
    assert await goods.value("SELECT reserved FROM stock_levels") == 0


async def test_support_cancels_for_a_customer_and_says_why(shop: Shop, store: Store, people: People) -> None:
    order = await place(shop, store)
    found = expect(await people.who("support").post(f"/orders/{order.number}/cancel", {"note": "by phone"}))
    assert (found["state"], found["timeline"][-1]["role"]) == ("cancelled", "support")
    assert found["timeline"][-1]["detail"]["note"] == "by phone"


async def test_who_may_only_look_does_not_cancel(shop: Shop, store: Store, people: People) -> None:
    order = await place(shop, store)
    refused = await people.who("warehouse").post(f"/orders/{order.number}/cancel", {})
    assert (refused.status, refused.code) == (HTTPStatus.FORBIDDEN, "not_allowed")
    assert (await read(people.who("staff"), order.number))["version"] == 1


@pytest.mark.parametrize("what", ["cancel", "back-to-cart", "returns"])
async def test_a_strangers_order_cannot_be_touched(what: str, shop: Shop, store: Store, people: People) -> None:
    order = await place(shop, store)
    body = {"lines": [{"line_id": str(order.lines["SHIRT"]), "quantity": 1}], "reason": "late"}
    for stranger in (people.owner(Owner("guest", new_id())), people.owner(await people.customer())):
        refused = await stranger.post(f"/orders/{order.number}/{what}", body if what == "returns" else {})
        assert (refused.status, refused.code) == (HTTPStatus.NOT_FOUND, "order_unknown")
    elsewhere = people_of(shop, Client(people.client.session, people.client.base, await new_store(shop)))
    refused = await elsewhere.who("admin").post(f"/staff/orders/{order.number}/events/hold", {})
    assert refused.code == "order_unknown"
    assert (await read(people.who("staff"), order.number))["version"] == 1


async def test_what_is_not_possible_says_what_is(shop: Shop, store: Store, people: People) -> None:
    order = await pack(shop, store, await place(shop, store))
    refused = await people.owner(order.owner).post(f"/orders/{order.number}/cancel", {})
    assert (refused.status, refused.code) == (HTTPStatus.CONFLICT, "transition_refused")
    told = refused.json["parameters"]
    assert (told["state"], told["event"], told["reason"], told["open"]) == ("processing", "cancel", "wrong_role", [])
    assert told["allowed_roles"] == ["support", "staff", "admin"]
    refused = await people.who("warehouse").post(f"/staff/orders/{order.number}/events/process", {})
    assert refused.json["parameters"]["allowed_states"] == ["paid"]
    assert refused.json["parameters"]["open"] == ["ship"]


async def test_a_change_of_another_version_is_refused(shop: Shop, store: Store, people: People) -> None:
    order = await pay(shop, store, await place(shop, store))
    staff, address = people.who("staff"), f"/staff/orders/{order.number}/events/hold"
    stale = await staff.post(address, {}, headers={"If-Match": '"1"'})
    assert (stale.status, stale.code) == (HTTPStatus.PRECONDITION_FAILED, "version_changed")
    answer = await staff.post(address, {}, headers={"If-Match": '"2"'})
    assert expect(answer)["held"] is True
    assert answer.headers["ETag"] == '"3"'


async def test_the_same_request_again_changes_nothing_again(shop: Shop, store: Store, people: People) -> None:
    order = await place(shop, store)
    owner, key = people.owner(order.owner), {"Idempotency-Key": new_id().hex}
    answers = [await owner.post(f"/orders/{order.number}/cancel", {}, headers=key) for _ in range(2)]
    assert answers[0].raw == answers[1].raw
    assert expect(answers[1])["version"] == 2
    without = await owner.post(f"/orders/{order.number}/cancel", {})
    assert (without.code, without.json["parameters"]["state"]) == ("transition_refused", "cancelled")


async def test_staff_hold_an_order_and_nobody_packs_it_until_it_is_released(
    shop: Shop, store: Store, people: People
) -> None:
    order = await pay(shop, store, await place(shop, store))
    staff, events = people.who("staff"), f"/staff/orders/{order.number}/events"
    assert expect(await staff.post(f"{events}/hold", {}))["held"] is True
    refused = await people.who("warehouse").post(f"{events}/process", {})
    assert refused.json["parameters"]["failing_facts"] == ["order.held"]
    assert (await staff.post(f"{events}/hold", {})).code == "transition_refused"
    assert (await people.who("support").post(f"{events}/release_hold", {})).status == HTTPStatus.OK
    assert expect(await people.who("warehouse").post(f"{events}/process", {}))["state"] == "processing"


async def test_an_event_that_needs_more_says_where_to_send_it(shop: Shop, store: Store, people: People) -> None:
    order = await place(shop, store)
    refused = await people.who("admin").post(f"/staff/orders/{order.number}/events/ship", {})
    assert (refused.status, refused.code) == (HTTPStatus.UNPROCESSABLE_ENTITY, "event_has_its_own_address")
    assert f"POST /orders/{order.number}/shipments" in refused.json["detail"]


@pytest.mark.parametrize("event", ["payment_succeeded", "order_expired", "refund_settled", "fly"])
async def test_what_only_the_system_brings_is_refused_whoever_asks(
    event: str, shop: Shop, store: Store, people: People
) -> None:
    order = await place(shop, store)
    refused = await people.who("super_admin").post(f"/staff/orders/{order.number}/events/{event}", {})
    assert (refused.status, refused.code) == (HTTPStatus.CONFLICT, "transition_refused")


async def test_a_parcel_that_comes_back_cancels_the_order_and_its_units_are_on_the_shelf_again(
    shop: Shop, store: Store, people: People, goods: Goods
) -> None:
    order = await place(shop, store, Wanted("SHIRT", 2), payment_method="cash_on_delivery")
    expect(await people.who("staff").post(f"/staff/orders/{order.number}/events/confirm", {}))
    await send(people.who("warehouse"), order.number)
    assert await goods.value("SELECT on_hand FROM stock_levels") == 98
    found = expect(await people.who("warehouse").post(f"/staff/orders/{order.number}/events/delivery_failed", {}))
    assert (found["state"], found["shipments"][0]["status"]) == ("cancelled", "failed")
    assert await goods.value("SELECT on_hand FROM stock_levels") == 100


async def test_an_order_goes_back_into_the_cart_as_it_was(goods: Goods, guest: Shopper) -> None:
    await goods.put("A", 4_000)
    await goods.put("B", 1_000)
    await guest.add("A", 2)
    order = await placed(guest, "A", "B")
    assert (await guest.cart())["items"] == []
    found = expect(await guest.client.post(f"/orders/{order['number']}/back-to-cart"))
    assert (found["state"], found["timeline"][-1]["event"]) == ("cancelled", "back_to_cart")
    cart = await guest.cart()
    assert quantities(cart) == {"A": 3, "B": 1}
    assert (cart["destination"]["city"], cart["contact"]["email"]) == ("São Paulo", "ana@example.com")
    assert cart["payment_method"] == "pix"
    assert await goods.value("SELECT sum(reserved) FROM stock_levels") == 0
    # And it can be ordered again.
    again = await placed(guest)
    assert again["total"] == order["total"]


async def test_what_is_in_the_cart_by_now_stays_and_units_add_up(goods: Goods, guest: Shopper) -> None:
    await goods.put("A", 4_000)
    await goods.put("B", 1_000)
    order = await placed(guest, "A")
    await guest.add("A", 999)
    await guest.add("B")
    await guest.choose("contact", {"email": "new@example.com", "phone": None})
    expect(await guest.client.post(f"/orders/{order['number']}/back-to-cart"))
    cart = await guest.cart()
    assert quantities(cart) == {"A": 1000, "B": 1}
    assert (cart["contact"]["email"], cart["destination"]["city"]) == ("new@example.com", "São Paulo")


async def test_a_full_cart_takes_no_more_lines(shop: Shop, store: Store, people: People, goods: Goods) -> None:
    order = await place(shop, store, Wanted("A"), Wanted("B"))
    owner = Shopper(people.owner(order.owner), order.owner)
    await owner.add("A")
    await goods.execute(
        "WITH p AS (SELECT product_id AS id FROM variants LIMIT 1), v AS ("
        "INSERT INTO variants (id, store_id, product_id, sku, name, status, list_price, option_pairs)"
        " SELECT gen_random_uuid(), $1, p.id, 'S' || n, '', 'active', 100, ARRAY['n:' || n]"
        " FROM p, generate_series(1, 199) n RETURNING id)"
        " INSERT INTO cart_items (id, store_id, cart_id, variant_id, quantity, seen_price)"
        " SELECT gen_random_uuid(), $1, c.id, v.id, 1, 100 FROM v, carts c",
        store.id,
    )
    expect(await owner.client.post(f"/orders/{order.number}/back-to-cart"))
    cart = quantities(await owner.cart())
    assert (len(cart), cart["A"], "B" in cart) == (200, 2, False)


async def test_a_paid_order_does_not_go_back_into_the_cart(
    shop: Shop, store: Store, people: People, goods: Goods
) -> None:
    order = await pay(shop, store, await place(shop, store))
    owner = Shopper(people.owner(order.owner), order.owner)
    refused = await owner.client.post(f"/orders/{order.number}/back-to-cart")
    assert refused.code == "transition_refused"
    assert (await owner.cart())["items"] == []
    assert await goods.value("SELECT count(*) FROM carts") == 0


async def test_nobody_elses_order_goes_into_ones_cart(shop: Shop, store: Store, people: People) -> None:
    order = await place(shop, store)
    refused = await people.owner(await people.customer()).post(f"/orders/{order.number}/back-to-cart")
    assert refused.code == "order_unknown"
    assert (await people.who("admin").post(f"/orders/{order.number}/back-to-cart")).code == "not_allowed"


async def test_a_change_takes_so_many_statements_however_long_the_order_is(
    shop: Shop, store: Store, people: People
) -> None:
    counts = set()
    for lines in (1, 12):
        order = await place(shop, store, *(Wanted(f"S{number}") for number in range(lines)))
        answer = await people.owner(order.owner).post(f"/orders/{order.number}/cancel", {})
        expect(answer)
        counts.add(answer.statements)
    assert len(counts) == 1


async def test_an_order_placed_in_the_shop_is_explained_in_the_customers_words(goods: Goods, guest: Shopper) -> None:
    await goods.put("A", 4_000)
    order = await placed(guest, "A")
    found = expect(await guest.client.get(f"/orders/{order['number']}/explanation"))
    assert (found["reproduced"], found["rules_changed"]) == (True, [])
    assert found["explanation"]["level"] == "shopper"
    assert found["explanation"]["sentences"]
    postings = expect(await guest.client.get(f"/orders/{order['number']}/postings"))
    assert postings["total"] == found["total"] == order["total"]
    assert {each["at"] for each in postings["postings"]} == {None}
