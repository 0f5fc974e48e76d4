"""`sostech migrate`: bring the database to the schema of this program."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from engine.cli import exits, screen
from server.cli.given import settings_or_fail

EXAMPLES = f"""Examples

    sostech migrate               # apply everything that is missing
    sostech migrate --status      # what is applied?
    sostech migrate --to 0003     # forward or back to that migration
    sostech migrate --to zero     # undo everything: deletes all data

Uses DATABASE_MIGRATION_URL, then DATABASE_URL, then the embedded PostgreSQL. The role has to own the tables.

{exits.EXITS_HELP}
1: with --status, migrations are missing.
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("migrate", epilog=screen.examples(EXAMPLES))(migrate)


def migrate(
    to: Annotated[
        str | None, typer.Option("--to", metavar="NAME", help="The migration to stop at, or its number; or `zero`.")
    ] = None,
    status: Annotated[bool, typer.Option("--status", help="Change nothing; list the migrations.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Apply or undo migrations, all in one transaction: it happens completely or not at all."""
    if to is not None and status:
        screen.fail("--status changes nothing, --to does: choose one")
    settings = settings_or_fail()
    from server.databases import owner_url
    from storage.errors import StorageError

    try:
        with owner_url(settings) as url:
            if status:
                raise typer.Exit(_tell_status(asyncio.run(_read_status(url)), as_json=json))
            _tell_steps(asyncio.run(_migrate(url, to)), as_json=json)
    except StorageError as error:
        screen.fail(str(error))


async def _read_status(url: str) -> list[tuple[str, bool]]:
    from storage.database import Database
    from storage.migrate import status

    database = await Database.open(url, role=None, pool_size=1)
    try:
        return await status(database)
    finally:
        await database.close()


async def _migrate(url: str, to: str | None) -> list[str]:
    from storage.database import Database
    from storage.migrate import migrate

    database = await Database.open(url, role=None, pool_size=1)
    try:
        return await migrate(database, to=to)
    finally:
        await database.close()


def _tell_status(found: list[tuple[str, bool]], *, as_json: bool) -> int:
    missing = [name for name, applied in found if not applied]
    if as_json:
        screen.say_json({"migrations": [{"name": name, "applied": applied} for name, applied in found]})
    else:
        for name, applied in found:
            screen.say(f"{'applied' if applied else 'missing'}  {name}")
    return exits.FINDINGS if missing else exits.FINE


def _tell_steps(steps: list[str], *, as_json: bool) -> None:
    if as_json:
        screen.say_json({"steps": steps})
    elif not steps:
        screen.say("nothing to do: the database has this schema already")
    for step in [] if as_json else steps:
        screen.say(f"undone   {step[1:]}" if step.startswith("-") else f"applied  {step}")
