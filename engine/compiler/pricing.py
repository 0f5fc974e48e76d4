"""Pricing, compiled."""

from __future__ import annotations

from engine.compiler.conditions import (
    SelectionTable,
    index_rules,
    origin,
    reads_calendar,
    rule_boxes,
    set_facts,
)
from engine.documents.model import PriceRule, PricingDocument
from engine.runtime.arithmetic import ROUNDERS
from engine.runtime.pricing import CompiledPrice, Guard, PricingProgram


def compile_pricing(document: PricingDocument) -> PricingProgram:
    """Rules in order of precedence, with one index for the cart side and selections for the line side."""
    rules = sorted(document.rules, key=lambda rule: (-rule.priority, rule.id))
    table = SelectionTable(document.aggregates)
    rules_of_selection: dict[int, int] = {}
    for bit, rule in enumerate(rules):
        number = table.number(rule.where)
        rules_of_selection[number] = rules_of_selection.get(number, 0) | 1 << bit
    conditions = [rule.when for rule in rules]
    return PricingProgram(
        hash=document.head.hash,
        rounder=ROUNDERS[document.head.rounding],
        timezone=document.head.timezone,
        reads_calendar=reads_calendar(conditions),
        pick=document.pick,
        rules=tuple(_rule(document, rule) for rule in rules),
        index=index_rules(document, [rule_boxes(rule.window, rule.when) for rule in rules]),
        selections=table.finish(),
        set_facts=set_facts(conditions),
        rules_of_selection=rules_of_selection,
        tiered=sum(1 << bit for bit, rule in enumerate(rules) if rule.tiers),
        guard=_guard(document),
    )


def _rule(document: PricingDocument, rule: PriceRule) -> CompiledPrice:
    tiers = sorted(rule.tiers, key=lambda tier: tier.start)
    return CompiledPrice(
        id=rule.id,
        price=rule.price,
        ratio=rule.percent,
        amount=rule.amount,
        fact=rule.fact,
        tier_starts=tuple(tier.start for tier in tiers),
        tiers=tuple((tier.price, tier.percent) for tier in tiers),
        marks_sale=rule.marks_sale,
        origin=origin(document, rule.id, rule.span, rule.when, rule.where),
    )


def _guard(document: PricingDocument) -> Guard | None:
    rails = document.guard
    if rails.never_below is None and rails.never_below_fact is None and rails.max_change is None:
        return None
    return Guard(
        never_below=rails.never_below,
        fact=rails.never_below_fact,
        plus=rails.never_below_plus,
        max_change=rails.max_change,
        origin=origin(document, "guard", rails.span or document.head.span),
    )
