"""Effects as written to effects as run: line conditions become selection numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from engine.compiler.conditions import SelectionTable
from engine.documents.conditions import Condition
from engine.documents.effects import (
    AmountOff,
    Bundle,
    BuyXGetY,
    CheapestFree,
    Effect,
    FixedPrice,
    Gift,
    PercentOff,
    TieredPercent,
)
from engine.runtime.effects.delivery import GiftEffect, ShippingEffect
from engine.runtime.effects.groups import BundleEffect, BuyXGetYEffect, CheapestFreeEffect
from engine.runtime.effects.lines import LineAmount, LinePercent, LinePrice, LineTiers, Tiers
from engine.runtime.effects.order import OrderAmount, OrderPercent, OrderTiers
from engine.runtime.effects.tax_basis import TaxBasis
from engine.runtime.promotion_program import CompiledEffect

Number = Callable[[Condition], int]


def compile_effect(effect: Effect, table: SelectionTable) -> CompiledEffect:
    """The runnable effect; every line condition in it is entered in the table of selections."""
    number = table.number
    match effect:
        case PercentOff():
            return _percent(effect, number)
        case AmountOff():
            return _amount(effect, number)
        case FixedPrice():
            if effect.on == "shipping":
                return ShippingEffect(frozenset(effect.methods), price=effect.price)
            return LinePrice(number(effect.where), effect.price)
        case TieredPercent():
            return _tiered(effect, number)
        case CheapestFree():
            return CheapestFreeEffect(number(effect.where), effect.buy, effect.free)
        case BuyXGetY():
            return BuyXGetYEffect(
                number(effect.buy_where),
                number(effect.get_where),
                effect.buy_quantity,
                effect.get_quantity,
                *effect.percent,
            )
        case Bundle():
            parts = tuple((number(part.where), part.quantity) for part in effect.parts)
            return BundleEffect(parts[0][0], parts, effect.price, effect.amount, effect.percent)
        case Gift():
            return GiftEffect(effect.sku, effect.quantity)
        case _:
            assert_never(effect)


def _percent(effect: PercentOff, number: Number) -> CompiledEffect:
    initial = effect.basis == "initial"
    if effect.on == "shipping":
        return ShippingEffect(frozenset(effect.methods), ratio=effect.percent, initial=initial)
    kind = OrderPercent if effect.on == "order" else LinePercent
    return kind(number(effect.where), *effect.percent, initial)


def _amount(effect: AmountOff, number: Number) -> CompiledEffect:
    if effect.on == "shipping":
        return ShippingEffect(frozenset(effect.methods), amount=effect.amount)
    basis = TaxBasis(effect.tax)
    if effect.on == "order" or effect.per == "order":
        return OrderAmount(number(effect.where), effect.amount, basis)
    return LineAmount(number(effect.where), effect.amount, effect.per == "unit", basis)


def _tiered(effect: TieredPercent, number: Number) -> CompiledEffect:
    rows = sorted(effect.rows, key=lambda row: row.start)
    tiers = Tiers(effect.by, tuple(row.start for row in rows), tuple(row.percent for row in rows))
    initial = effect.basis == "initial"
    if effect.on == "shipping":
        return ShippingEffect(frozenset(), tiers=tiers, initial=initial)
    kind = OrderTiers if effect.on == "order" else LineTiers
    return kind(number(effect.where), tiers, initial)
