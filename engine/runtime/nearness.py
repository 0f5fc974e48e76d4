"""Which rules can a cart come near to? An index beside the one that decides, asked only for hints.

What buying more lifts (sums of money, counts of units) is taken out of the boxes of each rule and kept by the value
from which on it holds. The rest of a box is matched like any condition. So a rule costs nothing while the rest of it
does not hold, while its thresholds are out of reach, or while the cart has nothing of what it counts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

from engine.boxes.values import Key, ValueSet
from engine.documents.conditions import Aggregate
from engine.documents.model import Promotion
from engine.runtime.index import Index, iter_bits

RUNG: Final = 8
"""Every so many boxes of a ladder their mask is kept: memory against the work of setting the bits between."""

_MOST_CANDIDATES: Final = 64
"""Looked at one by one, of each sort. More goals than that are never decided, see `engine.runtime.hints`."""

Lift = Literal["money", "units", "lines"]
"""What lifts a fact: spending more, more units, or one more line."""


def lift_of(fact: str) -> Lift | None:
    """What lifts the fact; None when buying more does not, or not in a way that can be told beforehand."""
    if fact.startswith("subtotal.") or fact == "total" or fact.endswith("].subtotal"):
        return "money"
    if fact == "cart.item_count" or fact.endswith("].quantity"):
        return "units"
    return "lines" if fact == "cart.line_count" or fact.endswith("].count") else None


@dataclass(frozen=True, slots=True)
class Reach:
    """How much more is still near, for each sort of fact; in minor units, units and lines."""

    money: int
    units: int
    lines: int

    def of(self, lift: Lift) -> int:
        if lift == "money":
            return self.money
        return self.units if lift == "units" else self.lines


@dataclass(frozen=True, slots=True)
class Ladder:
    """The boxes that ask for at least something of one fact, by how much: box `bits[k]` from `starts[k]` on.

    `rungs[k]` is the mask of the first `RUNG * k` of them, `everyone` of all.
    """

    lift: Lift
    starts: tuple[int, ...]
    bits: tuple[int, ...]
    rungs: tuple[int, ...]
    everyone: int

    def up_to(self, value: int) -> int:
        """The boxes that start at `value` or below."""
        place = bisect_right(self.starts, value)
        rung = place // RUNG
        mask = self.rungs[rung]
        for bit in self.bits[rung * RUNG : place]:
            mask |= 1 << bit
        return mask

    def above(self, value: int, mask: int) -> Iterator[int]:
        """Those boxes of `mask` that start above `value`, nearest first."""
        for place in range(bisect_right(self.starts, value), len(self.starts)):
            if mask >> self.bits[place] & 1:
                yield self.bits[place]


@dataclass(frozen=True, slots=True)
class NearBox:
    """One box of a rule: what of it buying more may lift. `rule` is a position in `NearRules.rules`."""

    rule: int
    lifted: tuple[tuple[str, ValueSet], ...]


@dataclass(frozen=True, slots=True)
class NearRules:
    """The rules of a promotions ruleset that a hint may be about, in order of their ids; box *i* is bit *i*.

    `rest` indexes what more goods do not lift; `ladders` has every fact they do, of which those in `throughout` are
    about the whole cart and always there. A box that counts lines of some kind waits for the rarest such fact:
    `waiting` has it there, and `free` is the mask of all others. `gaps` are boxes that hold for several stretches of
    one fact, `steps` those of rules that have something more to give when they hold. `needing` gives each selection of
    lines the boxes of the rules that act on it, `anywhere` is the mask of the rules that act on any line.
    """

    rules: tuple[Promotion, ...]
    boxes: tuple[NearBox, ...]
    rest: Index
    ladders: Mapping[str, Ladder]
    throughout: tuple[str, ...]
    waiting: Mapping[str, int]
    free: int
    gaps: int
    steps: int
    anywhere: int
    needing: Mapping[int, int]
    aggregates: Mapping[str, Aggregate]

    def candidates(
        self,
        values: Mapping[str, Key],
        touched: Mapping[str, Key | None],
        lifted: Mapping[str, int],
        reach: Reach,
    ) -> int:
        """The boxes that may be near, or may have a next step: none of those that are is missing.

        `lifted` gives the facts in `ladders` that the cart has something of, or that may be added.
        """
        mask = self.rest.match(values, touched)
        if not mask:
            return 0
        mask &= self._admitted(lifted)
        soon, held = self.gaps, self.steps
        for axis in self.throughout:
            if axis not in lifted:
                mask &= ~self.ladders[axis].everyone
        for axis, value in lifted.items():
            ladder = self.ladders[axis]
            now, then = ladder.up_to(value), ladder.up_to(value + reach.of(ladder.lift))
            mask &= ~(ladder.everyone ^ then)
            soon |= now ^ then
            held &= ~(ladder.everyone ^ now)
        return mask & (soon | held)

    def _admitted(self, lifted: Mapping[str, int]) -> int:
        mask = self.free
        for axis in lifted:
            mask |= self.waiting.get(axis, 0)
        return mask

    def acting_on(self, mask: int, selections: Iterable[int]) -> int:
        """Those boxes of `mask` whose rules have a line to act on."""
        live = self.anywhere
        for selection in selections:
            live |= self.needing.get(selection, 0)
        return mask & live

    def nearest(self, mask: int, lifted: Mapping[str, int]) -> list[int]:
        """The boxes of `mask`; of very many only the first that each fact comes to, and the first of the others."""
        if mask.bit_count() <= _MOST_CANDIDATES:
            return list(iter_bits(mask))
        found = set(islice(iter_bits(mask & (self.steps | self.gaps)), _MOST_CANDIDATES))
        for axis, value in lifted.items():
            found.update(islice(self.ladders[axis].above(value, mask), _MOST_CANDIDATES))
        return sorted(found)
