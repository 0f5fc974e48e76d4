"""What was sent may come back: asked for, approved, received and counted, each once."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import pytest

from server.web.call import Shop
from storage.tenancy import Store
from tests.server.cart.goods import Goods
from tests.server.orders.people import People, deliver, people_of, read, send
from tests.server.orders.placed import Placed, Wanted, pack, place
from tests.shop import Answer, Client, expect


@pytest.fixture
def people(shop: Shop, client: Client) -> People:
    return people_of(shop, client)


async def sent(shop: Shop, store: Store, people: People, *, arrives: bool = True) -> Placed:
    """An order of two shirts and a cap, sent in one parcel."""
    order = await pack(shop, store, await place(shop, store, Wanted("SHIRT", 2), Wanted("CAP", 1)))
    await send(people.who("warehouse"), order.number)
    if arrives:
        await deliver(people.who("warehouse"), order.number)
    return order


async def ask(client: Client, order: Placed, sku: str = "SHIRT", quantity: int = 1, **more: Any) -> Answer:
    """Ask to send units back, whatever becomes of it."""
    lines = [{"line_id": str(order.lines[sku]), "quantity": quantity}]
    return await client.post(f"/orders/{order.number}/returns", {"lines": lines, "reason": "defective", **more})


async def decide(client: Client, order: Placed, what: str, number: int = 1, **body: Any) -> Answer:
    """Approve, refuse, receive or withdraw, whatever becomes of it."""
    return await client.post(f"/orders/{order.number}/returns/{number}/{what}", body)


async def test_a_shirt_comes_back(shop: Shop, store: Store, people: People, goods: Goods) -> None:
    order = await sent(shop, store, people)
    asked = expect(await ask(people.owner(order.owner), order, comment="a hole"), 201)
    assert (asked["state"], asked["returns"][0]["status"]) == ("return_requested", "requested")
    approved = expect(await decide(people.who("support"), order, "approve"))
    assert (approved["state"], approved["returns"][0]["status"]) == ("return_requested", "approved")
    before = await goods.value("SELECT sum(on_hand) FROM stock_levels")
    received = expect(await decide(people.who("warehouse"), order, "receive"))
    assert (received["state"], received["returns"][0]["status"]) == ("returned", "received")
    assert received["lines"][0]["units_returned"] == 1
    assert received["returns"][0]["lines"] == [
        {"line_id": str(order.lines["SHIRT"]), "sku": "SHIRT", "quantity": 1, "received": 1, "restock": 1}
    ]
    assert await goods.value("SELECT sum(on_hand) FROM stock_levels") == before + 1


async def test_only_what_is_fit_to_be_sold_goes_on_the_shelf(
    shop: Shop, store: Store, people: People, goods: Goods
) -> None:
    order = await sent(shop, store, people)
    expect(await ask(people.owner(order.owner), order, quantity=2), 201)
    expect(await decide(people.who("support"), order, "approve"))
    before = await goods.value("SELECT sum(on_hand) FROM stock_levels")
    lines = [{"line_id": str(order.lines["SHIRT"]), "received": 2, "restock": 0}]
    found = expect(await decide(people.who("warehouse"), order, "receive", lines=lines))
    assert found["lines"][0]["units_returned"] == 2
    assert await goods.value("SELECT sum(on_hand) FROM stock_levels") == before


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"received": 3}, "too_many"),
        ({"received": 1, "restock": 2}, "too_many"),
        ({"received": 0}, "nothing"),
    ],
)
async def test_more_than_was_to_come_or_nothing_is_not_received(
    line: dict[str, int], code: str, shop: Shop, store: Store, people: People
) -> None:
    order = await sent(shop, store, people)
    expect(await ask(people.owner(order.owner), order, quantity=2), 201)
    expect(await decide(people.who("support"), order, "approve"))
    body = {"lines": [{"line_id": str(order.lines["SHIRT"]), **line}]}
    refused = await decide(people.who("warehouse"), order, "receive", **body)
    assert refused.code == "units_invalid"
    assert [fault["code"] for fault in refused.json["errors"]] == [code]
    found = await read(people.who("staff"), order.number)
    assert (found["state"], found["lines"][0]["units_returned"]) == ("return_requested", 0)


async def test_what_was_not_sent_or_came_back_already_cannot_come_back(
    shop: Shop, store: Store, people: People
) -> None:
    order = await pack(shop, store, await place(shop, store, Wanted("SHIRT", 3)))
    warehouse, owner = people.who("warehouse"), people.owner(order.owner)
    await send(warehouse, order.number, (order.lines["SHIRT"], 2))
    refused = await ask(owner, order, quantity=3)
    assert refused.json["errors"][0]["message"] == "2 can come back, not 3"
    await send(warehouse, order.number)
    await deliver(warehouse, order.number, 1)
    await deliver(warehouse, order.number, 2)
    expect(await ask(owner, order, quantity=3), 201)
    expect(await decide(people.who("support"), order, "approve"))
    expect(await decide(warehouse, order, "receive"))
    assert (await ask(owner, order)).json["errors"][0]["message"] == "0 can come back, not 1"


async def test_one_return_at_a_time_is_under_way(shop: Shop, store: Store, people: People) -> None:
    order = await sent(shop, store, people)
    owner = people.owner(order.owner)
    answers = await asyncio.gather(*(ask(owner, order) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    assert len((await read(owner, order.number))["returns"]) == 1


async def test_a_return_needs_to_be_approved_before_it_is_received(shop: Shop, store: Store, people: People) -> None:
    order = await sent(shop, store, people)
    expect(await ask(people.owner(order.owner), order), 201)
    refused = await decide(people.who("warehouse"), order, "receive")
    assert (refused.status, refused.code) == (HTTPStatus.CONFLICT, "return_over")
    assert (await decide(people.who("warehouse"), order, "approve")).status == HTTPStatus.FORBIDDEN
    assert (await decide(people.who("support"), order, "approve", number=2)).code == "return_unknown"


async def test_the_same_decision_again_changes_nothing(shop: Shop, store: Store, people: People) -> None:
    order = await sent(shop, store, people)
    expect(await ask(people.owner(order.owner), order), 201)
    versions = [expect(await decide(people.who("support"), order, "approve"))["version"] for _ in range(2)]
    assert versions[0] == versions[1]
    expect(await decide(people.who("warehouse"), order, "receive"))
    again = await decide(people.who("warehouse"), order, "receive")
    assert (again.code, again.json["parameters"]["status"]) == ("return_over", "received")


@pytest.mark.parametrize(("arrives", "back_to"), [(True, "delivered"), (False, "shipped")])
async def test_a_refused_return_leads_back_to_where_the_order_was(
    arrives: bool, back_to: str, shop: Shop, store: Store, people: People
) -> None:
    order = await sent(shop, store, people, arrives=arrives)
    expect(await ask(people.owner(order.owner), order), 201)
    found = expect(await decide(people.who("support"), order, "refuse", note="worn"))
    assert (found["state"], found["returns"][0]["status"]) == (back_to, "refused")
    assert "worn" not in str(await read(people.owner(order.owner), order.number))


async def test_the_customer_keeps_it_after_all_and_may_ask_again(shop: Shop, store: Store, people: People) -> None:
    order = await sent(shop, store, people)
    owner = people.owner(order.owner)
    expect(await ask(owner, order), 201)
    expect(await decide(people.who("support"), order, "approve"))
    found = expect(await decide(owner, order, "withdraw"))
    assert (found["state"], found["returns"][0]["status"]) == ("delivered", "withdrawn")
    again = expect(await ask(owner, order, sku="CAP"), 201)
    assert [(each["number"], each["status"]) for each in again["returns"]] == [(1, "withdrawn"), (2, "requested")]


async def test_a_parcel_that_arrives_while_a_return_is_asked_for_delivers_the_order_once_it_is_withdrawn(
    shop: Shop, store: Store, people: People
) -> None:
    order = await sent(shop, store, people, arrives=False)
    owner = people.owner(order.owner)
    expect(await ask(owner, order), 201)
    assert (await deliver(people.who("warehouse"), order.number))["order_state"] == "return_requested"
    found = expect(await decide(owner, order, "withdraw"))
    assert (found["state"], found["timeline"][-1]["event"]) == ("delivered", "deliver")


async def test_support_asks_for_a_customer_and_strangers_do_not(shop: Shop, store: Store, people: People) -> None:
    order = await sent(shop, store, people)
    stranger = people.owner(await people.customer())
    assert (await ask(stranger, order)).code == "order_unknown"
    assert (await ask(people.who("warehouse"), order)).code == "not_allowed"
    found = expect(await ask(people.who("support"), order), 201)
    assert found["timeline"][-1]["role"] == "support"
    assert (await decide(stranger, order, "withdraw")).code == "order_unknown"


async def test_nothing_comes_back_of_an_order_that_was_not_sent(shop: Shop, store: Store, people: People) -> None:
    order = await pack(shop, store, await place(shop, store))
    refused = await ask(people.owner(order.owner), order)
    assert refused.code == "units_invalid"
