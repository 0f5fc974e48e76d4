"""The schema goes up and down, once, whoever asks at the same time; and is exactly what the snapshot says."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from storage.database import Database
from storage.errors import DatabaseBehind, StorageError
from storage.migrate import migrate, refuse_other_schema, status
from storage.transaction import Transaction
from tests.storage.database.catalogue import catalogue

SNAPSHOT = Path(__file__).with_name("catalogue.txt")


async def test_all_the_way_up_down_and_up_again_gives_the_same_schema(empty_url: str) -> None:
    database = await Database.open(empty_url, role=None)
    try:
        names = [name for name, _ in await status(database)]
        seen: list[tuple[str, str]] = []
        assert await migrate(database, progress=lambda step, name: seen.append((step, name))) == names
        assert seen == [("apply", name) for name in names]
        up = await database.transaction(None, catalogue)
        assert await migrate(database) == []
        assert await migrate(database, to="zero") == [f"-{name}" for name in reversed(names)]
        nothing = [line for line in await database.transaction(None, catalogue) if "tortoise_migrations" not in line]
        assert nothing == []
        assert await migrate(database) == names
        assert await database.transaction(None, catalogue) == up
    finally:
        await database.close()


async def test_each_step_can_be_undone_alone(empty_url: str) -> None:
    database = await Database.open(empty_url, role=None)
    try:
        before: dict[str, list[str]] = {}
        for name, _ in await status(database):
            before[name] = await database.transaction(None, catalogue)
            await migrate(database, to=name)
        for name in reversed(list(before)[1:]):
            await migrate(database, to=list(before)[list(before).index(name) - 1])
            assert await database.transaction(None, catalogue) == before[name], name
    finally:
        await database.close()


async def test_the_catalogue_is_what_the_snapshot_says(owner: Database) -> None:
    # Regenerate with SOSTECH_TEST_REWRITE=1, and read the difference.
    found = "\n".join(await owner.transaction(None, catalogue)) + "\n"
    if "SOSTECH_TEST_REWRITE" in os.environ:
        SNAPSHOT.write_text(found, "utf-8")
    assert found == SNAPSHOT.read_text("utf-8")


async def test_two_programs_that_migrate_at_once_do_it_once(empty_url: str) -> None:
    databases = [await Database.open(empty_url, role=None, pool_size=2) for _ in range(4)]
    try:
        taken = await asyncio.gather(*(migrate(database) for database in databases))
        names = [name for name, _ in await status(databases[0])]
        assert sorted(taken, key=len) == [[], [], [], names]
    finally:
        for database in databases:
            await database.close()


async def test_a_step_that_fails_leaves_the_schema_as_it_was(empty_url: str) -> None:
    database = await Database.open(empty_url, role=None)
    try:

        async def in_the_way(transaction: Transaction) -> None:
            await transaction.execute("CREATE TABLE carts (id int)")

        await database.transaction(None, in_the_way)
        with pytest.raises(Exception, match='"carts" already exists'):
            await migrate(database)
        assert not any(applied for _, applied in await status(database))
    finally:
        await database.close()


async def test_a_schema_that_is_behind_or_ahead_is_refused_with_the_way_out(empty_url: str) -> None:
    database = await Database.open(empty_url, role=None)
    try:
        with pytest.raises(DatabaseBehind, match="run `sostech migrate`"):
            await refuse_other_schema(database)
        await migrate(database)
        await refuse_other_schema(database)

        async def from_the_future(transaction: Transaction) -> None:
            await transaction.execute(
                "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('shop', 'm9999_later', now())"
            )

        await database.transaction(None, from_the_future)
        with pytest.raises(DatabaseBehind, match=r"m9999_later.*newer version"):
            await refuse_other_schema(database)
    finally:
        await database.close()


async def test_a_name_that_no_migration_has_lists_those_there_are(empty_url: str) -> None:
    database = await Database.open(empty_url, role=None)
    try:
        with pytest.raises(StorageError, match="m0001_platform"):
            await migrate(database, to="nonsense")
    finally:
        await database.close()
