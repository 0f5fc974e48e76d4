"""Does the shop do what the document of sockets says? Every event is sent to a real one, and all it says is checked."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from jsonschema import Draft7Validator
from socketio import AsyncClient
from socketio.exceptions import ConnectionError as Refused

from server.app import NAMESPACES
from server.cart.snapshot import Owner
from server.sockets.asyncapi import document
from server.sockets.serving import moving
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.contract.people import Person, sign_up
from tests.server.cart.goods import Goods
from tests.server.orders.placed import Placed, Wanted, pay, place
from tests.server.sockets.conftest import Caller, calling
from tests.shop import Client, expect

API: Any = json.loads(msgspec.json.encode(document(NAMESPACES, "1")))


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def shop_that_moves(shop: Shop) -> AsyncIterator[Shop]:
    """Steps are handed out meanwhile."""
    async with moving(shop):
        yield shop


def judge(namespace: str, message: str) -> Draft7Validator:
    """Of what a message of a namespace carries."""
    payload = API["channels"][namespace.strip("/")]["messages"][message]["payload"]
    # Beside a reference nothing else counts in this draft of JSON Schema.
    return Draft7Validator({"allOf": [payload], "components": API["components"]})


class Witness:
    """A client that asks, and checks every answer."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.asked: set[str] = {"connect"}

    async def ask(self, event: str, body: Any) -> Any:
        """Send an event that has to go well, and is as the document says."""
        judge(self.caller.namespace, f"client.{event}").validate(body)
        answer = await self.caller.ask(event, body)
        assert "data" in answer, answer
        judge(self.caller.namespace, f"done.{event}").validate(answer)
        self.asked.add(event)
        return answer["data"]

    async def refuse(self, event: str, body: Any, code: str) -> None:
        """Send an event that is refused, by a code the document names."""
        answer = await self.caller.ask(event, body)
        assert answer["problem"]["code"] == code, answer
        judge(self.caller.namespace, "refused").validate(answer)
        operation = API["operations"][f"{self.caller.namespace.strip('/')}.{event}"]
        assert code in [each["code"] for each in operation["x-problems"]]

    def check_what_was_told(self) -> set[str]:
        """All that the shop sent by itself is as the document says; the names of the events."""
        told = [(name, data) for name, data in self.caller.told if name != "disconnect"]
        for name, data in told:
            judge(self.caller.namespace, f"server.{name}").validate(data)
        return {name for name, _ in told}


def asked_of(namespace: str) -> set[str]:
    """The events that clients of a namespace may send."""
    channel = {"$ref": f"#/channels/{namespace.strip('/')}"}
    found = [each for each in API["operations"].values() if each["channel"] == channel]
    return {each["title"] for each in found if each["action"] == "receive"}


def told_of(namespace: str) -> set[str]:
    """The events that the shop sends by itself in a namespace, but for the one that ends the connection."""
    return {each.name for known in NAMESPACES if known.path == namespace for each in known.emissions}


@asynccontextmanager
async def witness(address: str, store: Store, namespace: str, person: Person) -> AsyncIterator[Witness]:
    """Somebody connected who checks what they are told."""
    async with calling(address, store, namespace, person.token) as caller:
        yield Witness(caller)


def test_a_judge_sees_what_is_not_as_it_should_be() -> None:
    assert not judge("/chat", "done.send").is_valid({"data": {}})
    assert not judge("/chat", "server.message").is_valid({"id": 3})
    assert not judge("/chat", "client.send").is_valid({"conversation_id": 3})


async def test_a_conversation_is_as_the_document_says(address: str, shop: Shop, store: Store, client: Client) -> None:
    ana, mod = await sign_up(shop, store, ["customer"]), await sign_up(shop, store, ["moderator"])
    new = {"key": new_id().hex, "subject": "Where is it?"}
    begun = expect(await client.signed_in(ana.token).post("/chat/conversations", new), 201)
    here = {"conversation_id": begun["id"]}
    async with witness(address, store, "/chat", ana) as customer, witness(address, store, "/chat", mod) as staff:
        await staff.ask("queue", {"watch": True})
        await staff.ask("join", {**here, "after": 0})
        await customer.ask("join", here)
        sent = await customer.ask("send", {**here, "client_id": str(new_id()), "body": "Hello?"})
        await staff.caller.until(lambda: staff.caller.of("message"))
        await staff.ask("typing", {**here, "is_typing": True})
        await customer.caller.until(lambda: customer.caller.of("typing"))
        # Whoever only reads, or writes notes, takes no part that the customer is told of.
        await staff.ask("send", {**here, "client_id": str(new_id()), "body": "Good morning"})
        await staff.ask("delivered", {**here, "seq": sent["seq"]})
        await staff.ask("read", {**here, "seq": sent["seq"]})
        await staff.ask("note", {**here, "client_id": str(new_id()), "body": "A good customer"})
        await customer.ask("edit", {**here, "message_id": sent["id"], "body": "Hello!"})
        await customer.ask("more", {**here, "limit": 5})
        await customer.ask("sync", {**here, "after": 0})
        await customer.ask("delete", {**here, "message_id": sent["id"]})
        await customer.ask("authenticate", {"token": ana.token})
        await customer.refuse("read", {"conversation_id": str(new_id()), "seq": 1}, "conversation_unknown")
        await customer.refuse("note", {**here, "client_id": str(new_id()), "body": "x"}, "not_allowed")
        await customer.refuse("send", {**here, "body": 3}, "body_invalid")
        await customer.caller.until(lambda: customer.caller.of("cursor") and customer.caller.of("message")[2:])
        await client.signed_in(ana.token).post("/auth/sign-out")
        await customer.caller.until(lambda: customer.caller.of("problem"))
        await staff.caller.until(lambda: staff.caller.of("presence"))
        await staff.ask("leave", here)
        told = customer.check_what_was_told() | staff.check_what_was_told()
        assert told == told_of("/chat") | {"problem"}
        assert customer.asked | staff.asked == asked_of("/chat"), "this test sends every event"


async def test_orders_are_as_the_document_says(address: str, shop: Shop, store: Store) -> None:
    ana, boss = await sign_up(shop, store, ["customer"]), await sign_up(shop, store, ["admin"])
    other = await place(shop, store)
    order: Placed = await place(shop, store, Wanted("TEA"), owner=Owner("user", ana.id))
    async with witness(address, store, "/orders", ana) as follower:
        await follower.ask("watch", {"number": str(order.number), "after": 0})
        await pay(shop, store, order)
        await follower.caller.until(lambda: follower.caller.of("order")[1:] and follower.caller.of("order_now"))
        await follower.refuse("watch", {}, "watch_invalid")
        await follower.refuse("watch", {"number": "999999"}, "order_unknown")
        await follower.ask("unwatch", {"number": str(order.number)})
        await follower.ask("authenticate", {"token": ana.token})
        async with witness(address, store, "/orders", boss) as staff:
            await staff.ask("watch", {"number": str(other.number)})
            await shop.database.transaction(
                store.id, lambda tx: tx.execute("UPDATE users SET roles = '{customer}' WHERE id = $1", boss.id)
            )
            await pay(shop, store, other)
            await staff.caller.until(lambda: staff.caller.of("order_ended"))
            told = follower.check_what_was_told() | staff.check_what_was_told()
        assert told == told_of("/orders")
        assert follower.asked == asked_of("/orders")


async def test_the_dashboard_is_as_the_document_says(address: str, shop: Shop, store: Store) -> None:
    boss = await sign_up(shop, store, ["admin"])
    async with witness(address, store, "/admin", boss) as looker:
        await looker.caller.until(lambda: looker.caller.of("dashboard"))
        await looker.ask("authenticate", {"token": boss.token})
        assert looker.check_what_was_told() == told_of("/admin")
        assert looker.asked == asked_of("/admin")


async def test_the_inventory_is_as_the_document_says(address: str, shop: Shop, store: Store, goods: Goods) -> None:
    tea = await goods.put("TEA", on_hand=100)
    person = await sign_up(shop, store, ["customer"])
    async with witness(address, store, "/catalog", person) as looker:
        await looker.ask("watch", {"products": ["p-tea"]})
        await goods.execute("UPDATE stock_levels SET on_hand = $2 WHERE variant_id = $1", tea, 0)
        await looker.caller.until(lambda: looker.caller.of("inventory"))
        await looker.refuse("watch", {"products": ["p-nothing"]}, "product_unknown")
        await looker.ask("unwatch", {"products": ["p-tea"]})
        await looker.ask("authenticate", {"token": person.token})
        assert looker.check_what_was_told() == told_of("/catalog")
        assert looker.asked == asked_of("/catalog")


@pytest.mark.parametrize("namespace", [each.path for each in NAMESPACES])
async def test_who_is_refused_is_told_as_the_document_says(address: str, store: Store, namespace: str) -> None:
    said: list[Any] = []
    client = AsyncClient(reconnection=False)
    client.on("connect_error", said.append, namespace=namespace)
    with pytest.raises(Refused):
        await client.connect(
            address, headers={"X-Tenant-ID": store.slug}, auth={"token": "none of ours"}, namespaces=[namespace],
            transports=["websocket"], wait_timeout=20,
        )  # fmt: skip
    await client.disconnect()
    judge(namespace, "connect_error").validate(said[0])
    assert said[0]["data"]["code"] == "token_invalid"
