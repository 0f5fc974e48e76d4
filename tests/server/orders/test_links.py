"""A link leads its bearer to one order, as its customer, until it expires; nobody else can write one."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import pytest

from server.keys import KeyRing
from server.orders import links
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.orders.people import People, deliver, people_of, read, send
from tests.server.orders.placed import pack, place
from tests.shop import Client, expect, new_shop, new_store, serving

KEYS = KeyRing((("k1", b"1" * 32),))
SOON = datetime(2026, 5, 1, 12, 30, 59, tzinfo=UTC)


@pytest.fixture
def people(shop: Shop, client: Client) -> People:
    return people_of(shop, client)


def test_a_link_says_what_was_signed() -> None:
    order_id = new_id()
    assert links.read(KEYS, links.sign(KEYS, order_id, SOON)) == (order_id, SOON)


def test_a_link_signed_with_an_older_key_still_leads_there() -> None:
    token = links.sign(KEYS, new_id(), SOON)
    rotated = KeyRing((("k2", b"2" * 32), *KEYS.secrets))
    assert links.read(rotated, token) is not None
    assert links.read(KeyRing(rotated.secrets[:1]), token) is None


@pytest.mark.parametrize("position", [0, 5, -1])
def test_a_link_with_another_letter_leads_nowhere(position: int) -> None:
    token = list(links.sign(KEYS, new_id(), SOON))
    token[position] = "B" if token[position] == "A" else "A"
    assert links.read(KEYS, "".join(token)) is None


def test_what_we_signed_for_something_else_is_no_link() -> None:
    content = base64.urlsafe_b64encode(new_id().bytes + bytes(6)).rstrip(b"=")
    assert links.read(KEYS, f"{content.decode()}.{KEYS.sign('quote', content)}") is None
    short = base64.urlsafe_b64encode(bytes(5)).rstrip(b"=")
    assert links.read(KEYS, f"{short.decode()}.{KEYS.sign(links.PURPOSE, short)}") is None
    assert links.read(KEYS, "é.k1.x") is None


async def test_whoever_has_the_link_sees_the_order_as_its_customer(shop: Shop, store: Store, people: People) -> None:
    order = await place(shop, store)
    expect(await people.who("staff").post(f"/orders/{order.number}/notes", {"text": "secret"}), 201)
    token = links.sign(shop.keys, order.id, datetime(2999, 1, 1, tzinfo=UTC))
    found = expect(await people.client.get(f"/orders/by-link/{token}"))
    assert found == await read(people.owner(order.owner), order.number)
    assert found["notes"] == []


async def test_a_link_that_has_expired_says_so(shop: Shop, store: Store, client: Client) -> None:
    order = await place(shop, store)
    token = links.sign(shop.keys, order.id, datetime(2020, 1, 1, tzinfo=UTC))
    for answer in (
        await client.get(f"/orders/by-link/{token}"),
        await client.post(f"/orders/by-link/{token}/cancel"),
    ):
        assert (answer.status, answer.code) == (HTTPStatus.GONE, "order_link_expired")


async def test_a_link_leads_nowhere_in_another_store(shop: Shop, store: Store, client: Client) -> None:
    order = await place(shop, store)
    token = links.sign(shop.keys, order.id, datetime(2999, 1, 1, tzinfo=UTC))
    elsewhere = Client(client.session, client.base, await new_store(shop))
    for answer in (
        await elsewhere.get(f"/orders/by-link/{token}"),
        await elsewhere.post(f"/orders/by-link/{token}/cancel"),
        await client.get(f"/orders/by-link/{token[:-1]}"),
    ):
        assert (answer.status, answer.code) == (HTTPStatus.NOT_FOUND, "order_link_invalid")


async def test_the_bearer_cancels_and_sends_back_as_the_customer_may(shop: Shop, store: Store, people: People) -> None:
    far = datetime(2999, 1, 1, tzinfo=UTC)
    pending = await place(shop, store)
    token = links.sign(shop.keys, pending.id, far)
    cancelled = expect(await people.client.post(f"/orders/by-link/{token}/cancel"))
    assert (cancelled["state"], cancelled["timeline"][-1]["role"]) == ("cancelled", "customer")
    assert (await people.client.post(f"/orders/by-link/{token}/cancel")).code == "transition_refused"
    order = await pack(shop, store, await place(shop, store, owner=await people.customer()))
    await send(people.who("warehouse"), order.number)
    await deliver(people.who("warehouse"), order.number)
    body = {"lines": [{"line_id": str(order.lines["SHIRT"]), "quantity": 1}], "reason": "late"}
    token = links.sign(shop.keys, order.id, far)
    found = expect(await people.client.post(f"/orders/by-link/{token}/returns", body), 201)
    assert found["state"] == "return_requested"


async def test_links_are_not_guessed_without_end(shop: Shop, client: Client, tmp_path: Path) -> None:
    limited = new_shop(shop.database, tmp_path, rate_limits=True)
    store = await new_store(limited)
    async with serving(limited) as address:
        guesser = Client(client.session, address, store)
        statuses = {(await guesser.get(f"/orders/by-link/guess{number}")).status for number in range(60)}
        assert statuses == {HTTPStatus.NOT_FOUND}
        last = await guesser.get("/orders/by-link/guess60")
        assert (last.status, last.code) == (HTTPStatus.TOO_MANY_REQUESTS, "rate_limited")
