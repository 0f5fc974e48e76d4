"""What do the columns of a tariff table mean?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from engine.documents.conditions import Operator
from engine.documents.operators import OPERATORS_OF
from engine.documents.places import SHIPMENT
from engine.documents.reading import Reader
from engine.documents.tables import Grid
from engine.facts.vocabulary import FactType
from engine.text.nodes import Mapping as MappingNode
from engine.text.nodes import Scalar

ZONE_FACT: Final = "shipping.zone"
"""What the column `zone` tests. The zone is decided before any rate is looked up."""

PRICE_COLUMNS: Final = ("price", "plus", "per", "days")

_OPERATOR_OF_ROLE: Final[Mapping[str, Operator]] = MappingProxyType(
    {"is": "is", "from": "at_least", "below": "less_than", "up_to": "at_most", "zone": "is"}
)


@dataclass(frozen=True, slots=True)
class Column:
    """`fact` is "" for the columns that give a price; `role` is then the name of the column."""

    fact: str
    fact_type: FactType
    role: str

    @property
    def operator(self) -> Operator:
        """The operator a cell of the column is held against its fact with."""
        return _OPERATOR_OF_ROLE[self.role]


def read_columns(reader: Reader, grid: Grid, fields: MappingNode) -> list[Column] | None:
    """All columns in order; None after a report. `fields` is the rate, whose `tax:` holds for money columns."""
    read = [_column(reader, cell, fields) for cell in grid.columns]
    columns = [column for column in read if column is not None]
    if len(columns) < len(read):
        return None
    seen: set[tuple[str, str]] = set()
    for column, cell in zip(columns, grid.columns, strict=True):
        if (column.fact, column.role) in seen:
            reader.report("RS331", f"there are two columns '{cell.text}'", cell.span)
            return None
        seen.add((column.fact, column.role))
    if ("", "price") not in seen:
        span = grid.columns[0].span.until(grid.columns[-1].span)
        reader.report("RS331", "the table has no column 'price'", span)
        return None
    if (("", "plus") in seen) != (("", "per") in seen):
        span = grid.columns[0].span.until(grid.columns[-1].span)
        reader.report("RS331", "the columns 'plus' and 'per' go together", span)
        return None
    return columns


def _column(reader: Reader, cell: Scalar, fields: MappingNode) -> Column | None:
    if cell.text in PRICE_COLUMNS:
        return Column("", "money", cell.text)
    if cell.text == "zone":
        return Column(ZONE_FACT, "code", "zone")
    name, _, end = cell.text.partition(":")
    role = end or "is"
    if role not in _OPERATOR_OF_ROLE or role == "zone":
        hint = reader.suggest(end, ("from", "below", "up_to"), "write FACT, FACT:from, FACT:below or FACT:up_to")
        reader.report("RS331", f"a column cannot end in ':{end}'", cell.span, hint=hint)
        return None
    found = reader.fact(Scalar(cell.span, name, True), SHIPMENT)
    if found is None:
        return None
    fact, fact_type = found
    if _OPERATOR_OF_ROLE[role] not in OPERATORS_OF[fact_type]:
        reader.report("RS307", f"{fact} is a {fact_type} and has no ranges", cell.span)
        return None
    resolved = reader.with_tax(fact, cell.span, fields, SHIPMENT) if fact_type == "money" else fact
    return None if resolved is None else Column(resolved, fact_type, role)
