"""Why does a promotion give nothing although its condition holds? What its effect lacks in this cart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.documents.conditions import Condition
from engine.documents.effects import (
    Bundle,
    BuyXGetY,
    CheapestFree,
    Effect,
    FixedPrice,
    Gift,
    TieredPercent,
    line_condition,
)
from engine.facts.cart import Cart
from engine.runtime.decision import Decision, Key, Reason
from engine.runtime.seen import line_matches


def without_effect(effect: Effect, facts: Mapping[str, Key], cart: Cart, decision: Decision) -> Iterator[Reason]:
    """What keeps the effect from giving anything, as far as the cart shows it; nothing when it could give.

    `no_line`, `group_incomplete` (a group effect needs more units than there are), `below_first_tier`,
    `already_cheaper`, and of effects on shipping `no_method` and `other_method`.
    """
    matching = _Matching(cart, decision)
    match effect:
        case CheapestFree(where=where, buy=buy):
            yield from _incomplete(matching, [_Part("", where, buy)])
        case BuyXGetY():
            parts = [
                _Part("buy", effect.buy_where, effect.buy_quantity),
                _Part("get", effect.get_where, effect.get_quantity),
            ]
            yield from _incomplete(matching, parts)
        case Bundle():
            numbered = enumerate(effect.parts, 1)
            yield from _incomplete(
                matching, [_Part(str(number), part.where, part.quantity) for number, part in numbered]
            )
        case Gift():
            return
        case _ if effect.on == "shipping":
            yield from _no_shipping(() if isinstance(effect, TieredPercent) else effect.methods, decision)
            yield from _below_first_tier(effect, facts)
        case _:
            positions = matching.lines(line_condition(effect))
            if not positions:
                yield Reason("no_line")
            yield from _below_first_tier(effect, facts)
            if isinstance(effect, FixedPrice):
                yield from _already_cheaper(effect.price, positions, decision)


@dataclass(frozen=True, slots=True)
class _Part:
    """What one group needs of one selection of lines. `name` is `buy`, `get`, a number, or empty for the only part."""

    name: str
    where: Condition
    quantity: int


class _Matching:
    """The lines of a decided cart that satisfy conditions."""

    def __init__(self, cart: Cart, decision: Decision) -> None:
        self._cart = cart
        self._decision = decision

    def lines(self, where: Condition) -> list[int]:
        """Positions of the lines."""
        everything = range(len(self._cart.lines))
        return [position for position in everything if line_matches(where, self._cart, self._decision, position)]

    def units(self, positions: Iterable[int]) -> int:
        """How many units these lines have."""
        return sum(self._cart.lines[position].quantity for position in positions)


def _incomplete(matching: _Matching, parts: Sequence[_Part]) -> Iterator[Reason]:
    """Each part with too few units; where every part has enough, all together, since a unit counts only once."""
    found = [matching.lines(part.where) for part in parts]
    if not any(found):
        yield Reason("no_line")
        return
    lacking = [
        _lacking(part.name, part.quantity, there)
        for part, positions in zip(parts, found, strict=True)
        if (there := matching.units(positions)) < part.quantity
    ]
    yield from lacking
    needed, there = sum(part.quantity for part in parts), matching.units({place for lines in found for place in lines})
    if not lacking and there < needed:
        yield _lacking("", needed, there)


def _lacking(part: str, needed: int, there: int) -> Reason:
    named = {"part": part} if part else {}
    return Reason("group_incomplete", {**named, "needed": str(needed), "there": str(there)}, needed - there)


def _below_first_tier(effect: Effect, facts: Mapping[str, Key]) -> Iterator[Reason]:
    if not isinstance(effect, TieredPercent):
        return
    value, first = facts.get(effect.by), effect.rows[0].start
    if not isinstance(value, int):
        yield Reason("fact_missing", {"fact": effect.by})
    elif value < first:
        yield Reason("below_first_tier", {"fact": effect.by, "from": str(first), "value": str(value)}, first - value)


def _already_cheaper(price: int, positions: Sequence[int], decision: Decision) -> Iterator[Reason]:
    if positions and all(decision.lines[position].unit_price <= price for position in positions):
        yield Reason("already_cheaper", {"price": str(price)})


def _no_shipping(methods: Sequence[str], decision: Decision) -> Iterator[Reason]:
    if decision.shipping_method is None:
        yield Reason("no_method")
    elif methods and decision.shipping_method not in methods:
        yield Reason("other_method", {"methods": ", ".join(methods), "method": decision.shipping_method})
