"""How a written percentage becomes an exact ratio."""

from decimal import Decimal
from math import gcd
from typing import Final, TypeAlias

from engine.money.faults import BadPercent
from engine.money.literals import shown, split_decimal

# Numerator and denominator in lowest terms: 12.5 % is (1, 8).
Percent: TypeAlias = tuple[int, int]

MOST_DECIMALS: Final = 6


def parse_percent(text: str | int | Decimal) -> Percent:
    """The ratio of a percentage in lowest terms: "12.5", "12.5%", 12 or Decimal("12.5").

    Not negative, no upper bound here (whether more than 100 makes sense depends on its use), at most
    six decimals. Raises BadPercent, naming the value and how to write it.
    """
    figure = text.removesuffix("%").rstrip(" ") if isinstance(text, str) else text
    split = split_decimal(figure)
    if split is None:
        raise BadPercent(f"{shown(text)} is not a percentage", 'write plain digits such as "12.5" or "12.5%"')
    number, decimals = split
    if number < 0:
        raise BadPercent(f"{shown(text)} is negative", "write the percentage without a sign")
    if len(decimals) > MOST_DECIMALS:
        raise BadPercent(
            f"{shown(text)} has too many decimal digits ({len(decimals)}), a percentage allows at most {MOST_DECIMALS}",
            "percentages are never rounded for you",
        )
    denominator = 100 * 10 ** len(decimals)
    common = gcd(number, denominator)
    return number // common, denominator // common
