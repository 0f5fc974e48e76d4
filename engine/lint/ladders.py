"""Which prices that grow with a measured fact does a shipping document contain, and who is asked to pay them?

A ladder is one rate of one method in one zone: bands, base and steps, or the rows of a table that hold for one
combination of its other columns. `offered` is where a customer can meet it; `elsewhere` what takes customers away
before they do: earlier zones and refusals.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.boxes.box import Box, intersect
from engine.boxes.values import ValueSet
from engine.documents.model import Bands, BaseStep, Rate, ShippingDocument, Step, Table
from engine.lint.offers import Offered, offers_of
from engine.lint.rungs import Rung
from engine.lint.study import Boxes, Study
from engine.lint.table_columns import combinations_of
from engine.text.source import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """`own` are the rungs an author would not expect to overlap: all bands, or the rows of one combination."""

    method: str
    zones: tuple[str, ...]
    by: str
    kind: Literal["band", "row"]
    rungs: tuple[Rung, ...]
    own: tuple[Rung, ...]
    offered: Boxes
    elsewhere: Boxes
    span: Span


def ladders_of(study: Study, document: ShippingDocument) -> Iterator[Ladder]:
    """Every ladder of the document, in document order. Raises TooComplex when a table cannot be taken apart."""
    for offer in offers_of(study, document):
        yield from _ladders(study, offer, offer.rate)


def asked(study: Study, ladder: Ladder, values: ValueSet) -> Box | None:
    """A cart with one of these measured values that is asked the price: it is offered the rate, and neither refused
    nor served by an earlier zone. None when there is no such cart. Raises TooComplex.
    """
    possible = values.intersect(study.domain.values(ladder.by))
    wanted = Box({ladder.by: possible})
    for box in ladder.offered:
        both = None if possible.is_empty() else intersect(box, wanted)
        piece = None if both is None else study.open_piece(ladder.elsewhere, both)
        if piece is not None:
            return piece
    return None


def _ladders(study: Study, offer: Offered, rate: Rate) -> Iterator[Ladder]:
    match rate:
        case Bands():
            rungs = tuple(Rung(row.low, row.high, row.price, row.step, row.span) for row in rate.rows)
            yield _ladder(offer, rate.by, "band", rungs, rungs, rate.span)
        case BaseStep():
            rungs = (_base(rate),)
            yield _ladder(offer, rate.by, "band", rungs, rungs, rate.span)
        case Table():
            yield from _of_table(study, offer, rate)
        case _:
            pass


def _base(rate: BaseStep) -> Rung:
    high = None if rate.up_to is None else rate.up_to + 1
    return Rung(None, high, rate.base, Step(plus=rate.plus, per=rate.per, over=0), rate.span)


def _of_table(study: Study, offer: Offered, table: Table) -> Iterator[Ladder]:
    for combination in combinations_of(study, table):
        offered = tuple(both for box in offer.boxes if (both := intersect(box, combination.place)) is not None)
        if offered:
            own = combination.own if table.policy == "first" else ()
            rungs = combination.rungs
            yield _ladder(offer, combination.by, "row", rungs, own, table.span, offered)


def _ladder(
    offer: Offered,
    by: str,
    kind: Literal["band", "row"],
    rungs: tuple[Rung, ...],
    own: tuple[Rung, ...],
    span: Span,
    offered: tuple[Box, ...] | None = None,
) -> Ladder:
    return Ladder(
        method=offer.method.id,
        zones=offer.zones,
        by=by,
        kind=kind,
        rungs=rungs,
        own=own,
        offered=offer.boxes if offered is None else offered,
        elsewhere=offer.elsewhere,
        span=span,
    )
