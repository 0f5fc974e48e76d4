"""`sostech settings`: how is this shop set up?"""

from __future__ import annotations

import os
import re
from typing import Annotated, Final

import typer

from engine.cli import exits, screen
from server.cli.given import settings_or_fail
from server.settings import SECRET, Settings, variable

EXAMPLES = f"""Examples

    sostech settings
    SOSTECH_ENVIRONMENT=production sostech settings   # would these be safe?
    sostech settings --json

{exits.EXITS_HELP}
2: a setting is wrong or unsafe; every one is named.
"""

_PASSWORD: Final = re.compile(r"((?<=://)[^:@/?]*:|[?&]password=)[^@/&]+(?=[@&]|$)")
"""After the user's name, or as a parameter."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("settings", epilog=screen.examples(EXAMPLES))(settings)


def settings(json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show every setting as it counts now, where it comes from, and whether all are safe. Secrets are not shown."""
    found = settings_or_fail()
    rows = [(variable(name), shown(found, name), _origin(found, name)) for name in Settings.__struct_fields__]
    if json:
        screen.say_json({name: {"value": value, "from": origin} for name, value, origin in rows})
        return
    from rich.table import Table

    table = Table("setting", "value", "from", box=None, pad_edge=False)
    for name, value, origin in rows:
        table.add_row(name, value, origin)
    screen.draw(table)


def shown(settings: Settings, name: str) -> str:
    """The value as it may be printed: no secret, and no password in an address."""
    value = getattr(settings, name)
    if value is None or value == "":
        return ""
    if name in SECRET:
        return "***"
    return without_password(str(value)) if name.endswith("_url") else str(value)


def without_password(url: str) -> str:
    """The address with its password replaced."""
    return _PASSWORD.sub(r"\1***", url)


def _origin(settings: Settings, name: str) -> str:
    if os.environ.get(variable(name)):
        return "environment"
    return "default" if getattr(settings, name) == getattr(Settings(), name) else ".env"
