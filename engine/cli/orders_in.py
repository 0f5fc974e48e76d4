"""Which orders does a replay get, from which files, and what is told of rows that are none?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from engine.cli import exits, findings, screen
from engine.cli.files import Files
from engine.cli.tables_in import tables_in
from engine.replay.items import OrderBook, ReplayItem
from engine.replay.sources import SOURCES, read_orders
from engine.replay.tables import UNREADABLE, BadTable
from engine.text.suggest import did_you_mean

MOST_TOLD = 20
"""Rows of which is told why they cannot be read; the others are counted."""


def known_source(source: str) -> None:
    """End the command when there is no such source."""
    if source not in SOURCES:
        screen.fail(f"no source '{source}'; {did_you_mean(source, SOURCES) or 'one of ' + ', '.join(SOURCES)}")


def orders_in(files: Files, source: str, path: Path, currency: str, *, complete: bool) -> OrderBook:
    """The orders of a source, or the end of the command. What cannot be read of a file of carts is told."""
    tables = tables_in(files, path, SOURCES[source].ending)
    if files.faults:
        findings.show(files.faults, files.sources, stderr=True)
        raise typer.Exit(exits.USAGE)
    try:
        orders = read_orders(source, tables, complete=complete, currency=currency)
    except BadTable as fault:
        screen.fail(str(fault))
    _tell(unreadable(orders.orders))
    return orders


def unreadable(items: Sequence[ReplayItem]) -> list[dict[str, str]]:
    """Rows that are no cart: where each stands, and why where the source says so."""
    left_out = [item for item in items if item.cart is None and item.skipped_reason == UNREADABLE]
    return [{"row": item.id, "why": "; ".join(item.notes)} for item in left_out]


def _tell(rows: Sequence[dict[str, str]]) -> None:
    told = [row for row in rows if row["why"]]
    for row in told[:MOST_TOLD]:
        screen.complain(f"{row['row']}: left out: {row['why']}")
    if len(told) > MOST_TOLD:
        screen.complain(f"… and {len(told) - MOST_TOLD:,} more rows that cannot be read")
