"""Who takes part changes: does everybody hear what is theirs now, and nobody anything that is theirs no more?"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from server.chat.away import AWAY_MINUTES
from server.chat.seats import MOST_LEFT, Seat, seat_of
from server.sockets import serving
from server.sockets.connections import CONNECTIONS, Connection
from server.sockets.looking import look_again
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.chat.conftest import People, Person, path
from tests.server.chat.test_away import Worker, read
from tests.server.chat.test_sockets import message, named, said
from tests.shop import expect

Execute = Callable[..., Awaitable[int]]
SELLS = "UPDATE sellers SET user_id = $1"
IS = "UPDATE users SET roles = $2 WHERE id = $1"


@pytest.fixture
def worker(shop: Shop, store: Store) -> Worker:
    """Of the test's own store."""
    return Worker(shop, store)


@pytest_asyncio.fixture(loop_scope="session")
async def execute(shop: Shop, store: Store) -> Execute:
    """One statement in the test's own store."""

    async def run(sql: str, *values: object) -> int:
        return await shop.database.transaction(store.id, lambda tx: tx.execute(sql, *values))

    return run


@pytest.fixture
def connection_of(shop: Shop, store: Store) -> Callable[[Person], Connection]:
    """The one connection of somebody."""

    def find(who: Person) -> Connection:
        (found,) = (each for each in shop.use(CONNECTIONS).of_user(store.id, who.id) if each.namespace == "/chat")
        return found

    return find


async def until(holds: Callable[[], bool]) -> None:
    """Wait for it, ten seconds at most."""
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.02)


def has_joined(connection: Connection, conversation: Any) -> bool:
    """Whether it is handed the messages of a conversation."""
    return UUID(conversation["id"]) in seat_of(connection).joined


async def test_who_sells_no_more_is_handed_nothing_that_is_written_from_then_on(
    address: str, execute: Execute, people: People
) -> None:
    begun = await people.ana.begin(seller="stall")
    async with people.seller.call(address) as former, people.mod.call(address) as mod:
        await mod.get("join", named(begun))
        await people.ana.write(begun, "Is it blue?")
        await former.until(lambda: said(former) == ["Is it blue?"])
        await execute(SELLS, people.bea.id)
        await people.ana.write(begun, "A secret")
        await mod.until(lambda: said(mod) == ["Is it blue?", "A secret"])
        assert (await former.ask("sync", named(begun, after=0)))["problem"]["code"] == "conversation_unknown"
        assert "A secret" not in str(former.told)


async def test_who_sells_no_more_sees_nobody_write(
    address: str, execute: Execute, connection_of: Callable[[Person], Connection], people: People
) -> None:
    begun = await people.ana.begin(seller="stall")
    async with people.seller.call(address) as former, people.mod.call(address) as mod, people.ana.call(address) as ana:
        # Nobody comes any more, for which it would be looked at, too.
        async with asyncio.timeout(10):
            while not all(each["online"] for each in (await mod.get("join", named(begun)))["participants"]):
                await asyncio.sleep(0.05)
        await execute(SELLS, people.bea.id)
        await until(lambda: not has_joined(connection_of(people.seller), begun))
        await mod.get("typing", named(begun, is_typing=True))
        await ana.until(lambda: ana.of("typing"))
        refused = await former.ask("typing", named(begun, is_typing=True))
        assert (refused["problem"]["code"], former.of("typing")) == ("conversation_unknown", [])


async def test_who_sells_from_now_on_goes_on_where_it_was_left(
    address: str, execute: Execute, people: People, worker: Worker
) -> None:
    begun = await people.ana.begin(seller="stall")
    first = await people.ana.write(begun, "Is it blue?")
    await read(people.seller, begun, first["seq"])
    await people.ana.write(begun, "And how big?")
    async with people.bea.call(address) as bea:
        await execute(SELLS, people.bea.id)
        await bea.until(lambda: said(bea) == ["And how big?"])
        await bea.until(lambda: bea.of("conversation") and bea.of("conversation")[-1]["your_role"] == "seller")
        await people.ana.write(begun, "Hello?")
        await bea.until(lambda: said(bea) == ["And how big?", "Hello?"])
    shown = (await people.ana.see(begun))["participants"]
    assert {each["user_id"]: each["read_seq"] for each in shown} == {
        str(people.ana.id): 0, str(people.bea.id): first["seq"]
    }  # fmt: skip
    await until_gone(worker, people.bea)
    await worker.after(AWAY_MINUTES)
    assert await worker.told() == [(people.bea.id, "seller", 2)]


async def until_gone(worker: Worker, who: Person) -> None:
    """Wait until nobody is connected."""
    async with asyncio.timeout(10):
        while await worker.execute("UPDATE live_connections SET user_id = user_id WHERE user_id = $1", who.id):
            await asyncio.sleep(0.02)


async def test_who_sells_after_nobody_did_is_told_of_all_that_nobody_read(
    execute: Execute, people: People, worker: Worker
) -> None:
    begun = await people.ana.begin(seller="stall")
    await execute(SELLS, None)
    await people.ana.write(begun, "Is anybody there?")
    await execute(SELLS, people.ana.id)
    assert (await people.ana.see(begun))["your_role"] == "customer"
    await execute(SELLS, people.bea.id)
    await worker.after(AWAY_MINUTES)
    assert await worker.told() == [(people.bea.id, "seller", 1)]


async def test_staff_who_sell_from_now_on_see_no_more_notes_about_themselves(
    address: str, execute: Execute, people: People
) -> None:
    await execute(IS, people.mod.id, ["customer", "moderator"])
    begun = await people.ana.begin(seller="stall")
    await people.mod.write(begun, "May I help you?")
    async with people.mod.call(address) as mod:
        assert (await mod.get("join", named(begun)))["your_role"] == "staff"
        await execute(SELLS, people.mod.id)
        await people.sue.note(begun, "Their tea is always late")
        await people.ana.write(begun, "Is it blue?")
        await mod.until(lambda: said(mod) == ["Is it blue?"])
        await mod.until(lambda: mod.of("conversation") and mod.of("conversation")[-1]["your_role"] == "seller")
        assert "Their tea" not in str(mod.told)


async def test_who_answers_no_more_sees_nobody_write(
    address: str, execute: Execute, connection_of: Callable[[Person], Connection], people: People
) -> None:
    begun = await people.ana.begin()
    async with people.ana.call(address) as ana, people.mod.call(address) as mod, people.sue.call(address) as sue:
        for caller in (mod, sue):
            await caller.get("join", named(begun))
        await mod.get("queue", {"watch": True})
        await execute(IS, people.mod.id, ["customer"])
        await until(lambda: not has_joined(connection_of(people.mod), begun))
        assert not seat_of(connection_of(people.mod)).watches_queue
        await ana.get("typing", named(begun, is_typing=True))
        await sue.until(lambda: sue.of("typing"))
        assert (await mod.ask("join", named(begun)))["problem"]["code"] == "conversation_unknown"
        assert mod.of("typing") == []


async def test_of_whom_it_is_being_asked_what_they_may_do_nobody_is_told_anything(
    address: str, shop: Shop, execute: Execute, connection_of: Callable[[Person], Connection], people: People,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    begun, asked = await people.ana.begin(), list[Connection]()
    async with people.mod.call(address) as mod, people.sue.call(address) as sue, people.ana.call(address) as ana:
        for caller in (mod, sue):
            await caller.get("join", named(begun))
        monkeypatch.setattr(serving, "look_again_soon", lambda shop, connections: asked.extend(connections))
        await execute(IS, people.mod.id, ["customer"])
        await execute(IS, people.sue.id, ["moderator"])
        await until(lambda: {each.actor.id for each in asked} == {people.mod.id, people.sue.id})
        await people.ana.write(begun, "A secret")
        await ana.until(lambda: said(ana) == ["A secret"])
        await ana.until(lambda: ana.of("conversation") and ana.of("conversation")[-1]["last_message"])
        for caller in (mod, sue):
            await caller.get("delivered", named(begun, seq=0))
            assert "A secret" not in str(caller.told)
        await look_again(shop, asked)
        await sue.until(lambda: said(sue) == ["A secret"])
        await until(lambda: not has_joined(connection_of(people.mod), begun))
        assert "A secret" not in str(mod.told)


@pytest.mark.parametrize("change", ["status = 'suspended'", "roles = '{customer}'"])
async def test_a_customer_waits_for_nobody_who_may_not_answer_any_more(
    address: str, people: People, worker: Worker, change: str
) -> None:
    begun = await people.ana.begin()
    expect(await people.mod.client.put(f"{path(begun)}/assignee", {"user_id": str(people.sue.id)}))
    await people.ana.write(begun, "Hello?")
    await worker.after(AWAY_MINUTES)
    assert (await worker.told(), await worker.waiting()) == ([(people.sue.id, "staff", 1)], [])
    assert not await worker.is_due()
    await worker.execute(f"UPDATE users SET {change} WHERE id = $1", people.sue.id)
    async with people.ana.call(address) as ana:
        await worker.let_pass(AWAY_MINUTES)
        assert await worker.is_due()
        await worker.works()
        await ana.until(lambda: ana.of("message"))
        assert ana.of("message")[-1]["done"] == {"done": "unassigned"}
    assert await worker.waiting() == [begun["id"]]
    assert not await worker.is_due()
    queue = expect(await people.mod.client.get("/chat/queue", params={"whose": "unassigned"}))["items"]
    assert [each["id"] for each in queue] == [begun["id"]]
    messages = (await people.ana.messages(begun))["items"]
    assert [each["seq"] for each in messages] == [1, 2, 3]


async def test_staff_are_told_again_of_a_wait_that_somebody_took_over_and_left(people: People, worker: Worker) -> None:
    begun, other = await people.ana.begin(), await people.bea.begin()
    await people.ana.write(begun, "Hello?")
    await people.bea.write(other, "Hello, too?")
    await worker.after(AWAY_MINUTES)
    for conversation, who in ((begun, people.sue), (other, people.mod)):
        expect(await people.mod.client.put(f"{path(conversation)}/assignee", {"user_id": str(who.id)}))
    await worker.execute("UPDATE users SET status = 'suspended' WHERE id = $1", people.sue.id)
    await worker.after(AWAY_MINUTES)
    assert sorted(await worker.waiting()) == sorted([begun["id"], begun["id"], other["id"]])
    assert (await people.mod.see(other))["assigned_to"]["id"] == str(people.mod.id)


async def test_a_note_shows_nobody_who_wrote_it(address: str, people: People) -> None:
    begun = await people.ana.begin()
    async with people.ana.call(address) as ana:
        await people.sue.note(begun, "Known for this")
        await people.mod.write(begun, "It is on its way")
        await ana.until(lambda: ana.of("conversation") and len(ana.of("conversation")[-1]["participants"]) == 2)
        assert str(people.sue.id) not in str([await people.ana.see(begun), ana.told])


async def test_who_sells_has_no_conversations_while_the_seller_is_suspended(
    address: str, execute: Execute, connection_of: Callable[[Person], Connection], people: People, worker: Worker
) -> None:
    begun = await people.ana.begin(seller="stall")
    await people.ana.write(begun, "Is it blue?")
    seller, sent = people.seller.client, {"client_id": str(new_id()), "body": "pay me elsewhere"}
    async with people.seller.call(address) as caller, people.ana.call(address) as ana:
        await execute("UPDATE sellers SET status = 'suspended'")
        await people.ana.write(begun, "A secret")
        await until(lambda: not has_joined(connection_of(people.seller), begun))
        answers = [await seller.get(path(begun)), await seller.post(f"{path(begun)}/messages", sent)]
        assert [each.status for each in answers] == [404, 404]
        assert (await caller.ask("send", message(begun, "pay me")))["problem"]["code"] == "conversation_unknown"
        assert expect(await seller.get("/chat/conversations"))["items"] == []
        assert expect(await seller.get("/chat/search", params={"q": "blue"}))["items"] == []
        await ana.until(lambda: said(ana) == ["A secret"])
        assert "A secret" not in str(caller.told)
    async with people.seller.call(address, since={begun["id"]: 0}) as caller:
        await caller.ask("queue", {"watch": False})
        assert caller.told == []
    await until_gone(worker, people.seller)
    await worker.after(AWAY_MINUTES)
    assert await worker.told() == []
    async with people.seller.call(address) as caller:
        await execute("UPDATE sellers SET status = 'active'")
        await caller.until(lambda: said(caller) == ["Is it blue?", "A secret"])
    await until_gone(worker, people.seller)
    await worker.after(AWAY_MINUTES)
    assert await worker.told() == [(people.seller.id, "seller", 2)]


async def test_staff_whose_seller_is_suspended_are_no_staff_there_meanwhile(execute: Execute, people: People) -> None:
    await execute(IS, people.mod.id, ["customer", "moderator"])
    begun = await people.ana.begin(seller="stall")
    await people.sue.note(begun, "Their tea is always late")
    await execute(SELLS, people.mod.id)
    await execute("UPDATE sellers SET status = 'suspended'")
    await execute("UPDATE conversations SET waiting_since = now()")
    mod = people.mod.client
    assert (await mod.get(path(begun))).status == 404
    assert expect(await mod.get("/chat/search", params={"q": "tea"}))["items"] == []
    lists = ("/chat/conversations", "/staff/chat/conversations", "/chat/queue")
    assert [expect(await mod.get(each))["items"] for each in lists] == [[], [], []]
    assert len(expect(await people.sue.client.get("/chat/queue"))["items"]) == 1


async def test_who_leaves_what_has_only_just_begun_is_told_nothing_of_it(address: str, people: People) -> None:
    async with people.ana.call(address) as ana:
        begun = await people.ana.begin()
        await ana.get("leave", named(begun))
        other = await people.ana.begin()
        await people.mod.write(begun, "one")
        await people.mod.write(other, "two")
        await ana.until(lambda: said(ana) == ["two"])
        await people.mod.write(begun, "three")
        await people.mod.write(other, "four")
        await ana.until(lambda: said(ana) == ["two", "four"])
        await ana.get("join", named(begun, after=0))
        await ana.until(lambda: {"one", "three"} < set(said(ana)))


async def test_what_somebody_leaves_that_is_not_theirs_is_not_kept(
    address: str, connection_of: Callable[[Person], Connection], people: People
) -> None:
    begun = await people.ana.begin()
    async with people.bea.call(address) as bea:
        for conversation_id in (begun["id"], str(new_id())):
            await bea.get("leave", {"conversation_id": conversation_id})
        assert not seat_of(connection_of(people.bea)).left


def test_of_what_was_left_only_the_last_is_kept() -> None:
    seat, ids = Seat(), [new_id() for _ in range(MOST_LEFT + 1)]
    for conversation_id in ids:
        seat.leave(conversation_id)
    assert list(seat.left) == ids[1:]


async def test_nobody_sees_a_blocked_customer_write(address: str, people: People) -> None:
    begun = await people.ana.begin()
    expect(await people.mod.client.post("/chat/blocks", {"user_id": str(people.ana.id), "reason": "rude"}), 200)
    async with people.ana.call(address) as ana, people.mod.call(address) as mod, people.sue.call(address) as sue:
        for caller in (mod, sue):
            await caller.get("join", named(begun))
        await ana.get("typing", named(begun, is_typing=True))
        await sue.get("typing", named(begun, is_typing=True))
        await mod.until(lambda: mod.of("typing"))
        assert [each["user_id"] for each in mod.of("typing")] == [str(people.sue.id)]
