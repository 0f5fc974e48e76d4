"""Do clients of sockets see the same as those of HTTP, at once, in order, once; and whatever they missed?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from socketio.exceptions import ConnectionError as Refused

from server.chat import board, conversations_repo, messages_repo, participants_repo
from server.chat.schemas import ConversationView
from server.chat.seats import seat_of
from server.chat.snapshot import Conversation, Message, Side
from server.feeds import hub
from server.sockets.connections import CONNECTIONS
from server.sockets.serving import moving
from server.web.call import Shop
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.contract.people import sign_up
from tests.server.chat.conftest import People, new, path
from tests.server.rule_admin.admins import Admin
from tests.server.sockets.conftest import Caller
from tests.shop import Client, expect, new_shop, serving


def said(caller: Caller) -> list[str]:
    """What messages said, in the order they came."""
    return [each["body"] for each in caller.of("message")]


def named(conversation: Any, **more: Any) -> dict[str, Any]:
    """What names a conversation."""
    return {"conversation_id": conversation["id"], **more}


def message(conversation: Any, body: str, **more: Any) -> dict[str, Any]:
    """A message to a conversation."""
    return named(conversation, client_id=str(new_id()), body=body, **more)


async def test_what_one_writes_all_others_see_whichever_way_it_was_written(address: str, people: People) -> None:
    begun = await people.ana.begin(seller="stall")
    async with people.ana.call(address) as ana, people.seller.call(address) as seller, people.mod.call(address) as mod:
        joined = await mod.get("join", named(begun))
        assert joined["id"] == begun["id"]
        by_socket = await ana.get("send", message(begun, "It did not come"))
        by_http = await people.seller.write(begun, "It is on its way")
        await mod.get("send", message(begun, "We look after it"))
        for caller in (ana, seller, mod):
            await caller.until(lambda caller=caller: len(caller.of("message")) == 3)
            assert caller.of("message")[:2] == [by_socket, by_http]
            assert said(caller) == ["It did not come", "It is on its way", "We look after it"]
    assert [each["body"] for each in (await people.ana.messages(begun))["items"]] == said(ana)


async def test_fifty_who_write_at_once_are_in_one_order_for_all(address: str, people: People) -> None:
    begun = await people.ana.begin()
    async with people.ana.call(address) as ana, people.mod.call(address) as mod:
        await mod.get("join", named(begun))
        writers = [people.ana, people.mod, people.sue]
        await asyncio.gather(*(writers[number % 3].write(begun, str(number)) for number in range(50)))
        for caller in (ana, mod):
            await caller.until(lambda caller=caller: len(caller.of("message")) == 50)
        assert [each["seq"] for each in ana.of("message")] == list(range(1, 51))
        assert [each["after"] for each in ana.of("message")] == list(range(50))
        assert ana.of("message") == mod.of("message")
        assert len(set(said(ana))) == 50


async def test_what_is_written_here_is_handed_out_here_as_it_would_be_read(
    address: str, other_address: str, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, read, found = await people.ana.begin(), messages_repo.steps, list[Message]()
    monkeypatch.setattr(hub, "OFFERED_SECONDS", 5.0)

    async def reading(tx: Transaction, after: Mapping[UUID, int], most: int) -> list[Message]:
        steps = await read(tx, after, most)
        found.extend(each for each in steps if str(each.conversation_id) == begun["id"])
        return steps

    async with people.ana.call(address) as ana, people.mod.call(address) as mod, people.sue.call(other_address) as sue:
        for caller in (mod, sue):
            await caller.get("join", named(begun))
        await ana.get("send", message(begun, "one"))
        for caller in (ana, mod, sue):
            await caller.until(lambda caller=caller: len(said(caller)) == 1)
        monkeypatch.setattr(messages_repo, "steps", reading)
        for number in range(4):
            await ana.get("send", message(begun, f"by ana {number}"))
            await mod.get("note" if number % 2 else "send", message(begun, f"by mod {number}"))
        for caller in (mod, sue):
            await caller.until(lambda caller=caller: len(said(caller)) == 9)
        await ana.until(lambda: len(said(ana)) == 7)
        told = mod.of("message")
        assert told == sue.of("message")
        assert [each["after"] for each in told] == list(range(9))
        assert [each["after"] for each in ana.of("message")] == [0, 1, 2, 3, 4, 6, 7]
        # The other process read each of them once; this one none.
        assert sorted(each.change for each in found) == list(range(2, 10))
        kept = (await mod.get("sync", named(begun, after=0)))["items"]
        assert kept == told


async def test_who_comes_back_is_told_exactly_what_they_missed_and_then_what_is_new(
    address: str, people: People
) -> None:
    begun = await people.ana.begin()
    other = await people.ana.begin()
    async with people.ana.call(address) as ana:
        await people.mod.write(begun, "one")
        await people.mod.write(begun, "two")
        await ana.until(lambda: said(ana) == ["one", "two"])
        seen = ana.of("message")[-1]["change"]
    first = ana.of("message")[0]["id"]
    await people.mod.write(begun, "three")
    await people.mod.note(begun, "among us")
    expect(await people.mod.client.patch(f"{path(begun)}/messages/{first}", {"body": "one, corrected"}))
    await people.mod.write(other, "elsewhere, before it was asked for")
    async with people.ana.call(address, since={begun["id"]: seen}) as ana:
        await people.mod.write(begun, "four")
        await ana.until(lambda: "four" in said(ana))
        told = [each for each in ana.of("message") if each["conversation_id"] == begun["id"]]
        assert [each["body"] for each in told] == ["three", "one, corrected", "four"]
        assert [each["after"] for each in told] == [seen, told[0]["change"], told[1]["change"]]
        assert len(told) == len(ana.of("message")), "of others only what is new"


async def test_who_comes_back_learns_of_conversations_that_began_meanwhile(address: str, people: People) -> None:
    known = await people.ana.begin()
    begun = await people.mod.begin(customer_id=str(people.ana.id))
    await people.mod.write(begun, "one")
    async with people.ana.call(address, since={known["id"]: 0}) as ana:
        await ana.until(lambda: len(ana.of("conversation")) == 2)
        assert {each["id"] for each in ana.of("conversation")} == {known["id"], begun["id"]}
        missed = await ana.get("sync", named(begun, after=0))
        assert [each["body"] for each in missed["items"]] == ["one"]


async def test_who_comes_back_having_seen_nothing_is_told_of_what_came_meanwhile(address: str, people: People) -> None:
    begun = await people.ana.begin()
    await people.mod.write(begun, "one")
    async with people.ana.call(address, since={}) as ana:
        await ana.until(lambda: ana.of("conversation"))
        told = ana.of("conversation")[0]
        assert (told["id"], told["last_message"]["excerpt"], told["unread"]) == (begun["id"], "one", 1)
        await people.mod.write(begun, "two")
        await ana.until(lambda: said(ana) == ["two"])


async def test_who_comes_for_the_first_time_is_told_only_what_is_new(address: str, people: People) -> None:
    begun, other = await people.ana.begin(), await people.ana.begin()
    await people.mod.write(other, "one")
    async with people.ana.call(address) as ana:
        await people.mod.write(begun, "two")
        await ana.until(lambda: ana.of("conversation") and said(ana) == ["two"])
        assert {each["id"] for each in ana.of("conversation")} == {begun["id"]}


async def test_who_comes_back_learns_who_has_read_and_who_is_here(address: str, people: People) -> None:
    begun = await people.ana.begin()
    await people.mod.write(begun, "one")
    wrote = await people.ana.write(begun, "two")
    await people.mod.client.put(f"{path(begun)}/cursor", {"delivered": wrote["seq"], "read": wrote["seq"]})
    async with people.mod.call(address), people.sue.call(address, since={begun["id"]: 0}) as sue:
        async with people.ana.call(address, since={begun["id"]: wrote["change"]}) as ana:
            for caller in (ana, sue):
                await caller.until(lambda caller=caller: _read(caller, people.mod.id) == wrote["seq"])
                await caller.until(lambda caller=caller: _is_here(caller, people.mod.id))
        assert ana.of("message") == []


async def test_who_comes_back_troubles_nobody_who_watches_the_queue(address: str, people: People) -> None:
    known, other = await people.ana.begin(), await people.ana.begin()
    async with people.mod.call(address) as mod:
        await mod.get("queue", {"watch": True})
        async with people.ana.call(address, since={}) as ana:
            await ana.until(lambda: len(ana.of("conversation")) == 2)
        await people.ana.write(other, "one")
        await mod.until(lambda: mod.of("conversation"))
        assert known["id"] not in {each["id"] for each in mod.of("conversation")}


def _read(caller: Caller, user_id: Any) -> int:
    """How far somebody has read, as it was told."""
    told = [each for view in caller.of("conversation") for each in view["participants"]] + caller.of("cursor")
    return max((each["read_seq"] for each in told if each["user_id"] == str(user_id)), default=0)


def _is_here(caller: Caller, user_id: Any) -> bool:
    """Whether somebody is here, as it was told."""
    told = [each for view in caller.of("conversation") for each in view["participants"]] + caller.of("presence")
    return any(each["online"] for each in told if each["user_id"] == str(user_id))


async def test_a_step_nobody_has_seen_yet_hides_nothing(address: str, people: People) -> None:
    begun = await people.ana.begin()
    async with people.ana.call(address, since={begun["id"]: 10**12, str(new_id()): 4}) as ana:
        await people.mod.write(begun, "one")
        await ana.until(lambda: said(ana) == ["one"])


@pytest.mark.parametrize("since", [3, {"x": 1}, {str(new_id()): -1}, {str(new_id()): "1"}])
async def test_what_is_no_step_is_refused_when_connecting(address: str, people: People, since: Any) -> None:
    with pytest.raises(Refused):
        async with people.ana.call(address, since=since):
            pass


async def test_staff_who_come_back_go_on_where_they_were(address: str, people: People) -> None:
    begun = await people.ana.begin()
    await people.ana.write(begun, "one")
    await people.mod.note(begun, "two")
    async with people.mod.call(address, since={begun["id"]: 1}) as mod:
        await mod.until(lambda: said(mod) == ["two"])


async def test_notes_never_reach_a_customer_by_socket(address: str, people: People) -> None:
    begun = await people.ana.begin(seller="stall")
    async with people.ana.call(address) as ana, people.seller.call(address) as seller, people.mod.call(address) as mod:
        await mod.get("join", named(begun))
        await mod.get("note", message(begun, "Known for this"))
        await mod.get("send", message(begun, "It is on its way"))
        await mod.until(lambda: said(mod) == ["Known for this", "It is on its way"])
        for caller in (ana, seller):
            await caller.until(lambda caller=caller: said(caller))
            assert said(caller) == ["It is on its way"]
            assert caller.of("message")[0]["after"] == 0
            assert [each["body"] for each in (await caller.get("sync", named(begun, after=0)))["items"]] == said(caller)
            assert [each["body"] for each in (await caller.get("more", named(begun)))["items"]] == said(caller)
            assert "Known" not in str(caller.told)
            assert (await caller.ask("note", message(begun, "Me too")))["problem"]["code"] == "not_allowed"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def other_address(shop: Shop, database: Database) -> AsyncIterator[str]:
    """Where another process serves the same stores; they share the database and the keys, and nothing else."""
    other = new_shop(database, shop.settings.data_dir)
    async with moving(other), serving(other) as address:
        yield address


async def test_clients_of_two_processes_are_told_the_same_in_the_same_order(
    address: str, other_address: str, people: People
) -> None:
    begun = await people.ana.begin()
    async with people.mod.call(other_address) as mod:
        await mod.get("join", named(begun))
        async with people.ana.call(address) as ana:
            await asyncio.gather(*(people.ana.write(begun, str(number)) for number in range(10)))
            for caller in (ana, mod):
                await caller.until(lambda caller=caller: len(caller.of("message")) == 10)
            assert ana.of("message") == mod.of("message")
            await ana.get("read", named(begun, seq=10))
            await mod.until(lambda: _cursor(mod, people.ana.id) == (10, 10))
            await mod.until(lambda: _online(mod, people.ana.id) is True)
        await mod.until(lambda: _online(mod, people.ana.id) is False)


async def test_strangers_join_nothing_and_write_nothing(address: str, people: People) -> None:
    begun = await people.ana.begin()
    first = await people.ana.write(begun, "It did not come")
    async with people.bea.call(address, since={begun["id"]: 0}) as bea:
        for event, body in {
            "join": named(begun),
            "send": message(begun, "Hello"),
            "edit": named(begun, message_id=first["id"], body="Hello"),
            "delete": named(begun, message_id=first["id"]),
            "read": named(begun, seq=1),
            "delivered": named(begun, seq=1),
            "typing": named(begun, is_typing=True),
            "sync": named(begun, after=0),
            "more": named(begun),
        }.items():
            assert (await bea.ask(event, body))["problem"]["code"] == "conversation_unknown", event
        for event in ("queue", "note"):
            body = {"watch": True} if event == "queue" else message(begun, "x")
            assert (await bea.ask(event, body))["problem"]["code"] == "not_allowed"
        await people.ana.write(begun, "Hello?")
        mine = await people.bea.begin()
        await people.bea.write(mine, "Mine")
        await bea.until(lambda: bea.of("message"))
        assert said(bea) == ["Mine"]


async def test_a_conversation_that_begins_elsewhere_reaches_who_is_connected(address: str, people: People) -> None:
    async with people.ana.call(address) as ana:
        begun = await people.mod.begin(customer_id=str(people.ana.id))
        await ana.until(lambda: ana.of("conversation"))
        assert ana.of("conversation")[0]["id"] == begun["id"]
        await people.mod.write(begun, "one")
        await people.mod.write(begun, "two")
        await ana.until(lambda: said(ana) == ["one", "two"])


async def test_who_has_left_is_told_no_more(address: str, people: People) -> None:
    begun = await people.ana.begin()
    async with people.mod.call(address) as mod, people.sue.call(address) as sue:
        for caller in (mod, sue):
            await caller.get("join", named(begun))
        await people.ana.write(begun, "one")
        for caller in (mod, sue):
            await caller.until(lambda caller=caller: said(caller) == ["one"])
        await mod.get("leave", named(begun))
        await people.ana.write(begun, "two")
        await sue.until(lambda: said(sue) == ["one", "two"])
        assert said(mod) == ["one"]


async def test_who_has_left_is_not_put_back_by_joining_another(address: str, people: People) -> None:
    async with people.ana.call(address) as ana:
        left, other = await people.ana.begin(), await people.mod.begin(customer_id=str(people.ana.id))
        await people.mod.write(left, "one")
        await ana.until(lambda: said(ana) == ["one"] and len({each["id"] for each in ana.of("conversation")}) == 2)
        await ana.get("leave", named(left))
        await people.mod.write(left, "two")
        third = await people.mod.begin(customer_id=str(people.ana.id))
        await ana.until(lambda: ana.of("conversation")[-1]["id"] == third["id"])
        await people.mod.write(third, "three")
        await people.mod.write(other, "four")
        await ana.until(lambda: len(said(ana)) == 3)
        assert set(said(ana)) == {"one", "three", "four"}
        await ana.get("join", named(left, after=1))
        await ana.until(lambda: len(said(ana)) == 4)
        assert said(ana)[-1] == "two"


async def test_whom_something_is_assigned_to_learns_of_it_although_they_had_left(address: str, people: People) -> None:
    begun = await people.ana.begin()
    async with people.sue.call(address) as sue:
        await sue.get("join", named(begun))
        await sue.get("leave", named(begun))
        expect(await people.mod.client.put(f"{path(begun)}/assignee", {"user_id": str(people.sue.id)}))
        await sue.until(lambda: sue.of("conversation"))
        assert sue.of("conversation")[-1]["assigned_to"]["id"] == str(people.sue.id)


async def test_staff_who_come_back_still_see_colleagues_come_and_go(address: str, people: People) -> None:
    begun = await people.ana.begin()
    for person in (people.mod, people.sue):
        await person.write(begun, "Hello")
    async with people.mod.call(address, since={begun["id"]: 0}) as mod:
        await mod.until(lambda: len(said(mod)) == 2)
        await mod.get("join", named(begun))
        async with people.sue.call(address):
            await mod.until(lambda: _online(mod, people.sue.id) is True)
        await mod.until(lambda: _online(mod, people.sue.id) is False)


async def test_one_who_cannot_be_told_keeps_it_from_nobody(
    address: str, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, told = await people.ana.begin(), board.conversation_view

    def fails_for_staff(found: Conversation, side: Side, viewer_id: UUID | None) -> ConversationView:
        if side == "staff":
            raise ValueError("a bug")
        return told(found, side, viewer_id)

    async with people.mod.call(address) as mod, people.ana.call(address) as ana:
        await mod.get("join", named(begun))
        monkeypatch.setattr(board, "conversation_view", fails_for_staff)
        await people.ana.write(begun, "one")
        await ana.until(lambda: _last_body(ana) == "one")
        async with asyncio.timeout(10):
            while mod.client.connected:
                await asyncio.sleep(0.02)


async def test_what_cannot_be_read_at_once_is_told_later(
    address: str, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "AGAIN_SECONDS", 0.01)
    shown, lately = conversations_repo.shown, participants_repo.followed_lately
    failures = ["shown", "lately", "lately"]

    async def fails_at_first(name: str, read: Any, *arguments: Any) -> Any:
        if name in failures:
            failures.remove(name)
            raise KeyError("a bug")
        return await read(*arguments)

    async with people.ana.call(address) as ana:
        body = new(customer_id=str(people.ana.id))
        monkeypatch.setattr(participants_repo, "followed_lately", partial(fails_at_first, "lately", lately))
        begun = expect(await people.mod.client.post("/chat/conversations", body), 201)
        monkeypatch.setattr(conversations_repo, "shown", partial(fails_at_first, "shown", shown))
        await ana.until(lambda: ana.of("conversation"))
        assert (ana.of("conversation")[0]["id"], failures) == (begun["id"], [])


async def test_who_may_answer_no_more_is_told_no_more(address: str, shop: Shop, store: Store, people: People) -> None:
    begun = await people.ana.begin()
    async with people.mod.call(address) as mod, people.sue.call(address) as sue:
        for caller in (mod, sue):
            await caller.get("join", named(begun))
            await caller.get("queue", {"watch": True})
        await shop.database.transaction(
            store.id, lambda tx: tx.execute("UPDATE users SET roles = '{customer}' WHERE id = $1", people.mod.id)
        )
        async with asyncio.timeout(10):
            while "problem" not in await mod.ask("queue", {"watch": True}):
                await asyncio.sleep(0.02)
        before = list(mod.told)
        await people.ana.write(begun, "A secret")
        await sue.until(lambda: said(sue) == ["A secret"] and _last_body(sue) == "A secret")
        assert "A secret" not in str(mod.told[len(before) :])
        assert (await mod.ask("join", named(begun)))["problem"]["code"] == "conversation_unknown"


async def test_who_may_answer_no_more_by_the_shops_new_rules_is_told_no_more(
    address: str, shop: Shop, store: Store, client: Client, people: People
) -> None:
    begun = await people.ana.begin()
    admin = Admin(client.signed_in((await sign_up(shop, store, ["admin"])).token))
    async with people.sue.call(address) as sue, people.ana.call(address) as ana:
        await sue.get("join", named(begun))
        draft = await admin.draft("access")
        text, tag = await admin.source(draft)
        head, _, _ = text.replace("may: [chat.moderate, ", "may: [").partition("\npublish_policy:")
        expect(await admin.try_to_save(draft, head + "\n", tag))
        await admin.publish(draft, allow=[{"code": code, "because": "a test"} for code in ("RS620", "RS621")])
        connection = next(
            each for each in shop.use(CONNECTIONS).of_user(store.id, people.sue.id) if each.namespace == "/chat"
        )
        async with asyncio.timeout(10):
            while connection.actor.may("chat.moderate") or seat_of(connection).joined:
                await asyncio.sleep(0.02)
        await people.ana.write(begun, "A secret")
        await ana.until(lambda: said(ana) == ["A secret"] and _last_body(ana) == "A secret")
        assert (await sue.ask("join", named(begun)))["problem"]["code"] == "conversation_unknown"
        assert "A secret" not in str(sue.told)


def _last_body(caller: Caller) -> str | None:
    """How the last message begins of the conversation that was told of last."""
    told = caller.of("conversation")
    return told[-1]["last_message"]["excerpt"] if told and told[-1]["last_message"] else None


async def test_who_has_read_how_far_reaches_the_others(address: str, people: People) -> None:
    begun = await people.ana.begin()
    async with people.ana.call(address) as ana, people.mod.call(address) as mod:
        await mod.get("join", named(begun))
        first = await mod.get("send", message(begun, "one"))
        await ana.until(lambda: ana.of("conversation"))
        moved = await ana.get("delivered", named(begun, seq=first["seq"]))
        assert (moved["delivered_seq"], moved["read_seq"]) == (1, 0)
        await mod.until(lambda: _cursor(mod, people.ana.id) == (1, 0))
        expect(await people.ana.client.put(f"{path(begun)}/cursor", {"read": 1}))
        await mod.until(lambda: _cursor(mod, people.ana.id) == (1, 1))
        await ana.until(lambda: ana.of("conversation")[-1]["unread"] == 0)


def _cursor(caller: Caller, user_id: Any) -> tuple[int, int] | None:
    """The newest that was told of somebody's cursor."""
    found = [each for each in caller.of("cursor") if each["user_id"] == str(user_id)]
    return (found[-1]["delivered_seq"], found[-1]["read_seq"]) if found else None


async def test_a_reason_that_is_missing_is_missed_where_the_packet_would_have_it(address: str, people: People) -> None:
    begun = await people.ana.begin()
    written = await people.ana.write(begun, "Rude words")
    async with people.mod.call(address) as mod:
        problem = (await mod.ask("delete", named(begun, message_id=written["id"])))["problem"]
        assert (problem["code"], [each["pointer"] for each in problem["errors"]]) == ("reason_missing", ["/reason"])
        taken = await mod.get("delete", named(begun, message_id=written["id"], reason="rude"))
        assert taken["deleted_at"] is not None


async def test_the_others_see_who_is_writing(address: str, people: People) -> None:
    begun = await people.ana.begin()
    async with people.ana.call(address) as ana, people.mod.call(address) as mod:
        refused = await mod.ask("typing", named(begun, is_typing=True))
        assert refused["problem"]["code"] == "conversation_unknown", "join first"
        await mod.get("join", named(begun))
        await mod.get("typing", named(begun, is_typing=True))
        await ana.until(lambda: ana.of("typing"))
        assert ana.of("typing") == [named(begun, user_id=str(people.mod.id), role="staff", is_typing=True)]
        assert mod.of("typing") == []


async def test_the_others_see_who_comes_and_goes(address: str, people: People) -> None:
    begun = await people.ana.begin()
    async with people.mod.call(address) as mod:
        joined = await mod.get("join", named(begun))
        assert [each["online"] for each in joined["participants"]] == [False]
        async with people.ana.call(address), people.ana.call(address):
            await mod.until(lambda: _online(mod, people.ana.id) is True)
        await mod.until(lambda: _online(mod, people.ana.id) is False)


def _online(caller: Caller, user_id: Any) -> bool | None:
    """The newest that was told of somebody's presence."""
    found = [each["online"] for each in caller.of("presence") if each["user_id"] == str(user_id)]
    return found[-1] if found else None


async def test_staff_who_watch_the_queue_see_who_begins_to_wait(address: str, people: People) -> None:
    async with people.mod.call(address) as mod:
        await mod.get("queue", {"watch": True})
        begun = await people.ana.begin()
        await people.ana.write(begun, "It did not come")
        await mod.until(lambda: mod.of("conversation"))
        told = mod.of("conversation")[-1]
        assert (told["id"], told["waiting_since"] is not None) == (begun["id"], True)
        assert mod.of("message") == [], "without joining, no messages"
        await people.sue.write(begun, "It is on its way")
        await mod.until(lambda: mod.of("conversation")[-1]["waiting_since"] is None)


async def test_whoever_it_is_assigned_to_learns_of_it(address: str, people: People) -> None:
    begun = await people.ana.begin()
    async with people.sue.call(address) as sue:
        given = {"user_id": str(people.sue.id), "note": "She speaks French"}
        expect(await people.mod.client.put(f"{path(begun)}/assignee", given))
        await sue.until(lambda: sue.of("conversation"))
        assert sue.of("conversation")[-1]["assigned_to"]["id"] == str(people.sue.id)


async def test_an_edit_and_a_message_taken_back_are_told_as_new_steps(address: str, people: People) -> None:
    begun = await people.ana.begin()
    async with people.ana.call(address) as ana, people.mod.call(address) as mod:
        await mod.get("join", named(begun))
        first = await ana.get("send", message(begun, "one"))
        await ana.get("edit", named(begun, message_id=first["id"], body="two"))
        await ana.get("delete", named(begun, message_id=first["id"]))
        await mod.until(lambda: mod.of("message") and mod.of("message")[-1]["deleted_at"])
        assert [each["seq"] for each in mod.of("message")] == [1] * len(mod.of("message"))
        changes = [each["change"] for each in mod.of("message")]
        assert changes == sorted(set(changes))
        assert changes[-1] == 3
