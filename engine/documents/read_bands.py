"""How do the rows of a band rate become half-open bands over one fact?"""

from __future__ import annotations

from engine.documents.model import Band, Bands
from engine.documents.places import SHIPMENT
from engine.documents.reading import Reader
from engine.documents.steps import read_step
from engine.facts.vocabulary import FactType
from engine.text.nodes import Mapping, Node

ENDS = ("below", "up_to", "rest")
"""How a row says where it ends; exactly one."""


def read_bands(reader: Reader, node: Node | None) -> Bands | None:
    """Bands in document order. A row starts where the row before ended unless it says `from:`."""
    fields = reader.mapping(node)
    if fields is None:
        return None
    measured = reader.measured_fact(reader.required(fields, "by"), SHIPMENT)
    by_node, rows_node = fields.get("by"), reader.required(fields, "rows")
    if measured is None or by_node is None:
        return None
    fact, fact_type = measured
    if fact_type == "money":
        resolved = reader.with_tax(fact, by_node.span, fields, SHIPMENT)
        if resolved is None:
            return None
        fact = resolved
    rows = _Rows(reader, fact_type)
    for row in reader.mappings(rows_node):
        rows.add(row)
    return Bands(by=fact, rows=tuple(rows.bands), span=fields.span)


class _Rows:
    """Reads rows one after the other. `_end` is where the last one ended, `_written_end` as the author wrote it
    (one unit less for `up_to`), from which the steps of a rest count.
    """

    def __init__(self, reader: Reader, fact_type: FactType) -> None:
        self.bands: list[Band] = []
        self._reader = reader
        self._fact_type = fact_type
        self._end: int | None = None
        self._written_end = 0
        self._rested = False

    def add(self, row: Mapping) -> None:
        kind = self._kind(row)
        if self._rested and row.get("from") is None:
            self._reader.report("RS324", "nothing is left after the rest", row.span, hint="make the rest the last row")
        if not kind:
            return
        self._rested = kind == "rest"
        low, over = self._start(row)
        body = self._reader.mapping(row.get("rest")) if kind == "rest" else row
        if body is None:
            return
        high = None if kind == "rest" else self._limit(row, kind)
        price = self._reader.price(self._reader.required(body, "price"))
        step = read_step(self._reader, body, self._fact_type, over)
        if high is not None and low is not None and high <= low:
            hint = "a row starts where the row before ended, unless it says `from:`"
            self._reader.report("RS319", "the band is empty: it ends before it starts", row.span, hint=hint)
        elif price is not None and (high is not None or kind == "rest"):
            self.bands.append(Band(low=low, high=high, price=price, step=step, span=row.span))

    def _kind(self, row: Mapping) -> str:
        given = [key for key in ENDS if row.get(key) is not None]
        if len(given) == 1:
            return given[0]
        self._reader.report("RS205", "a row needs exactly one of below, up_to and rest", row.span)
        return ""

    def _start(self, row: Mapping) -> tuple[int | None, int]:
        node = row.get("from")
        start = None if node is None else self._reader.literal(node, self._fact_type)
        if isinstance(start, int):
            return start, start
        return self._end, self._written_end

    def _limit(self, row: Mapping, kind: str) -> int | None:
        node = row.get(kind)
        limit = None if node is None else self._reader.literal(node, self._fact_type)
        if not isinstance(limit, int):
            return None
        self._written_end = limit
        self._end = limit + 1 if kind == "up_to" else limit
        return self._end
