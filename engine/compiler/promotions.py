"""Promotions and coupons, compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.boxes.box import Box
from engine.boxes.build import conjunction
from engine.compiler.conditions import (
    SelectionTable,
    index_rules,
    origin,
    reads_calendar,
    rule_boxes,
    set_facts,
    tax_sums,
)
from engine.compiler.effects import compile_effect
from engine.compiler.nearness import near_rules
from engine.documents.conditions import facts_read
from engine.documents.effects import Effect, TieredPercent, cap_of, line_condition, line_conditions
from engine.documents.model import (
    Coupon,
    CouponsDocument,
    Lane,
    LaneStage,
    Limits,
    Promotion,
    PromotionsDocument,
)
from engine.runtime.arithmetic import ROUNDERS
from engine.runtime.coupons import CompiledCoupon, CouponsProgram
from engine.runtime.effects.delivery import ShippingEffect
from engine.runtime.effects.lines import LineAmount, LinePercent, LinePrice, LineTiers
from engine.runtime.effects.order import OrderTiers
from engine.runtime.promotion_program import CompiledEffect, CompiledLane, CompiledPromotion, PromotionsProgram
from engine.runtime.selection import ALL_LINES

_BY_LINE = LinePercent | LineAmount | LinePrice | LineTiers


def compile_promotions(document: PromotionsDocument) -> PromotionsProgram:
    """Lanes with one index each; selections shared by all lanes."""
    table = SelectionTable(document.aggregates)
    boxes = {rule.id: rule_boxes(rule.window, rule.when) for rule in document.rules}
    lanes: dict[LaneStage, list[CompiledLane]] = {}
    for lane in document.lanes:
        lanes.setdefault(lane.stage, []).append(_lane(document, lane, boxes, table))
    conditions = [rule.when for rule in document.rules]
    near = near_rules(document, boxes, table)
    return PromotionsProgram(
        hash=document.head.hash,
        rounder=ROUNDERS[document.head.rounding],
        timezone=document.head.timezone,
        reads_calendar=reads_calendar(conditions),
        tax_sums=tax_sums(_facts_read(document)),
        selections=table.finish(),
        set_facts=set_facts(conditions),
        near=near,
        lanes={stage: tuple(found) for stage, found in lanes.items()},
    )


def _facts_read(document: PromotionsDocument) -> Iterator[str]:
    for rule in document.rules:
        yield from facts_read(rule.when)
        if isinstance(rule.then, TieredPercent):
            yield rule.then.by


def _lane(
    document: PromotionsDocument, lane: Lane, boxes: Mapping[str, Sequence[Box]], table: SelectionTable
) -> CompiledLane:
    rules = sorted(
        (rule for rule in document.rules if rule.lane == lane.id), key=lambda rule: (-rule.priority, rule.id)
    )
    compiled = tuple(_promotion(document, rule, table) for rule in rules)
    anywhere = 0
    needing: dict[int, int] = {}
    for bit, rule in enumerate(compiled):
        if rule.selection == ALL_LINES:
            anywhere |= 1 << bit
        else:
            needing[rule.selection] = needing.get(rule.selection, 0) | 1 << bit
    index = index_rules(document, [boxes[rule.id] for rule in rules])
    reads_offer = any(fact.startswith("shipping.") for rule in rules for fact in facts_read(rule.when))
    return CompiledLane(lane.id, lane.pick, lane.stage, compiled, index, reads_offer, anywhere, needing)


def _promotion(document: PromotionsDocument, rule: Promotion, table: SelectionTable) -> CompiledPromotion:
    effect = compile_effect(rule.then, table)
    return CompiledPromotion(
        id=rule.id,
        lane=rule.lane,
        priority=rule.priority,
        effect=effect,
        by_line=_is_by_line(effect, rule.then, rule.limits),
        cap=cap_of(rule.then),
        limits=rule.limits,
        exclusive_with=frozenset(rule.exclusive_with),
        origin=origin(document, rule.id, rule.span, rule.when, line_condition(rule.then)),
        counted=(rule.limits.total, rule.limits.per_customer, rule.limits.budget) != (None, None, None),
    )


def _is_by_line(effect: CompiledEffect, written: Effect, limits: Limits) -> bool:
    unbounded = cap_of(written) is None and limits.budget is None and limits.per_order is None
    return isinstance(effect, _BY_LINE) and unbounded


# coupons -------------------------------------------------------------------------------------------------------


def compile_coupons(document: CouponsDocument) -> CouponsProgram:
    """Coupons by code and by campaign; a cart has one or few codes, so nothing else is indexed."""
    compiled = [_coupon(document, coupon) for coupon in document.coupons]
    return CouponsProgram(
        hash=document.head.hash,
        rounder=ROUNDERS[document.head.rounding],
        timezone=document.head.timezone,
        reads_calendar=reads_calendar(coupon.when for coupon in document.coupons),
        stacking=document.stacking,
        by_code={code: each for each in compiled for code in each.coupon.codes},
        by_campaign={each.coupon.campaign: each for each in compiled if each.coupon.campaign is not None},
    )


def _coupon(document: CouponsDocument, coupon: Coupon) -> CompiledCoupon:
    table = SelectionTable({})
    effect = compile_effect(coupon.then, table)
    rule = CompiledPromotion(
        id=coupon.id,
        lane="coupons",
        priority=coupon.priority,
        effect=effect,
        by_line=False,
        cap=cap_of(coupon.then),
        limits=Limits(per_order=coupon.limits.per_order, budget=coupon.limits.budget),
        exclusive_with=frozenset(coupon.exclusive_with),
        origin=origin(document, coupon.id, coupon.span, coupon.when, line_condition(coupon.then)),
        counted=False,  # uses of a code are counted with the code, not with the rule
    )
    read = set(facts_read(coupon.when))
    selections = {table.number(condition): condition for condition in line_conditions(coupon.then)}
    return CompiledCoupon(
        rule=rule,
        coupon=coupon,
        when=coupon.when,
        index=index_rules(document, [conjunction(coupon.when)]),
        set_facts=set_facts([coupon.when]),
        selections=tuple(selections.get(number) for number in range(max(selections, default=0) + 1)),
        aggregates=tuple(
            aggregate for axis, aggregate in document.aggregates.items() if axis in read | _tier_axis(effect)
        ),
    )


def _tier_axis(effect: CompiledEffect) -> set[str]:
    tiers = effect.tiers if isinstance(effect, LineTiers | OrderTiers | ShippingEffect) else None
    return set() if tiers is None else {tiers.by}
