"""`sostech replay`: what would rulesets have made of real orders?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import exits, findings, screen
from engine.cli.files import Files
from engine.cli.replay_results import Replayed, Timing, result_as_plain, write_results
from engine.cli.replay_silent import never_fired
from engine.cli.replay_view import draw_replay
from engine.cli.replay_workers import default_workers, replay_orders
from engine.cli.scenario_books import ScenarioBooks
from engine.cli.tables_in import tables_in
from engine.cli.uses import chosen_rulesets
from engine.cli.vocabularies import shipped_rules, vocabularies
from engine.replay.items import OrderBook, limited
from engine.replay.sources import SOURCES, read_orders
from engine.replay.tables import BadTable
from engine.runtime.book import Book
from engine.text.suggest import did_you_mean

EXAMPLES = f"""Examples

    sostech replay olist data/olist
    sostech replay online-retail retail.csv --rules shop/rules
    sostech replay olist data/olist --limit 500 --workers 1 --json
    # summary.json, orders.jsonl, histogram.txt
    sostech replay olist data/olist --out results

Every row of the source is priced, refused by a rule, or skipped for a
stated reason; the sums are checked.

{exits.EXITS_HELP}
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay", epilog=screen.examples(EXAMPLES))(replay)


def replay(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help=f"One of {', '.join(SOURCES)}.")],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Folder with the tables, or the one table.")],
    rules: Annotated[
        Path | None, typer.Option("--rules", metavar="DIR", help="Folder of rulesets; else those that ship.")
    ] = None,
    use: Annotated[
        list[str] | None,
        typer.Option("--use", metavar="KIND=NAME", help="Take this ruleset of a kind: NAME, NAME/VERSION or none."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=0, metavar="N", help="Price only the first N orders.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, max=64, metavar="N", help="Processes; else as many as pay off.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write the results there.")] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="The table is a sample of rows, so orders are not whole.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Price real orders under a folder of rulesets: money, discounts, shipping, refusals, rules that fired."""
    if source not in SOURCES:
        screen.fail(f"no source '{source}'; {did_you_mean(source, SOURCES) or 'one of ' + ', '.join(SOURCES)}")
    files = Files()
    book = _book(files, shipped_rules() if rules is None else rules, use or (), SOURCES[source].currency)
    started = time.perf_counter_ns()
    orders = _orders(files, source, path, complete=not sample)
    items = tuple(limited(orders.orders, limit))
    read = time.perf_counter_ns()
    processes = workers or default_workers(len(items))
    with screen.progress("pricing", len(items)) as advance:
        summary, lines = replay_orders(book, items, processes, advance, record=out is not None)
    timing = Timing(read - started, time.perf_counter_ns() - read, processes)
    summary.accounting.check(rows=orders.rows, orders=len(orders.orders))
    replayed = Replayed(orders, summary, never_fired(book, summary), timing)
    fault = None if out is None else write_results(out, replayed, lines)
    if fault is not None:
        findings.show([fault], {}, stderr=True)
        raise typer.Exit(exits.USAGE)
    if json:
        screen.say_json(result_as_plain(replayed))
    else:
        draw_replay(replayed, out)


def _book(files: Files, folder: Path, use: Sequence[str], currency: str) -> Book:
    """The rulesets to price under, or the end of the command."""
    if not folder.is_dir():
        screen.fail(f"'{folder}' is not a folder of rulesets")
    known = vocabularies(files, folder)
    book, faults = ScenarioBooks(files, known, folder, chosen_rulesets(use)).default().book(currency)
    if book is None or files.faults:
        found = [*files.faults, *faults]
        findings.show(found, files.sources, stderr=True)
        raise typer.Exit(findings.exit_code(found))
    return book


def _orders(files: Files, source: str, path: Path, *, complete: bool) -> OrderBook:
    tables = tables_in(files, path)
    if files.faults:
        findings.show(files.faults, files.sources, stderr=True)
        raise typer.Exit(exits.USAGE)
    try:
        return read_orders(source, tables, complete=complete)
    except BadTable as fault:
        screen.fail(str(fault))
