"""Do all mails that are due go, each once, whatever the mail server does to some of them?"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest_asyncio

from server.app import close_shop
from server.telling.pacing import PACES, Paces
from server.telling.sending import send_due
from server.web.call import Shop
from storage.database import Database
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.telling.mail_servers import OK, MailServerOfTheTest, mail_server
from tests.shop import new_shop

_QUEUE = """
INSERT INTO messages (id, store_id, key, channel, category, template, address, locale)
SELECT gen_random_uuid(), $1, $2 || n, 'email', 'account', 'password_changed', $2 || n || '@example.com', 'en'
  FROM generate_series(1, $3) n
"""
_STATES = "SELECT state, count(*) AS messages FROM messages GROUP BY state"


@pytest_asyncio.fixture
async def server() -> AsyncIterator[MailServerOfTheTest]:
    """A mail server that takes everything."""
    async with mail_server() as started:
        yield started


@pytest_asyncio.fixture
async def sending(database: Database, server: MailServerOfTheTest, tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop that sends by this mail server."""
    shop = new_shop(database, tmp_path, smtp_url=server.url)
    yield shop
    await close_shop(shop)


async def queue(shop: Shop, store: Store, count: int, name: str = "c") -> None:
    await shop.database.transaction(store.id, lambda tx: tx.execute(_QUEUE, store.id, name, count))


async def states(shop: Shop, store: Store) -> dict[str, int]:
    async def work(tx: Transaction) -> dict[str, int]:
        return {row["state"]: row["messages"] for row in await tx.fetch(_STATES)}

    return await shop.database.transaction(store.id, work)


async def make_due(shop: Shop, store: Store) -> None:
    """Let the time pass that mails rest after they were put off."""
    shop.provide(PACES, Paces())
    await shop.database.transaction(
        store.id, lambda tx: tx.execute("UPDATE messages SET next_try_at = now() WHERE state = 'waiting'")
    )


async def drain(shop: Shop, store: Store) -> None:
    while await send_due(shop, store):
        pass


async def test_everything_that_is_queued_goes_once_by_few_connections(
    sending: Shop, store: Store, server: MailServerOfTheTest
) -> None:
    await queue(sending, store, 60)
    await drain(sending, store)
    assert Counter(server.recipients) == {f"c{number}@example.com": 1 for number in range(1, 61)}
    assert len({mail["Message-ID"] for _, mail in server.taken}) == 60
    assert server.connections <= sending.settings.mail_connections
    assert await states(sending, store) == {"sent": 60}


async def test_a_recipient_who_is_refused_is_remembered_and_holds_up_nobody(
    sending: Shop, store: Store, server: MailServerOfTheTest
) -> None:
    server.of_recipient = lambda address: "550 5.1.1 nobody of this name" if address.startswith("c3@") else OK
    await queue(sending, store, 5)
    await drain(sending, store)
    assert await states(sending, store) == {"sent": 4, "bounced": 1}
    noted = await sending.database.transaction(
        store.id, lambda tx: tx.fetchrow("SELECT email_folded, reason FROM mail_bounces")
    )
    assert noted is not None
    assert tuple(noted) == ("c3@example.com", "550 5.1.1 nobody of this name")


async def test_what_is_put_off_goes_later_and_nothing_else_goes_again(
    sending: Shop, store: Store, server: MailServerOfTheTest
) -> None:
    answers: Iterator[str] = iter(["450 4.2.0 come again", "451 4.3.0 and again"])
    server.of_recipient = lambda address: next(answers, OK) if address.startswith("c2@") else OK
    await queue(sending, store, 3)
    for _ in range(3):
        await drain(sending, store)
        await make_due(sending, store)
    assert Counter(server.recipients) == {"c1@example.com": 1, "c2@example.com": 1, "c3@example.com": 1}
    assert await states(sending, store) == {"sent": 3}


async def test_a_mail_server_that_is_down_costs_no_attempt_and_gets_everything_once_it_is_up(
    database: Database, store: Store, tmp_path: Path
) -> None:
    behaviour = MailServerOfTheTest()
    async with mail_server(behaviour):
        shop = new_shop(database, tmp_path, smtp_url=behaviour.url)
    await queue(shop, store, 10)
    for _ in range(3):
        await drain(shop, store)
        await make_due(shop, store)
    attempts = await shop.database.transaction(store.id, lambda tx: tx.fetchval("SELECT max(attempts) FROM messages"))
    assert (attempts, await states(shop, store)) == (0, {"waiting": 10})
    async with mail_server(behaviour):
        await drain(shop, store)
        await close_shop(shop)
    assert sorted(behaviour.recipients) == sorted(f"c{number}@example.com" for number in range(1, 11))
    assert await states(shop, store) == {"sent": 10}
