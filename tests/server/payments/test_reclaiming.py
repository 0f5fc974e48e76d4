"""What stays may lose a discount that it would not have got alone, where the shop's ruleset says so."""

from __future__ import annotations

from typing import Any

import pytest

from server.cart.snapshot import Owner
from tests.server.cart.goods import Goods, Shopper, Shoppers
from tests.server.orders.buying import placed
from tests.server.orders.placed import Placed
from tests.server.payments.till import Till, units
from tests.shop import Answer, expect

# Two of 100.00 get 10 % off from 150.00 on; one alone does not.
PRICE = 10_000


@pytest.fixture
async def buyer(till: Till) -> Shopper:
    """A guest of the store, which sells shirts."""
    await Goods(till.shop, till.store).put("SHIRT", PRICE)
    return Shoppers(till.shop, till.anybody, till.actors).guest()


async def bought(till: Till, buyer: Shopper, sku: str, *others: str) -> Placed:
    """One of each SKU, and what is in the cart already, ordered and paid; the order knows the line of the first."""
    made = await placed(buyer, sku, *others, method="card")
    number = int(made["number"])
    row = await till.row("SELECT id, total FROM orders WHERE number = $1", number)
    line = await till.value("SELECT id FROM order_lines WHERE order_id = $1 AND sku = $2", row["id"], sku)
    order = Placed(row["id"], number, Owner("guest", buyer.owner.id), row["total"], {sku: line})
    await till.paid(order)
    return order


async def shirts(till: Till, buyer: Shopper, quantity: int) -> Placed:
    """So many shirts, ordered and paid."""
    await buyer.add("SHIRT", quantity - 1)
    return await bought(till, buyer, "SHIRT")


async def preview(till: Till, order: Placed, **body: Any) -> Answer:
    """What would go back."""
    return await till.staff().post(f"/orders/{order.number}/refunds/preview", body)


async def test_what_stays_keeps_its_discount_unless_the_shop_says_otherwise(till: Till, buyer: Shopper) -> None:
    order = await shirts(till, buyer, 2)
    plan = expect(await preview(till, order, lines=units(order, SHIRT=1)))
    assert (plan["total"], plan["withheld"]) == ("90.00", "0.00")


async def test_a_lost_discount_is_kept_and_comes_back_with_the_last_piece(till: Till, buyer: Shopper) -> None:
    till.refunding(on_threshold_loss="reclaim")
    order = await shirts(till, buyer, 2)
    plan = expect(await preview(till, order, lines=units(order, SHIRT=1)))
    # The shirt that stays cost 90.00 of 180.00, and would have cost 100.00 alone.
    assert (plan["total"], plan["withheld"]) == ("80.00", "10.00")
    first = await till.given_back(order, lines=units(order, SHIRT=1))
    assert first["amount"] == "80.00"
    second = await till.given_back(order, lines=units(order, SHIRT=1))
    assert await till.money(order) == (order.total, order.total)
    assert second["lines"][0]["amount"] == "100.00"


async def test_a_discount_that_still_holds_is_not_claimed_back(till: Till, buyer: Shopper) -> None:
    till.refunding(on_threshold_loss="reclaim")
    order = await shirts(till, buyer, 3)
    plan = expect(await preview(till, order, lines=units(order, SHIRT=1)))
    assert (plan["total"], plan["withheld"]) == ("90.00", "0.00")


async def test_no_more_is_kept_than_comes_back(till: Till, buyer: Shopper) -> None:
    await Goods(till.shop, till.store).put("PIN", 100)
    await Goods(till.shop, till.store).put("COAT", 14_950)
    till.refunding(on_threshold_loss="reclaim")
    order = await bought(till, buyer, "PIN", "COAT")
    # Without the pin of 1.00 the coat would have cost 14.95 more.
    refused = expect(await preview(till, order, lines=units(order, PIN=1)), 422)
    assert "what stays has lost a discount of 14.95" in refused["detail"]
