"""Promotions: lanes in order; inside a lane, which rules are candidates.

Candidates come from an index, never from a scan, so the cost of a cart does not grow with the number of rules.
"""

from __future__ import annotations

from typing import Literal

from engine.runtime.index import iter_bits
from engine.runtime.lanes import pick
from engine.runtime.promotion_program import CompiledLane, CompiledPromotion, Context, PromotionsProgram
from engine.runtime.working import Working


def run_lanes(program: PromotionsProgram, stage: Literal["lines", "order"], work: Working, context: Context) -> None:
    """Apply the lanes of one stage: changes `work.amount`, posts every saving by line."""
    for lane in program.lanes.get(stage, ()):
        candidates = live_candidates(lane, work, context)
        if candidates:
            pick(lane, candidates, work, context.selected, program.rounder)


def live_candidates(lane: CompiledLane, work: Working, context: Context) -> list[CompiledPromotion]:
    """The rules of the lane whose conditions hold, that have a line to act on and whose limits leave something."""
    live = lane.anywhere
    needing = lane.needing
    for selection in context.selected.members:
        live |= needing.get(selection, 0)
    if not live:
        return []
    mask = lane.index.match(context.values, context.touched) & live
    if not mask:
        return []
    candidates = [lane.rules[bit] for bit in iter_bits(mask)]
    return [rule for rule in candidates if not rule.counted or _within_limits(rule, work)]


def _within_limits(rule: CompiledPromotion, work: Working) -> bool:
    limits = rule.limits
    usage = work.usage(rule.id)
    if limits.total is not None and usage.total >= limits.total:
        work.skip(rule.id, "limit_total", {"limit": str(limits.total)})
    elif limits.per_customer is not None and usage.customer is None:
        work.skip(rule.id, "fact_missing", {"fact": "customer.id"})
    elif limits.per_customer is not None and usage.customer is not None and usage.customer >= limits.per_customer:
        work.skip(rule.id, "limit_customer", {"limit": str(limits.per_customer)})
    elif limits.budget is not None and usage.spent >= limits.budget:
        work.skip(rule.id, "budget")
    else:
        return True
    return False
