"""What a signal asks for is done once: orders are held, customers tagged, and the shop is told."""

from __future__ import annotations

from uuid import UUID

import msgspec

from storage.ids import new_id
from tests.server.cart.goods import Goods, Shoppers
from tests.server.orders.buying import placed as ordered
from tests.server.orders.buying import quoted
from tests.server.signals.conftest import VELOCITY, Watched, placed, refused
from tests.shop import Client, expect

TIERS = """
derive:
- {fact: customer.tier, is: gold, when: {customer.spent: {at_least: "1000.00"}}}
- {fact: customer.is_regular, is: true, when: {any: [{customer.tier: gold}, {customer.orders_paid: {at_least: 5}}]}}
tags:
- {tag: tier-gold, when: {customer.tier: gold}}
- {tag: regular, when: {customer.is_regular: true}}
signals:
- id: watched-device
  repeated: {events: CouponRefused, same: device.id, at_least: 2, within: 10m}
  then: [{tag: careful}]
"""


async def three_orders(goods: Goods, shoppers: Shoppers) -> list[str]:
    """Numbers of three orders of one phone, to be paid on delivery, each of another guest."""
    await goods.put("CAKE", 9900)
    return [(await ordered(shoppers.guest(), "CAKE", method="cash_on_delivery"))["number"] for _ in range(3)]


async def holds(watched: Watched) -> list[tuple[str, str]]:
    """Who put orders aside, and with which note."""
    rows = await watched.rows("SELECT actor_kind, note FROM order_transitions WHERE event = 'hold' ORDER BY created_at")
    return [(row["actor_kind"], row["note"]) for row in rows]


async def test_the_third_order_is_held_until_staff_release_it(
    watched: Watched, goods: Goods, shoppers: Shoppers, staff: Client
) -> None:
    watched.rules(VELOCITY)
    *others, third = await three_orders(goods, shoppers)
    await watched.tell()
    orders = {number: expect(await staff.get(f"/orders/{number}")) for number in (*others, third)}
    assert [orders[number]["held"] for number in (*others, third)] == [False, False, True]
    assert orders[third]["state"] == "processing", "paid on delivery, it is confirmed as it is placed"
    assert (await staff.post(f"/orders/{third}/shipments", {})).code == "transition_refused"
    assert await holds(watched) == [("system", "signal cash-velocity")]
    expect(await staff.post(f"/staff/orders/{third}/events/release_hold", {"note": "they have a party"}))
    await watched.tell()
    assert not expect(await staff.get(f"/orders/{third}"))["held"], "once it is released nothing holds it again"
    expect(await staff.post(f"/orders/{third}/shipments", {}), 201)


async def test_an_order_that_has_left_is_not_held_and_it_is_said_why(
    watched: Watched, goods: Goods, shoppers: Shoppers, staff: Client
) -> None:
    watched.rules(VELOCITY)
    *_, third = await three_orders(goods, shoppers)
    expect(await staff.post(f"/orders/{third}/shipments", {}), 201)
    await watched.tell()
    (firing,) = await watched.firings()
    hold, flag = msgspec.json.decode(firing["effects"])
    assert "is possible in pending, paid, processing" in hold["why_not"]
    assert (flag["kind"], flag["target"], flag.get("why_not")) == ("flag", "order", None)
    assert str(firing["order_number"]) == third


async def test_an_order_that_is_held_already_stays_so(
    watched: Watched, goods: Goods, shoppers: Shoppers, staff: Client
) -> None:
    watched.rules(VELOCITY)
    *_, third = await three_orders(goods, shoppers)
    expect(await staff.post(f"/staff/orders/{third}/events/hold", {"note": "by hand"}))
    await watched.tell()
    assert await holds(watched) == [("user", "by hand")]


async def bought(watched: Watched, customer: UUID, spent: int, orders: int = 1) -> None:
    """So much, in all; and one more order is paid."""
    await watched.execute(
        "INSERT INTO customer_totals AS t (store_id, user_id, orders_paid, spent) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (store_id, user_id) DO UPDATE SET spent = $4, orders_paid = $3",
        watched.store.id, customer, orders, spent,
    )  # fmt: skip
    await watched.happens(placed(name="OrderPaid", customer_id=str(customer)))


async def tags_of(watched: Watched, customer: UUID) -> list[str]:
    """What the shop says of them."""
    (row,) = await watched.rows("SELECT tags FROM users WHERE id = $1", customer)
    return list(row["tags"])


async def test_tags_follow_from_what_a_customer_bought_and_go_when_it_is_given_back(
    watched: Watched, shoppers: Shoppers
) -> None:
    watched.rules(TIERS)
    customer = (await shoppers.user(tags=["friend", "tier-gold"])).owner.id
    await bought(watched, customer, 99_999)
    assert await tags_of(watched, customer) == ["friend"]
    await bought(watched, customer, 100_000)
    assert await tags_of(watched, customer) == ["friend", "tier-gold", "regular"]
    await bought(watched, customer, 50_000, orders=5)
    assert await tags_of(watched, customer) == ["friend", "regular"]
    changes = await watched.rows(
        "SELECT after::text AS after FROM audit_log WHERE action = 'customers.tagged' ORDER BY id"
    )
    assert [msgspec.json.decode(row["after"])["tags"] for row in changes] == [
        ["friend"], ["friend", "tier-gold", "regular"], ["friend", "regular"],
    ]  # fmt: skip


async def test_customers_of_before_the_ruleset_are_tagged_in_a_round(watched: Watched, shoppers: Shoppers) -> None:
    customer = (await shoppers.user()).owner.id
    await bought(watched, customer, 200_000)
    watched.rules(TIERS)
    await watched.round()
    assert await tags_of(watched, customer) == ["tier-gold", "regular"]
    watched.rules(TIERS.replace("1000.00", "3000.00"))
    await watched.round()
    assert await tags_of(watched, customer) == []


async def test_the_next_quote_sees_the_tags(watched: Watched, shoppers: Shoppers, goods: Goods) -> None:
    watched.rules(TIERS)
    shopper = await shoppers.user()
    await goods.put("CAKE", 9900)
    await bought(watched, shopper.owner.id, 200_000)
    await quoted(shopper, "CAKE")
    (logged,) = await watched.rows("SELECT facts::text AS facts FROM decision_log")
    assert msgspec.json.decode(logged["facts"])["customer"]["tags"] == ["tier-gold", "regular"]


async def test_a_signal_tags_the_customer_it_is_about_and_says_when_there_is_none(
    watched: Watched, shoppers: Shoppers
) -> None:
    watched.rules(TIERS)
    customer = (await shoppers.user()).owner.id
    await watched.happens(refused(), msgspec.structs.replace(refused(), customer_id=str(customer)))
    assert await tags_of(watched, customer) == ["careful"]
    await watched.happens(msgspec.structs.replace(refused(), customer_id=str(new_id())))
    effects = [msgspec.json.decode(firing["effects"]) for firing in await watched.firings()]
    assert [each.get("why_not") for (each,) in effects] == [None, "the customer is gone"]
