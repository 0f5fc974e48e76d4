"""Rounding on the hot path: one function per mode, looked up once per ruleset instead of once per amount."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.money.rounding import Rounding, round_ratio

Rounder = Callable[[int, int], int]
"""`(numerator, denominator)` to the nearest integer in the rounder's mode; denominator positive."""


def _half_up(numerator: int, denominator: int) -> int:
    if numerator >= 0:
        return (2 * numerator + denominator) // (2 * denominator)
    return -((denominator - 2 * numerator) // (2 * denominator))


def _half_even(numerator: int, denominator: int) -> int:
    return round_ratio(numerator, denominator, "half_even")


def _half_down(numerator: int, denominator: int) -> int:
    return round_ratio(numerator, denominator, "half_down")


def _up(numerator: int, denominator: int) -> int:
    return round_ratio(numerator, denominator, "up")


def _down(numerator: int, denominator: int) -> int:
    return round_ratio(numerator, denominator, "down")


ROUNDERS: dict[Rounding, Rounder] = {
    "half_up": _half_up,
    "half_even": _half_even,
    "half_down": _half_down,
    "up": _up,
    "down": _down,
}


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """`engine.money.allocation.allocate` for what the runtime already knows: 0 ≤ total ≤ sum of weights ≥ 0.

    Largest remainder, ties to the earlier line (semantics: one unit at most between any part and its exact share).
    """
    whole = sum(weights)
    if total == whole:
        return list(weights)
    if total == 0:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    left = total - sum(parts)
    if left:
        remainders = [total * weight % whole for weight in weights]
        order = sorted(range(len(parts)), key=remainders.__getitem__, reverse=True)
        for index in order[:left]:
            parts[index] += 1
    return parts
