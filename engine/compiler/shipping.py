"""Shipping, compiled."""

from __future__ import annotations

from collections.abc import Iterator

from engine.compiler.conditions import (
    SelectionTable,
    compile_refusal,
    index_rules,
    origin,
    reads_calendar,
    rule_boxes,
    set_facts,
    tax_sums,
)
from engine.compiler.rates import compile_rate
from engine.documents.conditions import ALWAYS, Condition, facts_read
from engine.documents.model import ALWAYS_OPEN, Bands, BaseStep, FreeFrom, Method, PercentRate, ShippingDocument, Table
from engine.runtime.arithmetic import ROUNDERS
from engine.runtime.shipping_program import CompiledFreeFrom, CompiledMethod, ShippingProgram


def compile_shipping(document: ShippingDocument) -> ShippingProgram:
    """Zones, methods and refusals behind one index each."""
    conditions = list(_conditions(document))
    table = SelectionTable(document.aggregates)
    return ShippingProgram(
        hash=document.head.hash,
        rounder=ROUNDERS[document.head.rounding],
        timezone=document.head.timezone,
        reads_calendar=reads_calendar(conditions),
        tax_sums=tax_sums(_facts_read(document)),
        several_zones=document.policy == "all",
        zones=tuple(zone.id for zone in document.zones),
        zone_conditions=tuple(zone.where for zone in document.zones),
        zone_index=index_rules(document, [rule_boxes(zone.window, zone.where) for zone in document.zones]),
        methods=tuple(_method(document, method) for method in document.methods),
        method_index=index_rules(document, [rule_boxes(method.window, method.when) for method in document.methods]),
        refusals=tuple(compile_refusal(document, refusal) for refusal in document.refusals),
        refusal_index=index_rules(
            document, [rule_boxes(refusal.window, refusal.when) for refusal in document.refusals]
        ),
        selections=table.finish(),
        set_facts=set_facts(conditions),
        by_seller=document.shipments == "seller",
        choose=document.choose,
        volumetric_divisor=document.volumetric_divisor,
        unconditional=all(method.when == ALWAYS and method.window == ALWAYS_OPEN for method in document.methods),
        origin=origin(document, "", document.head.span),
    )


def _method(document: ShippingDocument, method: Method) -> CompiledMethod:
    return CompiledMethod(
        id=method.id,
        name=dict(method.name),
        rates={zone: compile_rate(rate) for zone, rate in method.rates.items()},
        free_from=None if method.free_from is None else _free_from(document, method, method.free_from),
        days=dict(method.days),
        when=method.when,
        window=(method.window.start, method.window.end),
        origin=origin(document, method.id, method.span, method.when),
    )


def _free_from(document: ShippingDocument, method: Method, free: FreeFrom) -> CompiledFreeFrom:
    place = origin(document, f"{method.id}.free_from", free.span)
    return CompiledFreeFrom(free.amount, free.of, frozenset(free.zones), place)


def _conditions(document: ShippingDocument) -> Iterator[Condition]:
    yield from (zone.where for zone in document.zones)
    yield from (method.when for method in document.methods)
    yield from (refusal.when for refusal in document.refusals)


def _facts_read(document: ShippingDocument) -> Iterator[str]:
    for condition in _conditions(document):
        yield from facts_read(condition)
    for method in document.methods:
        if method.free_from is not None:
            yield method.free_from.of
        for rate in method.rates.values():
            if isinstance(rate, Bands | BaseStep):
                yield rate.by
            elif isinstance(rate, PercentRate):
                yield rate.of
            elif isinstance(rate, Table):
                yield rate.by or ""
                yield from (fact for row in rate.rows for fact in facts_read(row.where))
