"""Which lines would become cheaper by the piece with a few more pieces?"""

from __future__ import annotations

from collections.abc import Iterator

from engine.runtime.decision import Decision, LineResult
from engine.runtime.goal import Goal
from engine.runtime.index import iter_bits
from engine.runtime.nearness import Reach
from engine.runtime.pricing import CompiledPrice, PricingProgram
from engine.runtime.reasons import with_calendar
from engine.runtime.selection import touched_members
from engine.runtime.ways import Way, Ways


def price_goals(program: PricingProgram, ways: Ways, reach: Reach) -> Iterator[Goal]:
    """The next tier within reach of each line and rule that makes its unit price lower than it is now."""
    holding = program.tiered and program.tiered & _holding(program, ways)
    if not holding:
        return
    for selection, positions in ways.members(program.selections).items():
        for bit in iter_bits(program.rules_of_selection.get(selection, 0) & holding):
            for position in positions:
                yield from _next_tier(program, program.rules[bit], position, ways, reach)


def _holding(program: PricingProgram, ways: Ways) -> int:
    """The rules whose conditions on the cart hold, as a mask."""
    decision = ways.decision
    values = with_calendar(decision.facts, decision.now, program.timezone, program.reads_calendar)
    touched = ways.sums(program.selections)
    if program.set_facts:
        values = dict(values)
        touched |= touched_members(program.set_facts, decision.sets, values)
    return program.index.match(values, touched)


def _next_tier(program: PricingProgram, rule: CompiledPrice, position: int, ways: Ways, reach: Reach) -> Iterator[Goal]:
    line, now = ways.cart.lines[position], ways.decision.lines[position]
    for start in rule.tier_starts:
        if not 0 < start - line.quantity <= reach.units:
            continue
        price = rule.unit_price(line.list_price, start, line.facts, program.rounder)
        if price is not None and price < now.unit_price:
            yield _goal(rule, now, start - line.quantity, ways.of_line(position))
            return


def _goal(rule: CompiledPrice, now: LineResult, units: int, way: Way) -> Goal:
    def unit_price(later: Decision) -> int:
        return _line(later, now.id).unit_price

    return Goal(
        kind="tier",
        rule=rule.id,
        at=rule.origin.at,
        money=0,
        units=units,
        reached=lambda later: unit_price(later) < now.unit_price,
        saved=lambda later: (now.unit_price - unit_price(later)) * _line(later, now.id).quantity,
        ways=(way,),
        line=now.id,
    )


def _line(decision: Decision, line: str) -> LineResult:
    return next(each for each in decision.lines if each.id == line)
