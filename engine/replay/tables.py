"""When is a table good enough to replay orders from?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.imports.csv_rows import CsvTable, read_csv
from engine.replay.items import ReplayItem
from engine.text.source import Source

UNREADABLE = "row cannot be read"


class BadTable(ValueError):
    """A text is not the table its place says; names the file, the line and what is wrong."""


def whole_table(source: Source, columns: Sequence[str]) -> CsvTable:
    """The table, which may have unreadable rows; raises BadTable when it lacks a column or breaks off."""
    table = read_csv(source, columns)
    if table.faults:
        fault = table.faults[0]
        raise BadTable(f"{fault.span}: {fault.message}; {fault.hint}")
    return table


def unreadable_rows(table: CsvTable) -> Iterator[ReplayItem]:
    """An order without a cart for each row that cannot be read, named by its place."""
    for fault in table.unreadable:
        yield ReplayItem(str(fault.span), None, 0, {UNREADABLE: 1}, UNREADABLE)
