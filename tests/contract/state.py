"""What is in the database? A mark of every table, to see that a request changed nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from tests.database import TEMPLATE, Cluster

_TABLES = """
SELECT relname FROM pg_class
 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
 ORDER BY relname
"""


@dataclass(frozen=True)
class Tables:
    """All tables, read with the rights of their owner."""

    connection: asyncpg.Connection[Any]
    names: tuple[str, ...]

    async def marks(self) -> Mapping[str, tuple[int, int]]:
        """Table → number of rows, and a sum over their contents."""
        each = (
            f"SELECT '{name}' AS name, count(*) AS rows, coalesce(sum(hashtextextended(t::text, 0)), 0) AS sum"
            f' FROM "{name}" AS t'
            for name in self.names
        )
        rows = await self.connection.fetch(" UNION ALL ".join(each))
        return {row["name"]: (row["rows"], int(row["sum"])) for row in rows}


@asynccontextmanager
async def all_tables(cluster: Cluster, database: str = TEMPLATE) -> AsyncIterator[Tables]:
    """The tables of one of the cluster's databases, past row-level security."""
    connection = await asyncpg.connect(cluster.url(database))
    try:
        yield Tables(connection, tuple(row["relname"] for row in await connection.fetch(_TABLES)))
    finally:
        await connection.close()
