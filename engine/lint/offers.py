"""To which carts does a shipping document offer each rate, and what takes carts away before?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.boxes.box import Box, intersect
from engine.boxes.build import within
from engine.boxes.effort import TooComplex
from engine.boxes.values import ValueSet
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
    for method in document.methods:
        for key, rate in method.rates.items():
            zones = [zone for zone in document.zones if serves(method, zone, key)]
            boxes = _places(study, method, zones if document.zones else None)
            if isinstance(rate, Table) and len(zones) == 1:
                boxes = within(boxes, ZONE_FACT, ValueSet.point(zones[0].id))
            if boxes:
                elsewhere = (*_earlier_zones(study, document, method, zones), *refused_to(study, document, method))
                yield Offered(method, rate, tuple(zone.id for zone in zones), boxes, elsewhere)


def serves(method: Method, zone: Zone, key: str) -> bool:
    """Whether the rate under `key` ("" is every zone without a rate of its own) is the one for the zone."""
    return zone.id == key if key else zone.id not in method.rates


def refused_to(study: Study, document: ShippingDocument, method: Method | None) -> Boxes:
    """The carts that are refused the method; with None, those that are refused whatever the method."""
    found: list[Box] = []
    for refusal in document.refusals:
        if not refusal.methods or (method is not None and method.id in refusal.methods):
            found += study.boxes(refusal.window, refusal.when) or ()
    return tuple(found)


def _places(study: Study, method: Method, zones: Iterable[Zone] | None) -> Boxes:
    when = study.boxes(method.window, method.when) or ()
    if zones is None:
        return when
    areas = merged([box for zone in zones for box in study.boxes(zone.window, zone.where) or ()])
    if len(areas) * len(when) > _MOST_BOXES:
        raise TooComplex(f"method '{method.id}' is offered in too many separate places")
    return tuple(both for area in areas for one in when if (both := intersect(area, one)) is not None)


def _earlier_zones(study: Study, document: ShippingDocument, method: Method, zones: list[Zone]) -> Boxes:
    """The zones before that take a cart away: every one, or under policy `all` those the method has a rate for."""
    if not zones:
        return ()
    mine = {zone.id for zone in zones}
    found: list[Box] = []
    for zone in document.zones[: document.zones.index(zones[-1])]:
        has_rate = zone.id in method.rates or "" in method.rates
        if zone.id not in mine and (document.policy != "all" or has_rate):
            found += study.boxes(zone.window, zone.where) or ()
    return tuple(found)
