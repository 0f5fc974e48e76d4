"""Is an event announced exactly when what it tells of has happened?"""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from notifications.events import MailRequested
from notifications.outbox import ENTRYPOINT, Envelope, announce, announce_all
from storage.counting import counted_statements
from storage.database import Database, TryAgain
from storage.ids import new_id
from storage.transaction import Transaction

MAIL = MailRequested(template="activation", to="ana@example.com", locale=None, values={"link": "https://shop/x"})


async def waiting(database: Database) -> list[Envelope]:
    """The events that workers would take, oldest first."""

    async def work(transaction: Transaction) -> list[Envelope]:
        rows = await transaction.fetch("SELECT entrypoint, payload, status::text FROM pgqueuer ORDER BY id")
        assert {(row["entrypoint"], row["status"]) for row in rows} <= {(ENTRYPOINT, "queued")}
        return [msgspec.json.decode(row["payload"], type=Envelope) for row in rows]

    return await database.transaction(None, work)


async def test_an_event_waits_with_its_store_its_name_and_its_values(database: Database) -> None:
    store = new_id()

    async def work(transaction: Transaction) -> None:
        await announce(transaction, MAIL)
        assert await waiting_inside(transaction) == 1

    await database.transaction(store, work)
    (envelope,) = await waiting(database)
    assert (envelope.store_id, envelope.name) == (str(store), "MailRequested")
    assert msgspec.json.decode(envelope.payload, type=MailRequested) == MAIL


async def waiting_inside(transaction: Transaction) -> int:
    """How many there are, as this transaction sees it."""
    return int(await transaction.fetchval("SELECT count(*) FROM pgqueuer"))


async def test_several_events_wait_in_their_order_after_one_round_trip(database: Database) -> None:
    store = new_id()
    events = [replace(MAIL, to=f"{number}@example.com") for number in range(5)]

    async def work(transaction: Transaction) -> None:
        with counted_statements() as statements:
            await announce_all(transaction, [])
            await announce_all(transaction, events)
        assert statements.count == 1

    await database.transaction(store, work)
    found = [msgspec.json.decode(each.payload, type=MailRequested) for each in await waiting(database)]
    assert found == events


async def test_what_did_not_happen_is_not_announced(database: Database) -> None:
    async def work(transaction: Transaction) -> None:
        await announce(transaction, MAIL)
        raise LookupError

    with pytest.raises(LookupError):
        await database.transaction(new_id(), work)
    assert await waiting(database) == []


async def test_work_that_is_done_again_is_announced_once(database: Database) -> None:
    tries: list[int] = []

    async def work(transaction: Transaction) -> None:
        await announce(transaction, MAIL)
        tries.append(1)
        if len(tries) < 3:
            raise TryAgain

    await database.transaction(new_id(), work)
    assert len(await waiting(database)) == 1


async def test_nobody_sees_an_event_before_the_commit(database: Database) -> None:
    seen: list[int] = []

    async def work(transaction: Transaction) -> None:
        await announce(transaction, MAIL)
        async with database.pool.acquire() as other:
            seen.append(await other.fetchval("SELECT count(*) FROM pgqueuer"))

    await database.transaction(new_id(), work)
    assert seen == [0]
    assert len(await waiting(database)) == 1
