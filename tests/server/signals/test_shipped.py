"""What the shipped signals notice, from the request to what follows."""

from __future__ import annotations

from typing import Any

import msgspec

from notifications.subjects import subject
from tests.server.cart.goods import Goods, Shopper, Shoppers
from tests.server.orders.buying import placed as ordered
from tests.server.orders.buying import quoted
from tests.server.signals.conftest import Watched, accepted, placed, refused
from tests.shop import Client, expect


async def names(watched: Watched) -> list[str]:
    """What signals announced, in order."""
    return [told["name"] for told in await watched.announced()]


async def test_three_orders_on_delivery_within_minutes_are_held_for_a_look(
    watched: Watched, goods: Goods, shoppers: Shoppers, staff: Client
) -> None:
    await goods.put("CAKE", 9900)
    numbers = [
        (await ordered(shoppers.guest(), "CAKE", method="cash_on_delivery"))["number"] for _ in range(3)
    ]  # fmt: skip
    await watched.tell()
    assert [expect(await staff.get(f"/orders/{number}"))["held"] for number in numbers] == [False, False, True]
    assert await names(watched) == ["ManyCashOrders"]
    expect(await staff.post(f"/staff/orders/{numbers[2]}/events/release_hold", {}))
    expect(await staff.post(f"/orders/{numbers[2]}/shipments", {}), 201)


async def test_guessing_codes_is_noticed_once_one_works(watched: Watched) -> None:
    await watched.happens(*(refused(code=f"c-{number}") for number in range(4)), accepted())
    assert await names(watched) == []
    await watched.happens(refused(), accepted("d-2"), accepted())
    assert await names(watched) == ["CouponsGuessed"]


async def test_an_abandoned_cart_a_stuck_order_and_a_customer_who_stays_away_are_noticed_once(
    watched: Watched, goods: Goods, shoppers: Shoppers
) -> None:
    await goods.put("CAKE", 9900)
    buyer = await shoppers.user()
    await shoppers.guest().ready("CAKE")
    await quoted(buyer, "CAKE")
    order = await ordered(shoppers.guest(), "CAKE")
    await watched.execute("UPDATE orders SET state = 'paid' WHERE number = $1", int(order["number"]))
    await watched.execute(
        "INSERT INTO customer_totals (store_id, user_id, orders_paid, spent) VALUES ($1, $2, 1, 1000)",
        watched.store.id, buyer.owner.id,
    )  # fmt: skip
    noticed = []
    for days in (1, 1, 87, 1, 1):
        await watched.let_pass(days=days)
        await watched.round()
        await watched.tell()
        noticed.append(await names(watched))
    carts = ["CartAbandoned", "CartAbandoned"]
    after_90_days = [*carts, "OrderStuck", "CustomerIdle"]
    assert noticed == [carts, [*carts, "OrderStuck"], [*carts, "OrderStuck"], after_90_days, after_90_days]


async def test_who_buys_a_lot_has_a_tier_that_quotes_see(watched: Watched, goods: Goods, shoppers: Shoppers) -> None:
    await goods.put("CAKE", 9900)
    shopper = await shoppers.user()
    seen = []
    for spent, orders in ((29_999, 2), (30_000, 2), (100_000, 5)):
        await watched.execute(
            "INSERT INTO customer_totals (store_id, user_id, orders_paid, spent) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (store_id, user_id) DO UPDATE SET orders_paid = $3, spent = $4",
            watched.store.id, shopper.owner.id, orders, spent,
        )  # fmt: skip
        await watched.happens(placed(name="OrderPaid", customer_id=str(shopper.owner.id)))
        seen.append(await tags_decided(watched, shopper))
    assert seen == [[], ["regular"], ["regular", "tier-gold"]]


async def tags_decided(watched: Watched, shopper: Shopper) -> list[Any]:
    """The customer's tags, as the decision of a quote sees them."""
    await quoted(shopper, "CAKE")
    rows = await watched.rows("SELECT facts::text AS facts FROM decision_log ORDER BY created_at DESC, id DESC LIMIT 1")
    return sorted(msgspec.json.decode(rows[0]["facts"])["customer"]["tags"] or [])


async def test_a_phone_written_in_another_way_is_the_same(watched: Watched) -> None:
    written = ("+55 11 91234-5678", "+5511912345678", "+55 (11) 91234 5678")
    phones = [subject(watched.store.id, "phone", phone) for phone in written]
    await watched.happens(*(placed(customer_phone=phone) for phone in phones))
    assert await names(watched) == ["ManyCashOrders"]
