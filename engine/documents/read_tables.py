"""How does a tariff table become rows with a condition and a price?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from engine.documents.columns import Column, read_columns
from engine.documents.conditions import All, Condition, Test
from engine.documents.model import Step, Table, TableRow
from engine.documents.places import SHIPMENT
from engine.documents.reading import ORDERED_TYPES, Reader
from engine.documents.steps import step_size
from engine.documents.tables import MOST_CELLS, Grid, grid_of_csv, grid_of_node, inline_tables
from engine.facts.vocabulary import FactType
from engine.text.nodes import Mapping, Node, Scalar
from engine.text.source import Span

POLICIES: Final[tuple[Literal["first", "unique"], ...]] = ("first", "unique")
_TEXT_TYPES: Final[frozenset[FactType]] = frozenset(
    {"code", "text", "country", "region", "postcode", "category", "time"}
)


@dataclass(frozen=True, slots=True)
class _Rows:
    rows: tuple[TableRow, ...]
    by: str | None


class TableReader:
    """Reads the tables one shipping document uses, each once."""

    def __init__(self, reader: Reader, tables: Node | None, zones: Iterable[str]) -> None:
        self._reader = reader
        self._inline = inline_tables(reader, tables)
        self._zones = frozenset(zones)
        self._cells_left = MOST_CELLS
        self._grids: dict[str, Grid | None] = {}
        self._rows: dict[tuple[str, str, str], _Rows | None] = {}

    def read(self, fields: Mapping) -> Table | None:
        """The rate `{table: PATH, policy, by, tax}`; None after a report."""
        node = fields.get("table")
        path = self._reader.identifier(node)
        policy = self._reader.choice(fields.get("policy"), POLICIES, "first")
        if node is None or path is None:
            return None
        variant = (path, _text(fields.get("by")), _text(fields.get("tax")))
        if variant not in self._rows:
            self._rows[variant] = self._read_rows(path, node.span, fields)
        read = self._rows[variant]
        return None if read is None else Table(path=path, policy=policy, rows=read.rows, by=read.by, span=fields.span)

    def _read_rows(self, path: str, span: Span, fields: Mapping) -> _Rows | None:
        grid = self._grid(path, span)
        columns = None if grid is None else read_columns(self._reader, grid, fields)
        if grid is None or columns is None:
            return None
        by = self._measured(columns, fields)
        rows: list[TableRow] = []
        for cells in grid.rows:
            if self._reader.is_full:
                return None
            row = self._row(columns, cells, by)
            if row is not None:
                rows.append(row)
        return _Rows(tuple(rows), None if by is None else by[0])

    def _grid(self, path: str, span: Span) -> Grid | None:
        if path not in self._grids:
            if self._cells_left <= 0:
                message = f"the tables of the document have more than {MOST_CELLS} cells"
                self._reader.report("RS332", message, span, hint="split the document")
                return None
            grid = self._grids[path] = self._load(path, span)
            self._cells_left -= 0 if grid is None else len(grid.columns) * len(grid.rows)
        return self._grids[path]

    def _load(self, path: str, span: Span) -> Grid | None:
        if path in self._inline:
            return grid_of_node(self._reader, self._inline[path])
        source = self._reader.attachments(path)
        if source is not None:
            return grid_of_csv(self._reader, source)
        hint = self._reader.suggest(path, self._inline, "the path is taken from the folder of the document")
        self._reader.report("RS330", f"there is no table '{path}'", span, hint=hint)
        return None

    def _measured(self, columns: list[Column], fields: Mapping) -> tuple[str, FactType] | None:
        """The fact the steps of the rows measure: `by:`, or the only ordered one with a range column."""
        if all(column.role != "plus" for column in columns):
            return None
        if fields.get("by") is not None:
            return self._reader.measured_fact(fields.get("by"), SHIPMENT)
        ranged = {
            column.fact: column.fact_type
            for column in columns
            if column.role in ("from", "below", "up_to") and column.fact_type in ORDERED_TYPES
        }
        if len(ranged) == 1:
            return next(iter(ranged.items()))
        names = f" ({', '.join(ranged)})" if ranged else ""
        message = f"it is open which fact the column 'plus' measures{names}"
        self._reader.report("RS323", message, fields.span, hint="add `by:` with its name")
        return None

    def _row(
        self, columns: list[Column], cells: tuple[Scalar, ...], by: tuple[str, FactType] | None
    ) -> TableRow | None:
        span = cells[0].span.until(cells[-1].span)
        special = {column.role: cell for column, cell in zip(columns, cells, strict=True) if not column.fact}
        tests = self._tests(columns, cells)
        price_cell = special["price"]
        price = self._reader.price(price_cell)
        if tests is None or price is None:
            return None
        return TableRow(
            where=_condition(tests, span),
            price=price,
            step=self._step(special, tests, by),
            days=self._days(special.get("days")),
            span=span,
        )

    def _tests(self, columns: list[Column], cells: tuple[Scalar, ...]) -> list[Test] | None:
        tests: list[Test] = []
        for column, cell in zip(columns, cells, strict=True):
            if not column.fact or not cell.text:
                continue
            test = self._test(column, cell)
            if test is None:
                return None
            tests.append(test)
        return tests if self._is_possible(tests) else None

    def _test(self, column: Column, cell: Scalar) -> Test | None:
        if column.role == "zone":
            zone = self._reader.reference(cell, self._zones, "zone")
            return None if zone is None else Test(column.fact, "is", (zone,), cell.span)
        literal = Scalar(cell.span, cell.text, column.fact_type in _TEXT_TYPES or cell.quoted)
        key = self._reader.literal(literal, column.fact_type)
        return None if key is None else Test(column.fact, column.operator, (key,), cell.span)

    def _is_possible(self, tests: list[Test]) -> bool:
        lows = {test.fact: test for test in tests if test.operator == "at_least"}
        for test in tests:
            low = lows.get(test.fact)
            if low is None or test.operator not in ("less_than", "at_most"):
                continue
            start, end = low.operands[0], test.operands[0]
            is_open = start < end if isinstance(start, int) and isinstance(end, int) else str(start) < str(end)
            if not is_open and not (test.operator == "at_most" and start == end):
                self._reader.report("RS319", "the row is empty: it ends before it starts", test.span)
                return False
        return True

    def _step(self, special: dict[str, Scalar], tests: list[Test], by: tuple[str, FactType] | None) -> Step | None:
        plus_cell, per_cell = special.get("plus"), special.get("per")
        if by is None or plus_cell is None or per_cell is None or not (plus_cell.text or per_cell.text):
            return None
        plus, per = self._reader.price(plus_cell), step_size(self._reader, per_cell, by[1])
        over = next((test.operands[0] for test in tests if (test.fact, test.operator) == (by[0], "at_least")), 0)
        return None if plus is None or per is None or not isinstance(over, int) else Step(plus=plus, per=per, over=over)

    def _days(self, cell: Scalar | None) -> tuple[int, int] | None:
        if cell is None or not cell.text:
            return None
        least, _, most = cell.text.partition("-")
        numbers = [part.strip() for part in (least, most or least)]
        if all(part.isascii() and part.isdigit() and len(part) < 4 for part in numbers):
            days = (int(numbers[0]), int(numbers[1]))
            if days[0] <= days[1]:
                return days
        self._reader.report("RS332", f"'{cell.text}' is not a number of days", cell.span, hint="write 3 or 3-8")
        return None


def _condition(tests: list[Test], span: Span) -> Condition:
    return tests[0] if len(tests) == 1 else All(tuple(tests), span)


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""
