"""Is each message kept once, in its place, with all that it ever said, and shown to those it is for?"""

from __future__ import annotations

import asyncio
import random
from typing import Any, Final

import pytest

from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.chat.conftest import People, path
from tests.shop import expect

_AGE: Final = "UPDATE chat_messages SET created_at = now() - interval '25 hours' WHERE id = $1::uuid"


async def test_the_same_client_id_is_the_same_message_also_when_it_comes_twice_at_once(people: People) -> None:
    begun = await people.ana.begin()
    sent = {"client_id": str(new_id()), "body": "It did not come"}
    answers = await asyncio.gather(
        *(people.ana.client.post(f"{path(begun)}/messages", sent) for _ in range(5)),
    )
    assert sorted(answer.status for answer in answers) == [200] * 4 + [201]
    assert len({answer.json["id"] for answer in answers}) == 1
    assert [each["seq"] for each in (await people.ana.messages(begun))["items"]] == [1]
    other = await people.ana.client.post(f"{path(begun)}/messages", {**sent, "body": "Something else"})
    assert (other.status, other.code) == (409, "client_id_reused")
    # Of somebody else the same id is another message.
    expect(await people.mod.client.post(f"{path(begun)}/messages", sent), 201)


async def test_a_message_that_was_edited_is_still_the_same_when_it_is_sent_again(people: People) -> None:
    begun = await people.ana.begin()
    sent = {"client_id": str(new_id()), "body": "It did not come"}
    first = expect(await people.ana.client.post(f"{path(begun)}/messages", sent), 201)
    edited = expect(await people.ana.client.patch(f"{path(begun)}/messages/{first['id']}", {"body": "It came"}))
    assert expect(await people.ana.client.post(f"{path(begun)}/messages", sent), 200) == edited


@pytest.mark.parametrize("body", ["", " \n\t", "\u200b\u2060", "\u0301"])
async def test_what_nobody_could_see_is_not_written(people: People, body: str) -> None:
    begun = await people.ana.begin()
    answer = await people.ana.client.post(f"{path(begun)}/messages", {"client_id": str(new_id()), "body": body})
    assert (answer.status, answer.code) == (422, "body_invalid")
    assert answer.json["errors"] == [
        {"pointer": "/body", "code": "empty", "message": "says nothing; write something that can be seen"}
    ]
    assert (await people.ana.messages(begun))["items"] == []


async def test_customers_write_four_thousand_characters_and_staff_ten_thousand(people: People) -> None:
    begun = await people.ana.begin()
    for who, most in ((people.ana, 4_000), (people.mod, 10_000)):
        await who.write(begun, "x" * most)
        sent = {"client_id": str(new_id()), "body": "x" * (most + 1)}
        answer = await who.client.post(f"{path(begun)}/messages", sent)
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/body")


async def test_an_edit_takes_a_new_step_keeps_its_place_and_what_it_said(people: People) -> None:
    begun = await people.ana.begin()
    first = await people.ana.write(begun, "It did not come")
    second = await people.mod.write(begun, "It is on its way")
    edited = expect(await people.ana.client.patch(f"{path(begun)}/messages/{first['id']}", {"body": "It came late"}))
    assert (edited["seq"], edited["change"], edited["after"]) == (1, 3, 2)
    assert edited["edited_at"] is not None
    again = expect(await people.ana.client.patch(f"{path(begun)}/messages/{first['id']}", {"body": "It came late"}))
    assert again == edited, "nothing is different"
    assert [each["id"] for each in (await people.ana.messages(begun))["items"]] == [first["id"], second["id"]]
    said = expect(await people.mod.client.get(f"{path(begun)}/messages/{first['id']}/versions"))["items"]
    assert [(each["version"], each["body"]) for each in said] == [(1, "It did not come")]
    assert (await people.ana.client.get(f"{path(begun)}/messages/{first['id']}/versions")).status == 403


async def test_only_its_author_edits_a_message_and_not_for_ever(shop: Shop, store: Store, people: People) -> None:
    begun = await people.ana.begin()
    message = await people.ana.write(begun, "It did not come")
    where = f"{path(begun)}/messages/{message['id']}"
    assert (await people.mod.client.patch(where, {"body": "All is fine"})).code == "not_allowed"
    await shop.database.transaction(store.id, lambda tx: tx.execute(_AGE, message["id"]))
    assert (await people.ana.client.patch(where, {"body": "All is fine"})).code == "message_final"
    expect(await people.ana.client.delete(where))
    assert (await people.ana.client.patch(where, {"body": "All is fine"})).code == "message_final"


async def test_what_is_taken_back_keeps_its_place_and_says_nothing(people: People) -> None:
    begun = await people.ana.begin()
    message = await people.ana.write(begun, "My card is 4242")
    gone = expect(await people.ana.client.delete(f"{path(begun)}/messages/{message['id']}"))
    assert (gone["seq"], gone["change"], gone["body"]) == (1, 2, "")
    assert expect(await people.ana.client.delete(f"{path(begun)}/messages/{message['id']}")) == gone
    assert (await people.mod.messages(begun))["items"] == [gone]
    assert (await people.mod.see(begun))["last_message"]["deleted"]
    said = expect(await people.mod.client.get(f"{path(begun)}/messages/{message['id']}/versions"))["items"]
    assert [each["body"] for each in said] == ["My card is 4242"]


async def test_staff_take_back_words_of_others_with_a_reason(people: People) -> None:
    begun = await people.ana.begin()
    message = await people.ana.write(begun, "Rude words")
    where = f"{path(begun)}/messages/{message['id']}"
    missing = await people.mod.client.delete(where)
    assert (missing.code, missing.json["errors"][0]["pointer"]) == ("reason_missing", "query/reason")
    expect(await people.mod.client.delete(where, params={"reason": "rude"}))
    answer = await people.mod.write(begun, "Please be kind")
    refused = await people.ana.client.delete(f"{path(begun)}/messages/{answer['id']}")
    assert (refused.status, refused.code) == (403, "not_allowed")


async def test_what_the_shop_told_is_neither_edited_nor_taken_back(people: People) -> None:
    begun = await people.ana.begin()
    expect(await people.mod.client.post(f"{path(begun)}/resolve"))
    (told,) = (await people.mod.messages(begun))["items"]
    assert (told["kind"], told["done"]) == ("system", {"done": "resolved"})
    where = f"{path(begun)}/messages/{told['id']}"
    assert (await people.mod.client.delete(where)).code == "message_final"
    assert (await people.mod.client.patch(where, {"body": "All is fine"})).code == "not_allowed"


async def test_pages_turn_both_ways_by_place(people: People) -> None:
    begun = await people.ana.begin()
    for number in range(7):
        await people.ana.write(begun, str(number))

    async def page(**query: int) -> tuple[list[int], bool, bool]:
        found = await people.ana.messages(begun, **query)
        return [each["seq"] for each in found["items"]], found["more_before"], found["more_after"]

    assert await page(limit=3) == ([5, 6, 7], True, False)
    assert await page(limit=3, before=5) == ([2, 3, 4], True, True)
    assert await page(limit=3, before=2) == ([1], False, True)
    assert await page(limit=3, after=0) == ([1, 2, 3], False, True)
    assert await page(limit=3, after=5) == ([6, 7], True, False)
    assert await page(limit=3, after=2, before=5) == ([3, 4], True, True)


async def test_sync_gives_what_changed_in_the_order_of_steps(people: People) -> None:
    begun = await people.ana.begin()
    written = [await people.ana.write(begun, str(number)) for number in range(4)]
    expect(await people.ana.client.patch(f"{path(begun)}/messages/{written[0]['id']}", {"body": "zero"}))

    async def sync(after: int, limit: int = 100) -> tuple[list[tuple[int, int]], int | None]:
        found = expect(await people.mod.client.get(f"{path(begun)}/sync", params={"after": after, "limit": limit}))
        return [(each["change"], each["after"]) for each in found["items"]], found["next"]

    assert await sync(0) == ([(2, 0), (3, 2), (4, 3), (5, 4)], None)
    assert await sync(0, 2) == ([(2, 0), (3, 2)], 3)
    assert await sync(3) == ([(4, 3), (5, 4)], None)
    assert await sync(5) == ([], None)


async def test_notes_reach_no_customer_by_any_address(people: People) -> None:
    begun = await people.ana.begin(seller="stall")
    await people.ana.write(begun, "It did not come")
    secret = await people.mod.note(begun, "Known for this")
    await people.mod.write(begun, "It is on its way")
    for who in (people.ana, people.seller):
        raw = [
            (await who.client.get(path(begun))).raw,
            (await who.client.get("/chat/conversations")).raw,
            (await who.client.get(f"{path(begun)}/messages")).raw,
            (await who.client.get(f"{path(begun)}/sync?after=0")).raw,
        ]
        assert not any(b"Known" in each or secret["id"].encode() in each for each in raw)
        where = f"{path(begun)}/messages/{secret['id']}"
        assert (await who.client.patch(where, {"body": "x"})).code == "chat_message_unknown"
        assert (await who.client.delete(where)).code == "chat_message_unknown"
        refused = await who.client.post(f"{path(begun)}/notes", {"client_id": str(new_id()), "body": "x"})
        assert refused.status == 403
        seen = expect(await who.client.get(f"{path(begun)}/sync?after=0"))["items"]
        assert [(each["change"], each["after"]) for each in seen] == [(1, 0), (3, 1)], "and no gap tells of them"
    assert [each["kind"] for each in (await people.mod.messages(begun))["items"]] == ["text", "note", "text"]


async def test_somebody_of_staff_is_a_customer_in_a_conversation_of_their_own(people: People) -> None:
    begun = await people.mod.begin()
    await people.sue.note(begun, "A colleague")
    assert (await people.mod.messages(begun))["items"] == []
    refused = await people.mod.client.put(f"{path(begun)}/assignee", {"user_id": None})
    assert (refused.status, refused.code) == (403, "not_allowed")
    sent: dict[str, Any] = {"client_id": str(new_id()), "body": "x"}
    assert (await people.mod.client.post(f"{path(begun)}/notes", sent)).status == 403


@pytest.mark.parametrize("seed", range(3))
async def test_from_every_step_there_is_a_chain_to_the_last_without_a_gap(people: People, seed: int) -> None:
    chance = random.Random(seed)
    begun = await people.ana.begin()
    written: list[Any] = []
    for number in range(25):
        own = [each for each in written if each["author"]["id"] == str(people.ana.id)]
        notes = [each for each in written if each["kind"] == "note"]
        what = chance.choice(["write", "answer", "note", "edit", "take back", "edit note"])
        if what in ("edit", "take back") and own:
            where = f"{path(begun)}/messages/{chance.choice(own)['id']}"
            if what == "edit":
                await people.ana.client.patch(where, {"body": f"edited {number}"})
            else:
                expect(await people.ana.client.delete(where))
        elif what == "edit note" and notes:
            where = f"{path(begun)}/messages/{chance.choice(notes)['id']}"
            expect(await people.mod.client.patch(where, {"body": f"edited {number}"}))
        elif what == "note":
            written.append(await people.mod.note(begun, f"note {number}"))
        else:
            who = people.mod if what == "answer" else people.ana
            written.append(await who.write(begun, f"message {number}"))
    for who in (people.ana, people.mod):
        last = (await who.see(begun))["seq"]
        everything = expect(await who.client.get(f"{path(begun)}/sync"))["items"]
        for after in range(last + 1):
            found = expect(await who.client.get(f"{path(begun)}/sync", params={"after": after}))["items"]
            assert found == [each for each in everything if each["change"] > after]
            # Who has seen `after` misses nothing: no step says that there was a later one before it.
            seen = after
            for each in found:
                assert each["after"] <= seen < each["change"]
                seen = each["change"]
            assert seen == last
    places = [each["seq"] for each in (await people.mod.messages(begun, limit=100))["items"]]
    assert places == sorted(set(places))
