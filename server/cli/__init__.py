"""The command line of the whole program: the engine's commands, and those that run the shop.

Only the command that was asked for is imported, so `sostech check` starts without the server.
"""

from __future__ import annotations

from typing import Final

from engine.cli import app

SHOP_COMMANDS: Final = {
    "serve": "server.cli.serve",
    "worker": "server.cli.worker",
    "migrate": "server.cli.migrate",
    "users": "server.cli.users",
    "events": "server.cli.events",
    "settings": "server.cli.settings",
    "openapi": "server.cli.openapi",
}
"""Name of each command to the module whose `register(app)` adds it."""

COMMANDS: Final = {**SHOP_COMMANDS, **app.COMMANDS, "import": "server.cli.imports"}

ABOUT: Final = f"""{app.ABOUT}
`serve` sells by them: an API over HTTP, chat and live orders over sockets, and the work in the background.
"""

START_HERE: Final = """Start here

    sostech serve --demo            # a demo shop with its own PostgreSQL
    sostech dry-run examples/carts  # price the example carts
    sostech check rules             # find the faults of rulesets
    sostech test rules              # run the cases inside them
    sostech explain-code RS310      # what a finding means
"""


def main() -> None:
    """Run the command of `sys.argv` and leave with its exit code."""
    app.main(COMMANDS, START_HERE, ABOUT)
