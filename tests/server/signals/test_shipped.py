"""What the shipped signals notice, from the request to what follows."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec

from server.subscriptions import SUBSCRIPTIONS
from server.web.reacting import HANDLERS
from tests.server.cart.goods import Goods, Shopper, Shoppers
from tests.server.orders.buying import ADDRESS, quoted, try_to_place
from tests.server.orders.buying import placed as ordered
from tests.server.signals.conftest import Watched, accepted, placed, refused
from tests.server.signals.test_rounds import ABANDONED
from tests.shop import Client, expect

REFERRALS: Final = Path(__file__).parents[3] / "rules" / "referrals" / "v1.yaml"
REMINDED: Final = """
signal_events: [CartAbandoned]
rewards:
  - {id: reminder, on: CartAbandoned, to: customer, give: {campaign: welcome-gift, expires: 7d}, once: year}
"""


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


async def test_guessing_codes_is_noticed_once_one_works(watched: Watched, goods: Goods, shoppers: Shoppers) -> None:
    await goods.put("LAMP", 10_000)
    guest = shoppers.guest()
    await guest.add("LAMP")
    for number in range(3):
        assert (await guest.coupon(f"GUESS-{number}")).code == "coupon_unknown"
    assert (await guest.client.get("/coupons/GUESS-4")).code == "coupon_not_found"
    expect(await guest.coupon("WELCOME10"))
    await watched.tell()
    assert await names(watched) == [], "four are few"
    assert (await guest.coupon("GUESS-5")).code == "coupon_unknown"
    expect(await guest.coupon("BEMVINDO10"))
    await watched.tell()
    assert await names(watched) == ["CouponsGuessed"]


async def test_codes_the_shop_knows_are_no_guessing(watched: Watched) -> None:
    known = [msgspec.structs.replace(refused(), coupon_reason="coupon_expired") for _ in range(5)]
    await watched.happens(*known, accepted())
    assert await names(watched) == []


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


async def test_gold_customers_pay_no_delivery_unless_something_dangerous_travels_along(
    watched: Watched, goods: Goods, shoppers: Shoppers
) -> None:
    await goods.put("CAKE", 3990)
    await goods.put("OIL", 1990, tags=("hazardous",))
    shopper = await shoppers.user()
    delivery = [await delivery_of(shopper, "CAKE")]
    await watched.execute(
        "INSERT INTO customer_totals (store_id, user_id, orders_paid, spent) VALUES ($1, $2, 5, 100000)",
        watched.store.id, shopper.owner.id,
    )  # fmt: skip
    await watched.happens(placed(name="OrderPaid", customer_id=str(shopper.owner.id)))
    delivery += [await delivery_of(shopper), await delivery_of(shopper, "OIL")]
    assert [cost == "0.00" for cost in delivery] == [False, True, False], delivery


async def delivery_of(shopper: Shopper, *skus: str) -> str:
    """What a quote asks for delivery once these are in the cart as well."""
    await shopper.ready(*skus)
    quote = expect(await shopper.client.post("/checkout/quote"), 201)
    cost: str = quote["decision"]["totals"]["shipping"]
    return cost


async def test_a_cart_left_alone_brings_its_customer_a_reminder_and_where_the_shop_likes_a_coupon(
    watched: Watched, goods: Goods, shoppers: Shoppers
) -> None:
    watched.shop.provide(HANDLERS, {name: SUBSCRIPTIONS[name] for name in ("rewards", "signals", "telling")})
    watched.rules(ABANDONED, referrals=REFERRALS.read_text("utf-8").replace("\nrewards:\n", REMINDED))
    await goods.put("CAKE", 9900)
    shopper = await shoppers.user()
    await shopper.add("CAKE")
    await watched.let_pass(days=1)
    await watched.round()
    await watched.tell()
    (code,) = await watched.rows("SELECT campaign, owner_id FROM coupon_codes")
    assert code == {"campaign": "welcome-gift", "owner_id": shopper.owner.id}
    told = await watched.rows("SELECT template FROM messages WHERE channel = 'email' ORDER BY template")
    assert [each["template"] for each in told] == ["abandoned-cart", "reward"]
    await watched.round()
    await watched.tell()
    assert len(await watched.rows("SELECT FROM coupon_codes")) == 1


async def tags_decided(watched: Watched, shopper: Shopper) -> list[Any]:
    """The customer's tags, as the decision of a quote sees them."""
    await quoted(shopper, "CAKE")
    rows = await watched.rows("SELECT facts::text AS facts FROM decision_log ORDER BY created_at DESC, id DESC LIMIT 1")
    return sorted(msgspec.json.decode(rows[0]["facts"])["customer"]["tags"] or [])


async def test_a_phone_written_in_another_way_is_the_same(watched: Watched, goods: Goods, shoppers: Shoppers) -> None:
    await goods.put("CAKE", 9900)
    for number, phone in enumerate(("+55 11 91234-5678", "11 91234-5678", "011 91234-5678")):
        guest = shoppers.guest()
        token = await quoted(guest, "CAKE", method="cash_on_delivery")
        elsewhere = {**ADDRESS, "line1": f"Rua Augusta {number}", "phone": phone}
        expect(await try_to_place(guest, token, shipping_address=elsewhere), 201)
    await watched.tell()
    assert await names(watched) == ["ManyCashOrders"]
