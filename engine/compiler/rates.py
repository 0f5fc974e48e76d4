"""Shipping rates as written to rates as run."""

from __future__ import annotations

from typing import assert_never

from engine.boxes.build import boxes_of
from engine.compiler.rule_index import build_rule_index
from engine.documents.conditions import facts_read
from engine.documents.model import Band, Bands, BaseStep, Flat, PercentRate, PerItem, Rate, Step, Table
from engine.runtime.rates import (
    BandsRate,
    BaseStepRate,
    CompiledRate,
    CompiledStep,
    FlatRate,
    PercentOfRate,
    PerItemRate,
    TableRate,
)


def compile_rate(rate: Rate) -> CompiledRate:
    """The runnable rate of one method in one zone."""
    match rate:
        case Flat():
            return FlatRate(rate.price)
        case PerItem():
            return PerItemRate(rate.first, rate.further)
        case Bands():
            return _bands(rate)
        case PercentRate():
            return PercentOfRate(*rate.percent, rate.of, rate.minimum, rate.maximum)
        case BaseStep():
            return BaseStepRate(rate.base, CompiledStep(rate.plus, rate.per, 0), rate.by, rate.up_to)
        case Table():
            return _table(rate)
        case _:
            assert_never(rate)


def _bands(rate: Bands) -> BandsRate:
    cuts, row_of = settle(rate.rows)
    return BandsRate(
        by=rate.by,
        cuts=cuts,
        row_of=row_of,
        prices=tuple(row.price for row in rate.rows),
        steps=tuple(_step(row.step) for row in rate.rows),
    )


def settle(rows: tuple[Band, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Cut the axis where any row begins or ends, and name the first row (document order) of every stretch, or −1.

    `row_of` has one entry more than `cuts`: the stretch below the first cut comes first.
    """
    cuts = sorted({edge for row in rows for edge in (row.low, row.high) if edge is not None})
    row_of = [-1] * (len(cuts) + 1)
    position = {cut: number + 1 for number, cut in enumerate(cuts)}
    for number, row in enumerate(rows):
        first = 0 if row.low is None else position[row.low]
        last = len(cuts) + 1 if row.high is None else position[row.high]
        for stretch in range(first, last):
            if row_of[stretch] < 0:
                row_of[stretch] = number
    return tuple(cuts), tuple(row_of)


def _step(step: Step | None) -> CompiledStep | None:
    return None if step is None else CompiledStep(step.plus, step.per, step.over)


def _table(rate: Table) -> TableRate:
    return TableRate(
        index=build_rule_index([boxes_of(row.where) for row in rate.rows]),
        by=rate.by,
        prices=tuple(row.price for row in rate.rows),
        steps=tuple(_step(row.step) for row in rate.rows),
        facts=tuple(dict.fromkeys(fact for row in rate.rows for fact in facts_read(row.where))),
        days=tuple(row.days for row in rate.rows) if any(row.days for row in rate.rows) else (),
    )
