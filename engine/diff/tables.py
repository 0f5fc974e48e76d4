"""How is a tariff table compared? As a list of rows, each named by what it is for: only what it costs can change."""

from __future__ import annotations

from engine.documents.columns import PRICE_COLUMNS
from engine.documents.model import Head
from engine.documents.tables import Grid, grid_of_csv
from engine.documents.values import ValueReader
from engine.facts.timezones import zone
from engine.text.faults import Faults
from engine.text.nodes import Entry, Mapping, Scalar, Sequence
from engine.text.source import Source, Span


def grid_of(source: Source) -> Grid | None:
    """The cells; None when it is no table."""
    span = source.span(0, 0)
    blank = Head(kind="shipping", name="", version=1, vocabulary="", currency="", currencies=(), timezone="UTC",
                 span=span)  # fmt: skip
    utc = zone("UTC")
    assert utc is not None, "the time zone data has no UTC"
    faults = Faults(1)
    grid = grid_of_csv(ValueReader(blank, utc, faults), source)
    return None if faults.has_errors else grid


def rows_of(grid: Grid) -> Sequence:
    """The rows as maps from column to cell."""
    top = grid.columns[0].span
    return Sequence(top, tuple(_row(grid.columns, cells) for cells in grid.rows))


def header_of(grid: Grid) -> str:
    """The columns as they are written."""
    return ",".join(cell.text for cell in grid.columns)


def row_name(row: Mapping) -> str:
    """What the row is for: its cells but those that say what it costs."""
    return ",".join(
        entry.value.text
        for entry in row.entries
        if entry.key.text not in PRICE_COLUMNS and isinstance(entry.value, Scalar)
    )


def _row(columns: tuple[Scalar, ...], cells: tuple[Scalar, ...]) -> Mapping:
    span: Span = cells[0].span.until(cells[-1].span)
    return Mapping(span, tuple(Entry(column, cell) for column, cell in zip(columns, cells, strict=True)))
