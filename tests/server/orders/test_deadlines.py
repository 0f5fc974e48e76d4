"""Timers of orders go off once, by the database's clock, whoever works; none stands in the way of others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.orders.deadlines import due_deadlines, expire_reservations
from server.web.call import Shop
from storage.tenancy import Store
from tests.server.cart.goods import Goods
from tests.server.orders.people import People, deliver, people_of, read, send
from tests.server.orders.placed import Placed, Wanted, bring, pack, place
from tests.shop import Client, expect


@pytest.fixture
def people(shop: Shop, client: Client) -> People:
    return people_of(shop, client)


async def overdue(goods: Goods, order: Placed, **values: Any) -> None:
    """The order's timer is over, since a moment ago."""
    changed = ", ".join(f"{name} = ${number}" for number, name in enumerate(values, 2))
    sets = f"deadline_at = now() - interval '1 second'{', ' if changed else ''}{changed}"
    assert await goods.execute(f"UPDATE orders SET {sets} WHERE id = $1", order.id, *values.values()) == 1


async def test_an_order_nobody_pays_for_expires_once(shop: Shop, store: Store, people: People, goods: Goods) -> None:
    order = await place(shop, store, Wanted("SHIRT", 2))
    assert await due_deadlines(shop, store) == 0
    await overdue(goods, order)
    assert sorted(await asyncio.gather(*(due_deadlines(shop, store) for _ in range(4)))) == [0, 0, 0, 1]
    found = await read(people.who("staff"), order.number)
    assert (found["state"], found["internal"]["deadline_at"]) == ("cancelled", None)
    step = found["timeline"][-1]
    assert (step["event"], step["role"], step["detail"]["key"]) == ("order_expired", "system", "deadline:1")
    assert await goods.value("SELECT reserved FROM stock_levels") == 0


async def test_a_timer_that_leaves_the_order_where_it_is_goes_off_once(
    shop: Shop, store: Store, people: People, goods: Goods
) -> None:
    order = await pack(shop, store, await place(shop, store))
    await send(people.who("warehouse"), order.number)
    await deliver(people.who("warehouse"), order.number)
    await overdue(goods, order)
    assert [await due_deadlines(shop, store) for _ in range(2)] == [1, 0]
    found = await read(people.who("staff"), order.number)
    assert (found["state"], found["internal"]["deadline_at"]) == ("delivered", None)
    assert [step["event"] for step in found["timeline"]].count("return_window_over") == 1


async def test_a_return_whose_parcel_never_comes_expires_and_the_order_goes_on(
    shop: Shop, store: Store, people: People, goods: Goods
) -> None:
    order = await pack(shop, store, await place(shop, store))
    await send(people.who("warehouse"), order.number)
    body = {"lines": [{"line_id": str(order.lines["SHIRT"]), "quantity": 1}], "reason": "late"}
    expect(await people.owner(order.owner).post(f"/orders/{order.number}/returns", body), 201)
    await deliver(people.who("warehouse"), order.number)
    await overdue(goods, order)
    assert await due_deadlines(shop, store) == 1
    found = await read(people.who("staff"), order.number)
    assert (found["state"], found["returns"][0]["status"]) == ("delivered", "expired")
    assert [step["event"] for step in found["timeline"][-2:]] == ["return_expired", "deliver"]


async def test_a_timer_the_lifecycle_refuses_is_forgotten_and_others_go_off(
    shop: Shop, store: Store, people: People, goods: Goods
) -> None:
    refused, other = await place(shop, store), await place(shop, store)
    await overdue(goods, refused, deadline_event="return_expired")
    await overdue(goods, other)
    assert await due_deadlines(shop, store) == 1
    assert (await read(people.who("staff"), refused.number))["internal"]["deadline_event"] is None
    assert (await read(people.who("staff"), refused.number))["version"] == 1
    assert (await read(people.who("staff"), other.number))["state"] == "cancelled"


async def test_a_timer_that_fails_is_put_off_and_others_go_off(
    shop: Shop, store: Store, people: People, goods: Goods
) -> None:
    broken, other = await place(shop, store, Wanted("SHIRT")), await place(shop, store, Wanted("CAP"))
    # Less is reserved than the order has reserved, which no check of the database lets happen.
    await goods.execute("UPDATE stock_levels SET reserved = 0 WHERE variant_id = (SELECT id FROM variants"
                        " WHERE sku = 'SHIRT')")  # fmt: skip
    await overdue(goods, broken)
    await overdue(goods, other)
    assert await due_deadlines(shop, store) == 1
    assert (await read(people.who("staff"), broken.number))["state"] == "pending"
    minutes = await goods.value(
        "SELECT extract(epoch FROM deadline_at - now()) / 60 FROM orders WHERE id = $1", broken.id
    )
    assert 4 < minutes <= 5
    assert await due_deadlines(shop, store) == 0


async def test_a_timer_that_was_stopped_meanwhile_does_nothing(
    shop: Shop, store: Store, people: People, goods: Goods
) -> None:
    order = await place(shop, store)
    await overdue(goods, order)
    await bring(shop, store, order, "start_payment")
    assert await due_deadlines(shop, store) == 0
    assert (await read(people.who("staff"), order.number))["state"] == "payment_pending"


async def test_what_is_kept_too_long_is_let_go(shop: Shop, store: Store, goods: Goods) -> None:
    late, other = await place(shop, store, Wanted("SHIRT", 2)), await place(shop, store, Wanted("SHIRT", 3))
    await goods.execute("UPDATE stock_reservations SET expires_at = now() WHERE order_id = $1", late.id)
    assert [await expire_reservations(shop, store) for _ in range(2)] == [1, 0]
    assert await goods.value("SELECT reserved FROM stock_levels") == 3
    assert await goods.value("SELECT state FROM stock_reservations WHERE order_id = $1", other.id) == "held"
