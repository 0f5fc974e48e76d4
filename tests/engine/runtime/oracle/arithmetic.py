"""Rounding and sharing as the reference states them, with fractions and nothing clever."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

HALF = Fraction(1, 2)


def rounded(value: Fraction, mode: str) -> int:
    """A whole number of minor units; modes are symmetric around zero."""
    size = abs(value)
    whole, rest = int(size), size - int(size)
    goes_up = {
        "half_up": rest >= HALF,
        "half_down": rest > HALF,
        "half_even": rest > HALF or (rest == HALF and whole % 2 == 1),
        "up": rest > 0,
        "down": False,
    }[mode]
    size_rounded = whole + 1 if goes_up else whole
    return size_rounded if value >= 0 else -size_rounded


def shared_out(total: int, weights: Sequence[Fraction | int]) -> list[int]:
    """Largest remainder, ties to the one that comes first; nobody without weight gets anything."""
    whole = sum(weights)
    if not whole:
        return [0 for _ in weights]
    exact = [Fraction(total) * weight / whole for weight in weights]
    parts = [int(share) for share in exact]
    for _ in range(total - sum(parts)):
        worst = max(range(len(parts)), key=lambda number: (exact[number] - parts[number], -number))
        parts[worst] += 1
    return parts


def percent_of(amount: int, ratio: tuple[int, int], mode: str) -> int:
    """A percentage of an amount, rounded once."""
    return rounded(Fraction(amount * ratio[0], ratio[1]), mode)
