"""Is anything of one store's chat there for people of another store, or for the platform while it acts in another?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from http import HTTPStatus
from io import BytesIO
from typing import Any, Final

import asyncpg
import pytest_asyncio

from server.chat.namespace import chat
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.contract import people as contract
from tests.contract.belongings import MAKING, Belongings, ask
from tests.contract.endpoints import ENDPOINTS, variables_of
from tests.contract.people import platform_token, sign_up
from tests.database import SHARED, Cluster
from tests.server.chat.conftest import People, Person, new, path
from tests.server.chat.test_conversations import ordered
from tests.server.sockets.conftest import calling
from tests.shop import Client, expect, new_store

ENDPOINTS_OF_CHAT: Final = [each for each in ENDPOINTS if each.tag == "Chat"]
NAMING: Final = [each for each in ENDPOINTS_OF_CHAT if variables_of(each) and each.operation_id not in MAKING]
LISTS: Final = [
    each
    for each in ENDPOINTS_OF_CHAT
    if each.method == "GET" and not variables_of(each) and each.operation_id != "search_chat"
]

UNKNOWN: Final = frozenset(
    {
        "conversation_unknown",
        "attachment_unknown",
        "canned_answer_unknown",
        "chat_block_unknown",
        "blocked_word_unknown",
    }
)


@dataclass(frozen=True)
class Elsewhere:
    """Another store, and who is there: its own people, and somebody of the platform."""

    store: Store
    admin: Person
    customer: Person
    platform: Client

    @property
    def callers(self) -> dict[str, Client]:
        """Those who may do everything there."""
        return {"an admin": self.admin.client, "the platform": self.platform}


@pytest_asyncio.fixture(loop_scope="session")
async def elsewhere(shop: Shop, client: Client, cluster: Cluster) -> AsyncIterator[Elsewhere]:
    """It is as open as that of the people."""
    store = await new_store(shop)
    there = Client(client.session, client.base, store)

    async def person(role: str) -> Person:
        made = await sign_up(shop, store, [role])
        return Person(made.id, there.signed_in(made.token))

    owner = await asyncpg.connect(cluster.url(SHARED))
    try:
        platform = there.signed_in(await platform_token(shop, owner))
    finally:
        await owner.close()
    yield Elsewhere(store, await person("admin"), await person("customer"), platform)


async def attached(person: Person, conversation: Any) -> Any:
    """Something that was uploaded to it."""
    headers = {"Content-Type": "text/plain"}
    return expect(
        await person.client.post(f"{path(conversation)}/attachments", data=BytesIO(b"tea"), headers=headers), 201
    )


async def everything_here(people: People) -> dict[str, str]:
    """One of everything that an address of chat can name."""
    begun = await people.ana.begin()
    message = await people.ana.write(begun, "tea", attachments=[(await attached(people.ana, begun))["id"]])
    answer = {"shortcut": "tea", "title": "Tea", "body": "Tea"}
    canned = expect(await people.mod.client.post("/chat/canned-answers", answer), 201)
    expect(await people.mod.client.put("/chat/blocked-words/tea"))
    expect(await people.mod.client.post("/chat/blocks", {"user_id": str(people.bea.id), "reason": "Tea"}))
    return {
        "conversation_id": begun["id"], "chat_message_id": message["id"], "answer_id": canned["id"], "word": "tea",
        "attachment_id": message["attachments"][0]["id"], "user_id": str(people.bea.id),
    }  # fmt: skip


async def as_it_is(people: People, ids: dict[str, str]) -> list[Any]:
    """All that staff here see of it."""
    where = f"/chat/conversations/{ids['conversation_id']}"
    seen = [where, f"{where}/sync?after=0", "/chat/canned-answers", "/chat/blocks", "/chat/blocked-words"]
    found = [expect(await people.mod.client.get(each)) for each in seen]
    for message in found[1]["items"]:
        for attachment in message["attachments"]:
            del attachment["url"]
    return found


async def test_no_address_leads_to_anything_of_another_store(people: People, elsewhere: Elsewhere) -> None:
    ids = await everything_here(people)
    assert {name for each in NAMING for name in variables_of(each)} == ids.keys()
    here, before = Belongings(contract.Person(people.mod.id, new_id(), ""), ids), await as_it_is(people, ids)
    for endpoint in NAMING:
        for who, client in elsewhere.callers.items():
            answer = await ask(endpoint, client, here)
            is_nobody = who == "the platform" and answer.code == "not_a_user"
            is_unknown = answer.status == HTTPStatus.NOT_FOUND and answer.code in UNKNOWN
            assert is_nobody or is_unknown, (endpoint.operation_id, who, answer.raw)
        # Whose token is of one store is nobody in the other, whatever they ask for.
        stranger = replace(people.mod.client, store=elsewhere.store)
        assert (await ask(endpoint, stranger, here)).code == "token_invalid"
    assert await as_it_is(people, ids) == before


async def test_no_list_holds_anything_of_another_store(people: People, elsewhere: Elsewhere) -> None:
    await everything_here(people)
    for endpoint in LISTS:
        for who, client in elsewhere.callers.items():
            answer = await client.call("GET", f"/{endpoint.path}")
            if who == "the platform" and answer.status == HTTPStatus.FORBIDDEN:
                assert answer.code == "not_a_user", endpoint.operation_id
            else:
                assert expect(answer)["items"] == [], (endpoint.operation_id, who)
    for client in (*elsewhere.callers.values(), elsewhere.customer.client):
        assert expect(await client.get("/chat/search?q=tea"))["items"] == []


async def test_nothing_of_another_store_can_be_named_in_what_is_sent(
    shop: Shop, people: People, elsewhere: Elsewhere
) -> None:
    ids, number = await everything_here(people), await ordered(shop, people.ana, people)
    admin, customer = elsewhere.admin, elsewhere.customer
    there = await customer.begin()
    for about in ({"order": number}, {"order": number, "seller": "stall"}, {"seller": "stall"}):
        for client in (admin.client, customer.client):
            refused = await client.post("/chat/conversations", new(**about))
            assert (refused.status, refused.code) == (404, "conversation_about_unknown"), about
    unknown = await admin.client.post("/chat/conversations", new(customer_id=str(people.ana.id)))
    assert (unknown.status, unknown.code) == (422, "customer_unknown")
    given = await admin.client.put(f"{path(there)}/assignee", {"user_id": str(people.mod.id)})
    assert (given.status, given.code) == (422, "assignee_invalid")
    file = (await attached(people.ana, {"id": ids["conversation_id"]}))["id"]
    sent = {"client_id": str(new_id()), "body": "See", "attachments": [file]}
    assert (await customer.client.post(f"{path(there)}/messages", sent)).code == "attachment_unusable"
    blocked = await admin.client.post("/chat/blocks", {"user_id": str(people.ana.id), "reason": "Tea"})
    assert (blocked.status, blocked.code) == (422, "chat_block_invalid")
    why = {"client_id": str(new_id()), "order": number}
    assert (await admin.client.post(f"{path(there)}/decisions", why)).status == 404
    answer = {"shortcut": "tea", "title": "Tea", "body": "Tea"}
    own = expect(await admin.client.post("/chat/canned-answers", answer), 201)["id"]
    rendered = f"/chat/canned-answers/{own}/rendered?conversation_id={ids['conversation_id']}"
    assert (await admin.client.get(rendered)).code == "conversation_unknown"
    assert expect(await people.ana.client.get("/chat/conversations"))["items"][0]["seq"] == 1


async def test_no_event_leads_to_anything_of_another_store_and_none_is_heard_from_there(
    address: str, people: People, elsewhere: Elsewhere
) -> None:
    begun = await people.ana.begin()
    written = await people.ana.write(begun, "A secret")
    named = {"conversation_id": begun["id"]}
    own = {"client_id": str(new_id()), "body": "Hello"}
    asked: dict[str, dict[str, Any]] = {
        "join": {"after": 0}, "send": own, "note": own, "edit": {"message_id": written["id"], "body": "Hello"},
        "delete": {"message_id": written["id"], "reason": "Tea"}, "read": {"seq": 1}, "delivered": {"seq": 1},
        "typing": {"is_typing": True}, "sync": {"after": 0}, "more": {},
    }  # fmt: skip
    assert chat.events.keys() == {*asked, "leave", "queue"}, "which name nothing, and end what there is"
    said = {"since": {begun["id"]: 0}}
    async with AsyncExitStack() as stack:
        callers = {
            who: await stack.enter_async_context(calling(address, elsewhere.store, chat.path, client.token, said=said))
            for who, client in (*elsewhere.callers.items(), ("a customer", elsewhere.customer.client))
        }
        ana = await stack.enter_async_context(people.ana.call(address))
        for who, caller in callers.items():
            for event, body in asked.items():
                problem = (await caller.ask(event, {**named, **body}))["problem"]
                is_nobody = problem["code"] == "not_a_user" or (
                    who == "a customer" and problem["code"] == "not_allowed"
                )
                is_unknown = (problem["status"], problem["code"]) == (404, "conversation_unknown")
                assert is_unknown or (is_nobody and event in ("send", "note", "edit", "delete", "read", "delivered"))
            await caller.get("leave", named)
        for who in elsewhere.callers:
            await callers[who].get("queue", {"watch": True})
        await people.ana.write(begun, "Another secret")
        await ana.until(lambda: ana.of("message") and ana.of("conversation"))
        # What comes after it from their own store has been told, so that nothing is on its way any more.
        there = await elsewhere.customer.begin()
        await elsewhere.customer.write(there, "Hello")
        for caller in callers.values():
            await caller.until(lambda caller=caller: caller.of("conversation"))
            assert begun["id"] not in str(caller.told)
            assert "secret" not in str(caller.told)
    assert [each["body"] for each in (await people.ana.messages(begun))["items"]] == ["A secret", "Another secret"]
