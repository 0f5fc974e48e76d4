"""Which work is due, in all stores, asked in one statement; and told as numbers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families

from server.background.repo import SPREAD, due_work
from server.background.watcher import Watcher
from server.background.worker import Worker
from server.serve import working
from storage.counting import counted_statements
from storage.database import Database
from tests.database import Cluster
from tests.server.background.conftest import NewWork, Work, eventually
from tests.shop import new_store, serving

# What a row of each kind needs, besides id and store, to be due for a minute.
DUE = {
    "deadline": (
        "orders",
        "number, guest_id, customer_key, quote_id, decision_id, email, email_folded, customer_name, locale, state,"
        " currency, items_total, discount_total, shipping_total, tax_total, total, postings, rulesets, payment_method,"
        " shipping_address, deadline_event, deadline_at",
        "1, gen_random_uuid(), 'k', gen_random_uuid(), gen_random_uuid(), 'a@b.c', 'a@b.c', 'Ana', 'en', 'placed',"
        " 'BRL', 1, 0, 0, 0, 1, '[]', '{}', 'pix', '{}', 'expire', now() - interval '1 minute'",
    ),
    "payment": (
        "payments",
        "order_id, attempt, provider, method, amount, currency, next_try_at",
        "gen_random_uuid(), 1, 'test', 'card', 1, 'BRL', now() - interval '1 minute'",
    ),
    "receipt": (
        "payment_receipts",
        "provider, event_id, payload, next_try_at",
        "'test', 'e', '', now() - interval '1 minute'",
    ),
    "refund": (
        "refunds",
        "order_id, payment_id, number, kind, amount, currency, reason, next_try_at",
        "gen_random_uuid(), gen_random_uuid(), 1, 'requested', 1, 'BRL', 'r', now() - interval '1 minute'",
    ),
    "delivery": (
        "event_deliveries",
        "event_id, handler, position, next_try_at",
        "gen_random_uuid(), 'h', 1, now() - interval '1 minute'",
    ),
    "test_delivery": (
        "test_provider_deliveries",
        "event_id, payload, next_try_at",
        "'e', '', now() - interval '1 minute'",
    ),
}


@pytest_asyncio.fixture(loop_scope="session")
async def forgiving(cluster: Cluster, own_database: str) -> AsyncIterator[Database]:
    """The owner's rights, where rows need not refer to any that exist; what was written is gone at the end."""
    owner = await Database.open(cluster.url(own_database), role=None, pool_size=1)
    await owner.transaction(None, lambda tx: tx.execute("SET session_replication_role = replica"))
    yield owner
    for table in ("stock_reservations", *[table for table, _, _ in DUE.values()]):
        await owner.transaction(None, lambda tx, table=table: tx.execute(f"DELETE FROM {table}"))
    await owner.close()


@pytest.mark.parametrize("kind", DUE)
async def test_a_row_that_is_due_is_told_with_its_store_and_since_when(
    kind: str, new_work: NewWork, forgiving: Database
) -> None:
    work = await new_work()
    table, columns, values = DUE[kind]
    insert = f"INSERT INTO {table} (id, store_id, {columns}) SELECT gen_random_uuid(), $1, {values}"
    if kind == "delivery":
        insert = f"INSERT INTO {table} (store_id, {columns}) SELECT $1, {values}"
    await forgiving.transaction(None, lambda tx: tx.execute(insert, work.store.id))
    (due,) = await due_work(work.shop.database)
    assert (due.kind, due.store_slug) == (kind, work.store.slug)
    assert due.late_seconds >= 60
    column = "deadline_at" if kind == "deadline" else "next_try_at"
    later = f"UPDATE {table} SET {column} = now() + interval '1 minute' WHERE store_id = $1"
    assert await forgiving.transaction(None, lambda tx: tx.execute(later, work.store.id)) == 1
    assert await due_work(work.shop.database) == []


async def test_a_reservation_is_due_while_it_is_held(new_work: NewWork, forgiving: Database) -> None:
    work = await new_work()
    insert = (
        "INSERT INTO stock_reservations (store_id, order_id, variant_id, quantity, state, expires_at)"
        " VALUES ($1, gen_random_uuid(), gen_random_uuid(), 1, $2, now() - interval '1 minute')"
    )
    for state in ("released", "committed", "expired"):
        await forgiving.transaction(None, lambda tx, state=state: tx.execute(insert, work.store.id, state))
    assert await due_work(work.shop.database) == []
    await forgiving.transaction(None, lambda tx: tx.execute(insert, work.store.id, "held"))
    assert [(due.kind, due.store_slug) for due in await due_work(work.shop.database)] == [
        ("reservation", work.store.slug)
    ]


async def test_what_waits_in_the_outbox_is_due_in_no_store(new_work: NewWork) -> None:
    work = await new_work()
    enqueue = (
        "INSERT INTO pgqueuer (priority, status, entrypoint, payload, created)"
        " VALUES (0, 'queued', 'event', '', now() - interval '1 minute'), (0, 'failed', 'event', '', now())"
    )
    await work.execute(enqueue)
    (due,) = await due_work(work.shop.database)
    assert (due.kind, due.store_slug, due.late_seconds >= 60) == (SPREAD, "", True)
    await work.execute("DELETE FROM pgqueuer WHERE status = 'queued'")
    assert await due_work(work.shop.database) == []


async def test_the_oldest_comes_first_each_store_once_and_in_one_statement(new_work: NewWork) -> None:
    young, old = await new_work(), await new_work()
    await young.add(5, late_seconds=10)
    await old.add(5, late_seconds=500)
    await old.add(5, late_seconds=50)
    with counted_statements() as statements:
        due = await due_work(young.shop.database)
    assert [each.store_slug for each in due] == [old.store.slug, young.store.slug]
    assert [int(each.late_seconds) // 10 for each in due] == [50, 1]
    assert statements.count == 1


async def late(session: ClientSession, address: str) -> dict[str, float]:
    """How late each kind is, as /metrics tells it."""
    async with session.get(f"{address}/metrics") as response:
        page = await response.text()
    return {
        sample.labels["kind"]: sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == "sostech_work_late_seconds"
    }


async def test_metrics_tell_how_late_the_work_is_what_was_done_and_what_failed(
    new_work: NewWork, session: ClientSession
) -> None:
    work = await new_work()
    other = Work(work.shop, await new_store(work.shop))
    await work.add(3, late_seconds=100)
    await other.add(2, late_seconds=200)
    watcher = Watcher(work.shop)
    async with serving(work.shop) as address:
        async with working(watcher):

            async def is_told() -> bool:
                return 200 <= (await late(session, address)).get("test_delivery", 0) < 300

            await eventually(is_told)
        assert not await work.is_done(), "a watcher does nothing"
        async with working(Worker(work.shop)):

            async def is_done() -> bool:
                return await late(session, address) == {"test_delivery": 0.0}

            await eventually(is_done)
        async with session.get(f"{address}/metrics") as response:
            page = await response.text()
    assert 'sostech_work_done_total{kind="test_delivery"} 5.0' in page
    assert 'sostech_work_runs_total{end="failed",kind="test_delivery"} 0.0' in page
    assert "sostech_work_looked_timestamp_seconds" in page
