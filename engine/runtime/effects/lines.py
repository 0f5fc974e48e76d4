"""Effects on single lines: percentages, amounts, fixed prices and tiers, each line by itself."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from engine.runtime.arithmetic import Rounder
from engine.runtime.effects.tax_basis import TaxBasis
from engine.runtime.selection import Selected
from engine.runtime.working import Working


@dataclass(frozen=True, slots=True)
class LinePercent:
    """`numerator / denominator` of the line, after pricing (`initial`) or of what is left."""

    selection: int
    numerator: int
    denominator: int
    initial: bool

    def saving(self, work: Working, selected: Selected, position: int, rounder: Rounder) -> int:
        base = work.initial[position] if self.initial else work.amount[position]
        wanted = rounder(base * self.numerator, self.denominator)
        room = work.room(position)
        return wanted if wanted < room else room


@dataclass(frozen=True, slots=True)
class LineAmount:
    """A fixed amount off each unit, or off the line once."""

    selection: int
    amount: int
    each_unit: bool
    basis: TaxBasis

    def saving(self, work: Working, selected: Selected, position: int, rounder: Rounder) -> int:
        wanted = self.amount * work.quantity[position] if self.each_unit else self.amount
        return min(self.basis.as_priced(work, position, wanted, rounder), work.room(position))


@dataclass(frozen=True, slots=True)
class LinePrice:
    """Each unit costs `price` where it costs more."""

    selection: int
    price: int

    def saving(self, work: Working, selected: Selected, position: int, rounder: Rounder) -> int:
        wanted = work.amount[position] - self.price * work.quantity[position]
        return min(wanted, work.room(position)) if wanted > 0 else 0


@dataclass(frozen=True, slots=True)
class Tiers:
    """Percentages by the value of a fact or aggregate: `starts` ascending, `ratios` parallel to it."""

    by: str
    starts: tuple[int, ...]
    ratios: tuple[tuple[int, int], ...]

    def ratio(self, work: Working, selected: Selected) -> tuple[int, int] | None:
        """The ratio of the row the value falls into; None below the first row or when the fact is missing."""
        value = selected.touched.get(self.by, work.values.get(self.by, 0 if self.by.startswith("lines[") else None))
        if not isinstance(value, int):
            return None
        row = bisect_right(self.starts, value)
        return self.ratios[row - 1] if row else None


@dataclass(frozen=True, slots=True)
class LineTiers:
    """A tiered percentage of each line."""

    selection: int
    tiers: Tiers
    initial: bool

    def saving(self, work: Working, selected: Selected, position: int, rounder: Rounder) -> int:
        ratio = self.tiers.ratio(work, selected)
        if ratio is None:
            return 0
        base = work.initial[position] if self.initial else work.amount[position]
        return min(rounder(base * ratio[0], ratio[1]), work.room(position))


SingleLineEffect = LinePercent | LineAmount | LinePrice | LineTiers
