"""To which carts does a shipping document offer each rate, and what takes carts away before?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.boxes.bits import iter_bits
from engine.boxes.box import Box, intersect
from engine.boxes.build import within
from engine.boxes.effort import TooComplex
from engine.boxes.overlap import meeting
from engine.boxes.values import ValueSet
from engine.documents.conditions import facts_read
from engine.documents.model import Method, Rate, ShippingDocument, Table, Zone
from engine.lint.merging import merged
from engine.lint.study import Boxes, Study

ZONE_FACT = "shipping.zone"
_MOST_BOXES = 2_000


@dataclass(frozen=True, slots=True)
class Offered:
    """One rate of one method. `zones` are the zones it serves, none when the document has no zones.

    `boxes` is at least the carts that are offered the rate; those in `elsewhere` are served by an earlier zone or
    refused, so that the difference is exact.
    """

    method: Method
    rate: Rate
    zones: tuple[str, ...]
    boxes: Boxes
    elsewhere: Boxes


def offers_of(study: Study, document: ShippingDocument) -> Iterator[Offered]:
    """Every rate of every method; none for a method or zone whose condition holds for no cart or has no boxes.

    Raises TooComplex when a rate is offered in too many separate places.
    """
    areas = _Areas(study, document.zones)
    names_zones: dict[int, bool] = {}
    for method in document.methods:
        others = [zone for zone in document.zones if zone.id not in method.rates]
        refused = refused_to(study, document, method)
        for key, rate in method.rates.items():
            zones = [areas.zones[key]] if key in areas.zones else [] if key else others
            by_zone = isinstance(rate, Table) and _names_zones(rate, names_zones)
            for served in [[zone] for zone in zones] if by_zone else [zones]:
                boxes = _places(study, method, areas, served if document.zones else None)
                if by_zone:
                    boxes = within(boxes, ZONE_FACT, ValueSet.point(served[0].id))
                if boxes:
                    elsewhere = (*_earlier_zones(document, method, areas, served), *refused)
                    yield Offered(method, rate, tuple(zone.id for zone in served), boxes, elsewhere)


def refused_to(study: Study, document: ShippingDocument, method: Method) -> Boxes:
    """The carts that are refused the method."""
    found: list[Box] = []
    for refusal in document.refusals:
        if not refusal.methods or method.id in refusal.methods:
            found += study.boxes(refusal.window, refusal.when) or ()
    return tuple(found)


def _names_zones(table: Table, known: dict[int, bool]) -> bool:
    """Whether some row is for one zone only; worked out once for a table that serves many zones."""
    if id(table.rows) not in known:
        known[id(table.rows)] = any(ZONE_FACT in facts_read(row.where) for row in table.rows)
    return known[id(table.rows)]


class _Areas:
    """The zones of a document by id, their boxes, and which zones share a destination. Raises TooComplex."""

    def __init__(self, study: Study, zones: Sequence[Zone]) -> None:
        self.zones = {zone.id: zone for zone in zones}
        self.boxes = {zone.id: study.boxes(zone.window, zone.where) or () for zone in zones}
        flat = [(zone.id, box) for zone in zones for box in self.boxes[zone.id]]
        self.sharing: dict[str, dict[str, None]] = {zone.id: {} for zone in zones}
        for (zone_id, _), mask in zip(flat, meeting([box for _, box in flat]), strict=True):
            self.sharing[zone_id].update(dict.fromkeys(flat[number][0] for number in iter_bits(mask)))
        self.order = {zone.id: number for number, zone in enumerate(zones)}


def _places(study: Study, method: Method, areas: _Areas, zones: Sequence[Zone] | None) -> Boxes:
    when = study.boxes(method.window, method.when) or ()
    if zones is None:
        return when
    places = merged([box for zone in zones for box in areas.boxes[zone.id]])
    if len(places) * len(when) > _MOST_BOXES:
        raise TooComplex(f"method '{method.id}' is offered in too many separate places")
    return tuple(both for place in places for one in when if (both := intersect(place, one)) is not None)


def _earlier_zones(document: ShippingDocument, method: Method, areas: _Areas, zones: Sequence[Zone]) -> Boxes:
    """The zones before that take a cart away: every one, or under policy `all` those the method has a rate for."""
    mine = {zone.id for zone in zones}
    last = max((areas.order[zone_id] for zone_id in mine), default=0)
    near = dict.fromkeys(other for zone_id in mine for other in areas.sharing[zone_id])
    return tuple(
        box
        for other in near
        if other not in mine and areas.order[other] < last and _takes(document, method, other)
        for box in areas.boxes[other]
    )


def _takes(document: ShippingDocument, method: Method, zone: str) -> bool:
    return document.policy != "all" or zone in method.rates or "" in method.rates
