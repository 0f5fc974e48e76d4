"""What of a database that hangs while people talk? Once it answers, everybody is told how everything stands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from server.chat import board, conversations_repo, participants_repo
from server.feeds import readings
from server.sockets import presence
from storage.ids import new_id
from storage.transaction import Transaction
from tests.database import SHARED, Cluster
from tests.server.chat.conftest import People, Person
from tests.server.sockets.conftest import Caller

_WRITERS = """
SELECT count(*) FROM pg_locks
 WHERE relation = 'conversations'::regclass AND mode = 'RowShareLock' AND NOT granted
"""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is waited for a short time only, and asked again at once."""
    for module in (board, readings, presence):
        monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.3)
        monkeypatch.setattr(module, "AGAIN_SECONDS", 0.01)


class Hanging:
    """Readings of the database, and how often they were given up."""

    def __init__(self, read: Any) -> None:
        self.given_up = 0
        self._read = read

    async def __call__(self, tx: Transaction, *arguments: Any) -> Any:
        """As it would be read."""
        try:
            return await self._read(tx, *arguments)
        except asyncio.CancelledError:
            self.given_up += 1
            raise

    async def until_given_up(self, times: int) -> None:
        """Wait until it was given up so often."""
        async with asyncio.timeout(20):
            while self.given_up < times:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def locked(cluster: Cluster, table: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    """Whoever reads this table is not answered; who holds it."""
    owner = await asyncpg.connect(cluster.url(SHARED))
    try:
        async with owner.transaction():
            await owner.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield owner
    finally:
        await owner.close()


def message(conversation: Any, body: str) -> dict[str, Any]:
    """A message to a conversation."""
    return {"conversation_id": conversation["id"], "client_id": str(new_id()), "body": body}


def said(caller: Caller) -> list[str]:
    """What messages said, in the order they came."""
    return [each["body"] for each in caller.of("message")]


def excerpt(caller: Caller) -> str | None:
    """How the last message begins, as it was told last."""
    told = caller.of("conversation")
    return told[-1]["last_message"]["excerpt"] if told and told[-1]["last_message"] else None


def read_by(caller: Caller, person: Person) -> list[int]:
    """How far they were told that somebody has read."""
    return [each["read_seq"] for each in caller.of("cursor") if each["user_id"] == str(person.id)]


def online(caller: Caller, person: Person) -> list[bool]:
    """What they were told of somebody's coming and going."""
    return [each["online"] for each in caller.of("presence") if each["user_id"] == str(person.id)]


@pytest.mark.usefixtures("impatient")
async def test_how_things_stand_is_told_once_the_database_answers(
    address: str, people: People, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Hanging(conversations_repo.shown)
    monkeypatch.setattr(conversations_repo, "shown", shown)
    begun = await people.ana.begin()
    await people.ana.write(begun, "one")
    async with people.mod.call(address) as mod, people.sue.call(address) as sue:
        for caller in (mod, sue):
            await caller.get("join", {"conversation_id": begun["id"], "after": 0})
            await caller.until(lambda caller=caller: said(caller) == ["one"])
        # How a conversation stands is read with its product; messages are not.
        async with locked(cluster, "products"):
            await people.ana.write(begun, "two")
            async with people.ana.call(address) as ana:
                await ana.get("send", message(begun, "three"))
                await ana.get("read", {"conversation_id": begun["id"], "seq": 2})
                for caller in (mod, sue, ana):
                    await caller.until(lambda caller=caller: said(caller)[-1] == "three")
                await shown.until_given_up(2)
            await shown.until_given_up(4)
            for caller in (mod, sue):
                assert (excerpt(caller), read_by(caller, people.ana)) in [("one", []), (None, [])]
        for caller in (mod, sue):
            await caller.until(lambda caller=caller: read_by(caller, people.ana)[-1:] == [2])
            await caller.until(lambda caller=caller: excerpt(caller) == "three")
            assert online(caller, people.ana)[-1:] in ([], [False]), "they came, and are gone"
            assert said(caller) == ["one", "two", "three"]
        async with people.ana.call(address):
            for caller in (mod, sue):
                await caller.until(lambda caller=caller: online(caller, people.ana)[-1:] == [True])


@pytest.mark.usefixtures("impatient")
async def test_what_began_is_told_once_the_database_answers(
    address: str, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, hangs = participants_repo.followed_lately, True

    async def lately(tx: Transaction, *arguments: Any) -> Any:
        if hangs:
            await tx.fetch("SELECT pg_sleep(3600)")
        return await read(tx, *arguments)

    hanging = Hanging(lately)
    monkeypatch.setattr(participants_repo, "followed_lately", hanging)
    async with people.ana.call(address) as ana:
        begun = [await people.mod.begin(customer_id=str(people.ana.id)) for _ in range(2)]
        for each in begun:
            await people.mod.write(each, each["id"])
        await hanging.until_given_up(2)
        assert ana.told == []
        hangs = False
        ids = {each["id"] for each in begun}
        await ana.until(lambda: {each["id"] for each in ana.of("conversation")} == ids and set(said(ana)) == ids)
        assert len(said(ana)) == 2


@pytest.mark.usefixtures("impatient")
async def test_what_is_written_while_everything_hangs_is_kept_once_and_told_to_all(
    address: str, people: People, cluster: Cluster
) -> None:
    begun = await people.ana.begin()
    async with people.ana.call(address) as ana, people.mod.call(address) as mod, people.sue.call(address) as sue:
        for caller in (mod, sue):
            await caller.get("join", {"conversation_id": begun["id"], "after": 0})
        async with locked(cluster, "conversations") as owner:
            writing = [
                asyncio.create_task(ana.get("send", message(begun, "by ana"))),
                asyncio.create_task(mod.get("send", message(begun, "by mod"))),
                asyncio.create_task(people.sue.write(begun, "by sue")),
            ]
            async with asyncio.timeout(20):
                while await owner.fetchval(_WRITERS) < len(writing):
                    await asyncio.sleep(0.02)
            assert said(sue) == []
        await asyncio.gather(*writing)
        for caller in (ana, mod, sue):
            await caller.until(lambda caller=caller: len(said(caller)) == 3)
            assert [each["change"] for each in caller.of("message")] == [1, 2, 3]
            await caller.until(lambda caller=caller: excerpt(caller) == said(caller)[-1])
        assert set(said(ana)) == {"by ana", "by mod", "by sue"}
        assert said(ana) == said(mod) == said(sue)
