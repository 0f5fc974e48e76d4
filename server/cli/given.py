"""What is a command given? Settings of environment and .env, with what the command line says on top, and the server."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from engine.cli import screen
from server.keys import parse_keys
from server.settings import Settings, SettingsError, read_settings, variable


def settings_or_fail(**given: object) -> Settings:
    """The settings; `given` are fields that options set (None: not given). Ends the command when any is wrong."""
    chosen = {variable(name): str(value) for name, value in given.items() if value is not None}
    try:
        settings = read_settings({**os.environ, **chosen})
        if settings.keys:
            parse_keys(settings.keys)
        return settings
    except SettingsError as error:
        fail_listing("these settings cannot be used", str(error).splitlines())


@contextmanager
def importing() -> Iterator[None]:
    """Import the server quickly.

    What is imported stays: a collector that walks it again and again takes a seventh of the start, and finds nothing.
    """
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


def fail_listing(what: str, reasons: list[str]) -> NoReturn:
    """End the command with every reason on a line of its own."""
    screen.fail("\n".join([f"{what}:", *(f"  - {reason}" for reason in reasons)]))
