"""`sostech openapi`: the API document, without a running shop."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli import exits, screen

EXAMPLES = f"""Examples

    sostech openapi > openapi.json   # to generate a client from, for example
    sostech openapi --json | head -1

{exits.EXITS_HELP}
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("openapi", epilog=screen.examples(EXAMPLES))(openapi)


def openapi(json: Annotated[bool, typer.Option("--json", help="On one line.")] = False) -> None:
    """Print the OpenAPI 3.1 document of the API, the same that a running shop answers at /openapi.json."""
    from server.app import ROOMS
    from server.web.openapi import document

    endpoints = [endpoint for room in ROOMS for endpoint in room.endpoints]
    screen.say_json(document(endpoints, screen.version()), line=json)
