"""A lifecycle that loses a state says where its orders go on, or is not published; then they do go on, each once."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from server.orders.lifecycle import MOVED
from server.orders.moving import move_orders
from server.web.call import Shop
from storage.tenancy import Store
from tests.server.cart.goods import Goods
from tests.server.orders.people import People, deliver, people_of, read, send
from tests.server.orders.placed import Placed, Wanted, pack, place
from tests.server.rule_admin.admins import Admin
from tests.shop import Client, expect

RENAMED = ("processing", "packing")
_SHIPPED = re.compile(r"(?<!\w)shipped(?=[,:}\]\s])")
"""The state where it is named; not what is part of another name, or of a fact."""
MOVE = ("\nrefunds:\n", "\nmoved: {processing: packing}\n\nrefunds:\n")


@pytest.fixture
def people(shop: Shop, client: Client) -> People:
    return people_of(shop, client)


async def in_processing(shop: Shop, store: Store, *, units: int = 1) -> Placed:
    return await pack(shop, store, await place(shop, store, Wanted("SHIRT", units)))


async def renamed(admin: Admin, *changes: tuple[str, str]) -> Any:
    """A draft of the lifecycle in which the state has another name."""
    draft = await admin.draft("orders")
    await admin.change(draft, RENAMED, *changes)
    return draft


async def allowing(admin: Admin, draft: Any) -> list[dict[str, str]]:
    found = [each for each in (await admin.check(draft))["findings"] if each["severity"] == "warning"]
    return [{"code": code, "because": "a test"} for code in sorted({each["code"] for each in found})]


async def test_a_lifecycle_that_leaves_orders_behind_is_not_published(
    shop: Shop, store: Store, admin: Admin, goods: Goods
) -> None:
    await in_processing(shop, store)
    draft = await renamed(admin)
    (found,) = [each for each in (await admin.check(draft))["findings"] if each["severity"] == "error"]
    assert found["code"] == "RS531"
    assert found["message"] == "1 order of the shop is in 'processing', which version 2 does not have"
    refused = await admin.try_to_publish(draft, activate=True)
    assert (refused.status, refused.code) == (422, "ruleset_faulty")
    assert "1 order of the shop is in 'processing'" in refused.json["detail"]


async def test_one_without_orders_there_is(admin: Admin, goods: Goods) -> None:
    draft = await renamed(admin)
    await admin.publish(draft, allow=await allowing(admin, draft))


async def test_it_does_not_go_live_later_either(shop: Shop, store: Store, admin: Admin, goods: Goods) -> None:
    draft = await renamed(admin)
    version = (await admin.try_to_publish(draft, allow=await allowing(admin, draft))).json
    await in_processing(shop, store)
    refused = await admin.client.post("/rulesets/plans/orders/default", {"number": version["number"]})
    assert (refused.status, refused.code) == (422, "ruleset_faulty"), refused.raw


async def test_orders_go_on_where_the_lifecycle_says(
    shop: Shop, store: Store, admin: Admin, goods: Goods, people: People
) -> None:
    orders = [await in_processing(shop, store) for _ in range(3)]
    draft = await renamed(admin, MOVE)
    version = await admin.publish(draft, allow=await allowing(admin, draft))
    due = "SELECT kind FROM stores_with_due_work() WHERE store_id = $1 AND kind = 'moved_state'"
    assert await goods.value(due, store.id) == "moved_state"
    moved = await asyncio.gather(*(move_orders(shop, store) for _ in range(3)))
    assert sum(moved) == 3
    assert await goods.value(due, store.id) is None
    staff = people.who("staff")
    for order in orders:
        found = await read(staff, order.number)
        assert found["state"] == "packing"
        steps = [each for each in found["timeline"] if each["event"] == MOVED]
        assert [(step["role"], step["detail"]["ruleset"]) for step in steps] == [("system", version["hash"])]
    await send(people.who("warehouse"), orders[0].number, (orders[0].lines["SHIRT"], 1))
    assert (await read(staff, orders[0].number))["state"] == "shipped"


async def test_an_order_that_something_happens_to_goes_on_before_the_worker_comes(
    shop: Shop, store: Store, admin: Admin, goods: Goods, people: People
) -> None:
    order = await in_processing(shop, store)
    draft = await renamed(admin, MOVE)
    await admin.publish(draft, allow=await allowing(admin, draft))
    staff = people.who("staff")
    sending = send(people.who("warehouse"), order.number, (order.lines["SHIRT"], 1))
    await asyncio.gather(sending, move_orders(shop, store))
    found = await read(staff, order.number)
    assert found["state"] == "shipped"
    assert [each["event"] for each in found["timeline"]].count(MOVED) == 1


async def test_the_last_parcel_of_an_order_in_a_state_that_is_lost_delivers_it(
    shop: Shop, store: Store, admin: Admin, goods: Goods, people: People
) -> None:
    order = await in_processing(shop, store)
    warehouse, staff = people.who("warehouse"), people.who("staff")
    await send(warehouse, order.number, (order.lines["SHIRT"], 1))
    assert (await read(staff, order.number))["state"] == "shipped"
    draft = await admin.draft("orders")
    text, tag = await admin.source(draft)
    moving = _SHIPPED.sub("sent", text).replace("\nrefunds:\n", "\nmoved: {shipped: sent}\n\nrefunds:\n")
    expect(await admin.try_to_save(draft, moving, tag))
    await admin.publish(draft, allow=await allowing(admin, draft))
    await deliver(warehouse, order.number)
    found = await read(staff, order.number)
    assert found["state"] == "delivered"
    events = [each["event"] for each in found["timeline"]]
    assert events[-2:] == [MOVED, "deliver"]
    assert await move_orders(shop, store) == 0
