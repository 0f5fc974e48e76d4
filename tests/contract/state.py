"""What is in the database? A mark of every table, to see that a request changed nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from server.web.call import Shop
from storage.database import APP_ROLE, Database
from tests.database import Cluster
from tests.shop import new_shop, serving

_TABLES = """
SELECT relname FROM pg_class
 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
 ORDER BY relname
"""
# That a coupon code was tried in vain is announced, whoever tries: it changes nothing.
_TRIED = "SELECT id FROM pgqueuer WHERE position('\"CouponRefused\"'::bytea in payload) > 0"
_COUNTED = {"pgqueuer": f"t.id NOT IN ({_TRIED})", "pgqueuer_log": f"t.job_id NOT IN ({_TRIED})"}


@dataclass(frozen=True)
class Tables:
    """All tables, read with the rights of their owner."""

    connection: asyncpg.Connection[Any]
    names: tuple[str, ...]

    async def marks(self) -> Mapping[str, tuple[int, int]]:
        """Table → number of rows, and a sum over the transactions that wrote them.

        Whoever writes a row, even with the values it has, is a later transaction than all before: the sum grows, or
        the number falls. Contents are not read, as there are more of them with every test.
        """
        each = (
            f"SELECT '{name}' AS name, count(*) AS rows, coalesce(sum(t.xmin::text::bigint), 0) AS sum"
            f' FROM "{name}" AS t WHERE {_COUNTED.get(name, "true")}'
            for name in self.names
        )
        rows = await self.connection.fetch(" UNION ALL ".join(each))
        return {row["name"]: (row["rows"], int(row["sum"])) for row in rows}


@dataclass(frozen=True)
class Watched:
    """A shop, where it is served, and everything it could have changed."""

    shop: Shop
    address: str
    tables: Tables


@asynccontextmanager
async def watched_shop(cluster: Cluster, folder: Path) -> AsyncIterator[Watched]:
    """A shop with a database of its own: marks cost what there is, and other tests leave a lot."""
    name = await asyncio.to_thread(cluster.new_database)
    database = await Database.open(cluster.url(name, APP_ROLE))
    try:
        shop = new_shop(database, folder)
        async with serving(shop) as address, all_tables(cluster, name) as tables:
            yield Watched(shop, address, tables)
    finally:
        await database.close()


@asynccontextmanager
async def all_tables(cluster: Cluster, database: str) -> AsyncIterator[Tables]:
    """The tables of one of the cluster's databases, past row-level security."""
    connection = await asyncpg.connect(cluster.url(database))
    try:
        yield Tables(connection, tuple(row["relname"] for row in await connection.fetch(_TABLES)))
    finally:
        await connection.close()
