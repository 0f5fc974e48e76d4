"""The people of the shop write notes about orders, for each other or for the customer."""

from __future__ import annotations

import pytest

from server.web.call import Shop
from storage.tenancy import Store
from tests.server.orders.people import People, people_of, read
from tests.server.orders.placed import place
from tests.shop import Client, expect


@pytest.fixture
def people(shop: Shop, client: Client) -> People:
    return people_of(shop, client)


async def test_notes_are_read_in_order_with_who_wrote_them(shop: Shop, store: Store, people: People) -> None:
    order = await place(shop, store)
    author = await people.customer(name="Rui")
    named = people.client.signed_in(people.actors.token(store, "user", ("staff",), author.id))
    address = f"/orders/{order.number}/notes"
    first = expect(await named.post(address, {"text": "called twice"}), 201)
    platform = people.client.signed_in(people.actors.token(store, "platform", ("super_admin",)))
    second = expect(await platform.post(address, {"text": "we are sorry", "is_for_customer": True}), 201)
    assert (first["author_name"], first["author_id"]) == ("Rui", str(author.id))
    assert second["author_name"] == "Platform"
    found = expect(await people.who("warehouse").get(address))["items"]
    assert found == [first, second]
    [shown] = (await read(people.owner(order.owner), order.number))["notes"]
    assert (shown["text"], shown["author_id"], shown["author_name"]) == ("we are sorry", None, None)


async def test_customers_and_the_warehouse_write_none(shop: Shop, store: Store, people: People) -> None:
    order = await place(shop, store, owner=await people.customer())
    for who in (people.owner(order.owner), people.who("warehouse")):
        assert (await who.post(f"/orders/{order.number}/notes", {"text": "hello"})).status == 403
    assert (await people.owner(order.owner).get(f"/orders/{order.number}/notes")).status == 403
    assert expect(await people.who("staff").get(f"/orders/{order.number}/notes"))["items"] == []


async def test_a_note_is_about_an_order_there_is(people: People) -> None:
    assert (await people.who("staff").post("/orders/77/notes", {"text": "hello"})).code == "order_unknown"
    assert (await people.who("staff").get("/orders/77/notes")).code == "order_unknown"
