"""Which part of the carts, and of the money, does a change concern? Exact ratios, and how they are written."""

from __future__ import annotations

from typing import Final

from engine.compare.model import Comparison, InCurrency
from engine.money import round_ratio

Ratio = tuple[int, int]
"""Part and whole; a whole of 0 has no ratio."""

_DIGITS: Final = 4


def worse(comparison: Comparison) -> Ratio:
    """Carts that pay more or are refused now, of those that the first book lets through."""
    return dearer(comparison) + comparison.died, comparison.compared + comparison.died


def revenue_change(sums: InCurrency) -> Ratio:
    """By how much the sum of totals changes, over the carts that both books let through; negative when it falls."""
    return sums.after.total - sums.before.total, sums.before.total


def revenue_change_with_lost(sums: InCurrency) -> Ratio:
    """The same with the totals of carts that died and were revived."""
    before = sums.before.total + sums.lost
    return sums.after.total + sums.won - before, before


def dearer(comparison: Comparison) -> int:
    """Carts that pay more, whatever their currency."""
    return sum(sums.dearer for sums in comparison.currencies.values())


def cheaper(comparison: Comparison) -> int:
    """Carts that pay less, whatever their currency."""
    return sum(sums.cheaper for sums in comparison.currencies.values())


def percent_text(ratio: Ratio) -> str | None:
    """The ratio in percent with four digits, rounded half up; None without a whole."""
    part, whole = ratio
    if whole <= 0:
        return None
    scaled = round_ratio(part * 100 * 10**_DIGITS, whole, "half_up")
    sign = "-" if scaled < 0 else ""
    return f"{sign}{abs(scaled) // 10**_DIGITS}.{abs(scaled) % 10**_DIGITS:0{_DIGITS}}"
