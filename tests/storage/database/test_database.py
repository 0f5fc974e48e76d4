"""Transactions: commit, rollback, again after a conflict, joined, and what waits for the commit."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from storage.counting import counted_statements
from storage.database import Database, TryAgain, credentials
from storage.errors import DatabaseUnavailable
from storage.ids import new_id
from storage.models import Store
from storage.transaction import Transaction


async def _count(transaction: Transaction) -> int:
    return int(await transaction.fetchval("SELECT count(*) FROM stores"))


async def _add(transaction: Transaction, slug: str) -> None:
    await transaction.execute(
        "INSERT INTO stores (id, slug, name, currency, timezone, country) VALUES ($1, $2, 'n', 'BRL', 'UTC', 'BR')",
        new_id(), slug,
    )  # fmt: skip


async def test_a_read_takes_three_statements_and_names_its_store_while_it_begins(app: Database) -> None:
    store = new_id()
    with counted_statements() as statements:
        await app.transaction(store, _count)
    assert statements.sent == [
        f"BEGIN; SET LOCAL app.store_id = '{store}'", "SELECT count(*) FROM stores", "COMMIT",
    ]  # fmt: skip
    assert statements.count == 3


async def test_what_models_send_is_counted_too(app: Database) -> None:
    async def work(_transaction: Transaction) -> None:
        assert await Store.all().count() == 0

    with counted_statements() as statements:
        await app.transaction(None, work)
    assert statements.count == 3
    assert "stores" in statements.sent[1]


async def test_no_request_waits_while_arrays_are_looked_up(app: Database) -> None:
    """PostgreSQL is asked what each kind of array is once on every connection: when it is opened."""
    sent: list[str] = []
    statements = [f"SELECT $1::{kind}[]" for kind in ("uuid", "text", "bigint", "integer", "boolean", "bytea")]

    async def work(transaction: Transaction) -> None:
        with transaction.connection.query_logger(lambda query: sent.append(query.query)):
            for statement in statements:
                await transaction.fetchval(statement, [])

    await app.transaction(None, work)
    assert sent == statements


async def test_work_that_raises_leaves_nothing(app: Database) -> None:
    async def work(transaction: Transaction) -> None:
        await _add(transaction, "gone")
        raise LookupError("no")

    with pytest.raises(LookupError):
        await app.transaction(None, work)
    assert await app.transaction(None, _count) == 0


async def test_sql_and_models_share_the_transaction(app: Database) -> None:
    async def work(transaction: Transaction) -> None:
        await Store.create(slug="by-model", name="n", currency="BRL", timezone="UTC", country="BR")
        assert await _count(transaction) == 1
        await _add(transaction, "by-sql")
        assert await Store.all().count() == 2
        raise LookupError("no")

    with pytest.raises(LookupError):
        await app.transaction(None, work)
    assert await app.transaction(None, _count) == 0


async def test_work_inside_work_of_the_same_store_joins_and_of_another_is_refused(app: Database) -> None:
    async def outer(transaction: Transaction) -> bool:
        async def inner(joined: Transaction) -> bool:
            return joined is transaction

        with pytest.raises(RuntimeError, match="cannot go on in store"):
            await app.transaction(new_id(), inner)
        return await app.transaction(None, inner)

    assert await app.transaction(None, outer)


async def test_what_waits_for_the_commit_runs_once_after_it_and_never_after_a_rollback(app: Database) -> None:
    ran: list[int] = []

    async def work(transaction: Transaction) -> None:
        async def later() -> None:
            ran.append(await app.transaction(None, _count))

        await _add(transaction, "first")
        transaction.after_commit(later)
        assert ran == []

    await app.transaction(None, work)
    assert ran == [1]
    with pytest.raises(asyncpg.UniqueViolationError):
        await app.transaction(None, work)
    assert ran == [1]


async def test_work_overtaken_by_another_is_done_again_from_the_start(app: Database) -> None:
    async def work(transaction: Transaction) -> int:
        tries.append(transaction)
        await _add(transaction, "again")
        if len(tries) < 3:
            raise TryAgain
        return len(tries)

    tries: list[Transaction] = []
    assert await app.transaction(None, work) == 3
    assert len(set(map(id, tries))) == 3
    assert await app.transaction(None, _count) == 1


async def test_two_that_lock_in_opposite_order_both_finish(app: Database) -> None:
    async def prepare(transaction: Transaction) -> None:
        await _add(transaction, "a")
        await _add(transaction, "b")

    await app.transaction(None, prepare)
    tries = 0
    first_locks = asyncio.Barrier(2)

    async def lock(first: str, second: str) -> None:
        waited = False

        async def work(transaction: Transaction) -> None:
            nonlocal tries, waited
            tries += 1
            await transaction.execute("UPDATE stores SET name = name || 'x' WHERE slug = $1", first)
            if not waited:
                waited = True
                await first_locks.wait()
            await transaction.execute("UPDATE stores SET name = name || 'x' WHERE slug = $1", second)

        await app.transaction(None, work)

    await asyncio.gather(lock("a", "b"), lock("b", "a"))

    async def names(transaction: Transaction) -> list[str]:
        return [row["name"] for row in await transaction.fetch("SELECT name FROM stores ORDER BY slug")]

    assert await app.transaction(None, names) == ["nxx", "nxx"]
    assert tries == 3


async def test_a_cancelled_request_gives_its_connection_back_clean(app: Database) -> None:
    entered = asyncio.Event()

    async def work(transaction: Transaction) -> None:
        await _add(transaction, "cancelled")
        entered.set()
        await transaction.execute("SELECT pg_sleep(1)")

    for _ in range(12):  # more often than the pool has connections
        entered.clear()
        task = asyncio.create_task(app.transaction(None, work))
        await entered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await app.transaction(None, _count) == 0


async def test_a_pool_with_no_free_connection_says_so_instead_of_waiting_for_ever(app: Database) -> None:
    impatient = app.__class__(app._context, app._signs_in, patience_seconds=0.05)
    let_go, all_hold = asyncio.Event(), asyncio.Barrier(9)

    async def hold(transaction: Transaction) -> None:
        await all_hold.wait()
        await let_go.wait()

    holders = [asyncio.create_task(app.transaction(None, hold)) for _ in range(8)]
    async with asyncio.timeout(60):
        await all_hold.wait()
    with pytest.raises(DatabaseUnavailable, match="no connection"):
        await impatient.transaction(None, _count)
    let_go.set()
    await asyncio.gather(*holders)


async def test_a_connection_killed_in_the_middle_is_unavailable_and_the_next_works(
    app: Database, owner: Database
) -> None:
    async def work(transaction: Transaction) -> None:
        process = await transaction.fetchval("SELECT pg_backend_pid()")

        async def kill(other: Transaction) -> None:
            await other.execute("SELECT pg_terminate_backend($1)", process)

        # Another task, so that it does not join this transaction.
        await asyncio.create_task(_outside(owner, kill))
        await transaction.execute("SELECT pg_sleep(1)")

    with pytest.raises(DatabaseUnavailable):
        await app.transaction(None, work)
    assert await app.transaction(None, _count) == 0


async def _outside(database: Database, work: object) -> None:
    from storage.database import _current

    _current.set(None)
    await database.transaction(None, work)  # type: ignore[arg-type]


async def test_a_failed_statement_inside_a_savepoint_leaves_the_rest(app: Database) -> None:
    from tortoise.transactions import in_transaction

    async def attempt() -> None:
        async with in_transaction():
            await Store.create(slug="kept", name="n", currency="BRL", timezone="UTC", country="BR")
            raise LookupError

    async def work(transaction: Transaction) -> None:
        await _add(transaction, "kept")
        with pytest.raises(Exception, match="stores_slug_key"):
            await attempt()
        await _add(transaction, "also")

    await app.transaction(None, work)
    assert await app.transaction(None, _count) == 2


async def test_nobody_at_the_address_is_unavailable_and_the_password_is_not_shown() -> None:
    with pytest.raises(DatabaseUnavailable) as caught:
        await Database.open("postgresql://someone:hidden@127.0.0.1:1/shop", patience_seconds=1)
    assert "127.0.0.1/shop" in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_addresses_are_read_with_sockets_passwords_and_tls() -> None:
    found = credentials("postgresql://u%40x:p%2Fw@/shop?host=/run/pg&port=6000", role="r", application="a")
    assert (found["host"], found["port"], found["user"], found["password"]) == ("/run/pg", 6000, "u@x", "p/w")
    assert found["server_settings"]["role"] == "r"
    remote = credentials("postgresql://db.example/shop?sslmode=require", role=None, application="a")
    assert (remote["host"], remote["port"], remote["ssl"]) == ("db.example", 5432, "require")
    assert "role" not in remote["server_settings"]


async def test_the_clock_is_the_databases_and_stands_still_in_a_transaction(app: Database) -> None:
    async def work(transaction: Transaction) -> None:
        before = await transaction.now()
        await asyncio.sleep(0.01)
        assert await transaction.now() == before == await transaction.fetchval("SELECT now()")
        assert before.utcoffset() is not None

    await app.transaction(None, work)
