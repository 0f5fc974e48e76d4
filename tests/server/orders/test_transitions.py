"""What can happen to an order is told for everybody who asks: open with where it leads, or closed and why."""

from __future__ import annotations

from typing import Any

import pytest

from server.web.call import Shop
from storage.tenancy import Store
from tests.server.cart.goods import Goods
from tests.server.orders.people import People, deliver, people_of, send
from tests.server.orders.placed import Placed, Wanted, bring, pack, place
from tests.shop import Client, expect


@pytest.fixture
def people(shop: Shop, client: Client) -> People:
    return people_of(shop, client)


async def asked(client: Client, order: Placed, locale: str = "en") -> dict[str, Any]:
    """Every event by its name."""
    answer = expect(await client.get(f"/orders/{order.number}/transitions?locale={locale}"))
    return {each["event"]: each for each in answer["transitions"]}


def opened(events: dict[str, Any]) -> dict[str, str]:
    """The events that are open, with the state each leads to."""
    return {event: each["target"] for event, each in events.items() if each["open"]}


async def test_the_owner_sees_what_is_open_and_why_the_rest_is_not(shop: Shop, store: Store, people: People) -> None:
    order = await place(shop, store)
    events = await asked(people.owner(order.owner), order)
    assert opened(events) == {
        "start_payment": "payment_pending", "back_to_cart": "cancelled", "cancel": "cancelled",
    }  # fmt: skip
    assert events["cancel"]["target_name"] == "Cancelled"
    assert (events["hold"]["code"], events["hold"]["allowed_roles"]) == (
        "wrong_role", ["support", "staff", "admin", "system"],
    )  # fmt: skip
    assert (events["ship"]["code"], events["ship"]["allowed_states"]) == (
        "wrong_state", ["processing", "partially_shipped"],
    )  # fmt: skip
    assert "happens only in" in events["ship"]["message"]


async def test_every_role_has_its_own_way_on(shop: Shop, store: Store, people: People) -> None:
    order = await pack(shop, store, await place(shop, store))
    assert opened(await asked(people.who("warehouse"), order)) == {"ship": "partially_shipped"}
    assert opened(await asked(people.who("support"), order)) == {"cancel": "cancelled", "hold": "processing"}
    assert opened(await asked(people.owner(order.owner), order)) == {}


async def test_what_the_lifecycle_lets_one_do_needs_the_permission_as_well(
    shop: Shop, store: Store, people: People
) -> None:
    order = await pack(shop, store, await place(shop, store))
    support = people.who("support")
    closed = (await asked(support, order))["ship"]
    assert (closed["open"], closed["code"], closed["target"]) == (False, "not_allowed", None)
    assert (await support.post(f"/orders/{order.number}/shipments", {})).code == "not_allowed"


async def test_what_stands_in_the_way_is_told_with_how_far_it_is(
    shop: Shop, store: Store, people: People, goods: Goods
) -> None:
    order = await pack(shop, store, await place(shop, store))
    await send(people.who("warehouse"), order.number)
    await deliver(people.who("warehouse"), order.number)
    owner = people.owner(order.owner)
    assert opened(await asked(owner, order)) == {"request_return": "return_requested"}
    await goods.execute("UPDATE orders SET delivered_at = now() - interval '31 days'")
    late = (await asked(owner, order))["request_return"]
    assert (late["open"], late["code"]) == (False, "guard_failed")
    assert late["failing_facts"] == [{"fact": "order.days_since_delivery", "value": "31", "distance": "-2"}]


async def test_a_held_order_says_so(shop: Shop, store: Store, people: People) -> None:
    order = await pack(shop, store, await place(shop, store))
    expect(await people.who("staff").post(f"/staff/orders/{order.number}/events/hold", {}))
    held = (await asked(people.who("warehouse"), order))["ship"]
    assert held["failing_facts"][0] == {"fact": "order.held", "value": "true", "distance": None}


async def test_what_nobody_paid_for_does_not_come_back_for_money(shop: Shop, store: Store, people: People) -> None:
    order = await place(shop, store, payment_method="cash_on_delivery")
    await bring(shop, store, order, "confirm")
    await send(people.who("warehouse"), order.number)
    asked_back = (await asked(people.owner(order.owner), order))["request_return"]
    assert asked_back["failing_facts"] == [{"fact": "order.captured", "value": "0", "distance": "1"}]


async def test_a_return_that_waits_to_be_approved_can_be(shop: Shop, store: Store, people: People) -> None:
    order = await pack(shop, store, await place(shop, store))
    await send(people.who("warehouse"), order.number)
    body = {"lines": [{"line_id": str(order.lines["SHIRT"]), "quantity": 1}], "reason": "late"}
    expect(await people.owner(order.owner).post(f"/orders/{order.number}/returns", body), 201)
    assert opened(await asked(people.who("support"), order)) == {
        "approve_return": "return_requested", "refuse_return": "shipped",
    }  # fmt: skip


@pytest.mark.parametrize("on_hand", [2, 1])
async def test_trying_to_pay_again_depends_on_what_is_on_the_shelf(
    on_hand: int, shop: Shop, store: Store, people: People, goods: Goods
) -> None:
    order = await place(shop, store, Wanted("SHIRT", 2))
    await bring(shop, store, order, "start_payment")
    await bring(shop, store, order, "payment_failed")
    await goods.execute("UPDATE stock_levels SET on_hand = $1", on_hand)
    events = await asked(people.owner(order.owner), order)
    assert events["retry_payment"]["open"] is (on_hand == 2)
    assert await goods.value("SELECT reserved FROM stock_levels") == 0


async def test_it_takes_the_same_statements_for_any_order(shop: Shop, store: Store, people: People) -> None:
    counts = set()
    for lines in (1, 9):
        order = await place(shop, store, *(Wanted(f"S{number}") for number in range(lines)))
        counts.add((await people.owner(order.owner).get(f"/orders/{order.number}/transitions")).statements)
    assert counts == {6}
