"""What is there to vary about the wishes of a rule: each border of what it asks and of what it gives?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Final

from engine.facts.cart import Key, Usage
from engine.hunt.aim import Aim
from engine.hunt.space import Space
from engine.hunt.wish import Wish, told_of, used_up, wishes_of

_MORE_UNITS: Final = (-1, 1)
_MOST_RUNGS: Final = 6


class Borders:
    """The wishes of rules and their variations, worked out once each."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._wishes: dict[int, list[Wish]] = {}
        self._varied: dict[int, list[Wish]] = {}

    def wishes(self, aim: Aim) -> list[Wish]:
        """What a cart has to be like for the rule to act; a wish for nothing where that cannot be said."""
        found = self._wishes.get(id(aim))  # whoever asks keeps the aims
        if found is None:
            found = self._wishes[id(aim)] = [*wishes_of(aim)] or [Wish()]
        return found

    def varied(self, aim: Aim) -> list[Wish]:
        """Its wishes with one thing at a border: at it or one unit beside it."""
        found = self._varied.get(id(aim))
        if found is None:
            found = self._varied[id(aim)] = [each for wish in self.wishes(aim) for each in self._variations(aim, wish)]
        return found

    def _variations(self, aim: Aim, wish: Wish) -> Iterator[Wish]:
        """The wish at every border of the rule, with more and fewer units, and after it was used before."""
        for axis, value in self._borders(aim, wish):
            yield wish.with_forced(axis, value)
        for more in self._units(aim) if wish.needs else ():
            yield wish.with_units(more)
        for told in told_of(aim):
            yield replace(wish, told={aim.rule: told})
        for usage in used_up(aim) if aim.coupon is None else ():
            yield _used(aim, wish, usage)
        for one, other in combinations(aim.rungs[:_MOST_RUNGS], 2):
            if one[0] != other[0]:
                yield wish.with_forced(*one).with_forced(*other)

    def _borders(self, aim: Aim, wish: Wish) -> list[tuple[str, Key | None]]:
        space = self._space
        found: list[tuple[str, Key | None]] = []
        for axis, accepted in wish.box.items():
            found += [(axis, value) for value in space.edges(axis, accepted)]
        for axis, rung in aim.rungs:
            fact = space.vocabulary.find(axis)
            near = [rung - 1, rung, rung + 1] if fact is None else space.near(fact, [rung])
            found += [(axis, value) for value in near]
        for need in aim.needs:
            for box in space.lines(need.where)[:1]:
                for axis, accepted in box.items():
                    found += [(axis, value) for value in space.edges(axis, accepted)]
        return list(dict.fromkeys(found))

    def _units(self, aim: Aim) -> list[int]:
        """How many units more than needed are worth trying: one, as many again, and as many as a limit lets count."""
        group = max((need.units for need in aim.needs), default=1)
        found = [*_MORE_UNITS, group]
        if aim.limits.per_order is not None:
            found += [(aim.limits.per_order - 1) * group, aim.limits.per_order * group]
        return list(dict.fromkeys(found))


def _used(aim: Aim, wish: Wish, usage: Usage) -> Wish:
    """The wish of a customer the shop knows, who used the rule before."""
    known = wish.with_forced("customer.id", "c1")
    return replace(known, usage={**wish.usage, aim.rule: usage})
