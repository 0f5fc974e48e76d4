"""How does a command speak: to people on a terminal or in a file, to programs as JSON?"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tomllib
import traceback
from collections.abc import Callable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO

import msgspec

from engine.cli import exits

if TYPE_CHECKING:  # rich is imported when something is drawn, not for a plain line or JSON
    from rich.console import Console, RenderableType

WIDTH_WITHOUT_TERMINAL = 120
"""Columns of a table that goes into a file or a pipe, unless COLUMNS says otherwise."""

WORTH_A_BAR = 20

_PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def prepare() -> None:
    """Make output safe: what the terminal's encoding lacks is shown as `?` instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def say(text: str = "") -> None:
    """Print a line to standard output; control characters of foreign text do not reach the terminal."""
    _write(sys.stdout, printable(text))


def complain(text: str) -> None:
    """Print a line to standard error."""
    _write(sys.stderr, printable(text))


def say_json(value: object, *, line: bool = False) -> None:
    """Print a value as JSON: indented, or on one line where one line is one result."""
    encoded = msgspec.json.encode(value)
    _write(sys.stdout, (encoded if line else msgspec.json.format(encoded, indent=2)).decode())


@cache
def console(*, stderr: bool = False) -> Console:
    """A rich console on a standard stream. Colour follows the terminal and NO_COLOR."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or os.environ.get("COLUMNS") else WIDTH_WITHOUT_TERMINAL
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False, soft_wrap=False)


def draw(*drawn: RenderableType) -> None:
    """Print tables and styled text to standard output, without blanks at line ends."""
    with console().capture() as captured:
        console().print(*drawn, sep="\n")
    _write(sys.stdout, "\n".join(line.rstrip() for line in captured.get().removesuffix("\n").split("\n")))


def printable(text: str) -> str:
    """Foreign text as it may go to a terminal: control and reordering characters are replaced."""
    return _CONTROL.sub("\ufffd", text)


@contextlib.contextmanager
def progress(doing: str, total: int | None, *, wanted: bool = True) -> Iterator[Callable[..., None]]:
    """A progress bar on standard error for work of more than a moment; the function it gives takes steps done.

    Nothing is drawn where standard error is no terminal, for fewer than `WORTH_A_BAR` steps, or where
    it is not `wanted` because results are printed as they come.
    """
    if not wanted or not sys.stderr.isatty() or (total is not None and total < WORTH_A_BAR):
        yield lambda steps=1: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=total)
        yield lambda steps=1: bar.advance(task, steps)


def fail(message: str) -> NoReturn:
    """Say why a call cannot be served and leave with the exit code for usage."""
    complain(f"error: {message}")
    sys.exit(exits.USAGE)


def examples(text: str) -> str:
    """Examples as the epilogue of a help page; square brackets are meant as written."""
    return text.rstrip().replace("[", "\\[")


def count(number: int, noun: str) -> str:
    """`1 file`, `2 files`, with thousands set apart; for nouns whose plural adds an s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def version() -> str:
    """The version of the installed package, or that of the checkout we run from."""
    with contextlib.suppress(metadata.PackageNotFoundError):
        return metadata.version("sostech-store")
    with contextlib.suppress(OSError, KeyError, tomllib.TOMLDecodeError):
        project = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]
        return f"{project['version']} (checkout)"
    return "unknown"


def nobody_reads() -> NoReturn:
    """Leave quietly after the reader of our output has gone."""
    with contextlib.suppress(OSError):  # otherwise the interpreter fails once more when it flushes at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    os._exit(exits.BROKEN_PIPE)


def show_fault() -> None:
    """Print the traceback of a fault of ours, and that it is one."""
    traceback.print_exc()
    complain(f"sostech {version()} failed; this is a fault of the program, not of your files")


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text + "\n")
        stream.flush()
    except BrokenPipeError:
        nobody_reads()
