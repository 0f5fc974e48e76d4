"""`sostech worker`: do what is due without a request, in a process of its own."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli import exits, screen
from server.cli.given import importing, settings_or_fail

EXAMPLES = f"""Examples

    sostech worker              # until Ctrl-C or SIGTERM
    sostech worker --once       # everything that is due now, and a sweep; for cron
    sostech worker --once --json

`sostech serve` works too, unless SOSTECH_WORKER=none. Any number of both may
run at once, and be killed at any time: what was not finished is done again.

{exits.EXITS_HELP}
1: with --once, something failed; it is tried again the next time.
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("worker", epilog=screen.examples(EXAMPLES))(worker)


def worker(
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, sweep all stores, and end.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, and log JSON.")] = False,
) -> None:
    """Do what is due in all stores: time-outs of orders, payments, refunds, and sweeping out what has expired."""
    settings = settings_or_fail(log_format="json" if json else None)
    # Imported only now, so that a wrong setting is told at once.
    with importing():
        from server.serve import work
        from storage.errors import StorageError

    try:
        is_fine = work(settings, once=once, as_json=json)
    except StorageError as error:
        screen.fail(str(error))
    if not is_fine:
        raise typer.Exit(exits.FINDINGS)
