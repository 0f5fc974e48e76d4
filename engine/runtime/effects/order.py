"""Effects on the order: one amount for the selected lines together, rounded once, then shared over them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.runtime.arithmetic import Rounder, spread
from engine.runtime.effects.lines import Tiers
from engine.runtime.effects.shape import NOTHING, Proposal
from engine.runtime.effects.tax_basis import TaxBasis
from engine.runtime.selection import Selected
from engine.runtime.working import Working


class _OneAmount:
    """An effect that takes one amount off the lines together. `bound` (cap, budget) is applied before sharing."""

    __slots__ = ()

    def wanted(self, work: Working, selected: Selected, positions: list[int], rounder: Rounder) -> int:
        """The amount before any bound; each effect says its own."""
        raise TypeError(f"{type(self).__name__} does not say what it takes off")

    def total(
        self, work: Working, selected: Selected, positions: list[int], rounder: Rounder, bound: int | None
    ) -> int:
        """What is taken off in all: what is wanted, within the bound and what the lines have left."""
        wanted = self.wanted(work, selected, positions, rounder)
        if bound is not None and wanted > bound:
            wanted = bound
        whole = _summed(work.amount, positions)
        if work.has_floors:
            whole -= _summed(work.floor, positions)
        return wanted if wanted < whole else whole

    def propose(
        self, work: Working, selected: Selected, positions: list[int], rounder: Rounder, bound: int | None
    ) -> Proposal:
        """The total, shared by what each line has left (largest remainder)."""
        wanted = self.wanted(work, selected, positions, rounder)
        return shared(work, positions, wanted if bound is None or wanted < bound else bound)


@dataclass(frozen=True, slots=True)
class OrderPercent(_OneAmount):
    """A percentage of the sum of the lines at hand."""

    selection: int
    numerator: int
    denominator: int
    initial: bool

    def wanted(self, work: Working, selected: Selected, positions: list[int], rounder: Rounder) -> int:
        """The percentage of the sum, rounded once."""
        amounts = work.initial if self.initial else work.amount
        return rounder(_summed(amounts, positions) * self.numerator, self.denominator)


@dataclass(frozen=True, slots=True)
class OrderTiers(_OneAmount):
    """A percentage of the sum of the lines at hand, by the value of a fact."""

    selection: int
    tiers: Tiers
    initial: bool

    def wanted(self, work: Working, selected: Selected, positions: list[int], rounder: Rounder) -> int:
        """The percentage of the tier reached, rounded once; 0 below the first tier."""
        ratio = self.tiers.ratio(work.values, selected)
        if ratio is None:
            return 0
        amounts = work.initial if self.initial else work.amount
        return rounder(_summed(amounts, positions) * ratio[0], ratio[1])


@dataclass(frozen=True, slots=True)
class OrderAmount(_OneAmount):
    """A fixed amount for the lines at hand together."""

    selection: int
    amount: int
    basis: TaxBasis

    def wanted(self, work: Working, selected: Selected, positions: list[int], rounder: Rounder) -> int:
        """The amount as prices are meant."""
        if not self.basis.converts(work):
            return self.amount
        rooms = _rooms(work, positions)
        weights, scale = self.basis.weighed(work, positions, rooms)
        whole = sum(rooms) * scale
        return rounder(self.amount * sum(weights), whole) if whole else 0

    def total(
        self, work: Working, selected: Selected, positions: list[int], rounder: Rounder, bound: int | None
    ) -> int:
        """What is taken off in all."""
        if not self.basis.converts(work):
            return _OneAmount.total(self, work, selected, positions, rounder, bound)
        return self.propose(work, selected, positions, rounder, bound).total

    def propose(
        self, work: Working, selected: Selected, positions: list[int], rounder: Rounder, bound: int | None
    ) -> Proposal:
        """The total shared by what each line has left; where it is converted, each part at the rate of its line."""
        if not self.basis.converts(work):
            return _OneAmount.propose(self, work, selected, positions, rounder, bound)
        rooms = _rooms(work, positions)
        weights, _ = self.basis.weighed(work, positions, rooms)
        wanted = self.wanted(work, selected, positions, rounder)
        total = min(wanted, sum(rooms), wanted if bound is None else bound)
        if total <= 0:
            return NOTHING
        shares = zip(positions, spread(total, weights), rooms, strict=True)
        return Proposal([(position, min(part, room)) for position, part, room in shares if part and room], [])


def _rooms(work: Working, positions: list[int]) -> list[int]:
    amount, floor = work.amount, work.floor
    return [amount[position] - floor[position] for position in positions]


def shared(work: Working, positions: list[int], wanted: int) -> Proposal:
    """`wanted`, but not more than the lines have left, shared by what each has left (largest remainder)."""
    amount = work.amount
    if work.has_floors:
        floor = work.floor
        rooms = [amount[position] - floor[position] for position in positions]
    elif len(positions) == len(amount):
        rooms = amount
    else:
        rooms = [amount[position] for position in positions]
    whole = sum(rooms)
    total = wanted if wanted < whole else whole
    if total <= 0:
        return NOTHING
    shares = zip(positions, spread(total, rooms), strict=True)
    return Proposal([share for share in shares if share[1]], [])


def _summed(amounts: list[int], positions: list[int]) -> int:
    """The sum over the lines; most often over all of them, which needs no picking."""
    return sum(amounts) if len(positions) == len(amounts) else sum([amounts[position] for position in positions])
