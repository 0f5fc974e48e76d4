"""Can one store see, change or refer to what is another's? Tried on every table there is, by SQL and by model."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from tortoise.models import Model

from storage import models
from storage.database import APP_ROLE, Database
from storage.ids import new_id
from storage.transaction import Transaction
from tests.database import Cluster
from tests.storage.database.stores import fill, insert, new_store, references_of, tenant_tables

Rows = dict[str, UUID]

TENANT_MODELS = [
    getattr(models, name) for name in models.__all__ if "store_id" in getattr(models, name)._meta.fields_map
]


APPEND_ONLY = (
    "audit_log", "decision_log", "invariant_breaches", "stock_movements", "order_transitions", "shipment_events",
    "seller_entries", "ruleset_texts", "chat_message_versions",
)  # fmt: skip
"""Records that the shop may add to and read, and nothing else."""

NEVER_DELETED = ("payment_receipts", "ruleset_approvals", "ruleset_plans", "ruleset_trials")
"""Records that come to an end, and stay."""


# All that is tried here is refused or undone, so all tests can look at the same two stores.


@pytest.fixture(scope="module")
def database_name(cluster: Cluster) -> str:
    """A migrated database of these tests."""
    return cluster.new_database()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def owner(cluster: Cluster, database_name: str) -> AsyncIterator[Database]:
    """The database, with all rights."""
    database = await Database.open(cluster.url(database_name), role=None, pool_size=2)
    yield database
    await database.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def app(cluster: Cluster, database_name: str) -> AsyncIterator[Database]:
    """The same database, with the rights of the shop."""
    database = await Database.open(cluster.url(database_name, APP_ROLE), pool_size=2)
    yield database
    await database.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ours(owner: Database, app: Database) -> tuple[UUID, Rows]:
    """The store we act for, with a row in every table."""
    store = await new_store(owner, "ours")
    return store, await fill(app, store)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def theirs(owner: Database, app: Database) -> tuple[UUID, Rows]:
    """Another store, with a row in every table."""
    store = await new_store(owner, "theirs")
    return store, await fill(app, store)


async def test_every_table_with_a_store_has_row_level_security_and_is_not_owned_by_the_shop(app: Database) -> None:
    async def work(transaction: Transaction) -> list[asyncpg.Record]:
        return await transaction.fetch(
            """
            SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'public' AND c.relkind = 'r'
               AND (pg_get_userbyid(c.relowner) = current_user
                    OR (EXISTS (SELECT 1 FROM pg_attribute a
                                 WHERE a.attrelid = c.oid AND a.attname = 'store_id' AND NOT a.attisdropped)
                        AND (NOT c.relrowsecurity
                             OR NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid
                                             AND p.polqual IS NOT NULL AND p.polwithcheck IS NOT NULL))))
            """
        )

    assert await app.transaction(None, work) == []


async def test_the_role_of_the_shop_has_no_way_around_the_policies(app: Database) -> None:
    async def work(transaction: Transaction) -> asyncpg.Record | None:
        return await transaction.fetchrow(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        )

    role = await app.transaction(None, work)
    assert role is not None
    assert not any(role.values())


async def test_no_table_shows_another_stores_rows(
    app: Database, ours: tuple[UUID, Rows], theirs: tuple[UUID, Rows]
) -> None:
    async def work(transaction: Transaction) -> None:
        for table in await tenant_tables(transaction):
            seen = {row["store_id"] for row in await transaction.fetch(f"SELECT store_id FROM {table}")}
            assert seen == {ours[0]}, table
            joined = await transaction.fetchval(
                f"SELECT count(*) FROM stores s JOIN {table} t ON t.store_id = s.id WHERE s.id = $1", theirs[0]
            )
            assert joined == 0, table

    await app.transaction(ours[0], work)


async def test_without_a_store_no_tenant_table_shows_anything(app: Database, theirs: tuple[UUID, Rows]) -> None:
    async def work(transaction: Transaction) -> None:
        for table in await tenant_tables(transaction):
            assert await transaction.fetchval(f"SELECT count(*) FROM {table}") == 0, table

    await app.transaction(None, work)


async def test_no_table_takes_a_row_for_another_store(
    app: Database, ours: tuple[UUID, Rows], theirs: tuple[UUID, Rows]
) -> None:
    tables: list[str] = []

    async def list_tables(transaction: Transaction) -> None:
        tables.extend(await tenant_tables(transaction))

    await app.transaction(ours[0], list_tables)
    for table in tables:

        async def smuggle(transaction: Transaction, table: str = table) -> None:
            await insert(transaction, table, theirs[0], theirs[1])

        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await app.transaction(ours[0], smuggle)


async def test_no_update_or_delete_reaches_another_stores_rows(
    app: Database, owner: Database, ours: tuple[UUID, Rows], theirs: tuple[UUID, Rows]
) -> None:
    async def work(transaction: Transaction) -> None:
        for table in await tenant_tables(transaction):
            if table in APPEND_ONLY:
                continue
            changed = await transaction.execute(
                f"UPDATE {table} SET store_id = store_id WHERE store_id = $1", theirs[0]
            )
            deleted = 0
            if table not in NEVER_DELETED:
                deleted = await transaction.execute(f"DELETE FROM {table} WHERE store_id = $1", theirs[0])
            assert (changed, deleted) == (0, 0), table

    await app.transaction(ours[0], work)

    async def still_there(transaction: Transaction) -> None:
        for table in await tenant_tables(transaction):
            left = await transaction.fetchval(f"SELECT count(*) FROM {table} WHERE store_id = $1", theirs[0])
            assert left == 1, table

    await owner.transaction(None, still_there)


async def test_no_row_can_move_to_another_store(
    app: Database, ours: tuple[UUID, Rows], theirs: tuple[UUID, Rows]
) -> None:
    tables: list[str] = []

    async def list_tables(transaction: Transaction) -> None:
        tables.extend(await tenant_tables(transaction))

    await app.transaction(ours[0], list_tables)
    for table in tables:

        async def move(transaction: Transaction, table: str = table) -> None:
            await transaction.execute(f"UPDATE {table} SET store_id = $1", theirs[0])

        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.transaction(ours[0], move)


async def test_records_that_are_only_added_to_can_be_neither_changed_nor_deleted(
    app: Database, ours: tuple[UUID, Rows]
) -> None:
    for table in APPEND_ONLY:
        for statement in (f"UPDATE {table} SET store_id = store_id", f"DELETE FROM {table}"):

            async def work(transaction: Transaction, statement: str = statement) -> None:
                await transaction.execute(statement)

            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
                await app.transaction(ours[0], work)


TOGETHER = {
    ("carts", "users"): ", guest_id = NULL",
    ("notification_preferences", "users"): ", recipient = $1::uuid::text",
}
"""What has to change along with a reference, for the row to be one that could be."""


async def test_no_foreign_key_can_point_into_another_store(
    app: Database, ours: tuple[UUID, Rows], theirs: tuple[UUID, Rows]
) -> None:
    # Checks of foreign keys bypass row-level security, so every one of them has to name the store as well.
    references: list[tuple[str, str, tuple[str, ...]]] = []

    async def list_references(transaction: Transaction) -> None:
        for table in await tenant_tables(transaction):
            references.extend((table, target, columns) for target, columns in await references_of(transaction, table))

    await app.transaction(ours[0], list_references)
    assert len(references) > 20
    for table, target, columns in references:
        assert columns[0] == "store_id", f"{table} refers to {target} by {columns} only"

        async def refer(
            transaction: Transaction, table: str = table, target: str = target, at: str = columns[1]
        ) -> None:
            if table in APPEND_ONLY:
                await insert(transaction, table, ours[0], {**ours[1], target: theirs[1][target]})
            else:
                along = TOGETHER.get((table, target), "")
                await transaction.execute(f"UPDATE {table} SET {at} = $1::uuid{along}", theirs[1][target])

        # A stock level has its variant's id, so theirs is in the way before the reference is looked at.
        refused = asyncpg.UniqueViolationError if table == "stock_levels" else asyncpg.ForeignKeyViolationError
        with pytest.raises(refused):
            await app.transaction(ours[0], refer)


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model.__name__)
async def test_models_see_and_change_their_own_stores_rows_only(
    model: type[Model], app: Database, ours: tuple[UUID, Rows], theirs: tuple[UUID, Rows]
) -> None:
    table = model._meta.db_table

    async def work(transaction: Transaction) -> None:
        rows = await model.all().values_list("store_id", flat=True)
        assert set(rows) == {ours[0]}
        assert await model.filter(pk=theirs[1][table]).count() == 0
        assert await model.get_or_none(pk=theirs[1][table]) is None

    await app.transaction(ours[0], work)

    if table in APPEND_ONLY:
        return

    async def change(transaction: Transaction) -> None:
        assert await model.filter(pk=theirs[1][table]).delete() == 0

    await app.transaction(ours[0], change)


async def test_a_model_outside_of_a_transaction_has_no_connection_at_all(app: Database) -> None:
    with pytest.raises(RuntimeError, match="TortoiseContext"):
        await models.Media.all().count()


async def test_the_setting_of_one_transaction_is_gone_in_the_next(app: Database, ours: tuple[UUID, Rows]) -> None:
    async def who(transaction: Transaction) -> UUID | None:
        found = await transaction.fetchval("SELECT current_store_id()")
        return UUID(str(found)) if found else None

    assert await app.transaction(ours[0], who) == ours[0]
    for _ in range(20):
        assert await app.transaction(None, who) is None


async def test_a_store_id_that_nobody_has_shows_nothing(app: Database, ours: tuple[UUID, Rows]) -> None:
    async def work(transaction: Transaction) -> int:
        return int(await transaction.fetchval("SELECT count(*) FROM media"))

    assert await app.transaction(new_id(), work) == 0
