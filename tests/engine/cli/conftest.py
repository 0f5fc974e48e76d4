"""Runs the command line as a user would, in this process."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import pytest
from typer.testing import CliRunner

from engine.cli import screen
from engine.cli.app import build


@dataclass(frozen=True)
class Run:
    """What a command printed and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, object]:
        """Standard output as one JSON object."""
        decoded: dict[str, object] = msgspec.json.decode(self.out)
        return decoded


@pytest.fixture
def sostech(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """`sostech("check", "rules")`; `stdin=` is its standard input."""
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*words: str, stdin: str | bytes | None = None) -> Run:
        screen.console.cache_clear()  # it would keep the streams of the run before
        result = CliRunner().invoke(build(words[:1]), list(words), input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Run(result.exit_code, result.stdout, result.stderr)

    return run
