"""Migration 05: the job queue that is our outbox (pgqueuer's own tables, outside of row-level security)."""

from __future__ import annotations

from typing import Any

from pgqueuer.queries import Queries
from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunPython
from tortoise.migrations.schema_editor import BaseSchemaEditor

RIGHTS = """
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'pgqueuer%' LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO sostech_app', name);
    END LOOP;
    FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND sequencename LIKE 'pgqueuer%' LOOP
        EXECUTE format('GRANT USAGE ON SEQUENCE %I TO sostech_app', name);
    END LOOP;
END
$$
"""


async def install(_apps: Any, editor: BaseSchemaEditor) -> None:
    """Create pgqueuer's tables in the transaction of the migration, and let the application use them."""
    connection = editor.client._connection
    await Queries.from_asyncpg_connection(connection).install()
    await connection.execute(RIGHTS)


async def uninstall(_apps: Any, editor: BaseSchemaEditor) -> None:
    """Drop pgqueuer's tables."""
    await Queries.from_asyncpg_connection(editor.client._connection).uninstall()


class Migration(Base):
    """Jobs are announced in the transaction of the change they tell of."""

    dependencies = [("shop", "m0004_carts")]
    operations = [RunPython(install, uninstall)]
