"""Does nobody write faster than they may, by whichever way?"""

from __future__ import annotations

from server.sockets.serving import moving
from server.web.call import Shop
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from tests.contract.people import sign_up
from tests.server.chat.conftest import Person, path
from tests.server.sockets.conftest import calling
from tests.shop import Client, expect, new_shop, serving


async def test_thirty_messages_a_minute_by_whichever_way(
    shop: Shop, database: Database, store: Store, client: Client
) -> None:
    limited = new_shop(database, shop.settings.data_dir, rate_limits=True)
    async with moving(limited), serving(limited) as address:
        ana, bea = [
            Person(each.id, Client(client.session, address, store, each.token))
            for each in [await sign_up(limited, store, ["customer"]) for _ in range(2)]
        ]
        begun = await ana.begin()
        async with calling(address, store, "/chat", ana.client.token) as caller:
            sent = {"conversation_id": begun["id"], "body": "Hello?"}
            for _ in range(15):
                await ana.write(begun, "Hello")
                await caller.get("send", {**sent, "client_id": str(new_id())})
            refused = await caller.ask("send", {**sent, "client_id": str(new_id())})
            assert refused["problem"]["code"] == "rate_limited"
            answer = await ana.client.post(f"{path(begun)}/messages", {"client_id": str(new_id()), "body": "Hello"})
            assert (answer.status, answer.code) == (429, "rate_limited")
            assert int(answer.headers["Retry-After"]) > 0
            assert len(expect(await ana.client.get(f"{path(begun)}/messages"))["items"]) == 30
        # It is the writer's limit: others go on.
        await bea.write(await bea.begin(), "Hello")
