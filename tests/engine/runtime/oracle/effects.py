"""What one promotion or coupon would take off the lines now: effect, per-order limit, cap and budget."""

from __future__ import annotations

from collections.abc import Callable, Collection
from fractions import Fraction

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
    cap_of,
)
from tests.engine.runtime.oracle.arithmetic import percent_of, rounded, shared_out
from tests.engine.runtime.oracle.state import Checkout, Facts, lines_where
from tests.engine.runtime.oracle.units import NOTHING, Offer, bundle, buy_x_get_y, cheapest_free

RateOf = Callable[[int], Fraction | None]
"""The tax rate of a line by its number; None when no rate is known."""


class Prices:
    """How prices are entered, which matters to amounts meant the other way round."""

    def __init__(self, prices: str | None, rate_of: RateOf) -> None:
        self.prices = prices
        self.rate_of = rate_of

    def factor(self, line: int, meant: str | None) -> Fraction:
        """What one unit of an amount meant with (or without) tax is worth in the prices of the line."""
        rate = self.rate_of(line)
        if meant is None or self.prices is None or meant == self.prices or rate is None:
            return Fraction(1)
        return 1 + rate if self.prices == "included" else 1 / (1 + rate)


def offer_of(
    effect: Effect,
    checkout: Checkout,
    facts: Facts,
    prices: Prices,
    mode: str,
    *,
    free: Collection[int],
    most: int | None = None,
    budget_left: int | None = None,
) -> Offer:
    """The savings by line on the lines in `free`."""
    bounds = [bound for bound in (cap_of(effect), budget_left) if bound is not None]
    bound = min(bounds) if bounds else None
    if _is_on_order(effect):
        return _off_order(effect, checkout, facts, prices, mode, free, bound)
    offer = _unbounded(effect, checkout, facts, prices, mode, free, most)
    if bound is None or offer.total <= bound:
        return offer
    parts = shared_out(bound, list(offer.savings.values()))
    return Offer({line: part for line, part in zip(offer.savings, parts, strict=True) if part}, offer.units)


def is_line_by_line(effect: Effect, budget: int | None, most: int | None) -> bool:
    """Whether lines are independent of each other, so that a best lane may choose for each line."""
    if isinstance(effect, Gift | CheapestFree | BuyXGetY | Bundle) or _is_on_order(effect):
        return False
    return cap_of(effect) is None and budget is None and most is None


def _is_on_order(effect: Effect) -> bool:
    if isinstance(effect, PercentOff | TieredPercent):
        return effect.on == "order"
    return isinstance(effect, AmountOff) and (effect.on == "order" or effect.per == "order")


def _unbounded(
    effect: Effect,
    checkout: Checkout,
    facts: Facts,
    prices: Prices,
    mode: str,
    free: Collection[int],
    most: int | None,
) -> Offer:
    match effect:
        case CheapestFree():
            return cheapest_free(effect, checkout, free, most)
        case BuyXGetY():
            return buy_x_get_y(effect, checkout, free, most, mode)
        case Bundle():
            return bundle(effect, checkout, free, most, mode)
        case Gift():
            return NOTHING
    lines = [line for line in lines_where(effect.where, checkout) if line in free]
    savings = {line: _off_line(effect, checkout, facts, prices, mode, line) for line in lines}
    savings = {line: saving for line, saving in savings.items() if saving > 0}
    return Offer(savings if most is None else _of_dearest_units(checkout, savings, most), {})


def _off_order(
    effect: Effect,
    checkout: Checkout,
    facts: Facts,
    prices: Prices,
    mode: str,
    free: Collection[int],
    bound: int | None,
) -> Offer:
    """One amount for all lines, rounded once, within bounds and what is left, then shared by what lines have left.

    An amount meant the other way round is shared first, exactly, and every part converted at the rate of its line.
    """
    assert isinstance(effect, PercentOff | AmountOff | TieredPercent)
    lines = [line for line in lines_where(effect.where, checkout) if line in free]
    left = [Fraction(checkout.room(line)) for line in lines]
    if not sum(left):
        return NOTHING
    weights = left
    if isinstance(effect, AmountOff):
        weights = [room * prices.factor(line, effect.tax) for line, room in zip(lines, left, strict=True)]
        wanted = rounded(effect.amount * sum(weights) / sum(left), mode)
    else:
        ratio = tier_ratio(effect, facts) if isinstance(effect, TieredPercent) else effect.percent
        base = sum((checkout.paid if effect.basis == "initial" else checkout.left)[line] for line in lines)
        wanted = 0 if ratio is None else percent_of(base, ratio, mode)
    total = min(wanted, int(sum(left)), wanted if bound is None else bound)
    parts = shared_out(total, weights)
    savings = {line: min(part, int(room)) for line, part, room in zip(lines, parts, left, strict=True)}
    return Offer({line: saving for line, saving in savings.items() if saving}, {})


def tier_ratio(effect: TieredPercent, facts: Facts) -> tuple[int, int] | None:
    """The last row that has started."""
    value = facts.get(effect.by)
    reached = [row for row in effect.rows if isinstance(value, int) and row.start <= value]
    return max(reached, key=lambda row: row.start).percent if reached else None


def _off_line(effect: Effect, checkout: Checkout, facts: Facts, prices: Prices, mode: str, line: int) -> int:
    quantity = checkout.cart.lines[line].quantity
    match effect:
        case PercentOff() | TieredPercent():
            ratio = tier_ratio(effect, facts) if isinstance(effect, TieredPercent) else effect.percent
            base = (checkout.paid if effect.basis == "initial" else checkout.left)[line]
            wanted = 0 if ratio is None else percent_of(base, ratio, mode)
        case AmountOff():
            amount = effect.amount * (quantity if effect.per == "unit" else 1)
            wanted = rounded(amount * prices.factor(line, effect.tax), mode)
        case FixedPrice():
            wanted = checkout.left[line] - effect.price * quantity
        case _:
            raise AssertionError(effect)
    return max(0, min(wanted, checkout.room(line)))


def _of_dearest_units(checkout: Checkout, savings: dict[int, int], most: int) -> dict[int, int]:
    """Only so many units get the discount: the dearest, and of a line those that got its odd cents first."""
    units = [
        (-checkout.unit[line], line, number, share)
        for line, saving in savings.items()
        for number, share in enumerate(shared_out(saving, [1] * checkout.cart.lines[line].quantity))
    ]
    limited: dict[int, int] = {}
    for _, line, _, share in sorted(units)[:most]:
        limited[line] = limited.get(line, 0) + share
    return {line: saving for line, saving in sorted(limited.items()) if saving}
