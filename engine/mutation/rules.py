"""In which ways can a rule of a checkout be a little wrong, besides its condition and its effect?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from engine.documents.model import (
    ALWAYS_OPEN,
    Coupon,
    Limits,
    Method,
    MinimumOrder,
    PriceRule,
    PriceTier,
    Promotion,
    Refusal,
    TaxRate,
)
from engine.mutation.amounts import gone, moved, points, setting, window, without
from engine.mutation.effects import tier_starts
from engine.mutation.model import Change
from engine.mutation.said import Said


def rule_changes(rule: Any, said: Said) -> Iterator[Change]:
    """The ways to spoil a rule; nothing for anything else."""
    if getattr(rule, "window", ALWAYS_OPEN) != ALWAYS_OPEN:
        yield from window(rule, said)
    match rule:
        case Promotion():
            yield from _limits(rule, said)
            yield from without(rule, "exclusive_with", "exclusive_with", [rule.span] * len(rule.exclusive_with))
        case Coupon():
            yield from _limits(rule, said)
            yield from without(rule, "exclusive_with", "exclusive_with", [rule.span] * len(rule.exclusive_with))
            yield from setting(rule, "user_bound", (not rule.user_bound,), "user_bound")
            yield from setting(rule, "first_order_only", (not rule.first_order_only,), "first_order_only")
            yield from without(rule, "codes", "code", [rule.span] * len(rule.codes), least=1)
        case PriceRule():
            yield from moved(rule, "price", "price", said)
            yield from points(rule, "percent", "percent_off")
            yield from moved(rule, "amount", "amount_off", said)
            yield from setting(rule, "marks_sale", (not rule.marks_sale,), "marks_sale")
            yield from tier_starts(rule, "tiers", said)
        case PriceTier():
            yield from moved(rule, "price", "price", said)
            yield from points(rule, "percent", "percent_off")
        case TaxRate():
            yield from points(rule, "percent", "percent")
        case Refusal():
            yield from without(rule, "methods", "method", [rule.span] * len(rule.methods), least=1)
        case MinimumOrder():
            yield from moved(rule, "amount", "minimum_order", said)
        case Method():
            if rule.free_from is not None:
                words = f"free_from {said.money(rule.free_from.amount)}"
                yield Change(
                    sort="removed", what="free_from", part=replace(rule, free_from=None), said=f"{words} removed",
                    shows=f"with {words}", span=rule.free_from.span,
                )  # fmt: skip


_COUNTS = {"per_order": False, "per_customer": False, "total": False, "per_code": False, "budget": True}


def _limits(rule: Promotion | Coupon, said: Said) -> Iterator[Change]:
    for field, money in _COUNTS.items():
        least = 0 if money else 1
        for change in (
            *moved(rule.limits, field, field, said, least=least, money=money),
            *gone(rule.limits, field, field, said, money=money),
        ):
            assert isinstance(change.part, Limits)
            yield replace(change, part=replace(rule, limits=change.part))
