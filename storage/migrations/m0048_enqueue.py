"""Migration 48: the statement that announces along with an order is planned once, no longer at each call."""

from __future__ import annotations

from typing import Any, Final

from pgqueuer.adapters.persistence.qb import QueryQueueBuilder
from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunPython
from tortoise.migrations.schema_editor import BaseSchemaEditor

_HEAD: Final = """
CREATE OR REPLACE FUNCTION enqueue_jobs(int[], text[], bytea[], interval[], text[], jsonb[])
    RETURNS TABLE (ord bigint, id bigint)
"""
# Functions in SQL are planned at each call where they cannot be merged into the statement around them; PL/pgSQL keeps
# its plans for as long as the connection is open.
_PLANNED_ONCE: Final = f"""{_HEAD}
LANGUAGE plpgsql VOLATILE
AS $enqueue$
#variable_conflict use_column
BEGIN
    RETURN QUERY {QueryQueueBuilder().build_enqueue_query()};
END
$enqueue$;
"""
_PLANNED_EACH_TIME: Final = f"""{_HEAD}
LANGUAGE sql VOLATILE
AS $enqueue$ {QueryQueueBuilder().build_enqueue_query()} $enqueue$;
"""


async def quicken(_apps: Any, editor: BaseSchemaEditor) -> None:
    """Plan it once."""
    await editor.client.execute_script(_PLANNED_ONCE)


async def slow_down(_apps: Any, editor: BaseSchemaEditor) -> None:
    """As migration 17 made it."""
    await editor.client.execute_script(_PLANNED_EACH_TIME)


class Migration(Base):
    """The function that orders call to announce themselves; made by migration 17."""

    dependencies = [("shop", "m0047_withheld")]
    operations = [RunPython(quicken, slow_down)]
