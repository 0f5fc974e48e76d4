"""The smallest addition to a cart that reaches a goal, found by deciding changed carts.

Two ways to add: an amount of money, as an item of no particular kind and no weight; and real units, more of a line in
the cart or one of the items the caller suggests. Only the second knows what else an addition does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from engine.facts.cart import Cart, Line
from engine.facts.line_order import in_order
from engine.runtime.decision import Decision
from engine.runtime.goals import Goal

Decide = Callable[[Cart], Decision]

_ANY_ITEM = "~any"
_MOST_STEPS = 24
_MOST_UNITS = 10_000
_MOST_LINES = 12
"""Carts longer than this are tried with their first lines only: a hint is help, not a search of everything."""


@dataclass(frozen=True, slots=True)
class Addition:
    """`price` is what the addition itself costs before any rule; `line` or `sku` and `count` say what it is."""

    price: int
    decision: Decision
    line: str = ""
    sku: str = ""
    count: int = 0


def more_money(cart: Cart, goal: Goal, decide: Decide) -> Addition | None:
    """The least amount that reaches the goal; None when no amount found does. One unit less does not reach it.

    A percentage on the way may eat part of what is added, so the distance to the threshold is only where to start.
    """
    low, amount = 0, goal.money
    reached = None
    for _ in range(_MOST_STEPS):
        decision = decide(_with_any_item(cart, amount))
        if goal.reached(decision):
            reached = decision
            break
        low, amount = amount, amount + max(goal.money, amount)
    if reached is None:
        return None
    while amount - low > 1:
        middle = (low + amount) // 2
        decision = decide(_with_any_item(cart, middle))
        if goal.reached(decision):
            amount, reached = middle, decision
        else:
            low = middle
    return Addition(amount, reached)


def best_units(cart: Cart, goal: Goal, decide: Decide, before: Decision) -> Addition | None:
    """The real addition that leaves the customer paying least in all, among one kind of item each."""
    found = [addition for make in _ways(cart, goal) if (addition := more_units(goal, make, decide)) is not None]
    return min(found, key=lambda each: (each.decision.totals.total, each.count, each.line, each.sku), default=None)


def more_units(goal: Goal, way: _Way, decide: Decide) -> Addition | None:
    """The least number of units of one item that reaches the goal."""
    low, count = 0, way.first_guess(goal)
    reached = None
    while count <= _MOST_UNITS:
        decision = decide(way.with_units(count))
        if goal.reached(decision):
            reached = decision
            break
        low, count = count, count * 2
    if reached is None:
        return None
    while count - low > 1:
        middle = (low + count) // 2
        decision = decide(way.with_units(middle))
        if goal.reached(decision):
            count, reached = middle, decision
        else:
            low = middle
    return Addition(way.unit_price * count, reached, way.line, way.sku, count)


@dataclass(frozen=True, slots=True)
class _Way:
    line: str
    sku: str
    unit_price: int
    with_units: Callable[[int], Cart]

    def first_guess(self, goal: Goal) -> int:
        by_money = -(-goal.money // self.unit_price) if self.unit_price else 1
        return max(1, goal.units, min(by_money, _MOST_UNITS))


def _ways(cart: Cart, goal: Goal) -> Iterator[_Way]:
    for position, line in enumerate(cart.lines[:_MOST_LINES]):
        if goal.line in ("", line.id) and line.list_price:
            yield _Way(line.id, line.sku, line.list_price, _more_of(cart, position))
    if not goal.line:
        for item in cart.catalogue:
            if item.line.list_price:
                yield _Way("", item.line.sku, item.line.list_price, _with_item(cart, item.line))


def _more_of(cart: Cart, position: int) -> Callable[[int], Cart]:
    line = cart.lines[position]

    def make(count: int) -> Cart:
        lines = list(cart.lines)
        lines[position] = _of_quantity(line, line.quantity + count)
        return _with_lines(cart, lines)

    return make


def _with_item(cart: Cart, item: Line) -> Callable[[int], Cart]:
    return lambda count: _with_lines(cart, [*cart.lines, _of_quantity(item, count)])


def _of_quantity(line: Line, quantity: int) -> Line:
    return replace(line, quantity=quantity, facts={**line.facts, "line.quantity": quantity})


def _with_any_item(cart: Cart, amount: int) -> Cart:
    """One more line of that price: sold by the seller of the first line, weighing nothing, of no category."""
    like = cart.lines[0]
    item = Line(
        id=_ANY_ITEM,
        sku=_ANY_ITEM,
        quantity=1,
        list_price=amount,
        facts={
            "line.sku": _ANY_ITEM,
            "line.quantity": 1,
            "line.list_price": amount,
            "line.tax_class": like.tax_class,
            **({"line.seller": like.seller} if like.seller else {}),
        },
        weight_g=0,
        volume_cm3=0,
        seller=like.seller,
        tax_class=like.tax_class,
    )
    return _with_lines(cart, [*cart.lines, item])


def _with_lines(cart: Cart, lines: list[Line]) -> Cart:
    return replace(cart, lines=in_order(lines))
