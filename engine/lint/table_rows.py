"""Which rows of a tariff table contradict each other, are never reached, or leave a place without any row?"""

from __future__ import annotations

from collections.abc import Iterator

from engine.boxes.box import Box
from engine.boxes.effort import TooComplex
from engine.boxes.values import ValueSet
from engine.documents.model import ShippingDocument, Table, TableRow
from engine.lint.findings import not_analysed
from engine.lint.offers import Offered, offers_of
from engine.lint.precedence import Entry, overlapping, unreachable
from engine.lint.study import Study
from engine.lint.table_columns import measured_column
from engine.text.diagnostics import Diagnostic, Related, error

_ANYTHING = ValueSet.anything()


def table_rows(study: Study) -> Iterator[Diagnostic]:
    """RS420 for rows of a `unique` table that overlap, RS414 for rows never reached, RS421 for places without one."""
    if not isinstance(study.document, ShippingDocument):
        return
    seen: set[tuple[int, str]] = set()
    try:
        for offer in offers_of(study, study.document):
            if isinstance(offer.rate, Table):
                key = (id(offer.rate.rows), offer.rate.policy)  # one table may serve many zones
                if key not in seen:
                    yield from _rows(study, offer.rate)
                seen.add(key)
                yield from _places_without_row(study, offer, offer.rate)
    except TooComplex as limit:
        yield not_analysed("whether the rows of a table overlap or leave gaps", str(limit), study.document.head.span)


def _rows(study: Study, table: Table) -> Iterator[Diagnostic]:
    rows = [_entry(study, number, row) for number, row in enumerate(table.rows)]
    if table.policy == "unique":
        for earlier, later, both in overlapping(rows):
            yield error(
                "RS420",
                f"two rows of table '{table.path}' hold for the same cart and give different prices",
                later.span,
                hint="narrow one of the rows, or let the first one win with `policy: first`",
                witness=study.words.cart(both),
                related=[Related(earlier.span, "the other row")],
            )
        return
    hidden = unreachable(study, rows)
    for row, by in hidden.found:
        yield error(
            "RS414",
            f"this row of table '{table.path}' is never used: earlier rows decide every cart it is for",
            row.span,
            hint="remove it, or put it before the rows that hide it",
            witness=study.words.cart(row.boxes[0]),
            related=[Related(other.span, "an earlier row") for other in by[:3]],
        )
    if hidden.undecided:
        why = "the rows overlap in too many ways"
        yield not_analysed(f"whether {len(hidden.undecided)} rows are ever used", why, hidden.undecided[0].span)


def _entry(study: Study, number: int, row: TableRow) -> Entry:
    return Entry(str(number), row.span, study.boxes_of(row.where) or (), (row.price, row.step, row.days))


def _places_without_row(study: Study, offer: Offered, table: Table) -> Iterator[Diagnostic]:
    """Gaps along the measured column are told row by row elsewhere; here are places with no row at any value."""
    by = measured_column(study, table)
    served: list[Box] = [box for row in table.rows for box in study.boxes_of(row.where) or ()]
    if by is not None:
        served = [box.with_axis(by, _ANYTHING) for box in served]
    served = list(dict.fromkeys(served))
    for box in offer.boxes:
        piece = study.open_piece([*served, *offer.elsewhere], box)
        if piece is not None:
            yield error(
                "RS421",
                f"table '{table.path}' has no row for some carts that method '{offer.method.id}' is offered to",
                table.span,
                hint="add a row for them, one with empty cells for all others, or narrow the zone",
                witness=study.words.cart(piece),
            )
            return
