"""How does the schema come to where this program needs it? All pending steps in one transaction, one process at a time.

Tortoise's migrations keep the graph and the record; running them inside our own transaction makes step and record one,
so a process killed in the middle leaves the schema as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget

from storage.database import Database
from storage.errors import DatabaseBehind, StorageError
from storage.transaction import Transaction

APP: Final = "shop"
_APPS: Final[dict[str, dict[str, Any]]] = {APP: {"models": ["storage.models"], "migrations": "storage.migrations"}}
MINIMUM_VERSION: Final = 150000
"""PostgreSQL 15, as server_version_num says it."""

Progress = Callable[[str, str], None]
"""Is told the step ("apply", "rollback") and the migration's name, as each begins."""


async def migrate(database: Database, *, to: str | None = None, progress: Progress | None = None) -> list[str]:
    """Bring the schema to `to` (a name or its beginning, "zero" for nothing; the newest when None).

    Returns the names of the steps taken, in order, those undone with a leading "-". Raises StorageError when the
    server is too old or no migration has that name.
    """

    async def work(transaction: Transaction) -> list[str]:
        await _refuse_old_server(transaction)
        await transaction.execute("SELECT pg_advisory_xact_lock(hashtext('sostech migrations'))")
        taken: list[str] = []
        executor = _executor(database)
        # The executor asks its table before it makes it, and a failed question would end our transaction.
        await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))

        def tell(event: str, _app: str, name: str) -> None:
            step, _, moment = event.partition("_")
            if moment == "start":
                taken.append(name if step == "apply" else f"-{name}")
                if progress is not None:
                    progress(step, name)

        await executor.migrate([await _target(executor, to)], progress=tell)
        return taken

    return await database.transaction(None, work)


async def status(database: Database) -> list[tuple[str, bool]]:
    """Every migration of this program in order, and whether it is applied."""

    async def work(transaction: Transaction) -> list[tuple[str, bool]]:
        applied = await _applied(transaction)
        return [(name, name in applied) for name in await _known(database)]

    return await database.transaction(None, work)


async def refuse_other_schema(database: Database) -> None:
    """Raise DatabaseBehind unless the schema is exactly the one this program was written for."""

    async def work(transaction: Transaction) -> tuple[set[str], list[str]]:
        await _refuse_old_server(transaction)
        return await _applied(transaction), await _known(database)

    applied, known = await database.transaction(None, work)
    missing = [name for name in known if name not in applied]
    unknown = sorted(applied - set(known))
    if missing:
        raise DatabaseBehind(f"the database lacks {', '.join(missing)}; run `sostech migrate` and start again")
    if unknown:
        raise DatabaseBehind(
            f"the database has {', '.join(unknown)}, which this program does not know; start a newer version"
        )


async def _refuse_old_server(transaction: Transaction) -> None:
    version = await transaction.fetchval("SELECT current_setting('server_version_num')::int")
    if version < MINIMUM_VERSION:
        shown = await transaction.fetchval("SELECT current_setting('server_version')")
        raise StorageError(f"PostgreSQL {shown} is too old: 15 or later is needed")


def _executor(database: Database) -> MigrationExecutor:
    # Inside a transaction this is its connection, so the record is written in it too.
    client: BaseDBAsyncClient = database.current_client
    return MigrationExecutor(client, _APPS)


async def _known(database: Database) -> list[str]:
    executor = _executor(database)
    executor.loader.load_disk()
    return sorted(key.name for key in executor.loader.disk_migrations)


async def _applied(transaction: Transaction) -> set[str]:
    if await transaction.fetchval("SELECT to_regclass('tortoise_migrations')") is None:
        return set()
    rows = await transaction.fetch("SELECT name FROM tortoise_migrations WHERE app = $1", APP)
    return {row["name"] for row in rows}


async def _target(executor: MigrationExecutor, to: str | None) -> MigrationTarget:
    if to is None:
        return MigrationTarget(APP, "__latest__")
    if to == "zero":
        return MigrationTarget(APP, "__first__")
    executor.loader.load_disk()
    names = sorted(key.name for key in executor.loader.disk_migrations)
    found = [name for name in names if name == to or name.startswith((to, f"m{to}"))]
    if len(found) != 1:
        raise StorageError(f"no migration is called {to!r}; there are: {', '.join(names)}")
    return MigrationTarget(APP, found[0])
