"""How are the findings of a command shown, counted, and turned into its exit code?"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from engine.cli import exits, screen
from engine.text.diagnostics import Diagnostic, as_json, has_errors, render
from engine.text.source import Source

UNREADABLE = frozenset({"RS901", "RS902", "RS903"})
"""Codes that say the input could not be read at all, which is exit code 2 rather than 1."""

_STYLES = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}


def show(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source], *, stderr: bool = False) -> None:
    """Print each finding with its excerpt, a blank line after each."""
    for diagnostic in diagnostics:
        _show_one(diagnostic, render(diagnostic, sources), stderr)


def summary(diagnostics: Sequence[Diagnostic], files: int) -> str:
    """`2 errors, 1 warning in 3 files`, or `no findings in 3 files`."""
    counted = [
        screen.count(number, noun)
        for noun in ("error", "warning", "note")
        if (number := sum(finding.severity == noun for finding in diagnostics))
    ]
    return f"{', '.join(counted) or 'no findings'} in {screen.count(files, 'file')}"


def as_plain(diagnostics: Sequence[Diagnostic]) -> list[dict[str, object]]:
    """The findings for `--json`."""
    return [as_json(diagnostic) for diagnostic in diagnostics]


def counts(diagnostics: Sequence[Diagnostic]) -> dict[str, int]:
    """Number of findings of each severity."""
    return {
        f"{noun}s": sum(finding.severity == noun for finding in diagnostics) for noun in ("error", "warning", "note")
    }


def exit_code(diagnostics: Sequence[Diagnostic], *, strict: bool = False) -> int:
    """2 when something could not be read, 1 for errors (`strict`: warnings too), else 0."""
    if any(finding.code in UNREADABLE for finding in diagnostics):
        return exits.USAGE
    if has_errors(diagnostics):
        return exits.FINDINGS
    if strict and any(finding.severity == "warning" for finding in diagnostics):
        return exits.FINDINGS
    return exits.FINE


def _show_one(diagnostic: Diagnostic, text: str, stderr: bool) -> None:
    stream = sys.stderr if stderr else sys.stdout
    if not stream.isatty():
        (screen.complain if stderr else screen.say)(text + "\n")
        return
    from rich.text import Text

    drawn = Text(text)
    drawn.stylize(_STYLES[diagnostic.severity], 0, len(f"{diagnostic.severity}[{diagnostic.code}]"))
    drawn.highlight_regex(r"(?m)^ *\| *(\^+)$", _STYLES[diagnostic.severity])
    drawn.highlight_regex(r"(?m)^ *(-->|[0-9]* \|)", "blue")
    screen.console(stderr=stderr).print(drawn, soft_wrap=True, end="\n\n")
