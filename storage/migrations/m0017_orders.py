"""Migration 17: orders, what is kept for them, and what was sent and came back."""

from __future__ import annotations

from typing import Any

from pgqueuer.adapters.persistence.qb import QueryQueueBuilder
from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunPython
from tortoise.migrations.schema_editor import BaseSchemaEditor

from storage.migrations._sql import sql

# pgqueuer's own statement, so that a statement of ours can announce something along with what it writes.
ENQUEUE = f"""
CREATE FUNCTION enqueue_jobs(int[], text[], bytea[], interval[], text[], jsonb[])
    RETURNS TABLE (ord bigint, id bigint)
LANGUAGE sql VOLATILE
AS $enqueue$ {QueryQueueBuilder().build_enqueue_query()} $enqueue$;
REVOKE EXECUTE ON FUNCTION enqueue_jobs(int[], text[], bytea[], interval[], text[], jsonb[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enqueue_jobs(int[], text[], bytea[], interval[], text[], jsonb[]) TO sostech_app;
"""


async def install(_apps: Any, editor: BaseSchemaEditor) -> None:
    """Make the function; pgqueuer's tables are there since migration 5."""
    await editor.client.execute_script(ENQUEUE)


async def uninstall(_apps: Any, editor: BaseSchemaEditor) -> None:
    """Drop the function."""
    await editor.client.execute_script(
        "DROP FUNCTION enqueue_jobs(int[], text[], bytea[], interval[], text[], jsonb[])"
    )


class Migration(Base):
    """See sql/0017_orders.up.sql."""

    dependencies = [("shop", "m0016_catalog_prices")]
    operations = [sql("0017_orders"), RunPython(install, uninstall)]
