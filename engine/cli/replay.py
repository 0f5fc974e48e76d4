"""`sostech replay`: what would rulesets have made of real orders, and what would others have made of them?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import exits, findings, screen
from engine.cli.carts_out import write_carts
from engine.cli.files import Files
from engine.cli.orders_in import known_source, orders_in
from engine.cli.replay_against import Where, compare_orders, show_comparison
from engine.cli.replay_books import book_of, currency_of, rulesets_of
from engine.cli.replay_results import Replayed, Timing, result_as_plain, write_results
from engine.cli.replay_silent import never_fired
from engine.cli.replay_view import draw_replay
from engine.cli.replay_workers import default_workers, replay_orders
from engine.cli.uses import chosen_rulesets
from engine.cli.vocabularies import shipped_rules
from engine.money import is_currency
from engine.replay.items import OrderBook, ReplayItem, limited
from engine.replay.sources import SOURCES
from engine.runtime.book import Book

EXAMPLES = f"""Examples

    sostech replay olist data/olist
    sostech replay online-retail retail.csv --rules shop/rules
    sostech replay olist data/olist --limit 500 --workers 1 --json
    # summary.json, orders.jsonl, histogram.txt
    sostech replay olist data/olist --out results
    # two folders of rulesets on the same orders, with a page
    sostech replay olist data/olist --rules live --against draft --html a.html
    # the orders as carts for a shop, and carts from a file
    sostech replay olist data/olist --carts carts.jsonl
    sostech replay carts carts.jsonl --rules shop/rules

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
    against: Annotated[
        Path | None, typer.Option("--against", metavar="DIR", help="Compare with the rulesets of this folder.")
    ] = None,
    against_use: Annotated[
        list[str] | None,
        typer.Option("--against-use", metavar="KIND=NAME", help="Compare with this ruleset; else as --use says."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the comparison there as a page.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Compare on a dask cluster: tcp://host:port.")
    ] = None,
    carts: Annotated[
        Path | None, typer.Option("--carts", metavar="FILE", help="Write the orders there as carts; decide nothing.")
    ] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", metavar="CODE", help="Of a file of carts; else that of the rulesets.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Price real orders under a folder of rulesets: money, discounts, shipping, refusals, rules that fired.

    With --against, compare two folders: who pays more or less, and which rule every cent comes from.
    """
    known_source(source)
    comparing = against is not None or bool(against_use)
    _fits(comparing=comparing, only_comparing=(html, scheduler), only_pricing=(out,), carts=carts)
    files = Files()
    folder, wanted = rules or shipped_rules(), chosen_rulesets(use or ())
    before = rulesets_of(files, folder, wanted)
    money = SOURCES[source].currency or _currency(currency) or currency_of(before)
    if carts is not None:
        orders = orders_in(files, source, path, money, complete=not sample)
        write_carts(carts, limited(orders.orders, limit))
        return
    book = book_of(files, before, money)
    after = None
    if comparing:
        other = rulesets_of(files, against or folder, wanted | chosen_rulesets(against_use or ()))
        after = book_of(files, other, money)
    started = time.perf_counter_ns()
    orders = orders_in(files, source, path, money, complete=not sample)
    items = tuple(limited(orders.orders, limit))
    if after is None:
        _price(book, orders, items, workers, out, started, json=json)
    else:
        compared = compare_orders(orders, items, book, after, Where(workers, scheduler))
        show_comparison(compared, items, html, json=json)


def _price(
    book: Book,
    orders: OrderBook,
    items: Sequence[ReplayItem],
    workers: int | None,
    out: Path | None,
    started: int,
    *,
    json: bool,
) -> None:
    """Price by one book, and show what came out."""
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


def _fits(
    *, comparing: bool, only_comparing: Sequence[object], only_pricing: Sequence[object], carts: Path | None
) -> None:
    """End the command when options do not go together."""
    if any(only_comparing) and not comparing:
        screen.fail("--html and --scheduler are for comparing: name the other rulesets with --against")
    if comparing and any(only_pricing):
        screen.fail("--out is for pricing; a comparison is kept with --html, or with --json")
    if carts is not None and (comparing or any(only_pricing)):
        screen.fail("--carts only writes the carts; compare or price them in a run of its own")


def _currency(code: str | None) -> str:
    if code is not None and not is_currency(code):
        screen.fail(f"'{code}' is not a currency; write a code such as EUR")
    return code or ""
