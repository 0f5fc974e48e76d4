"""How a written amount becomes integer minor units, and how it is written again."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Final

from engine.money.currency import exponent
from engine.money.faults import BadAmount
from engine.money.literals import shown, split_decimal

# Keeps every sum and product of a cart far from 64-bit limits of databases and JSON readers.
LARGEST_MINOR: Final = 10**15

# By number of digits; a table, because 10**n is no int to the type checker.
_POWERS_OF_TEN: Final = (1, 10, 100, 1_000, 10_000)


def parse_amount(text: str | int | Decimal, currency: str) -> int:
    """Minor units of an amount written in major units: "3.20" EUR is 320, "320" JPY is 320.

    Fewer decimals than the currency has are fine ("3" EUR is 300). Raises BadAmount for more (never
    rounds, not even a trailing zero), for anything that is not plain digits with an optional "-" and
    point, and beyond `LARGEST_MINOR`; UnknownCurrency for the code.
    """
    allowed = exponent(currency)
    split = split_decimal(text)
    if split is None:
        raise BadAmount(
            f"{shown(text)} is not an amount of {currency}",
            f"write plain digits such as {_example(allowed)}, without exponent, separators or signs",
        )
    number, decimals = split
    if len(decimals) > allowed:
        raise BadAmount(
            f"{shown(text)} has too many decimal digits ({len(decimals)}), {currency} allows {_at_most(allowed)}",
            f"write the amount as in {_example(allowed)}; amounts are never rounded for you",
        )
    minor = number * _POWERS_OF_TEN[allowed - len(decimals)]
    if abs(minor) > LARGEST_MINOR:
        raise BadAmount(
            f"{shown(text)} {currency} is too large",
            f"amounts lie within ±{format_amount(LARGEST_MINOR, currency)}",
        )
    return minor


def format_amount(minor: int, currency: str) -> str:
    """The amount in major units with all digits of its currency: -320 EUR is "-3.20".

    No symbol, no grouping, always a point. Raises UnknownCurrency.
    """
    return formatter(currency)(minor)


@cache
def formatter(currency: str) -> Callable[[int], str]:
    """`format_amount` for one currency, for writing many amounts. Raises UnknownCurrency."""
    digits = exponent(currency)
    if digits == 0:
        return str
    unit = _POWERS_OF_TEN[digits]
    ends = [f".{part:0{digits}d}" for part in range(unit)]  # looked up, which is twice as fast as formatting

    def write(minor: int) -> str:
        if minor < 0:
            return f"-{-minor // unit}{ends[-minor % unit]}"
        return f"{minor // unit}{ends[minor % unit]}"

    return write


def _example(digits: int) -> str:
    return '"1250"' if digits == 0 else f'"12.{"5".ljust(digits, "0")}"'


def _at_most(digits: int) -> str:
    return "none" if digits == 0 else f"at most {digits}"
