"""`sostech import`: tariffs and taxes become rulesets, catalogues fill a store."""

from __future__ import annotations

import typer

from engine.cli import import_rules
from server.cli import import_catalog


def register(app: typer.Typer) -> None:
    """Add the command with everything it can import."""
    import_rules.register(app)
    import_catalog.register(app)
