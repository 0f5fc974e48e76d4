"""How does the text of a CSV file, or a table written in the document, become located cells?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.documents.values import ValueReader
from engine.text.nodes import Mapping, Node, Scalar
from engine.text.source import Source, Span

LONGEST_CSV = 8 * 1024 * 1024
"""Characters; the limit of a YAML document."""

MOST_CELLS = 400_000

_CELL = re.compile(r'"((?:[^"]|"")*+)"|([^",\r\n]*+)')


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as written. Every row has as many cells as there are columns; an empty cell has an empty text."""

    columns: tuple[Scalar, ...]
    rows: tuple[tuple[Scalar, ...], ...]


def grid_of_csv(values: ValueReader, source: Source) -> Grid | None:
    """The cells of comma-separated values (RFC 4180) with a header line; empty lines are skipped."""
    if len(source.text) > LONGEST_CSV:
        message = f"the table has more than {LONGEST_CSV} characters"
        values.report("RS332", message, source.span(0, 0), hint="split it into several tables")
        return None
    return _grid(values, _records(values, source), source.span(0, 0))


def grid_of_node(values: ValueReader, node: Node) -> Grid | None:
    """The cells of `{columns: […], rows: [[…]]}`; an empty value is an empty cell."""
    fields = values.mapping(node)
    if fields is None:
        return None
    columns = values.required(fields, "columns")
    rows = values.required(fields, "rows")
    if columns is None or rows is None:
        return None
    records = ([_cell(values, cell) for cell in values.items(row)] for row in values.items(rows))
    header = [_cell(values, cell) for cell in values.items(columns)]
    return _grid(values, _chained(header, records), columns.span)


def inline_tables(values: ValueReader, node: Node | None) -> dict[str, Node]:
    """The tables of `tables:` by name."""
    fields: Mapping | None = values.mapping(node)
    return {} if fields is None else {entry.key.text: entry.value for entry in fields.entries}


def _grid(values: ValueReader, records: Iterator[list[Scalar]], top: Span) -> Grid | None:
    columns = next(records, None)
    if columns is None:
        values.report("RS331", "the table has no header", top, hint="name the columns in the first line")
        return None
    rows: list[tuple[Scalar, ...]] = []
    for record in records:
        if values.is_full:
            return None
        if len(rows) * len(columns) > MOST_CELLS:
            values.report("RS332", f"the table has more than {MOST_CELLS} cells", record[0].span)
            return None
        if len(record) != len(columns):
            _report_length(values, record, len(columns))
        else:
            rows.append(tuple(record))
    return Grid(tuple(columns), tuple(rows))


def _report_length(values: ValueReader, record: list[Scalar], expected: int) -> None:
    if record:
        message = f"the row has {len(record)} cells, the table {expected} columns"
        values.report("RS332", message, record[0].span.until(record[-1].span))


def _chained(header: list[Scalar], records: Iterator[list[Scalar]]) -> Iterator[list[Scalar]]:
    if header:
        yield header
    yield from records


def _cell(values: ValueReader, node: Node) -> Scalar:
    if not isinstance(node, Scalar):
        values.text(node)
        return Scalar(node.span, "", True)
    return Scalar(node.span, "", True) if node.value is None else node


def _records(values: ValueReader, source: Source) -> Iterator[list[Scalar]]:
    """Lines of cells. A cell that is opened with a quote and goes on after it closes ends the reading."""
    text, at = source.text, 0
    record: list[Scalar] = []
    while at < len(text):
        match = _CELL.match(text, at)
        end = at if match is None else match.end()
        if match is None or (end < len(text) and text[end] not in ",\r\n"):
            hint = 'a quoted cell ends with a quote; a quote inside it is written ""'
            values.report("RS332", "a quote is out of place in this cell", source.span(at, at + 1), hint=hint)
            return
        quoted, plain = match.group(1), match.group(2)
        content = (plain or "").strip() if quoted is None else quoted.replace('""', '"')
        record.append(Scalar(source.span(at, end), content, False))
        at = end + 1
        if end < len(text) and text[end] == ",":
            if at == len(text):
                record.append(Scalar(source.span(at, at), "", False))
            continue
        if text.startswith("\r\n", end):
            at = end + 2
        if len(record) > 1 or record[0].text:
            yield record
        record = []
    if record:
        yield record
