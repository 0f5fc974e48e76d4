"""What rows does a foreign CSV text have, and where does each stand?"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

from engine.text.diagnostics import Diagnostic, error
from engine.text.source import Source, Span
from engine.text.suggest import did_you_mean


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the head. `line` is where it starts, from 1; cells are trimmed."""

    source: Source
    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    @property
    def place(self) -> str:
        """`file:line`, as comments and messages name it."""
        return f"{self.source.name}:{self.line}"

    def span(self, column: str | None = None) -> Span:
        """The cell, or the whole line when no column is asked for or the line has quoted cells."""
        text = self.source.line(self.line)
        if column is None or '"' in text:
            return Span(self.source.name, self.line, 1, self.line, len(text) + 1)
        position = list(self.cells).index(column)
        pieces = text.split(",")
        start = sum(len(piece) + 1 for piece in pieces[:position]) + 1
        return Span(self.source.name, self.line, start, self.line, start + len(pieces[position]))


@dataclass(frozen=True, slots=True)
class CsvTable:
    """All readable rows in order, and a finding for each unreadable one; `read` counts both."""

    source: Source
    rows: tuple[Row, ...]
    unreadable: tuple[Diagnostic, ...]
    faults: tuple[Diagnostic, ...]  # of the table as a whole

    @property
    def read(self) -> int:
        return len(self.rows) + len(self.unreadable)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return self.faults + self.unreadable


def read_csv(source: Source, columns: Sequence[str]) -> CsvTable:
    """Read a comma-separated text whose head names at least `columns`; further columns are kept.

    Never raises: a head without a column (RS802), a text that is no table (RS801) and a row of another
    width (RS803) are findings. Blank lines are no rows.
    """
    rows: list[Row] = []
    unreadable: list[Diagnostic] = []
    head: list[str] | None = None
    expected = 1
    try:
        for line, following, cells in _records(source.text):
            if head is None:
                head = cells
                if missing := _head_faults(source, head, columns):
                    return CsvTable(source, (), (), missing)
            elif len(cells) == len(head):
                rows.append(Row(source, line, dict(zip(head, cells, strict=True))))
            else:
                unreadable.append(_wrong_width(source, line, len(cells), len(head)))
            expected = following
    except csv.Error as fault:
        return CsvTable(source, tuple(rows), tuple(unreadable), (_no_table(source, expected, fault),))
    faults = _head_faults(source, [], columns) if head is None else ()
    return CsvTable(source, tuple(rows), tuple(unreadable), faults)


def _records(text: str) -> Iterator[tuple[int, int, list[str]]]:
    """Line where a record starts, line after it, its trimmed cells; blank lines are no records."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    line = 1
    for cells in reader:
        if cells:
            yield line, reader.line_num + 1, [cell.strip() for cell in cells]
        line = reader.line_num + 1


def _head_faults(source: Source, head: list[str], columns: Sequence[str]) -> tuple[Diagnostic, ...]:
    span = _line_span(source, 1)
    return tuple(
        error(
            "RS802",
            f"column {column!r} is missing",
            span,
            hint=did_you_mean(column, head) or f"the first line must name {', '.join(columns)}",
        )
        for column in columns
        if column not in head
    )


def _wrong_width(source: Source, line: int, found: int, wanted: int) -> Diagnostic:
    return error(
        "RS803",
        f"the row has {found} cells, the head has {wanted}",
        _line_span(source, line),
        hint="a comma inside a cell needs quotes around the cell",
    )


def _no_table(source: Source, line: int, fault: csv.Error) -> Diagnostic:
    return error(
        "RS801",
        f"this is not a table of comma-separated values: {fault}",
        _line_span(source, line),
        hint="nothing from this line on was read; look for a quote that is never closed",
    )


def _line_span(source: Source, line: int) -> Span:
    return Span(source.name, line, 1, line, len(source.line(line)) + 1)
