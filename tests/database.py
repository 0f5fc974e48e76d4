"""Which PostgreSQL do tests use? One embedded cluster per test process, and copies of a migrated template."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from storage.database import APP_ROLE, Database
from storage.embedded import Address, Binaries, EmbeddedPostgres
from storage.ids import new_id
from storage.migrate import migrate

SHARED = "sostech_shared"
"""A migrated database that is there from the beginning, for all who do not mind what others leave in it."""
_TEMPLATE = "sostech_template"  # nobody signs in to it: PostgreSQL copies only what nobody uses
_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 4 * 1024**3
"""What there has to be of it: a process of tests fills a part of a gigabyte, and other processes do too."""

# What is tested is us, not the disk, and nothing here outlives the tests.
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "'1GB'",
    "checkpoint_timeout": "'1h'",
}


@dataclass(frozen=True)
class Cluster:
    """A running server; `owner` is the address with all rights."""

    owner: Address

    def url(self, database: str, user: str | None = None) -> str:
        """postgresql:// address of one of its databases."""
        return f"postgresql://{user or self.owner.user}@/{database}?host={self.owner.host}&port={self.owner.port}"

    def new_database(self, *, migrated: bool = True) -> str:
        """A database of one's own; its name. Cloning the migrated template takes some tens of milliseconds."""
        name = f"test_{new_id().hex}"
        template = _TEMPLATE if migrated else "template0"
        # Copied file by file: page by page through the log costs twice as much.
        asyncio.run(self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy'))
        return name

    def drop_database(self, name: str) -> None:
        """Be rid of one: where each test has its own, they would fill the memory."""
        asyncio.run(self._execute(f'DROP DATABASE "{name}" WITH (FORCE)'))

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def make_databases(self) -> None:
        """The newest schema, once, and the first copy; the application role may sign in, as in the embedded shop."""
        await self._execute(f'CREATE DATABASE "{_TEMPLATE}"')
        database = await Database.open(self.url(_TEMPLATE), role=None)
        try:
            await migrate(database)
        finally:
            await database.close()
        await self._execute(f"ALTER ROLE {APP_ROLE} LOGIN")
        await self._execute(f'CREATE DATABASE "{SHARED}" TEMPLATE "{_TEMPLATE}" STRATEGY file_copy')


def in_memory() -> Path | None:
    """A folder in memory where there is room for databases, which are thousands of small files; None: there is none."""
    roomy = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES
    return _MEMORY if roomy else None


@contextmanager
def running_cluster(binaries: Binaries | None = None) -> Iterator[Cluster]:
    """A fresh cluster in a temporary directory, in memory where that is possible."""
    with tempfile.TemporaryDirectory(prefix="sostech-test-", dir=in_memory(), ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        with EmbeddedPostgres(Path(folder), binaries=binaries) as address:
            cluster = Cluster(address)
            asyncio.run(_forget_durability(cluster))
            asyncio.run(cluster.make_databases())
            yield cluster


async def _forget_durability(cluster: Cluster) -> None:
    for setting, value in _SETTINGS.items():
        await cluster._execute(f"ALTER SYSTEM SET {setting} = {value}")
    await cluster._execute("SELECT pg_reload_conf()")
