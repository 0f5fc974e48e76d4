"""What do the methods, rates, refusals and zones of shipping ask of a cart?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.documents.conditions import Condition
from engine.documents.model import (
    Bands,
    BaseStep,
    Method,
    PercentRate,
    PerItem,
    Rate,
    ShippingDocument,
    Table,
    Zone,
)
from engine.hunt.aim import Aim, Rung, aim_in


def aims_of_shipping(document: ShippingDocument) -> Iterator[Aim]:
    """Every method in every zone it has a rate for, every row of its tables, refusals and zones."""
    zones = {zone.id: zone for zone in document.zones}
    for method in document.methods:
        for zone_id, rate in method.rates.items():
            reached: Sequence[Zone | None] = [zones[zone_id]] if zone_id else [*document.zones] or [None]
            for zone in reached:
                yield _of_rate(document, method, zone, rate)
            if isinstance(rate, Table):
                yield from _of_rows(document, method, zones.get(zone_id), rate)
    for refusal in document.refusals:
        yield aim_in(document, refusal.id, refusal, conditions=(refusal.when,), window=refusal.window)
    for zone in document.zones:
        yield aim_in(document, zone.id, zone, conditions=(zone.where,), window=zone.window, zone=zone.id)


def _of_rate(document: ShippingDocument, method: Method, zone: Zone | None, rate: Rate) -> Aim:
    free = method.free_from
    rungs = [*_rate_rungs(rate), *([] if free is None else [(free.of, free.amount)])]
    return aim_in(
        document,
        method.id,
        *_says(method, zone),
        rate.policy if isinstance(rate, Table) else rate,
        conditions=_reaching(method, zone),
        window=method.window,
        rungs=tuple(rungs),
        zone="" if zone is None else zone.id,
    )


def _of_rows(document: ShippingDocument, method: Method, zone: Zone | None, table: Table) -> Iterator[Aim]:
    """Each row, in one zone; the rows of tables say themselves where they hold."""
    for row in table.rows:
        over = () if row.step is None or table.by is None else ((table.by, row.step.over + row.step.per),)
        yield aim_in(
            document,
            method.id,
            *_says(method, zone),
            row,
            conditions=(*_reaching(method, zone), row.where),
            window=method.window,
            rungs=over,
            zone="" if zone is None else zone.id,
        )


def _reaching(method: Method, zone: Zone | None) -> tuple[Condition, ...]:
    return (method.when,) if zone is None else (zone.where, method.when)


def _says(method: Method, zone: Zone | None) -> tuple[object, ...]:
    return method.when, method.window, method.free_from, zone


def _rate_rungs(rate: Rate) -> Iterator[Rung]:
    match rate:
        case Bands():
            for band in rate.rows:
                yield from ((rate.by, edge) for edge in (band.low, band.high) if edge is not None)
                if band.step is not None:
                    yield rate.by, band.step.over + band.step.per
        case BaseStep():
            yield rate.by, rate.per
            yield rate.by, 2 * rate.per
            if rate.up_to is not None:
                yield rate.by, rate.up_to
        case PercentRate():
            numerator, denominator = rate.percent
            for bound in (rate.minimum, rate.maximum):
                if bound is not None and numerator:
                    yield rate.of, bound * denominator // numerator
        case PerItem():
            yield "shipment.item_count", 1
            yield "shipment.item_count", 2
        case _:
            return
