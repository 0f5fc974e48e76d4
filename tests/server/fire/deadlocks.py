"""Did PostgreSQL have to break a deadlock? Its log says so; the work was tried again, so nothing else would show it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from tests.database import Cluster


@asynccontextmanager
async def without_deadlocks(cluster: Cluster) -> AsyncIterator[None]:
    """Fails when there was one meanwhile."""
    log = await _log_of(cluster)
    begun_at = log.stat().st_size
    yield
    said = log.read_bytes()[begun_at:].decode(errors="replace")
    assert "deadlock detected" not in said, said[-4000:]


async def _log_of(cluster: Cluster) -> Path:
    connection = await asyncpg.connect(cluster.url("postgres"))
    try:
        # Its sessions run in the data directory, whatever they call it.
        session = connection.get_server_pid()
        return Path(f"/proc/{session}/cwd").resolve().parent / "log" / "postgres.log"
    finally:
        await connection.close()
