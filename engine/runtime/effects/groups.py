"""Effects on groups of units: cheapest free, buy X get Y, bundles. Each unit serves one group promotion.

Units are handled as runs of equal price, never one by one, so a line of a million pieces costs no more than one of two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import msgspec

from engine.runtime.arithmetic import Rounder, spread
from engine.runtime.effects.shape import NOTHING, Proposal, Share
from engine.runtime.selection import Selected
from engine.runtime.working import Working


class Run(msgspec.Struct, frozen=True, gc=False):
    """`count` units of the line at `position`, each worth `price` now."""

    price: int
    count: int
    position: int


def free_runs(work: Working, positions: Iterable[int]) -> list[Run]:
    """The units no group promotion uses yet, cheapest first, equal prices in line order.

    A line amount that does not divide by its quantity leaves units a minor unit apart, as semantics of allocation
    within a line says.
    """
    runs = []
    for position in positions:
        quantity = work.quantity[position]
        free = quantity - (work.grouped[position] if work.grouped is not None else 0)
        if free <= 0:
            continue
        price, dearer = divmod(work.amount[position], quantity)
        dearer = min(dearer, free)
        if dearer:
            runs.append(Run(price + 1, dearer, position))
        if dearer < free:
            runs.append(Run(price, free - dearer, position))
    return sorted(runs, key=lambda run: (run.price, run.position))


def take(runs: list[Run], wanted: int) -> tuple[list[Run], list[Run]]:
    """Split off the first `wanted` units of the runs: (taken, left)."""
    taken: list[Run] = []
    left: list[Run] = []
    for run in runs:
        count = min(run.count, wanted)
        wanted -= count
        if count:
            taken.append(Run(run.price, count, run.position))
        if count < run.count:
            left.append(Run(run.price, run.count - count, run.position))
    return taken, left


def units(runs: Iterable[Run]) -> int:
    """How many units the runs have together."""
    return sum(run.count for run in runs)


def _shares(work: Working, savings: Iterable[tuple[int, int]]) -> list[Share]:
    by_position: dict[int, int] = {}
    for position, saving in savings:
        by_position[position] = by_position.get(position, 0) + saving
    return [(position, min(saving, work.room(position))) for position, saving in sorted(by_position.items()) if saving]


def _used(runs: Iterable[Run]) -> list[tuple[int, int]]:
    by_position: dict[int, int] = {}
    for run in runs:
        by_position[run.position] = by_position.get(run.position, 0) + run.count
    return sorted(by_position.items())


def _at_most(groups: int, most: int | None) -> int:
    return groups if most is None else min(groups, most)


@dataclass(frozen=True, slots=True)
class CheapestFreeEffect:
    """Of every `buy` units `free` are free: the cheapest of all are, the dearest are the ones paid for."""

    selection: int
    buy: int
    free: int

    def propose(
        self, work: Working, selected: Selected, positions: list[int], rounder: Rounder, most: int | None
    ) -> Proposal:
        runs = free_runs(work, positions)
        groups = _at_most(units(runs) // self.buy, most)
        if not groups:
            return NOTHING
        given, rest = take(runs, groups * self.free)
        paid, _ = take(rest[::-1], groups * (self.buy - self.free))
        return Proposal(_shares(work, [(run.position, run.price * run.count) for run in given]), _used([*given, *paid]))


@dataclass(frozen=True, slots=True)
class BuyXGetYEffect:
    """For `buy` units of one selection, `get` cheapest units of another at a percentage off; no unit is both."""

    selection: int
    get_selection: int
    buy: int
    get: int
    numerator: int
    denominator: int

    def propose(
        self, work: Working, selected: Selected, positions: list[int], rounder: Rounder, most: int | None
    ) -> Proposal:
        buyable = set(positions)
        gettable = set(selected.members.get(self.get_selection, ()))
        runs = free_runs(work, sorted(buyable | gettable))
        groups = _at_most(self._groups(runs, buyable, gettable), most)
        if not groups:
            return NOTHING
        got, bought = self._choose(runs, buyable, gettable, groups)
        price = sum(run.price * run.count for run in got)
        saving = rounder(price * self.numerator, self.denominator)
        parts = spread(saving, [run.price * run.count for run in got])
        shares = _shares(work, zip([run.position for run in got], parts, strict=True))
        return Proposal(shares, _used([*got, *bought]))

    def _groups(self, runs: list[Run], buyable: set[int], gettable: set[int]) -> int:
        """Enough units to buy, enough to get, and enough of both together, since no unit counts twice (Hall)."""
        can_buy = units(run for run in runs if run.position in buyable)
        can_get = units(run for run in runs if run.position in gettable)
        return min(can_buy // self.buy, can_get // self.get, units(runs) // (self.buy + self.get))

    def _choose(
        self, runs: list[Run], buyable: set[int], gettable: set[int], groups: int
    ) -> tuple[list[Run], list[Run]]:
        """Got: the cheapest, but leaving enough units to buy. Bought: the dearest of the rest."""
        spare = units(run for run in runs if run.position in buyable) - groups * self.buy
        wanted = groups * self.get
        got: list[Run] = []
        for run in runs:
            if run.position not in gettable:
                continue
            count = min(run.count, wanted)
            if run.position in buyable:
                count = min(count, spare)
                spare -= count
            wanted -= count
            if count:
                got.append(Run(run.price, count, run.position))
        left = _without(runs, got)
        bought, _ = take([run for run in reversed(left) if run.position in buyable], groups * self.buy)
        return got, bought


@dataclass(frozen=True, slots=True)
class BundleEffect:
    """Units that fill all parts together cost `price`, or have `amount` or a ratio off; exactly one is set.

    Each part takes the dearest units it can get, scarce parts first, so the customer's saving is as large as the
    parts allow. `selection` is that of the first part.
    """

    selection: int
    parts: tuple[tuple[int, int], ...]  # selection, quantity
    price: int | None
    amount: int | None
    ratio: tuple[int, int] | None

    def propose(
        self, work: Working, selected: Selected, positions: list[int], rounder: Rounder, most: int | None
    ) -> Proposal:
        allowed = set(positions)
        pools = [
            {place for place in selected.members.get(selection, ()) if selection != self.selection or place in allowed}
            for selection, _ in self.parts
        ]
        runs = free_runs(work, sorted(set().union(*pools)))
        bound = _at_most(self._most_groups(runs, pools), most)
        fits, chosen, too_many = 0, None, bound + 1
        groups = bound  # nearly always filled at once; else a bisection, since quantities may be in the millions
        while groups > fits:
            filled = self._fill(runs, pools, groups)
            if filled is None:
                too_many = groups
            else:
                fits, chosen = groups, filled
            groups = (fits + too_many) // 2
        return NOTHING if chosen is None else self._proposal(work, chosen, fits, rounder)

    def _most_groups(self, runs: list[Run], pools: list[set[int]]) -> int:
        """Hall's bound: every set of parts needs enough units among the lines that can serve any of them."""
        bounds = []
        for size in range(1, len(pools) + 1):
            for some in combinations(range(len(pools)), size):
                union = set().union(*(pools[part] for part in some))
                needed = sum(self.parts[part][1] for part in some)
                bounds.append(units(run for run in runs if run.position in union) // needed)
        return min(bounds)

    def _fill(self, runs: list[Run], pools: list[set[int]], groups: int) -> list[Run] | None:
        chosen: list[Run] = []
        left = runs
        scarce_first = sorted(range(len(pools)), key=lambda part: (len(pools[part]), part))
        for part in scarce_first:
            wanted = groups * self.parts[part][1]
            taken, _ = take([run for run in reversed(left) if run.position in pools[part]], wanted)
            if units(taken) < wanted:
                return None
            chosen += taken
            left = _without(left, taken)
        return chosen

    def _proposal(self, work: Working, chosen: list[Run], groups: int, rounder: Rounder) -> Proposal:
        weights = [run.price * run.count for run in chosen]
        worth = sum(weights)
        if self.price is not None:
            saving = worth - groups * self.price
        elif self.amount is not None:
            saving = groups * self.amount
        else:
            numerator, denominator = self.ratio or (0, 1)
            saving = rounder(worth * numerator, denominator)
        saving = min(saving, worth)
        if saving <= 0:
            return NOTHING
        shares = _shares(work, zip([run.position for run in chosen], spread(saving, weights), strict=True))
        return Proposal(shares, _used(chosen))


def _without(runs: list[Run], taken: list[Run]) -> list[Run]:
    """The runs less the taken units; both may hold several runs of one line at different prices."""
    gone: dict[tuple[int, int], int] = {}
    for run in taken:
        gone[run.position, run.price] = gone.get((run.position, run.price), 0) + run.count
    left = []
    for run in runs:
        count = run.count - gone.pop((run.position, run.price), 0)
        if count:
            left.append(Run(run.price, count, run.position))
    return left


GroupEffect = CheapestFreeEffect | BuyXGetYEffect | BundleEffect
