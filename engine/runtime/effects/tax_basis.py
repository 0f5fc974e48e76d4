"""An amount meant with or without tax, on prices that are the other way round.

The conversion happens here and nowhere else, by the rate of the line, before any cap (semantics of tax-inclusive
pricing: mixing the two bases is how discounts end up below zero).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm
from typing import Literal

from engine.runtime.arithmetic import Rounder
from engine.runtime.working import Working


@dataclass(frozen=True, slots=True)
class TaxBasis:
    """`meant` is how the rule means its amount; None: as the prices are."""

    meant: Literal["included", "excluded"] | None

    def converts(self, work: Working) -> bool:
        """Whether prices are meant the other way round."""
        return self.meant is not None and work.tax_ratio is not None and work.tax_ratio[0] != self.meant

    def weighed(self, work: Working, positions: list[int], weights: list[int]) -> tuple[list[int], int]:
        """`weights` times what one unit of the amount is worth in the prices of each line, times the scale returned."""
        factors = [self._factor(work, position) for position in positions]
        scale = lcm(*(denominator for _, denominator in factors))
        pairs = zip(weights, factors, strict=True)
        return [weight * numerator * (scale // denominator) for weight, (numerator, denominator) in pairs], scale

    def as_priced(self, work: Working, position: int, amount: int, rounder: Rounder) -> int:
        """The amount in the basis of the line's price; unchanged when no tax rate is known for the line."""
        numerator, denominator = self._factor(work, position)
        return amount if numerator == denominator else rounder(amount * numerator, denominator)

    def _factor(self, work: Working, position: int) -> tuple[int, int]:
        """What one unit of the amount is worth in the prices of the line; one where no tax rate is known."""
        rate = work.tax_ratio[1](position) if work.tax_ratio is not None and self.converts(work) else None
        if rate is None:
            return 1, 1
        numerator, denominator = rate
        with_tax = denominator + numerator
        return (with_tax, denominator) if self.meant == "excluded" else (denominator, with_tax)
