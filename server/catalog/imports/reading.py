"""What rows does a CSV file hold? Typed rows, and a reason for each that cannot be read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Final

from engine.text.suggest import did_you_mean
from server.catalog.imports.cells import fused
from server.catalog.imports.columns import BY_NAME, COLUMNS, Column, control_character
from server.catalog.imports.entries import Given, Row
from server.catalog.imports.errors import COLUMNS_WRONG, FILE_TOO_LONG, FILE_UNREADABLE
from server.catalog.imports.report import Rejection, shown
from server.catalog.imports.source import Source
from server.errors import Fault

MOST_ROWS: Final = 20_000
"""In a file sent over HTTP: as many as are surely imported while a request may take. The command line has no limit."""
_MARKS: Final = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"PK\x03\x04": "a spreadsheet or an archive"}
_SEPARATORS: Final = (",", ";", "\t")


def read_csv(content: bytes, currency: str, most_rows: int | None = MOST_ROWS) -> Source:
    """Read a catalogue file: UTF-8, separated by commas, semicolons or tabs, with a header.

    Raises FILE_UNREADABLE, COLUMNS_WRONG or FILE_TOO_LONG when the file as a whole cannot be taken.
    """
    text = _decoded(content)
    records = _records(text)
    header = next(records, None)
    if header is None:
        raise FILE_UNREADABLE("the file is empty; the first line has to name the columns")
    columns = _columns(header[1])
    rows: list[Row] = []
    rejections: list[Rejection] = []
    lines = 0
    for line, cells in records:
        lines += 1
        if most_rows is not None and lines > most_rows:
            raise FILE_TOO_LONG(
                f"the file has more than {most_rows} rows; split it, a product's rows kept together, or import it with"
                " `sostech import catalog csv`"
            )
        found = _row(line, cells, columns, currency)
        if isinstance(found, Row):
            rows.append(found)
        else:
            rejections += found
    return Source(rows, rejections, lines)


def _decoded(content: bytes) -> str:
    for mark, kind in _MARKS.items():
        if content.startswith(mark):
            raise FILE_UNREADABLE(f"the file is {kind}; save it as CSV in UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FILE_UNREADABLE(
            f"line {line} holds the byte 0x{content[error.start]:02X}, which is not UTF-8; save it as CSV in UTF-8"
        ) from error


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """The line each record begins in, and its cells; empty lines are skipped."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            # Where quotes are broken nobody can tell where the next row begins.
            raise FILE_UNREADABLE(f"the record that begins in line {line} cannot be read: {error}") from error
        if cells is None:
            return
        if any(cells):
            yield line, cells


def _separator(text: str) -> str:
    """The separator that the header uses most; spreadsheets of many countries write semicolons."""
    header = text.lstrip("\r\n").partition("\n")[0]
    return max(_SEPARATORS, key=header.count)


def _columns(header: list[str]) -> list[Column]:
    names = [fused(cell).strip().lower() for cell in header]
    faults = [
        *(_unknown(name) for name in names if name not in BY_NAME),
        *(_fault(name, "repeated", "is there twice") for name in BY_NAME if names.count(name) > 1),
        *(
            _fault(column.name, "missing", f"is missing: {column.about}")
            for column in COLUMNS
            if column.is_required and column.name not in names
        ),
    ]
    if faults:
        raise COLUMNS_WRONG(f"{faults[0].message}; the columns are: {', '.join(BY_NAME)}", faults=faults[:50])
    return [BY_NAME[name] for name in names]


def _unknown(name: str) -> Fault:
    hint = did_you_mean(name[:100], list(BY_NAME))
    return _fault(shown(name), "unknown", f"is not a column of a catalogue{f'; {hint}' if hint else ''}")


def _fault(name: str, code: str, message: str) -> Fault:
    return Fault("", code, f"the column {name!r} {message}")


def typed(line: int, cells: Mapping[str, str], currency: str) -> Row | list[Rejection]:
    """The row that these cells make, by column, or every reason why they make none."""
    given: Given = {}
    rejections: list[Rejection] = []
    for name, cell in cells.items():
        column = BY_NAME[name]
        try:
            given[name] = _value(column, cell, currency)
        except ValueError as error:
            code = "missing" if column.is_required and not cell.strip() else "invalid"
            rejections.append(Rejection(line, name, shown(cell), code, str(error)))
    for pairs, names in (("attributes", "attribute_names"), ("options", "option_names")):
        if not rejections and len(given.get(names, ())) not in (0, len(given.get(pairs, ()))):
            rejections.append(
                Rejection(line, names, shown(cells[names]), "invalid", f"has to name each of the {pairs}, or be empty")
            )
        _sort(given, pairs, names)
    return rejections or Row(line=line, given=given)


def _sort(given: Given, pairs: str, names: str) -> None:
    """Pairs in the order the store keeps them, and their names with them."""
    order = sorted(range(len(given.get(pairs, ()))), key=lambda place: given[pairs][place])
    for column in (pairs, names):
        if given.get(column) and len(given[column]) == len(order):
            given[column] = tuple(given[column][place] for place in order)


def _row(line: int, cells: list[str], columns: list[Column], currency: str) -> Row | list[Rejection]:
    if len(cells) != len(columns):
        message = f"has {len(cells)} cells, the header has {len(columns)}"
        return [Rejection(line, "", shown(",".join(cells)), "cells_do_not_match", message)]
    return typed(line, {column.name: fused(cell) for column, cell in zip(columns, cells, strict=True)}, currency)


def _value(column: Column, cell: str, currency: str) -> object:
    character = control_character(cell)
    if character is not None:
        raise ValueError(f"holds the control character U+{ord(character):04X}; leave it out")
    if column.is_required and not cell.strip():
        raise ValueError("is empty, and has to be filled in")
    if column.name == "tax_class" and not cell.strip():
        return "standard"
    return column.read(cell if column.name in _AS_WRITTEN else cell.strip(), currency)


# Spaces at the ends belong to a description, and make another SKU; elsewhere they are slips.
_AS_WRITTEN: Final = frozenset({"description", "sku"})
