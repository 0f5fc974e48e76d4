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
        """The amount before any bound."""
        raise NotImplementedError

    def total(
        self, work: Working, selected: Selected, positions: list[int], rounder: Rounder, bound: int | None
    ) -> int:
        """What is taken off in all: what is wanted, within the bound and what the lines have left."""
        wanted = self.wanted(work, selected, positions, rounder)
        if bound is not None and wanted > bound:
            wanted = bound
        amount, floor = work.amount, work.floor
        return min(wanted, sum([amount[position] - floor[position] for position in positions]))

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
        return rounder(sum([amounts[position] for position in positions]) * self.numerator, self.denominator)


@dataclass(frozen=True, slots=True)
class OrderTiers(_OneAmount):
    """A percentage of the sum of the lines at hand, by the value of a fact."""

    selection: int
    tiers: Tiers
    initial: bool

    def wanted(self, work: Working, selected: Selected, positions: list[int], rounder: Rounder) -> int:
        """The percentage of the tier reached, rounded once; 0 below the first tier."""
        ratio = self.tiers.ratio(work, selected)
        if ratio is None:
            return 0
        amounts = work.initial if self.initial else work.amount
        return rounder(sum([amounts[position] for position in positions]) * ratio[0], ratio[1])


@dataclass(frozen=True, slots=True)
class OrderAmount(_OneAmount):
    """A fixed amount for the lines at hand together."""

    selection: int
    amount: int
    basis: TaxBasis

    def wanted(self, work: Working, selected: Selected, positions: list[int], rounder: Rounder) -> int:
        """The amount as prices are meant: shared over the lines, each part converted at its line's rate."""
        if self.basis.meant is None:
            return self.amount
        parts = shared(work, positions, self.amount).shares
        return sum([self.basis.as_priced(work, position, part, rounder) for position, part in parts])


def shared(work: Working, positions: list[int], wanted: int) -> Proposal:
    """`wanted`, but not more than the lines have left, shared by what each has left (largest remainder)."""
    amount, floor = work.amount, work.floor
    rooms = [amount[position] - floor[position] for position in positions]
    whole = sum(rooms)
    total = wanted if wanted < whole else whole
    if total <= 0:
        return NOTHING
    shares = zip(positions, spread(total, rooms), strict=True)
    return Proposal([share for share in shares if share[1]], [])
