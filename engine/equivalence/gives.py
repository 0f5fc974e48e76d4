"""What does a rule give, as a value that is equal exactly where two rules give the same?

Places, messages and names do not count; conditions on lines are numbers, so that equal ones are equal however they
are written; a table of tiers is one clause for each tier.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Final

from engine.boxes.values import ValueSet
from engine.documents.conditions import All, AnyOf, Not, Test
from engine.documents.effects import (
    AmountOff,
    CheapestFree,
    Effect,
    FixedPrice,
    Gift,
    PercentOff,
    TieredPercent,
)
from engine.documents.model import Promotion
from engine.equivalence.algebra import Wheres
from engine.money.rounding import Rounding
from engine.text.source import Span

_CONDITION: Final = (Test, All, AnyOf, Not)


@dataclass(frozen=True, slots=True)
class Part:
    """An effect, where it gives that depends on a fact: only for `values` of `by`; "" is everywhere."""

    effect: Effect
    by: str = ""
    values: ValueSet = field(default_factory=ValueSet.anything)


def parts_of(effect: Effect) -> Iterator[Part]:
    """The effect, each tier of a tiered one by itself; nothing for what never gives anything."""
    if isinstance(effect, TieredPercent):
        rows = sorted(effect.rows, key=lambda row: row.start)
        ends = [row.start for row in rows[1:]]
        for row, end in zip(rows, [*ends, None], strict=True):
            flat = PercentOff(
                percent=row.percent,
                on=effect.on,
                where=effect.where,
                basis=effect.basis,
                cap=effect.cap,
                span=row.span,
            )
            if gives_something(flat):
                yield Part(flat, effect.by, ValueSet.interval(row.start, end))
    elif gives_something(effect):
        yield Part(effect)


def gives_something(effect: Effect) -> bool:
    """Whether there is a cart for which the effect gives more than nothing."""
    if isinstance(effect, PercentOff):
        return effect.percent[0] > 0 and effect.cap != 0
    if isinstance(effect, AmountOff):
        return effect.amount > 0 and effect.cap != 0
    return True


def given(effect: Effect, wheres: Wheres, rounding: Rounding, *, by_line: bool = False) -> Hashable:
    """The effect as a value; with `by_line` without its condition on lines, which is then in the boxes."""
    if by_line and isinstance(effect, PercentOff | AmountOff | FixedPrice):
        effect = replace(effect, where=All(()))
    said = _said(effect, wheres)
    return (said, rounding) if _rounds(effect) else said


def acts_by_line(rule: Promotion) -> bool:
    """Whether the rule treats each line by itself, with no bound over all of them."""
    effect, limits = rule.then, rule.limits
    if getattr(effect, "cap", None) is not None or limits.budget is not None or limits.per_order is not None:
        return False
    if getattr(effect, "on", "") != "lines":
        return False
    return not (isinstance(effect, AmountOff) and effect.per == "order")


def _rounds(effect: Effect) -> bool:
    match effect:
        case FixedPrice() | CheapestFree() | Gift():
            return False
        case AmountOff():
            return effect.tax is not None
        case _:
            return True


def _said(value: object, wheres: Wheres) -> Hashable:
    if isinstance(value, _CONDITION):
        return ("where", wheres.number(value))
    if isinstance(value, Span):
        return None
    if is_dataclass(value):
        names = (each.name for each in fields(value))
        return (type(value).__name__, *(_said(getattr(value, name), wheres) for name in names))
    if isinstance(value, tuple):
        return tuple(_said(item, wheres) for item in value)
    assert isinstance(value, Hashable)
    return value
