"""Sellers see the orders with a line of theirs, of these only their lines, and send only these."""

from __future__ import annotations

import pytest

from server.web.call import Shop
from storage.tenancy import Store
from tests.server.orders.people import People, deliver, people_of, read, send
from tests.server.orders.placed import Placed, Wanted, pack, pay, place
from tests.shop import Client, expect


@pytest.fixture
def people(shop: Shop, client: Client) -> People:
    return people_of(shop, client)


async def mixed(shop: Shop, store: Store) -> Placed:
    """An order with goods of two sellers and of the shop."""
    return await place(
        shop, store, Wanted("SOCK", 2, 1000, seller="socks"), Wanted("HAT", 1, 3000, seller="hats"), Wanted("CAP")
    )


async def test_sellers_list_orders_with_a_line_of_theirs(shop: Shop, store: Store, people: People) -> None:
    seller = await people.seller("hats")
    order = await mixed(shop, store)
    await place(shop, store, Wanted("SOCK", seller="socks"))
    answer = await seller.get("/seller/orders")
    [found] = expect(answer)["items"]
    assert (found["number"], found["units"], found["lines"]) == (str(order.number), 1, 1)
    assert found["first_product"] == "Product HAT"
    assert answer.statements == 4
    assert expect(await seller.get("/seller/orders?state=paid"))["items"] == []


async def test_sellers_see_their_lines_and_nothing_of_the_customers_money(
    shop: Shop, store: Store, people: People
) -> None:
    seller = await people.seller("socks")
    order = await mixed(shop, store)
    answer = await seller.get(f"/seller/orders/{order.number}")
    found = expect(answer)
    assert [line["sku"] for line in found["lines"]] == ["SOCK"]
    assert (found["total"], found["shipping_address"]["city"]) == ("20.00", "São Paulo")
    assert not {"email", "totals", "payments", "timeline", "notes"} & found.keys()
    assert answer.statements == 4


async def test_orders_without_a_line_of_theirs_are_not_there(shop: Shop, store: Store, people: People) -> None:
    seller = await people.seller("hats")
    order = await pack(shop, store, await place(shop, store, Wanted("SOCK", seller="socks")))
    assert (await seller.get(f"/seller/orders/{order.number}")).code == "order_unknown"
    assert (await seller.get(f"/orders/{order.number}")).code == "order_unknown"
    assert (await seller.post(f"/orders/{order.number}/shipments", {})).code == "order_unknown"
    assert (await seller.post(f"/seller/orders/{order.number}/events/process", {})).code == "order_unknown"


async def test_who_sells_nothing_here_is_told_so(shop: Shop, store: Store, people: People) -> None:
    order = await mixed(shop, store)
    suspended = await people.seller("hats", "suspended")
    for nobody in (suspended, people.who("seller")):
        for path in ("/seller/orders", f"/seller/orders/{order.number}"):
            assert (await nobody.get(path)).code == "not_a_seller"
        assert (await nobody.post(f"/orders/{order.number}/shipments", {})).code == "not_a_seller"


async def test_sellers_pack_and_send_what_is_theirs(shop: Shop, store: Store, people: People) -> None:
    socks, hats = await people.seller("socks"), await people.seller("hats")
    order = await pay(shop, store, await mixed(shop, store))
    begun = expect(await socks.post(f"/seller/orders/{order.number}/events/process", {}))
    assert begun["state"] == "processing"
    sent = await send(socks, order.number)
    assert (sent["order_state"], sent["shipment"]["seller"]) == ("partially_shipped", "socks")
    assert [each["sku"] for each in sent["shipment"]["lines"]] == ["SOCK"]
    foreign = {"lines": [{"line_id": str(order.lines["SOCK"]), "quantity": 1}]}
    assert (await hats.post(f"/orders/{order.number}/shipments", foreign)).code == "units_invalid"
    await send(hats, order.number)
    last = await send(people.who("warehouse"), order.number)
    assert (last["order_state"], last["shipment"]["seller"]) == ("shipped", None)
    found = await read(people.who("staff"), order.number)
    assert [step["role"] for step in found["timeline"][-3:]] == ["seller", "seller", "warehouse"]


async def test_sellers_deliver_their_parcels_and_not_those_of_others(shop: Shop, store: Store, people: People) -> None:
    socks, hats = await people.seller("socks"), await people.seller("hats")
    order = await pack(shop, store, await mixed(shop, store))
    for sender in (socks, hats, people.who("warehouse")):
        await send(sender, order.number)
    foreign = await hats.post(f"/orders/{order.number}/shipments/1/deliver", {})
    assert foreign.code == "shipment_unknown"
    assert (await hats.patch(f"/orders/{order.number}/shipments/1", {"carrier": "X"})).code == "shipment_unknown"
    states = [
        (await deliver(who, order.number, shipment))["order_state"]
        for who, shipment in ((people.who("warehouse"), 3), (hats, 2), (socks, 1))
    ]
    assert states == ["shipped", "shipped", "delivered"]
    found = expect(await hats.get(f"/seller/orders/{order.number}"))
    assert [each["number"] for each in found["shipments"]] == [2]
