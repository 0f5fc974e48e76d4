"""Does nobody write faster than they may, by whichever way?"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from server.sockets.serving import moving
from server.web.call import Shop
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from tests.contract.people import sign_up
from tests.server.chat.conftest import Person, new, path
from tests.server.sockets.conftest import calling
from tests.shop import Client, expect, new_shop, serving


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def limited_address(shop: Shop, database: Database) -> AsyncIterator[str]:
    """Where a shop is served that counts."""
    limited = new_shop(database, shop.settings.data_dir, rate_limits=True)
    async with moving(limited), serving(limited) as address:
        yield address


async def person(shop: Shop, client: Client, store: Store, address: str, role: str = "customer") -> Person:
    """Somebody who is counted."""
    made = await sign_up(shop, store, [role])
    return Person(made.id, Client(client.session, address, store, made.token))


async def test_thirty_messages_a_minute_by_whichever_way(
    shop: Shop, store: Store, client: Client, limited_address: str
) -> None:
    ana, bea = [await person(shop, client, store, limited_address) for _ in range(2)]
    begun = await ana.begin()
    async with calling(limited_address, store, "/chat", ana.client.token) as caller:
        sent = {"conversation_id": begun["id"], "body": "Hello?"}
        for _ in range(15):
            await ana.write(begun, "Hello")
            await caller.get("send", {**sent, "client_id": str(new_id())})
        refused = await caller.ask("send", {**sent, "client_id": str(new_id())})
        assert refused["problem"]["code"] == "rate_limited"
    written = {"client_id": str(new_id()), "body": "Hello"}
    for answer in (
        await ana.client.post(f"{path(begun)}/messages", written),
        await ana.client.post(f"{path(begun)}/resolve"),
        await ana.client.post(f"{path(begun)}/reopen"),
        await ana.client.put(f"{path(begun)}/rating", {"rating": 5}),
    ):
        assert (answer.status, answer.code) == (429, "rate_limited")
        assert int(answer.headers["Retry-After"]) > 0
    assert len(expect(await ana.client.get(f"{path(begun)}/messages"))["items"]) == 30
    # It is the writer's limit: others go on.
    await bea.write(await bea.begin(), "Hello")


async def test_finding_an_own_conversation_again_counts_as_none_begun(
    shop: Shop, store: Store, client: Client, limited_address: str
) -> None:
    ana = await person(shop, client, store, limited_address)
    body = new()
    answers = [await ana.client.post("/chat/conversations", body) for _ in range(25)]
    assert [answer.status for answer in answers] == [201] + [200] * 24
    for _ in range(19):
        await ana.begin()
    answer = await ana.client.post("/chat/conversations", new())
    assert (answer.status, answer.code) == (429, "rate_limited")
    assert (await ana.client.post("/chat/conversations", body)).status == 200, "the one that is there"


async def test_messages_to_a_conversation_that_is_there_count_as_messages(
    shop: Shop, store: Store, client: Client, limited_address: str
) -> None:
    ana = await person(shop, client, store, limited_address)
    body = new()
    answers = [
        await ana.client.post(
            "/chat/conversations", {**body, "message": {"client_id": str(new_id()), "body": str(number)}}
        )
        for number in range(32)
    ]
    assert [answer.status for answer in answers] == [201] + [200] * 30 + [429]


async def test_staff_begin_more_with_others(shop: Shop, store: Store, client: Client, limited_address: str) -> None:
    mod = await person(shop, client, store, limited_address, "moderator")
    ana = await person(shop, client, store, limited_address)
    for _ in range(25):
        await mod.begin(customer_id=str(ana.id))
