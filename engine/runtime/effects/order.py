"""Effects on the order: one amount for the selected lines together, rounded once, then shared over them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.runtime.arithmetic import Rounder, spread
from engine.runtime.effects.lines import Tiers
from engine.runtime.effects.shape import NOTHING, Proposal
from engine.runtime.effects.tax_basis import TaxBasis
from engine.runtime.selection import Selected
from engine.runtime.working import Working


@dataclass(frozen=True, slots=True)
class OrderPercent:
    """A percentage of the sum of the lines at hand."""

    selection: int
    numerator: int
    denominator: int
    initial: bool

    def propose(
        self, work: Working, selected: Selected, positions: list[int], rounder: Rounder, most: int | None
    ) -> Proposal:
        amounts = work.initial if self.initial else work.amount
        base = sum([amounts[position] for position in positions])
        return shared(work, positions, rounder(base * self.numerator, self.denominator))


@dataclass(frozen=True, slots=True)
class OrderTiers:
    """A percentage of the sum of the lines at hand, by the value of a fact."""

    selection: int
    tiers: Tiers
    initial: bool

    def propose(
        self, work: Working, selected: Selected, positions: list[int], rounder: Rounder, most: int | None
    ) -> Proposal:
        ratio = self.tiers.ratio(work, selected)
        if ratio is None:
            return NOTHING
        amounts = work.initial if self.initial else work.amount
        base = sum([amounts[position] for position in positions])
        return shared(work, positions, rounder(base * ratio[0], ratio[1]))


@dataclass(frozen=True, slots=True)
class OrderAmount:
    """A fixed amount for the lines at hand together."""

    selection: int
    amount: int
    basis: TaxBasis

    def propose(
        self, work: Working, selected: Selected, positions: list[int], rounder: Rounder, most: int | None
    ) -> Proposal:
        if self.basis.meant is None:
            return shared(work, positions, self.amount)
        parts = shared(work, positions, self.amount).shares
        converted = [
            (position, min(self.basis.as_priced(work, position, part, rounder), work.room(position)))
            for position, part in parts
        ]
        return Proposal(converted, [])


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
