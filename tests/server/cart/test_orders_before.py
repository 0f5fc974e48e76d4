"""What a customer has ordered before counts: cash on delivery of today, by account or by a guest's address."""

from __future__ import annotations

import pytest

from storage.ids import new_id
from tests.server.cart.goods import Goods, Shopper, Shoppers

_DECISION = """
INSERT INTO decision_log (id, store_id, purpose, actor_kind, digest, rulesets, facts, result, total, currency)
VALUES ($1, $2, 'order', 'guest', '', '[]', '{}', '{}', 0, 'BRL')
"""
_ORDER = """
INSERT INTO orders (id, store_id, number, guest_id, customer_key, quote_id, decision_id, email, email_folded,
                    customer_name, locale, state, currency, items_total, discount_total, shipping_total, tax_total,
                    total, postings, rulesets, payment_method, shipping_address, placed_at)
VALUES ($1, $2, (SELECT coalesce(max(number), 0) + 1 FROM orders), $3, $6, $4, $5, 'a@example.com', 'a@example.com',
        'Ana', 'en', $7, 'BRL', 0, 0, 0, 0, 0, '[]', '[]', $8, '{}',
        date_trunc('day', now(), 'America/Sao_Paulo') + $9::text::interval)
"""


async def ordered(
    goods: Goods,
    customer: str,
    *,
    state: str = "processing",
    method: str = "cash_on_delivery",
    after_midnight: str = "0",
) -> None:
    """An order of the customer, so long after midnight of today in São Paulo."""
    decision_id = new_id()
    await goods.execute(_DECISION, decision_id, goods.store.id)
    await goods.execute(
        _ORDER, new_id(), goods.store.id, new_id(), new_id(), decision_id, customer, state, method, after_midnight
    )


async def cash(shopper: Shopper) -> bool:
    """Whether cash on delivery can be chosen."""
    decision = (await shopper.cart())["decision"]
    (method,) = [each for each in decision["payment_methods"] if each["id"] == "cash_on_delivery"]
    return bool(method["available"])


async def ready(shopper: Shopper, goods: Goods) -> None:
    """A cart that can be paid at the door."""
    await goods.put("MUG", 4_000)
    await shopper.ready("MUG")
    assert await cash(shopper)


@pytest.mark.parametrize(
    ("order", "is_left"),
    [
        ({}, False),
        ({"after_midnight": "-1 microsecond"}, True),
        ({"state": "cancelled"}, True),
        ({"method": "pix"}, True),
    ],
)
async def test_cash_on_delivery_counts_the_orders_of_today(
    shoppers: Shoppers, goods: Goods, order: dict[str, str], is_left: bool
) -> None:
    user = await shoppers.user()
    await ready(user, goods)
    for _ in range(3):
        await ordered(goods, f"user:{user.owner.id}", **order)
    assert await cash(user) == is_left


async def test_a_guest_is_counted_by_address_however_it_is_written(guest: Shopper, goods: Goods) -> None:
    await ready(guest, goods)
    for _ in range(3):
        await ordered(goods, "email:zoë@example.com")
    assert await cash(guest)
    await guest.choose("contact", {"email": "ZOË@Example.com", "phone": "+55 11 91234-5678"})
    assert not await cash(guest)


async def test_orders_of_others_do_not_count(shoppers: Shoppers, goods: Goods) -> None:
    user, other = await shoppers.user(), await shoppers.user()
    await ready(user, goods)
    for _ in range(3):
        await ordered(goods, f"user:{other.owner.id}")
    assert await cash(user)
