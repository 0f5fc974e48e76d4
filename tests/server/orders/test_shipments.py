"""Parcels leave with what is there to send, are followed, and arrive; the order goes along with them."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import pytest

from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.cart.goods import Goods
from tests.server.orders.people import People, deliver, people_of, read, send
from tests.server.orders.placed import Placed, Wanted, bring, pack, pay, place
from tests.shop import Client, expect


@pytest.fixture
def people(shop: Shop, client: Client) -> People:
    return people_of(shop, client)


@pytest.fixture
def warehouse(people: People) -> Client:
    return people.who("warehouse")


async def packed(shop: Shop, store: Store, *wanted: Wanted, **options: Any) -> Placed:
    """An order that is being packed."""
    return await pack(shop, store, await place(shop, store, *wanted, **options))


async def test_an_order_leaves_in_two_parcels_and_is_delivered_with_the_second(
    shop: Shop, store: Store, people: People, warehouse: Client
) -> None:
    order = await packed(shop, store, Wanted("SHIRT", 2), Wanted("CAP", 1))
    first = await send(warehouse, order.number, (order.lines["SHIRT"], 1), carrier="Correios")
    assert (first["order_state"], first["shipment"]["number"]) == ("partially_shipped", 1)
    second = await send(warehouse, order.number)
    assert (second["order_state"], second["order_state_name"]) == ("shipped", "Enviado")
    assert {each["sku"]: each["quantity"] for each in second["shipment"]["lines"]} == {"SHIRT": 1, "CAP": 1}
    assert (await deliver(warehouse, order.number, 1))["order_state"] == "shipped"
    assert (await deliver(warehouse, order.number, 2))["order_state"] == "delivered"
    found = await read(people.owner(order.owner), order.number)
    assert found["delivered_at"] is not None
    assert [each["status"] for each in found["shipments"]] == ["delivered", "delivered"]
    assert [each["units_shipped"] for each in found["lines"]] == [2, 1]
    assert [step["event"] for step in found["timeline"][-3:]] == ["ship", "ship", "deliver"]


async def test_a_parcel_that_has_arrived_arrives_once(shop: Shop, store: Store, warehouse: Client) -> None:
    order = await packed(shop, store)
    await send(warehouse, order.number)
    first, again = [await deliver(warehouse, order.number) for _ in range(2)]
    assert first == again
    assert len(first["shipment"]["events"]) == 1


async def test_units_that_are_not_there_are_all_named_and_nothing_is_sent(
    shop: Shop, store: Store, people: People, warehouse: Client
) -> None:
    order = await packed(shop, store, Wanted("SHIRT", 2), Wanted("CAP", 1))
    stranger = new_id()
    lines = [(order.lines["SHIRT"], 3), (stranger, 1), (order.lines["CAP"], 1), (order.lines["CAP"], 1)]
    sent = {"lines": [{"line_id": str(line), "quantity": count} for line, count in lines]}
    refused = await warehouse.post(f"/orders/{order.number}/shipments", sent)
    assert (refused.status, refused.code) == (HTTPStatus.UNPROCESSABLE_ENTITY, "units_invalid")
    assert [(fault["pointer"], fault["code"]) for fault in refused.json["errors"]] == [
        ("/lines/0/quantity", "too_many"), ("/lines/1/line_id", "line_unknown"), ("/lines/3/line_id", "repeated"),
    ]  # fmt: skip
    found = await read(people.who("staff"), order.number)
    assert (found["state"], found["shipments"], found["version"]) == ("processing", [], 3)


async def test_what_has_left_does_not_leave_again(shop: Shop, store: Store, warehouse: Client) -> None:
    order = await packed(shop, store)
    await send(warehouse, order.number)
    assert (await warehouse.post(f"/orders/{order.number}/shipments", {})).code == "units_invalid"


@pytest.mark.parametrize("is_paid", [False, True])
async def test_an_order_that_is_not_being_packed_is_not_sent(
    is_paid: bool, shop: Shop, store: Store, people: People, warehouse: Client
) -> None:
    order = await place(shop, store)
    if is_paid:
        await pay(shop, store, order)
    refused = await warehouse.post(f"/orders/{order.number}/shipments", {})
    assert (refused.status, refused.code) == (HTTPStatus.CONFLICT, "transition_refused")
    found = await read(people.who("staff"), order.number)
    assert (found["lines"][0]["units_shipped"], found["shipments"]) == (0, [])


async def test_of_two_who_send_the_rest_at_once_one_does(shop: Shop, store: Store, people: People) -> None:
    order = await packed(shop, store, Wanted("SHIRT", 5))
    senders = [people.who("warehouse") for _ in range(6)]
    answers = await asyncio.gather(*(sender.post(f"/orders/{order.number}/shipments", {}) for sender in senders))
    assert sorted(answer.status for answer in answers) == [201, 422, 422, 422, 422, 422]
    found = await read(people.who("staff"), order.number)
    assert (found["state"], found["lines"][0]["units_shipped"], len(found["shipments"])) == ("shipped", 5, 1)


async def test_the_same_parcel_sent_twice_with_one_key_is_one(
    shop: Shop, store: Store, people: People, warehouse: Client
) -> None:
    order = await packed(shop, store, Wanted("SHIRT", 2))
    body = {"lines": [{"line_id": str(order.lines["SHIRT"]), "quantity": 1}]}
    key = {"Idempotency-Key": new_id().hex}
    for _ in range(3):
        expect(await warehouse.post(f"/orders/{order.number}/shipments", body, headers=key), 201)
    found = await read(people.who("staff"), order.number)
    assert (len(found["shipments"]), found["lines"][0]["units_open"]) == (1, 1)


async def test_tracking_can_be_added_changed_and_taken_away(shop: Shop, store: Store, warehouse: Client) -> None:
    order = await packed(shop, store)
    await send(warehouse, order.number, carrier="Correios")
    address = f"/orders/{order.number}/shipments/1"
    tracked = expect(await warehouse.patch(address, {"tracking_number": "BR 1", "tracking_url": "https://t.example/1"}))
    parcel = tracked["shipment"]
    assert (parcel["carrier"], parcel["tracking_number"]) == ("Correios", "BR 1")
    assert parcel["tracking_url"] == "https://t.example/1"
    changed = expect(await warehouse.patch(address, {"carrier": None}))["shipment"]
    assert (changed["carrier"], changed["tracking_number"]) == (None, "BR 1")
    assert (await warehouse.patch(address, {"tracking_url": "javascript:alert(1)"})).status == 422
    assert (await warehouse.patch(f"/orders/{order.number}/shipments/2", {})).code == "shipment_unknown"


async def test_a_parcel_is_followed_and_a_sighting_that_comes_twice_is_noted_once(
    shop: Shop, store: Store, warehouse: Client
) -> None:
    order = await packed(shop, store)
    await send(warehouse, order.number)
    address = f"/orders/{order.number}/shipments/1/events"
    seen = {"status": "out_for_delivery", "location": "Santos", "source": "Correios"}
    for at in ("2026-01-02T10:00:00Z", "2026-01-02T10:00:00Z", "2026-01-01T10:00:00Z"):
        found = expect(await warehouse.post(address, {**seen, "happened_at": at}), 201)
    assert found["shipment"]["status"] == "in_transit"
    assert [each["happened_at"] for each in found["shipment"]["events"]] == [
        "2026-01-01T10:00:00Z", "2026-01-02T10:00:00Z",
    ]  # fmt: skip
    late = await warehouse.post(address, {**seen, "happened_at": "2999-01-01T00:00:00Z"})
    assert late.json["errors"][0]["code"] == "in_the_future"


async def test_a_carrier_that_says_delivered_delivers_the_order(shop: Shop, store: Store, warehouse: Client) -> None:
    order = await packed(shop, store)
    await send(warehouse, order.number)
    address = f"/orders/{order.number}/shipments/1/events"
    arrived = {"status": "delivered", "source": "Correios", "happened_at": "2026-01-02T10:00:00Z"}
    found = expect(await warehouse.post(address, arrived), 201)
    assert (found["order_state"], found["shipment"]["delivered_at"]) == ("delivered", "2026-01-02T10:00:00Z")
    # What the carrier tells afterwards does not take it back.
    later = expect(await warehouse.post(address, {"status": "failed", "source": "Correios"}), 201)
    assert (later["order_state"], later["shipment"]["status"]) == ("delivered", "delivered")


async def test_a_parcel_that_failed_may_arrive_after_all(shop: Shop, store: Store, warehouse: Client) -> None:
    order = await packed(shop, store)
    await send(warehouse, order.number)
    failed = expect(await warehouse.post(f"/orders/{order.number}/shipments/1/events", {"status": "failed"}), 201)
    assert (failed["order_state"], failed["shipment"]["status"]) == ("shipped", "failed")
    assert (await deliver(warehouse, order.number))["order_state"] == "delivered"


async def test_what_is_sold_out_is_dropped_and_goes_back_on_the_shelf(
    shop: Shop, store: Store, people: People, goods: Goods, warehouse: Client
) -> None:
    order = await place(shop, store, Wanted("SHIRT", 3), payment_method="cash_on_delivery")
    await bring(shop, store, order, "confirm")
    await send(warehouse, order.number, (order.lines["SHIRT"], 1))
    await deliver(warehouse, order.number)
    staff = people.who("staff")
    found = expect(await staff.post(f"/orders/{order.number}/drop-rest", {"note": "moths"}))
    # Its one parcel has arrived, so nothing is left to wait for.
    assert [step["event"] for step in found["timeline"][-2:]] == ["drop_rest", "deliver"]
    line = found["lines"][0]
    assert (line["units_shipped"], line["units_dropped"], line["units_open"]) == (1, 2, 0)
    assert await goods.value("SELECT on_hand FROM stock_levels") == 99
    assert (await staff.post(f"/orders/{order.number}/drop-rest", {})).code == "transition_refused"


async def test_the_warehouse_does_not_drop_what_people_paid_for(
    shop: Shop, store: Store, people: People, warehouse: Client
) -> None:
    order = await packed(shop, store, Wanted("SHIRT", 2))
    await send(warehouse, order.number, (order.lines["SHIRT"], 1))
    assert (await warehouse.post(f"/orders/{order.number}/drop-rest", {})).status == HTTPStatus.FORBIDDEN
    found = await read(people.who("staff"), order.number)
    assert found["lines"][0]["units_dropped"] == 0


async def test_a_customer_sends_nothing(shop: Shop, store: Store, people: People) -> None:
    order = await packed(shop, store, owner=await people.customer())
    assert (await people.owner(order.owner).post(f"/orders/{order.number}/shipments", {})).status == 403
