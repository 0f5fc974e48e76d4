"""Which commands does `sostech` have, and how does it start and stop?"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Annotated

import typer

from engine.cli import exits, screen

COMMANDS = {
    "check": "engine.cli.check",
    "test": "engine.cli.try_cases",
    "lint": "engine.cli.lint",
    "prove": "engine.cli.prove",
    "equiv": "engine.cli.equiv",
    "mutate": "engine.cli.mutate",
    "exploit": "engine.cli.exploit",
    "fmt": "engine.cli.fmt",
    "explain-code": "engine.cli.explain_code",
    "dry-run": "engine.cli.dry_run",
    "replay": "engine.cli.replay",
    "import": "engine.cli.import_rules",
    "diff": "engine.cli.diff",
    "schema": "engine.cli.schema",
    "hash": "engine.cli.hash_rules",
    "machine": "engine.cli.machine",
}
"""Name of each command to the module whose `register(app)` adds it."""

ABOUT = """Checkout decisions from YAML rulesets, every cent explained.

A ruleset is one YAML document: prices, promotions, coupons, shipping, tax, checkout, the life of an order, or who may
do what.
"""

EXAMPLES = """Start here

    sostech dry-run examples/carts  # price the example carts
    sostech check rules             # find the faults of rulesets
    sostech test rules              # run the cases inside them
    sostech explain-code RS310      # what a finding means
"""


def build(
    names: Iterable[str] | None = None,
    commands: Mapping[str, str] = COMMANDS,
    start_here: str = EXAMPLES,
    about: str = ABOUT,
) -> typer.Typer:
    """The application with the commands of these names (all when None).

    Each imports what it needs, which is why one is quicker.
    """
    app = typer.Typer(
        name="sostech",
        help=about,
        epilog=screen.examples(start_here),
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    for name in commands if names is None else names:
        import_module(commands[name]).register(app)
    return app


def main(commands: Mapping[str, str] = COMMANDS, start_here: str = EXAMPLES, about: str = ABOUT) -> None:
    """Run the command of `sys.argv` and leave with its exit code (see `engine.cli.exits`)."""
    screen.prepare()
    asked = [word for word in sys.argv[1:2] if word in commands]
    try:
        build(asked or None, commands, start_here, about)(prog_name="sostech")
    except BrokenPipeError:
        screen.nobody_reads()
    except Exception:  # noqa: BLE001 - the last stop: a fault of ours must not look like findings (exit 1)
        screen.show_fault()
        sys.exit(exits.BUG)


def _tell_version(asked: bool) -> None:
    if asked:
        screen.say(f"sostech {screen.version()}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_tell_version, help="Print the version and stop."),
    ] = False,
) -> None:
    """Nothing to do here: the only option of `sostech` itself acts while it is read."""
