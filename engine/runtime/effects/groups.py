"""Effects on groups of units: cheapest free, buy X get Y, bundles. Each unit serves one group promotion.

Units are handled as runs of equal price, never one by one, so a line of a million pieces costs no more than one of two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import msgspec

from engine.runtime.arithmetic import Rounder, spread
from engine.runtime.effects.shape import NOTHING, Proposal
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


def _proposal(work: Working, given: dict[int, int], used: Iterable[Run]) -> Proposal:
    """The savings by line as far as lines have room for them; units are used up only where something is given."""
    bounded = [(position, min(saving, work.room(position))) for position, saving in sorted(given.items())]
    shares = [share for share in bounded if share[1] > 0]
    return Proposal(shares, _used(used)) if shares else NOTHING


def _worth(runs: Iterable[Run]) -> dict[int, int]:
    """What the units of each line cost together."""
    worth: dict[int, int] = {}
    for run in runs:
        worth[run.position] = worth.get(run.position, 0) + run.price * run.count
    return worth


def _by_worth(saving: int, runs: Iterable[Run]) -> dict[int, int]:
    """A saving shared over the lines by what their units cost."""
    worth = sorted(_worth(runs).items())
    parts = spread(saving, [value for _, value in worth])
    return {position: part for (position, _), part in zip(worth, parts, strict=True)}


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
        return _proposal(work, _worth(given), [*given, *paid])


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
        return _proposal(work, _by_worth(saving, got), [*got, *bought])

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

    The dearest units that fill the parts are taken, as many bundles as can be filled; of bundles at a price, as many
    as save most, since a bundle of cheap units must not cost more than the units. `selection` is that of the first
    part.
    """

    selection: int
    parts: tuple[tuple[int, int], ...]  # selection, quantity
    price: int | None
    amount: int | None
    ratio: tuple[int, int] | None

    def propose(
        self, work: Working, selected: Selected, positions: list[int], rounder: Rounder, most: int | None
    ) -> Proposal:
        pools = [set(selected.members.get(selection, ())) for selection, _ in self.parts]
        needs = _needs(pools, [quantity for _, quantity in self.parts])
        runs = sorted(free_runs(work, sorted(set().union(*pools))), key=lambda run: (-run.price, run.position))
        groups = _at_most(_most_bundles(runs, needs), most)
        if self.price is not None:
            groups = self._most_saving(runs, needs, groups)
        if not groups:
            return NOTHING
        chosen = _fill(runs, needs, groups)
        saving = self._saving(chosen, groups, rounder)
        return NOTHING if saving <= 0 else _proposal(work, _by_worth(saving, chosen), chosen)

    def _saving(self, chosen: list[Run], groups: int, rounder: Rounder) -> int:
        worth = sum(_worth(chosen).values())
        if self.price is not None:
            return worth - groups * self.price
        if self.amount is not None:
            return min(groups * self.amount, worth)
        numerator, denominator = self.ratio or (0, 1)
        return rounder(worth * numerator, denominator)

    def _most_saving(self, runs: list[Run], needs: list[_Need], groups: int) -> int:
        """The number of bundles, up to `groups`, after which one more would save nothing: each is worth less."""
        fewest, most = 0, groups
        while fewest < most:
            middle = (fewest + most + 1) // 2
            if self._worth_of_last(runs, needs, middle) > (self.price or 0):
                fewest = middle
            else:
                most = middle - 1
        return fewest

    def _worth_of_last(self, runs: list[Run], needs: list[_Need], groups: int) -> int:
        with_it, without = _fill(runs, needs, groups), _fill(runs, needs, groups - 1)
        return sum(_worth(with_it).values()) - sum(_worth(without).values())


class _Need(NamedTuple):
    """One set of parts: the lines that serve any of them, those that serve no other part, the units in one bundle."""

    lines: frozenset[int]
    only: frozenset[int]
    quantity: int


def _needs(pools: list[set[int]], quantities: list[int]) -> list[_Need]:
    """The needs of every set of parts; a bundle has few."""
    parts = range(len(pools))
    everything = frozenset().union(*pools)
    found = []
    for size in range(1, len(pools) + 1):
        for some in combinations(parts, size):
            lines = frozenset().union(*(pools[part] for part in some))
            others = set().union(*(pools[part] for part in parts if part not in some))
            found.append(_Need(lines, everything - others, sum(quantities[part] for part in some)))
    return found


def _most_bundles(runs: list[Run], needs: list[_Need]) -> int:
    """Every set of parts needs enough units among the lines that serve any of them (Hall)."""
    return min(units(run for run in runs if run.position in need.lines) // need.quantity for need in needs)


def _fill(runs: list[Run], needs: list[_Need], groups: int) -> list[Run]:
    """The first units of the runs that fill all parts `groups` times.

    A unit may join as long as no set of parts has more units that serve nothing else than it holds (Hall again); taking
    the dearest first then gives the dearest bundles there are.
    """
    room = [groups * need.quantity for need in needs]
    chosen = []
    for run in runs:
        tight = [number for number, need in enumerate(needs) if run.position in need.only]
        count = min(run.count, *(room[number] for number in tight))
        if count:
            chosen.append(Run(run.price, count, run.position))
            for number in tight:
                room[number] -= count
    return chosen


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
