"""`sostech serve`: run the shop."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli import exits, screen
from server.cli.given import importing, settings_or_fail

EXAMPLES = f"""Examples

    sostech serve                    # with its own PostgreSQL in ./var
    sostech serve --demo             # the same, with a demo catalogue and demo accounts
    sostech serve --port 9000
    DATABASE_URL=postgresql://shop@db/shop sostech serve --host 0.0.0.0

Settings come from the environment and a file .env; `sostech settings` shows them.
Ctrl-C or SIGTERM stops it: requests that are running are finished first.

{exits.EXITS_HELP}
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve", epilog=screen.examples(EXAMPLES))(serve)


def serve(
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on (HOST).")] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 takes a free one (PORT).")
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo/--no-demo", help="Fill the default store with a demo catalogue and accounts.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the address as JSON, and log JSON.")] = False,
) -> None:
    """Run the shop: HTTP API, documentation at /docs, and PostgreSQL too unless DATABASE_URL names one."""
    settings = settings_or_fail(host=host, port=port, log_format="json" if json else None)
    # Imported only now, so that a wrong setting is told at once.
    with importing():
        from server.serve import ServeError, run
        from storage.errors import StorageError

    try:
        run(settings, demo=demo, as_json=json)
    except (ServeError, StorageError) as error:
        screen.fail(str(error))
