"""In which ways can the effect of a promotion or coupon be a little wrong?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

from engine.documents.effects import (
    AmountOff,
    Bundle,
    BundlePart,
    BuyXGetY,
    CheapestFree,
    FixedPrice,
    Gift,
    PercentOff,
    Tier,
    TieredPercent,
)
from engine.mutation.amounts import gone, moved, points, setting, without
from engine.mutation.model import Change
from engine.mutation.said import Said


def effect_changes(effect: Any, said: Said) -> Iterator[Change]:
    """The ways to spoil an effect or a part of one; nothing for anything else."""
    match effect:
        case PercentOff():
            yield from points(effect, "percent", "percent_off")
            yield from _limits(effect, said)
            yield from setting(effect, "basis", ("initial", "remaining"), "basis") if effect.on != "shipping" else ()
        case AmountOff():
            yield from moved(effect, "amount", "amount_off", said)
            yield from _limits(effect, said)
            yield from setting(effect, "per", ("unit", "line"), "per") if effect.on == "lines" else ()
        case FixedPrice():
            yield from moved(effect, "price", "price", said)
            yield from without(effect, "methods", "method", _same(effect, "methods"), least=1)
        case TieredPercent():
            yield from tier_starts(effect, "rows", said)
            yield from moved(effect, "cap", "cap", said)
            yield from gone(effect, "cap", "cap", said)
        case Tier():
            yield from points(effect, "percent", "percent_off")
        case CheapestFree():
            yield from moved(effect, "buy", "buy", said, least=effect.free + 1, money=False)
            yield from moved(effect, "free", "free", said, least=1, most=effect.buy - 1, money=False)
        case BuyXGetY():
            yield from moved(effect, "buy_quantity", "buy", said, least=1, money=False)
            yield from moved(effect, "get_quantity", "get", said, least=1, money=False)
            yield from points(effect, "percent", "percent_off")
        case Bundle():
            yield from moved(effect, "price", "price", said)
            yield from points(effect, "percent", "percent_off")
            yield from moved(effect, "amount", "amount_off", said)
        case BundlePart():
            yield from moved(effect, "quantity", "quantity", said, least=1, money=False)
        case Gift():
            yield from moved(effect, "quantity", "quantity", said, least=1, money=False)


def tier_starts(part: Any, field: str, said: Said) -> Iterator[Change]:
    """Where each tier begins, one unit up and down, as long as the tiers stay in ascending order."""
    rows: tuple[Any, ...] = getattr(part, field)
    fact = getattr(part, "by", "line.quantity")
    for number, row in enumerate(rows):
        for what, start in (("raised", row.start + 1), ("lowered", row.start - 1)):
            changed = (*rows[:number], replace(row, start=start), *rows[number + 1 :])
            if start >= 0 and all(first.start < second.start for first, second in pairwise(changed)):
                old, new = said.value(fact, row.start), said.value(fact, start)
                tells = row.start if start > row.start else start
                yield Change(
                    sort="threshold", what=f"start {number} {what}", part=replace(part, **{field: changed}),
                    said=f"from {old} → {new}", shows=f"at {said.fact(fact)} {said.value(fact, tells)}", span=row.span,
                )  # fmt: skip


def _limits(effect: PercentOff | AmountOff, said: Said) -> Iterator[Change]:
    yield from moved(effect, "cap", "cap", said)
    yield from gone(effect, "cap", "cap", said)
    yield from without(effect, "methods", "method", _same(effect, "methods"), least=1)


def _same(effect: Any, field: str) -> list[Any]:
    return [effect.span] * len(getattr(effect, field))
