"""Effects on single lines: percentages, amounts, fixed prices and tiers, each line by itself."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from engine.runtime.arithmetic import Rounder
from engine.runtime.decision import Key
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

    def savings(self, work: Working, selected: Selected, positions: list[int], rounder: Rounder) -> list[int]:
        """The rounded percentage of each line, within what the line has left."""
        bases, numerator, denominator = work.initial if self.initial else work.amount, self.numerator, self.denominator
        wanted = [rounder(bases[position] * numerator, denominator) for position in positions]
        if not (self.initial or work.has_floors):
            return wanted  # a percentage of what is left is never more than what is left
        return _within_room(work, positions, wanted)


@dataclass(frozen=True, slots=True)
class LineAmount:
    """A fixed amount off each unit, or off the line once."""

    selection: int
    amount: int
    each_unit: bool
    basis: TaxBasis

    def savings(self, work: Working, selected: Selected, positions: list[int], rounder: Rounder) -> list[int]:
        """The amount for each line, as prices are meant, within what the line has left."""
        quantity = work.quantity
        wanted = [self.amount * quantity[position] if self.each_unit else self.amount for position in positions]
        if self.basis.meant is not None:
            pairs = zip(positions, wanted, strict=True)
            wanted = [self.basis.as_priced(work, position, amount, rounder) for position, amount in pairs]
        return _within_room(work, positions, wanted)


@dataclass(frozen=True, slots=True)
class LinePrice:
    """Each unit costs `price` where it costs more."""

    selection: int
    price: int

    def savings(self, work: Working, selected: Selected, positions: list[int], rounder: Rounder) -> list[int]:
        """What each line costs more than it would at the price; 0 where it costs less."""
        amount, quantity, price = work.amount, work.quantity, self.price
        wanted = [max(0, amount[position] - price * quantity[position]) for position in positions]
        return _within_room(work, positions, wanted)


@dataclass(frozen=True, slots=True)
class Tiers:
    """Percentages by the value of a fact or aggregate: `starts` ascending, `ratios` parallel to it."""

    by: str
    starts: tuple[int, ...]
    ratios: tuple[tuple[int, int], ...]

    def ratio(self, values: Mapping[str, Key], selected: Selected) -> tuple[int, int] | None:
        """The ratio of the row the value falls into; None below the first row or when the fact is missing."""
        value = selected.touched.get(self.by, values.get(self.by, 0 if self.by.startswith("lines[") else None))
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

    def savings(self, work: Working, selected: Selected, positions: list[int], rounder: Rounder) -> list[int]:
        """The percentage of the tier reached, of each line; 0 below the first tier."""
        ratio = self.tiers.ratio(work.values, selected)
        if ratio is None:
            return [0] * len(positions)
        bases = work.initial if self.initial else work.amount
        wanted = [rounder(bases[position] * ratio[0], ratio[1]) for position in positions]
        return _within_room(work, positions, wanted)


def _within_room(work: Working, positions: list[int], wanted: list[int]) -> list[int]:
    amount, floor = work.amount, work.floor
    return [
        saving if saving <= (room := amount[position] - floor[position]) else room
        for position, saving in zip(positions, wanted, strict=True)
    ]
