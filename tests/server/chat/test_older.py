"""Does somebody with more conversations than they follow learn of what is written in the others?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from server.chat import older, participants_repo
from server.chat.followers import MANY
from server.chat.participants_repo import Followed
from server.feeds.notices import NOTICES
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.chat.conftest import People, path
from tests.server.sockets.conftest import Caller
from tests.shop import expect

_MORE = """
WITH made AS (
    INSERT INTO conversations (id, store_id, customer_id, seller_id, subject, key, last_message_at)
    SELECT gen_random_uuid(), store_id, customer_id, seller_id, 'More', 'more ' || n,
           now() - interval '1 hour' + n * interval '1 second'
      FROM conversations, generate_series(1, $2) n
     WHERE id = $1
    RETURNING id, store_id
)
INSERT INTO conversation_participants (store_id, conversation_id, user_id, role)
SELECT m.store_id, m.id, p.user_id, p.role
  FROM made m JOIN conversation_participants p ON p.conversation_id = $1
"""


async def oldest(shop: Shop, store: Store, people: People, more: int) -> Any:
    """A conversation of Ana with somebody who sells, and so many newer ones, all begun some time ago."""
    begun = await people.ana.begin(seller="stall")

    first = UUID(begun["id"])

    async def work(tx: Transaction) -> None:
        await tx.execute(_MORE, first, more)
        await tx.execute("UPDATE conversation_participants SET joined_at = now() - interval '1 day'")
        await tx.execute("UPDATE conversations SET last_message_at = now() - interval '1 day' WHERE id = $1", first)

    await shop.database.transaction(store.id, work)
    return begun


def told_of(caller: Caller, conversation: Any) -> list[str]:
    """What messages of a conversation said."""
    return [each["body"] for each in caller.of("message") if each["conversation_id"] == conversation["id"]]


class Counted:
    """Readings of whom new messages concern."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, failures: int = 0) -> None:
        self.of: list[set[UUID]] = []
        self.failures = failures
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self._read = participants_repo.written_now
        monkeypatch.setattr(participants_repo, "written_now", self)
        monkeypatch.setattr(older, "AGAIN_SECONDS", 0.01)

    async def __call__(self, tx: Transaction, steps: Mapping[UUID, int], users: Any) -> list[Followed]:
        """As it would be read."""
        self.of.append(set(steps))
        await self.goes_on.wait()
        if self.failures:
            self.failures -= 1
            raise KeyError("a bug")
        return await self._read(tx, steps, users)

    async def until(self, times: int) -> None:
        """Wait until it was read so often."""
        async with asyncio.timeout(10):
            while len(self.of) < times:
                await asyncio.sleep(0.01)


async def test_who_has_very_many_is_told_of_an_old_one_in_which_somebody_writes(
    address: str, shop: Shop, store: Store, people: People
) -> None:
    begun = await oldest(shop, store, people, MANY)
    async with people.seller.call(address) as seller:
        for body in ("Is it blue?", "Hello?", "You there?"):
            await people.ana.write(begun, body)
        await seller.until(lambda: len(told_of(seller, begun)) == 3)
        await seller.until(lambda: begun["id"] in {each["id"] for each in seller.of("conversation")})
        assert told_of(seller, begun) == ["Is it blue?", "Hello?", "You there?"]
        assert [each["after"] for each in seller.of("message")] == [0, 1, 2]
        await people.seller.write(begun, "Yes")
        await seller.until(lambda: told_of(seller, begun)[-1] == "Yes")


async def test_what_staff_note_in_an_old_one_is_told_to_nobody_else(
    address: str, shop: Shop, store: Store, people: People
) -> None:
    begun = await oldest(shop, store, people, MANY)
    async with people.seller.call(address) as seller:
        await people.mod.note(begun, "Known for this")
        other = await people.bea.begin(seller="stall")
        await people.bea.write(other, "one")
        await seller.until(lambda: told_of(seller, other) == ["one"])
        await people.ana.write(begun, "two")
        await seller.until(lambda: told_of(seller, begun) == ["two"])
        assert "Known" not in str(seller.told)


async def test_one_statement_asks_whose_they_are_and_none_when_everybody_follows_all(
    address: str, shop: Shop, store: Store, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = await oldest(shop, store, people, MANY)
    others = [await people.bea.begin() for _ in range(5)]
    counted = Counted(monkeypatch)
    async with people.bea.call(address) as bea:
        for each in others:
            await people.bea.write(each, "one")
        await bea.until(lambda: len(bea.of("message")) == 5)
        assert counted.of == [], "nobody is here who has more than they follow"
        async with people.seller.call(address) as seller:
            counted.goes_on.clear()
            await people.bea.write(others[0], "two")
            await counted.until(1)
            for each in others:
                await people.bea.write(each, "three")
            await people.ana.write(begun, "Is it blue?")
            await bea.until(lambda: len(bea.of("message")) == 11)
            counted.goes_on.set()
            await seller.until(lambda: told_of(seller, begun) == ["Is it blue?"])
            assert counted.of == [{UUID(others[0]["id"])}, {UUID(each["id"]) for each in (*others, begun)}]
            assert {each["conversation_id"] for each in seller.of("message")} == {begun["id"]}


async def test_what_cannot_be_read_at_once_is_told_later(
    address: str, shop: Shop, store: Store, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = await oldest(shop, store, people, MANY)
    Counted(monkeypatch, failures=2)
    async with people.seller.call(address) as seller:
        await people.ana.write(begun, "Is it blue?")
        await seller.until(lambda: told_of(seller, begun) == ["Is it blue?"])


async def test_what_was_written_while_nothing_was_heard_is_told(
    address: str, shop: Shop, store: Store, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = await oldest(shop, store, people, MANY)

    async def nothing(tx: Transaction, steps: Mapping[UUID, int], users: Any) -> list[Followed]:
        missed.set()
        return []

    async with people.seller.call(address) as seller:
        with monkeypatch.context() as away:
            missed = asyncio.Event()
            away.setattr(participants_repo, "written_now", nothing)
            await people.ana.write(begun, "Is it blue?")
            async with asyncio.timeout(10):
                await missed.wait()
        shop.use(NOTICES).heard(None)
        await seller.until(lambda: told_of(seller, begun) == ["Is it blue?"])
        await people.ana.write(begun, "Hello?")
        await seller.until(lambda: told_of(seller, begun)[-1] == "Hello?")


async def test_who_has_left_an_old_one_is_told_no_more_of_it(
    address: str, shop: Shop, store: Store, people: People
) -> None:
    begun = await oldest(shop, store, people, MANY)
    async with people.seller.call(address) as seller:
        await people.ana.write(begun, "one")
        await seller.until(lambda: told_of(seller, begun) == ["one"])
        await seller.get("leave", {"conversation_id": begun["id"]})
        await people.ana.write(begun, "two")
        other = await people.bea.begin(seller="stall")
        await people.bea.write(other, "three")
        await seller.until(lambda: told_of(seller, other) == ["three"])
        assert told_of(seller, begun) == ["one"]
        assert expect(await people.seller.client.get(f"{path(begun)}/messages"))["items"][-1]["body"] == "two"
