"""What a promotion or coupon gives: one small value per effect, shared by both kinds.

Percentages are exact reduced ratios `(numerator, denominator)`, so 12.5 % is `(1, 8)`. Money is in minor units of
the currency the document was read for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.documents.conditions import ALWAYS, Condition
from engine.text.source import Span

Ratio = tuple[int, int]
Target = Literal["lines", "order", "shipping"]
Basis = Literal["initial", "remaining"]
Per = Literal["unit", "line", "order"]
TaxMode = Literal["included", "excluded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentOff:
    """A percentage off what `basis` names: the price after pricing (`initial`) or what is left of it (`remaining`).

    `on: order` takes the percentage of the sum of the selected lines, rounds once, and shares it over them;
    `on: lines` rounds line by line. `cap` bounds the whole discount of the rule in one cart. `methods` limits a
    shipping discount to those methods; empty means all.
    """

    percent: Ratio
    on: Target
    where: Condition = ALWAYS
    basis: Basis = "remaining"
    cap: int | None = None
    methods: tuple[str, ...] = ()
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountOff:
    """A fixed amount off each unit, each line, the order or shipping; never more than what is left there.

    `tax` says whether the amount is meant with or without tax when that differs from the prices of the store;
    None takes it as the prices are.
    """

    amount: int
    on: Target
    where: Condition = ALWAYS
    per: Per = "order"
    tax: TaxMode | None = None
    cap: int | None = None
    methods: tuple[str, ...] = ()
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedPrice:
    """The unit price (or the shipping price) becomes `price` where it is higher; never raises a price."""

    price: int
    on: Literal["lines", "shipping"]
    where: Condition = ALWAYS
    methods: tuple[str, ...] = ()
    span: Span


@dataclass(frozen=True, slots=True)
class Tier:
    """From `start` (included) of the measured fact on, `percent` off."""

    start: int
    percent: Ratio
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class TieredPercent:
    """A percentage that depends on an ordered fact (`by`): the row with the greatest `start` not above its value.

    Rows are in ascending order of `start`. Below the first row the effect gives nothing.
    """

    by: str
    rows: tuple[Tier, ...]
    on: Target
    where: Condition = ALWAYS
    basis: Basis = "remaining"
    cap: int | None = None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class CheapestFree:
    """Of every `buy` selected units the `free` cheapest cost nothing: 3 for 2 is buy 3, free 1.

    Units are sorted by unit price; over the whole cart the cheapest qualifying units are the free ones.
    """

    buy: int
    free: int
    where: Condition = ALWAYS
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyXGetY:
    """For every `buy_quantity` units of one selection, `get_quantity` units of another at `percent` off.

    A unit bought is never also a unit got. The dearest units are taken as bought, the cheapest as got.
    """

    buy_where: Condition
    buy_quantity: int
    get_where: Condition
    get_quantity: int
    percent: Ratio
    span: Span


@dataclass(frozen=True, slots=True)
class BundlePart:
    """`quantity` units of one selection inside a bundle."""

    where: Condition
    quantity: int
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Any units that fill all parts together cost `price`, or get `percent` or `amount` off; exactly one is set."""

    parts: tuple[BundlePart, ...]
    price: int | None = None
    percent: Ratio | None = None
    amount: int | None = None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """Adds `quantity` units of `sku` to the order at price zero; the shop resolves the SKU and its stock."""

    sku: str
    quantity: int
    span: Span


Effect = PercentOff | AmountOff | FixedPrice | TieredPercent | CheapestFree | BuyXGetY | Bundle | Gift


def cap_of(effect: Effect) -> int | None:
    """The bound on the whole discount of the rule, where the effect can carry one."""
    return effect.cap if isinstance(effect, PercentOff | AmountOff | TieredPercent) else None


def line_condition(effect: Effect) -> Condition:
    """The condition on lines that says what the effect is about."""
    match effect:
        case BuyXGetY():
            return effect.buy_where
        case Bundle():
            return effect.parts[0].where
        case Gift():
            return ALWAYS
        case _:
            return effect.where


def line_conditions(effect: Effect) -> tuple[Condition, ...]:
    """All conditions on lines the effect has, in document order; without those that take every line."""
    match effect:
        case BuyXGetY():
            found = [effect.buy_where, effect.get_where]
        case Bundle():
            found = [part.where for part in effect.parts]
        case Gift():
            found = []
        case _:
            found = [effect.where]
    return tuple(condition for condition in found if condition != ALWAYS)


def units_of(effect: Effect) -> tuple[tuple[Condition, int], ...]:
    """The units an effect acts on: a condition on lines and how many units that satisfy it."""
    match effect:
        case CheapestFree():
            return ((effect.where, effect.buy),)
        case BuyXGetY():
            return ((effect.buy_where, effect.buy_quantity), (effect.get_where, effect.get_quantity))
        case Bundle():
            return tuple((part.where, part.quantity) for part in effect.parts)
        case Gift():
            return ()
        case _:
            return ((effect.where, 1),)
