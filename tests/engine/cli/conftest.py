"""Runs the command line as a user would, in this process."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from engine.cli import screen
from engine.cli.app import COMMANDS, build


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
        result = CliRunner().invoke(build(words[:1] if words[0] in COMMANDS else COMMANDS), list(words), input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Run(result.exit_code, result.stdout, result.stderr)

    return run


PROMOTIONS = """\
ruleset: promotions
name: default
version: 1
vocabulary: checkout/1
currency: EUR
lanes: [{id: order, pick: best}]
rules:
  - {id: ten-off, lane: order, when: {subtotal.items: {at_least: "100.00"}}, then: {percent_off: 10, on: order}}
cases:
  - {name: ten off, given: {lines: [{sku: A, price: "100.00", quantity: 1}]}, expect: {total: "90.00"}}
"""

SHIPPING = """\
ruleset: shipping
name: default
version: 1
vocabulary: checkout/1
currency: EUR
policy: first
zones:
  - {id: home, where: {destination.country: DE}}
  - {id: rest, where: {destination.country: {known: true}}}
methods:
  - {id: standard, rates: {home: {flat: "4.90"}, rest: {table: tariffs/abroad.csv}}}
cases:
  - name: at home
    given: {lines: [{sku: A, price: "10.00", quantity: 1}], destination: {country: DE}}
    expect: {shipping: "4.90"}
  - name: abroad
    given: {lines: [{sku: A, price: "10.00", quantity: 1}], destination: {country: AT}}
    expect: {shipping: "9.90"}
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a rules folder of two small rulesets and a cart."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules" / "promotions").mkdir(parents=True)
    (tmp_path / "rules" / "shipping" / "tariffs").mkdir(parents=True)
    (tmp_path / "rules" / "promotions" / "v1.yaml").write_text(PROMOTIONS)
    (tmp_path / "rules" / "shipping" / "v1.yaml").write_text(SHIPPING)
    (tmp_path / "rules" / "shipping" / "tariffs" / "abroad.csv").write_text("destination.country,price\n,9.90\n")
    (tmp_path / "cart.yaml").write_text(
        "name: a big one\n"
        "at: 2026-01-05T12:00:00Z\n"
        'lines: [{sku: A, price: "100.00", quantity: 1}]\n'
        "destination: {country: DE}\n"
    )
    return tmp_path
