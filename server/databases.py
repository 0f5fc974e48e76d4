"""Which database does the shop use? The one DATABASE_URL names, or a PostgreSQL of its own in the data directory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace

from server.settings import Settings
from storage.database import APP_ROLE, Database
from storage.embedded import EmbeddedPostgres
from storage.migrate import migrate, refuse_other_schema
from storage.roles import refuse_unsafe_role
from storage.transaction import Transaction


@contextmanager
def owner_url(settings: Settings) -> Iterator[str]:
    """Where to sign in with the rights to migrate. The embedded PostgreSQL runs until the block ends."""
    given = settings.database_migration_url or settings.database_url
    if given is not None:
        yield given
        return
    with EmbeddedPostgres(settings.data_dir) as address:
        yield address.url


@contextmanager
def shop_url(settings: Settings) -> Iterator[tuple[str, str | None]]:
    """Where the shop signs in, and where its owner does when the database is ours to migrate (else None)."""
    if settings.database_url is not None:
        yield settings.database_url, None
        return
    with EmbeddedPostgres(settings.data_dir) as address:
        # The shop's sessions are the application role's own, so no slip of ours could widen their rights.
        yield replace(address, user=APP_ROLE).url, address.url


async def prepare(owner: str) -> None:
    """Bring our own database to the newest schema, and let the application role sign in to it."""
    database = await Database.open(owner, role=None, pool_size=1)
    try:
        await migrate(database)
        await database.transaction(None, _let_in)
    finally:
        await database.close()


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Database]:
    """The shop's pool, and the PostgreSQL under it when it is our own.

    Raises StorageError when there is none, its schema is not this program's, or the shop's role may do too much.
    """
    with shop_url(settings) as (url, owner):
        if owner is not None:
            await prepare(owner)
        database = await Database.open(
            url, pool_size=settings.pool_size, patience_seconds=settings.pool_patience_seconds
        )
        try:
            await refuse_other_schema(database)
            await refuse_unsafe_role(database)
            yield database
        finally:
            await database.close()


@asynccontextmanager
async def owned(settings: Settings) -> AsyncIterator[Database]:
    """One connection with the rights of the tables' owner, and the PostgreSQL under it when it is our own.

    Raises StorageError when there is none, or its schema is not this program's.
    """
    with owner_url(settings) as url:
        if settings.is_embedded:
            await prepare(url)
        database = await Database.open(url, role=None, pool_size=1)
        try:
            await refuse_other_schema(database)
            yield database
        finally:
            await database.close()


async def _let_in(transaction: Transaction) -> None:
    # Two processes that change a role at once would fail, so they take turns.
    await transaction.execute("SELECT pg_advisory_xact_lock(hashtext('sostech roles'))")
    if not await transaction.fetchval("SELECT rolcanlogin FROM pg_roles WHERE rolname = $1", APP_ROLE):
        await transaction.execute(f"ALTER ROLE {APP_ROLE} LOGIN")
