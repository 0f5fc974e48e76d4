"""How does a conversation begin, who finds it where, and what becomes of it?"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from server.auth import authentication
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.contract.ordering import order
from tests.contract.people import sign_up
from tests.server.cart.goods import Goods
from tests.server.chat.conftest import People, Person, new, path
from tests.shop import Client, expect, new_store


async def ordered(shop: Shop, buyer: Person, people: People) -> int:
    """The number of an order of something that the seller sells."""
    goods = Goods(shop, buyer.client.store)
    sku = f"TEA-{new_id().hex[-6:]}"
    await goods.put(sku, 9900)
    await goods.execute(
        "UPDATE products SET seller_id = (SELECT id FROM sellers WHERE user_id = $1) WHERE slug = $2",
        people.seller.id, f"p-{sku.lower()}",
    )  # fmt: skip
    placed = await order(buyer.client, people.mod.client, sku, "placed")
    return int(placed["number"])


async def test_the_same_key_is_the_same_conversation_however_often_it_is_sent(people: People) -> None:
    body = new(message={"client_id": str(new_id()), "body": "It did not come"})
    first = expect(await people.ana.client.post("/chat/conversations", body), 201)
    again = expect(await people.ana.client.post("/chat/conversations", body), 200)
    assert again == first
    assert first["seq"] == 1
    other = expect(await people.bea.client.post("/chat/conversations", body), 201)
    assert other["id"] != first["id"]


async def test_two_who_begin_it_at_once_begin_one(people: People) -> None:
    body = new(message={"client_id": str(new_id()), "body": "It did not come"})
    answers = await asyncio.gather(*(people.ana.client.post("/chat/conversations", body) for _ in range(6)))
    assert sorted(answer.status for answer in answers) == [200] * 5 + [201]
    assert len({answer.json["id"] for answer in answers}) == 1
    assert len(expect(await people.ana.client.get("/chat/conversations"))["items"]) == 1


async def test_a_conversation_that_is_there_goes_on_with_another_message(people: People) -> None:
    body = new(message={"client_id": str(new_id()), "body": "It did not come"})
    expect(await people.ana.client.post("/chat/conversations", body), 201)
    other = {**body, "message": {"client_id": str(new_id()), "body": "Hello?"}}
    for _ in range(2):
        seen = expect(await people.ana.client.post("/chat/conversations", other), 200)
        assert (seen["seq"], seen["last_message"]["excerpt"]) == (2, "Hello?")
    written = (await people.ana.messages(seen))["items"]
    assert [each["body"] for each in written] == ["It did not come", "Hello?"]
    changed = {**body, "message": {**body["message"], "body": "Something else"}}
    refused = await people.ana.client.post("/chat/conversations", changed)
    assert (refused.status, refused.code) == (409, "client_id_reused")


async def test_two_first_messages_at_once_are_both_kept(people: People) -> None:
    body = new()
    said = [{**body, "message": {"client_id": str(new_id()), "body": str(number)}} for number in range(5)]
    answers = await asyncio.gather(*(people.ana.client.post("/chat/conversations", each) for each in said))
    assert sorted(answer.status for answer in answers) == [200] * 4 + [201]
    written = (await people.ana.messages(answers[0].json))["items"]
    assert sorted(each["body"] for each in written) == ["0", "1", "2", "3", "4"]


async def test_it_can_be_about_an_own_order_with_who_sold_something_of_it(shop: Shop, people: People) -> None:
    number = await ordered(shop, people.ana, people)
    begun = await people.ana.begin(order=number, seller="stall", subject=None)
    assert (begun["order"], begun["kind"], begun["seller"]["slug"], begun["subject"]) == (
        number, "seller", "stall", f"#{number}"
    )  # fmt: skip
    assert {each["role"] for each in begun["participants"]} == {"customer", "seller"}
    assert (await people.seller.see(begun))["your_role"] == "seller"


@pytest.mark.parametrize("about", [{"order": 999_999}, {"seller": "nobody"}, {"product": "nothing"}])
async def test_what_is_not_there_cannot_be_talked_about(people: People, about: dict[str, Any]) -> None:
    answer = await people.ana.client.post("/chat/conversations", new(**about))
    assert (answer.status, answer.code) == (404, "conversation_about_unknown")
    assert answer.json["errors"][0]["pointer"] == f"/{next(iter(about))}"


async def test_an_order_of_somebody_else_cannot_be_talked_about(shop: Shop, people: People) -> None:
    number = await ordered(shop, people.ana, people)
    assert (await people.bea.client.post("/chat/conversations", new(order=number))).status == 404
    goods = Goods(shop, people.bea.client.store)
    await goods.put("OWN", 9900)
    without = await order(people.bea.client, people.mod.client, "OWN", "placed")
    refused = await people.bea.client.post("/chat/conversations", new(order=int(without["number"]), seller="stall"))
    assert refused.status == 404, "nothing of it was sold by the stall"


async def test_sellers_begin_one_with_the_customer_of_an_order_that_has_something_of_theirs(
    shop: Shop, store: Store, people: People
) -> None:
    number = await ordered(shop, people.ana, people)
    message = {"client_id": str(new_id()), "body": "Blue is sold out; may it be green?"}
    body = new(order=number, seller="stall", subject=None, message=message)
    begun = expect(await people.seller.client.post("/chat/conversations", body), 201)
    assert (begun["kind"], begun["order"], begun["your_role"], begun["status"], begun["subject"]) == (
        "seller", number, "seller", "waiting", f"#{number}"
    )  # fmt: skip
    assert begun["customer"]["id"] == str(people.ana.id)
    answers = await asyncio.gather(*(people.seller.client.post("/chat/conversations", body) for _ in range(4)))
    assert {(answer.status, answer.json["id"], answer.json["seq"]) for answer in answers} == {(200, begun["id"], 1)}
    seen = await people.ana.see(begun)
    assert (seen["your_role"], seen["unread"], seen["last_message"]["author_role"]) == ("customer", 1, "seller")
    await people.ana.write(begun, "Green is fine")
    assert (await people.seller.see(begun))["unread"] == 1
    assert (await people.bea.client.get(path(begun))).status == 404
    noted = "SELECT count(*) FROM audit_log WHERE action = 'chat.begin'"
    assert await shop.database.transaction(store.id, lambda tx: tx.fetchval(noted)) == 0, "they are no staff"


async def test_sellers_begin_none_about_any_other_order(shop: Shop, store: Store, people: People) -> None:
    number = await ordered(shop, people.ana, people)
    goods = Goods(shop, store)
    await goods.put("OWN", 9900)
    of_shop = int((await order(people.bea.client, people.mod.client, "OWN", "placed"))["number"])
    other = await sign_up(shop, store, ["seller"])
    await goods.execute(
        "INSERT INTO sellers (id, store_id, slug, name, user_id) VALUES ($1, $2, 'kiosk', 'Kiosk', $3)",
        new_id(), store.id, other.id,
    )  # fmt: skip
    kiosk = people.seller.client.signed_in(other.token)
    for client, body in (
        (people.seller.client, {"order": of_shop, "seller": "stall"}),
        (people.seller.client, {"order": 999_999, "seller": "stall"}),
        (people.seller.client, {"order": number}),
        (people.seller.client, {"order": number, "seller": "kiosk"}),
        (kiosk, {"order": number, "seller": "kiosk"}),
        (kiosk, {"order": number, "seller": "stall"}),
    ):
        refused = await client.post("/chat/conversations", new(**body))
        assert (refused.status, refused.code) == (404, "conversation_about_unknown"), body
        assert refused.json["errors"][0]["pointer"] == "/order"
    named = new(order=number, seller="stall", customer_id=str(people.ana.id))
    assert (await people.seller.client.post("/chat/conversations", named)).status == 403, "that is for staff"
    await goods.execute("UPDATE sellers SET status = 'suspended' WHERE slug = 'stall'")
    closed = await people.seller.client.post("/chat/conversations", new(order=number, seller="stall"))
    assert closed.status == 404
    assert expect(await people.ana.client.get("/chat/conversations"))["items"] == []


async def test_sellers_who_may_not_write_begin_none(shop: Shop, people: People) -> None:
    number = await ordered(shop, people.ana, people)
    expect(await people.mod.client.put("/chat/blocked-words/drat"))
    body = new(order=number, seller="stall", subject="Drat")
    refused = await people.seller.client.post("/chat/conversations", body)
    assert (refused.code, refused.json["errors"][0]["pointer"]) == ("message_refused", "/subject")
    expect(await people.mod.client.post("/chat/blocks", {"user_id": str(people.seller.id), "reason": "Insults"}))
    refused = await people.seller.client.post("/chat/conversations", {**body, "subject": "Tea"})
    assert (refused.status, refused.code) == (403, "writing_blocked")


async def test_staff_begin_one_with_whoever_placed_an_order(shop: Shop, people: People) -> None:
    number = await ordered(shop, people.ana, people)
    begun = await people.mod.begin(order=number)
    assert begun["customer"]["id"] == str(people.ana.id)
    assert begun["your_role"] == "staff"
    body = new(order=number)
    first = expect(await people.mod.client.post("/chat/conversations", body), 201)
    assert expect(await people.mod.client.post("/chat/conversations", body), 200)["id"] == first["id"] != begun["id"]
    listed = expect(await people.ana.client.get("/chat/conversations"))["items"]
    assert [each["id"] for each in listed] == [first["id"], begun["id"]]
    unknown = await people.mod.client.post("/chat/conversations", new(customer_id=str(new_id())))
    assert (unknown.status, unknown.code) == (422, "customer_unknown")
    refused = await people.ana.client.post("/chat/conversations", new(customer_id=str(people.bea.id)))
    assert (refused.status, refused.code) == (403, "not_allowed")


async def test_something_has_to_say_what_it_is_about(people: People) -> None:
    answer = await people.ana.client.post("/chat/conversations", {"key": "1"})
    assert (answer.code, answer.json["errors"][0]["pointer"]) == ("body_invalid", "/subject")
    message = {"client_id": str(new_id()), "body": "\n It did not come\nat all"}
    begun = expect(await people.ana.client.post("/chat/conversations", {"key": "1", "message": message}), 201)
    assert begun["subject"] == "It did not come"


async def test_strangers_find_nothing(shop: Shop, client: Client, people: People) -> None:
    begun = await people.ana.begin()
    elsewhere = await new_store(shop)
    admin = await sign_up(shop, elsewhere, ["admin"])
    strangers = [
        people.bea.client, people.seller.client, Client(client.session, client.base, elsewhere, admin.token)
    ]  # fmt: skip
    message = await people.ana.write(begun, "It did not come")
    for stranger in strangers:
        for answer in (
            await stranger.get(path(begun)),
            await stranger.get(f"{path(begun)}/messages"),
            await stranger.get(f"{path(begun)}/sync?after=0"),
            await stranger.post(f"{path(begun)}/messages", {"client_id": str(new_id()), "body": "Hello"}),
            await stranger.patch(f"{path(begun)}/messages/{message['id']}", {"body": "Hello"}),
            await stranger.delete(f"{path(begun)}/messages/{message['id']}"),
            await stranger.put(f"{path(begun)}/cursor", {"read": 1}),
            await stranger.post(f"{path(begun)}/resolve"),
        ):
            assert (answer.status, answer.code) == (404, "conversation_unknown")
    assert (await people.ana.messages(begun))["items"] == [message]


async def test_staff_who_may_have_no_conversations_see_nothing_of_what_is_about_themselves(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other, sold = await people.mod.begin(), await people.bea.begin(), await people.bea.begin(seller="stall")
    for each, customer in ((own, people.mod), (other, people.bea), (sold, people.bea)):
        await customer.write(each, "My tea is late")
        await people.sue.note(each, "Their tea is always late")
    known = authentication._permissions
    monkeypatch.setattr(
        authentication, "_permissions",
        lambda access, roles: (known(access, roles) | {"chat.moderate"}) - {"chat.own"},
    )  # fmt: skip
    for who, about_them, of_others in (
        (people.mod, own, [sold, other]), (people.seller, sold, [other, own]), (people.sue, None, [sold, other, own])
    ):  # fmt: skip
        listed = expect(await who.client.get("/staff/chat/conversations"))["items"]
        assert [each["id"] for each in listed] == [each["id"] for each in of_others]
        waiting = expect(await who.client.get("/chat/queue"))["items"]
        assert {each["id"] for each in waiting} == {each["id"] for each in of_others if each["kind"] == "support"}
        found = expect(await who.client.get("/chat/search?q=late"))["items"]
        assert len(found) == 2 * len(of_others)
        if about_them is not None:
            for address in (path(about_them), f"{path(about_them)}/messages", f"{path(about_them)}/sync?after=0"):
                assert (await who.client.get(address)).code == "conversation_unknown"


async def test_status_and_queue_follow_who_writes(people: People) -> None:
    begun = await people.ana.begin()
    assert (begun["status"], begun["waiting_since"]) == ("open", None)
    await people.ana.write(begun, "It did not come")
    since = (await people.mod.see(begun))["waiting_since"]
    assert since is not None
    await people.ana.write(begun, "Hello?")
    assert (await people.mod.see(begun))["waiting_since"] == since, "since the first word"
    await people.mod.note(begun, "Again the carrier")
    assert (await people.mod.see(begun))["waiting_since"] == since, "a note is no answer"
    await people.mod.write(begun, "It is on its way")
    answered = await people.mod.see(begun)
    assert (answered["status"], answered["waiting_since"]) == ("waiting", None)
    resolved = expect(await people.mod.client.post(f"{path(begun)}/resolve"))
    assert resolved["status"] == "resolved"
    await people.ana.write(begun, "It did not come after all")
    again = await people.mod.see(begun)
    assert (again["status"], again["waiting_since"] is not None) == ("open", True)


async def test_the_queue_is_in_the_order_of_waiting(people: People) -> None:
    begun = [await people.ana.begin(), await people.bea.begin(), await people.ana.begin()]
    for each in (begun[1], begun[0], begun[2]):
        customer = people.named()[UUID(each["customer"]["id"])]
        await customer.write(each, "It did not come")
    expect(await people.mod.client.put(f"{path(begun[2])}/assignee", {"user_id": str(people.mod.id)}))

    async def queue(**query: Any) -> list[str]:
        found: list[str] = []
        cursor: dict[str, Any] = {}
        while True:
            page = expect(await people.mod.client.get("/chat/queue", params={"limit": 2, **query, **cursor}))
            found += [each["id"] for each in page["items"]]
            if page["next"] is None:
                return found
            cursor = {"cursor": page["next"]}

    waiting = [begun[index]["id"] for index in (1, 0, 2)]
    assert await queue() == waiting
    assert await queue(whose="unassigned") == waiting[:2]
    assert await queue(whose="mine") == waiting[2:]
    back = expect(await people.mod.client.get("/chat/queue", params={"limit": 2}))
    last = expect(await people.mod.client.get("/chat/queue", params={"limit": 2, "cursor": back["next"]}))
    first = expect(await people.mod.client.get("/chat/queue", params={"limit": 2, "cursor": last["prev"]}))
    assert [each["id"] for each in first["items"]] == waiting[:2]


async def test_somebody_looks_after_it_and_hands_it_on_with_a_note(people: People) -> None:
    begun = await people.ana.begin()
    taken = expect(await people.mod.client.put(f"{path(begun)}/assignee", {"user_id": str(people.mod.id)}))
    assert taken["assigned_to"]["id"] == str(people.mod.id)
    given = {"user_id": str(people.sue.id), "note": "She speaks French"}
    handed = expect(await people.mod.client.put(f"{path(begun)}/assignee", given))
    assert handed["assigned_to"]["id"] == str(people.sue.id)
    assert {each["user_id"] for each in handed["participants"] if each["role"] == "staff"} == {
        str(people.mod.id), str(people.sue.id)
    }  # fmt: skip
    seen = await people.mod.messages(begun)
    assert [each["kind"] for each in seen["items"]] == ["system", "system", "note"]
    assert seen["items"][1]["done"] == {"done": "assigned", "to": {"id": str(people.sue.id), "name": "Ana Souza"}}
    public = await people.ana.messages(begun)
    assert [each["kind"] for each in public["items"]] == ["system", "system"], "the note is for staff"
    free = expect(await people.mod.client.put(f"{path(begun)}/assignee", {"user_id": None}))
    assert free["assigned_to"] is None


async def test_what_is_given_to_somebody_is_unread_until_they_read_it(people: People) -> None:
    begun = await people.ana.begin()
    await people.ana.write(begun, "It did not come")
    last = await people.ana.write(begun, "Hello?")
    await people.mod.note(begun, "She wrote yesterday, too")
    expect(await people.mod.client.put(f"{path(begun)}/assignee", {"user_id": str(people.sue.id)}))

    async def mine() -> tuple[int, int]:
        (found,) = expect(await people.sue.client.get("/chat/queue?whose=mine"))["items"]
        (reader,) = [each for each in found["participants"] if each["user_id"] == str(people.sue.id)]
        return found["unread"], reader["read_seq"]

    assert await mine() == (3, 0)
    expect(await people.sue.client.put(f"{path(begun)}/cursor", {"read": last["seq"]}))
    assert await mine() == (1, last["seq"])
    # Handing it to and fro takes nobody back to where they were.
    for to in (people.mod, people.sue):
        handed = expect(await people.mod.client.put(f"{path(begun)}/assignee", {"user_id": str(to.id)}))
    assert await mine() == (1, last["seq"])
    expect(await people.sue.client.put(f"{path(begun)}/cursor", {"read": handed["seq"]}))
    assert (await mine())[0] == 0


async def test_only_who_answers_customers_can_be_given_one(people: People) -> None:
    begun = await people.ana.begin()
    for nobody in (people.bea.id, people.ana.id, new_id()):
        answer = await people.mod.client.put(f"{path(begun)}/assignee", {"user_id": str(nobody)})
        assert (answer.status, answer.code) == (422, "assignee_invalid")
    assert (await people.ana.client.put(f"{path(begun)}/assignee", {"user_id": str(people.mod.id)})).status == 403


async def test_what_staff_do_is_in_the_audit_log(shop: Shop, store: Store, people: People) -> None:
    begun = await people.mod.begin(customer_id=str(people.ana.id))
    message = await people.ana.write(begun, "Rude words")
    expect(await people.mod.client.put(f"{path(begun)}/assignee", {"user_id": str(people.sue.id)}))
    expect(await people.mod.client.patch(path(begun), {"tags": ["late", "late"], "subject": "Late"}))
    expect(await people.mod.client.delete(f"{path(begun)}/messages/{message['id']}", params={"reason": "rude"}))
    expect(await people.mod.client.post(f"{path(begun)}/resolve"))
    expect(await people.mod.client.post(f"{path(begun)}/reopen"))
    rows = await shop.database.transaction(
        store.id, lambda tx: tx.fetch("SELECT action, actor_id FROM audit_log WHERE action LIKE 'chat.%' ORDER BY id")
    )
    assert [row["action"] for row in rows] == [
        "chat.begin", "chat.assign", "chat.change", "chat.message_taken_back", "chat.resolve", "chat.reopen"
    ]  # fmt: skip
    assert {row["actor_id"] for row in rows} == {people.mod.id}


async def test_tags_are_for_staff_alone(people: People) -> None:
    begun = await people.ana.begin()
    changed = expect(await people.mod.client.patch(path(begun), {"tags": ["late", "angry"], "subject": "Late"}))
    assert (changed["tags"], changed["subject"]) == (["late", "angry"], "Late")
    seen = await people.ana.see(begun)
    assert (seen["tags"], seen["subject"], seen["seq"]) == (None, "Late", 1)
    found = expect(await people.mod.client.get("/staff/chat/conversations", params={"tag": "angry"}))
    assert [each["id"] for each in found["items"]] == [begun["id"]]
    assert expect(await people.mod.client.get("/staff/chat/conversations", params={"tag": "calm"}))["items"] == []


async def test_the_customer_rates_what_is_resolved_and_may_change_their_mind(people: People) -> None:
    begun = await people.ana.begin()
    early = await people.ana.client.put(f"{path(begun)}/rating", {"rating": 5})
    assert (early.status, early.code) == (409, "conversation_not_resolved")
    expect(await people.ana.client.post(f"{path(begun)}/resolve"))
    expect(await people.ana.client.put(f"{path(begun)}/rating", {"rating": 2}))
    rated = expect(await people.ana.client.put(f"{path(begun)}/rating", {"rating": 5, "comment": "After all"}))
    assert (rated["rating"], rated["rating_comment"]) == (5, "After all")
    assert (await people.mod.client.put(f"{path(begun)}/rating", {"rating": 5})).status == 403


async def test_who_may_not_write_cannot_speak_by_what_they_do(people: People) -> None:
    begun = await people.ana.begin()
    expect(await people.mod.client.put("/chat/blocked-words/drat"))
    expect(await people.ana.client.post(f"{path(begun)}/resolve"))
    refused = await people.ana.client.put(f"{path(begun)}/rating", {"rating": 1, "comment": "Oh DRAT!"})
    assert (refused.status, refused.code) == (422, "message_refused")
    assert refused.json["errors"][0]["pointer"] == "/comment"
    expect(await people.mod.client.post("/chat/blocks", {"user_id": str(people.ana.id), "reason": "Insults"}))
    for answer in (
        await people.ana.client.put(f"{path(begun)}/rating", {"rating": 1}),
        await people.ana.client.post(f"{path(begun)}/reopen"),
        await people.ana.client.post(f"{path(begun)}/resolve"),
    ):
        assert (answer.status, answer.code) == (403, "writing_blocked")
    assert (await people.ana.see(begun))["rating"] is None
    expect(await people.mod.client.post(f"{path(begun)}/reopen"))


async def test_unread_messages_are_those_of_others_that_the_reader_may_see(people: People) -> None:
    begun = await people.ana.begin()
    await people.ana.write(begun, "It did not come")
    await people.mod.write(begun, "It is on its way")
    await people.mod.note(begun, "It is lost")
    await people.sue.write(begun, "Have patience")
    assert (await people.ana.see(begun))["unread"] == 2
    assert (await people.mod.see(begun))["unread"] == 1
    cursor = expect(await people.ana.client.put(f"{path(begun)}/cursor", {"read": 2}))
    assert (cursor["delivered_seq"], cursor["read_seq"]) == (2, 2)
    assert (await people.ana.see(begun))["unread"] == 1
    back = expect(await people.ana.client.put(f"{path(begun)}/cursor", {"read": 1, "delivered": 900}))
    assert (back["delivered_seq"], back["read_seq"]) == (4, 2), "neither goes back, nor beyond the last message"
    assert (await people.bea.begin())["unread"] == 0


async def test_lists_turn_pages_by_the_last_message(people: People) -> None:
    begun = [await people.ana.begin() for _ in range(5)]
    await people.mod.write(begun[1], "Hello")
    expected = [begun[index]["id"] for index in (1, 4, 3, 2, 0)]
    for who, where in ((people.ana, "/chat/conversations"), (people.mod, "/staff/chat/conversations")):
        first = expect(await who.client.get(where, params={"limit": 3}))
        rest = expect(await who.client.get(where, params={"limit": 3, "cursor": first["next"]}))
        assert [each["id"] for each in (*first["items"], *rest["items"])] == expected
        assert rest["next"] is None


async def test_the_number_of_statements_does_not_depend_on_what_there_is(people: People) -> None:
    counts = []
    begun = await people.ana.begin()
    for _ in range(2):
        sent = {"client_id": str(new_id()), "body": "Hello"}
        counts.append(
            [
                (await people.ana.client.post("/chat/conversations", new())).statements,
                (await people.ana.client.get("/chat/conversations")).statements,
                (await people.mod.client.get("/staff/chat/conversations")).statements,
                (await people.mod.client.get("/chat/queue")).statements,
                (await people.ana.client.get(path(begun))).statements,
                (await people.ana.client.post(f"{path(begun)}/messages", sent)).statements,
                (await people.ana.client.get(f"{path(begun)}/messages")).statements,
                (await people.ana.client.put(f"{path(begun)}/cursor", {"read": 1})).statements,
                (await people.mod.client.patch(path(begun), {"tags": [new_id().hex[-8:]]})).statements,
            ]
        )
        for person in (people.ana, people.mod, people.sue, people.ana):
            await person.write(await people.ana.begin(), "Hello")
            await person.write(begun, "Hello")
    assert counts[0] == counts[1] == [10, 4, 4, 4, 4, 5, 5, 5, 7]
