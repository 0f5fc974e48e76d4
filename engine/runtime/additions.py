"""The smallest addition to a cart that reaches a goal, found by deciding changed carts.

Two ways to add: an amount of money, as an item of no particular kind and no weight; and real units, more of a line in
the cart or one of the items the caller suggests. Only the second knows what else an addition does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.facts.cart import Cart
from engine.runtime.decision import Decision
from engine.runtime.goal import Goal, Target, units_for
from engine.runtime.ways import Way, with_any_item

Decide = Callable[[Cart], Decision]

_MOST_STEPS = 6
"""Steps upwards from the first guess. Where discounts eat a part of what is added, the second nearly always does."""

_MOST_UNITS = 10_000


@dataclass(frozen=True, slots=True)
class Addition:
    """`price` is what the addition itself costs before any rule; `line` or `sku` and `count` say what it is."""

    price: int
    decision: Decision
    line: str = ""
    sku: str = ""
    count: int = 0


def more_money(cart: Cart, goal: Goal, decide: Decide, before: Decision) -> Addition | None:
    """The least amount that reaches the goal; None when no amount found does. One unit less does not reach it.

    `before` is the decision of the cart as it is.
    """
    if not goal.any_item:
        return None
    found = _least(goal, goal.money, lambda amount: decide(with_any_item(cart, amount)), before)
    return None if found is None else Addition(found.size, found.decision)


def best_units(goal: Goal, add: int | None, decide: Decide, before: Decision) -> Addition | None:
    """The real addition that leaves the customer paying least in all, among the ways of the goal.

    `add` is the amount of money that is known to reach the goal, if any does.
    """
    money = goal.money if add is None else add
    found = [addition for way in goal.ways if (addition := _more_units(goal, way, money, decide, before)) is not None]
    return min(found, key=lambda each: (each.decision.totals.total, each.count, each.line, each.sku), default=None)


def _more_units(goal: Goal, way: Way, money: int, decide: Decide, before: Decision) -> Addition | None:
    guess = units_for(money, goal.units, way.price)
    if guess > _MOST_UNITS:
        return None
    found = _least(goal, guess, lambda count: decide(way.with_units(count)), before)
    if found is None:
        return None
    return Addition(way.list_price * found.size, found.decision, way.line, way.sku, found.size)


# the search ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Tried:
    """An addition of this size (minor units or units) and what came out."""

    size: int
    decision: Decision


def _least(goal: Goal, guess: int, decide: Callable[[int], Decision], before: Decision) -> _Tried | None:
    """The least size that reaches the goal, as far as one less does not."""
    low, high = _Tried(0, before), _Tried(guess, decide(guess))
    steps = 0
    while not goal.reached(high.decision):
        size = _further(goal, low, high)
        steps += 1
        if size is None or steps > _MOST_STEPS:
            return None
        low, high = high, _Tried(size, decide(size))
    return _lowered(goal, low, high, decide)


def _lowered(goal: Goal, low: _Tried, high: _Tried, decide: Callable[[int], Decision]) -> _Tried:
    """From a size that reaches the goal down to the least: one less first, then where a straight line says."""
    size, steps = high.size - 1, 0
    while high.size - low.size > 1:
        tried = _Tried(size, decide(size))
        low, high = (low, tried) if goal.reached(tried.decision) else (tried, high)
        steps += 1
        size = _between(goal, low, high) if steps < _MOST_STEPS else (low.size + high.size) // 2
    return high


def _further(goal: Goal, low: _Tried, high: _Tried) -> int | None:
    """The next size to try after one that was not enough; None when more of the same would not help."""
    if not goal.targets:
        return min(2 * high.size, goal.most_units) if high.size < goal.most_units else None
    sizes = [size for target in goal.targets if (size := _beyond(target, low, high)) is not None]
    return max(sizes, default=None)


def _beyond(target: Target, low: _Tried, high: _Tried) -> int | None:
    """Where the fact comes to its target if it goes on as between the two sizes; None when it is there already."""
    missing = target.missing(high.decision.facts)
    if missing is not None and missing <= 0:
        return None
    crossing = _crossing(target, low, high)
    if crossing is None or crossing <= high.size:
        return 2 * high.size  # something else took more than was added, as a discount that starts in between
    return crossing


def _between(goal: Goal, low: _Tried, high: _Tried) -> int:
    """A size strictly between the two, where the facts come to their targets on a straight line; else the middle."""
    crossings = [size for target in goal.targets if (size := _crossing(target, low, high)) is not None]
    size = max(crossings, default=(low.size + high.size) // 2)
    return min(max(size, low.size + 1), high.size - 1)


def _crossing(target: Target, low: _Tried, high: _Tried) -> int | None:
    """The size at which the line through the two comes to the target, rounded up; None when it does not rise."""
    was, now = target.missing(low.decision.facts), target.missing(high.decision.facts)
    if was is None or now is None or was <= now:
        return None
    return low.size + -(-was * (high.size - low.size) // (was - now))
