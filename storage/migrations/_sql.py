"""Where is the SQL of a migration? Beside it, as one file for each direction."""

from __future__ import annotations

from importlib.resources import files

from tortoise.migrations.operations import RunSQL


def sql(name: str) -> RunSQL:
    """The operation of `sql/<name>.up.sql` and its reverse `sql/<name>.down.sql`."""
    folder = files("storage.migrations") / "sql"
    return RunSQL((folder / f"{name}.up.sql").read_text("utf-8"), (folder / f"{name}.down.sql").read_text("utf-8"))
