"""What differs when two rule books decide the same orders? Compared, told on the screen, as JSON, and as a page."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import typer

from engine.cli import exits, findings, screen
from engine.cli.compare_cluster import on_cluster
from engine.cli.compare_view import draw_report
from engine.cli.compare_workers import Sides, compare_all, in_processes
from engine.cli.files import shown
from engine.cli.orders_in import unreadable
from engine.cli.replay_workers import default_workers
from engine.cli.writing import write
from engine.compare import Report, report, wanted, witnesses
from engine.compare.html import html_report
from engine.documents.model import Head
from engine.replay.items import BEYOND_LIMIT, OrderBook, ReplayItem
from engine.runtime.book import Book


@dataclass(frozen=True, slots=True)
class Where:
    """Who decides the carts: so many processes here (None: as many as pay off), or the workers of a scheduler."""

    workers: int | None
    scheduler: str | None


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison that is over. `milliseconds` are those of deciding."""

    source: str
    report: Report
    carts: int
    milliseconds: int

    def carts_per_second(self) -> int:
        """Carts decided by both books in a second, without reading the source."""
        return self.carts * 1_000 // max(1, self.milliseconds)


def compare_orders(orders: OrderBook, items: Sequence[ReplayItem], before: Book, after: Book, where: Where) -> Compared:
    """Decide all carts by both books; orders without a cart are counted as skipped with their reason."""
    carts = [(item.id, item.cart) for item in items if item.cart is not None]
    compare = (
        in_processes(where.workers or default_workers(2 * len(carts)))
        if where.scheduler is None
        else on_cluster(where.scheduler)
    )
    started = time.perf_counter_ns()
    with screen.progress("comparing", len(carts)) as advance:
        found = compare_all(Sides(before, after), carts, compare, advance)
    took = time.perf_counter_ns() - started
    for item in items:
        if item.cart is None and item.skipped_reason != BEYOND_LIMIT:
            found.read += 1
            found.skipped[item.skipped_reason] = found.skipped.get(item.skipped_reason, 0) + 1
    needed = wanted(found)
    smallest = witnesses(before, after, found, {name: cart for name, cart in carts if name in needed})
    told = report(found, _heads(before), _heads(after), smallest)
    return Compared(orders.name, told, len(carts), took // 1_000_000)


def show_comparison(compared: Compared, items: Sequence[ReplayItem], html: Path | None, *, json: bool) -> None:
    """Write the page if one is wanted, then print. Ends the command when the page cannot be written."""
    if html is not None:
        fault = write(html, html_report(compared.report, f"What the change does to {compared.source} orders"))
        if fault is not None:
            findings.show([fault], {}, stderr=True)
            raise typer.Exit(exits.USAGE)
    if json:
        screen.say_json(_plain(compared, items))
        return
    draw_report(f"replay {compared.source}", compared.report)
    speed = f"{compared.carts_per_second():,} carts a second"
    screen.say(f"{compared.carts:,} carts decided by both, {speed} (without reading the source)")
    if html is not None:
        screen.say(f"written to {shown(html)}")


def _plain(compared: Compared, items: Sequence[ReplayItem]) -> dict[str, object]:
    """The whole report; only `timing` differs from run to run."""
    plain: dict[str, object] = {"command": "replay", "ok": True, "source": compared.source}
    plain["report"] = msgspec.to_builtins(compared.report)
    plain["unreadable"] = unreadable(items)
    plain["timing"] = {
        "comparing_milliseconds": compared.milliseconds,
        "carts_per_second": compared.carts_per_second(),
    }
    return plain


def _heads(book: Book) -> list[Head]:
    return [document.head for document in book.documents.values()]
