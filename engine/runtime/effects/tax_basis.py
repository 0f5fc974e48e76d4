"""An amount meant with or without tax, on prices that are the other way round.

The conversion happens here and nowhere else, by the rate of the line, before any cap (semantics of tax-inclusive
pricing: mixing the two bases is how discounts end up below zero).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.runtime.arithmetic import Rounder
from engine.runtime.working import Working


@dataclass(frozen=True, slots=True)
class TaxBasis:
    """`meant` is how the rule means its amount; None: as the prices are."""

    meant: Literal["included", "excluded"] | None

    def as_priced(self, work: Working, position: int, amount: int, rounder: Rounder) -> int:
        """The amount in the basis of the line's price; unchanged when no tax rate is known for the line."""
        if self.meant is None or work.tax_ratio is None:
            return amount
        prices, ratio_of = work.tax_ratio
        if prices == self.meant:
            return amount
        rate = ratio_of(position)
        if rate is None:
            return amount
        numerator, denominator = rate
        if prices == "included":
            return rounder(amount * (denominator + numerator), denominator)
        return rounder(amount * denominator, denominator + numerator)


AS_PRICED = TaxBasis(None)
