"""`sostech dry-run`: what would a checkout decide about these carts, and why?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from engine.cli import exits, findings, screen
from engine.cli.dry_run_batch import Batch
from engine.cli.dry_run_result import Asked, DryRun, Result
from engine.cli.files import Files
from engine.cli.scenario_books import ScenarioBooks
from engine.cli.scenario_files import ENDINGS, Found, scenarios_in
from engine.cli.uses import chosen_rulesets
from engine.cli.vocabularies import shipped_rules, vocabularies
from engine.facts.literals import read_instant
from engine.facts.timezones import zone
from engine.text.load import load
from engine.text.source import Source

EXAMPLES = f"""Examples

    sostech dry-run cart.yaml                           # one, as a table
    sostech dry-run examples/carts                      # many, as a summary
    sostech dry-run examples/carts --table              # many, each in full
    sostech dry-run cart.yaml --at 2026-12-24T18:00     # what if it were then
    sostech dry-run cart.yaml --rules my/rules          # whatever it names
    sostech dry-run cart.yaml --use promotions=none     # without one kind
    sostech dry-run --json carts.jsonl > results.jsonl  # one result a line
    sostech dry-run - < cart.json                       # standard input

A scenario is a cart in YAML or JSON; a file may hold one, a list, several
documents, or one a line (.jsonl). What it expects (`expect`) is compared.

{exits.EXITS_HELP}
A refused checkout is a decision (0); an expectation that does not hold is 1.
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("dry-run", epilog=screen.examples(EXAMPLES))(dry_run)


def dry_run(
    paths: Annotated[list[Path], typer.Argument(metavar="SCENARIO", help="Files, folders, or - for standard input.")],
    rules: Annotated[
        Path | None,
        typer.Option("--rules", metavar="DIR", help="Folder of rulesets; else those the cart names, or that ship."),
    ] = None,
    use: Annotated[
        list[str] | None,
        typer.Option("--use", metavar="KIND=NAME", help="Take this ruleset of a kind: NAME, NAME/VERSION or none."),
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="Decide as of this instant, whatever the cart says.")
    ] = None,
    explain: Annotated[
        Literal["shopper", "admin", "full", "none"] | None,
        typer.Option("--explain", metavar="LEVEL", help="shopper, admin, full or none; admin in tables."),
    ] = None,
    hints: Annotated[
        bool | None, typer.Option("--hints/--no-hints", help="What to add to the cart to get more; on in tables.")
    ] = None,
    table: Annotated[bool, typer.Option("--table", help="Show each of many scenarios in full.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line for each scenario.")] = False,
) -> None:
    """Price carts under rulesets without selling anything: lines, postings, totals, options, reasons, hints."""
    files = Files()
    folder = shipped_rules() if rules is None else rules
    if not folder.is_dir():
        screen.fail(f"'{folder}' is not a folder of rulesets")
    known = vocabularies(files, folder)
    books = ScenarioBooks(files, known, folder, chosen_rulesets(use or ()), whatever_it_says=rules is not None)
    found = _scenarios(files, paths)
    first = [scenario for _, scenario in zip(range(2), found, strict=False)]
    in_full = not json and (table or len(first) == 1)
    asked = Asked(
        at=None if at is None else instant(at),
        now=_now(),
        explain=explain or ("admin" if in_full else "none"),
        hints=in_full if hints is None else hints,
    )
    run = DryRun(books, known, asked)
    results = (run.of(scenario) for scenario in _chained(first, found))
    raise typer.Exit(_show(results, files, in_full=in_full, json=json))


def instant(written: str) -> int:
    """Microseconds since 1970 of an instant on the command line; local times are UTC."""
    source = Source("--at", written)
    node = load(source).node
    utc = zone("UTC")
    if node is None or utc is None:
        screen.fail(f"--at '{written}' is not an instant; write it like 2026-12-24T18:00:00Z")
    moment, fault = read_instant(node, utc)
    if moment is None:
        screen.fail(f"--at '{written}': {fault.message if fault else 'not an instant'}")
    return moment


def _now() -> int:
    return int(datetime.now(UTC).timestamp()) * 1_000_000


def _scenarios(files: Files, paths: Sequence[Path]) -> Iterator[Found]:
    for given in paths:
        for path in files.under(given, ENDINGS):
            yield from scenarios_in(files, path)


def _chained(first: Sequence[Found], rest: Iterator[Found]) -> Iterator[Found]:
    yield from first
    yield from rest


def _show(results: Iterator[Result], files: Files, *, in_full: bool, json: bool) -> int:
    batch = Batch(files, in_full=in_full, json=json)
    with screen.progress("pricing", None, wanted=not in_full and not json) as advance:
        for result in results:
            batch.add(result)
            advance()
    batch.finish()
    return max(findings.exit_code(files.faults), batch.exit_code)
