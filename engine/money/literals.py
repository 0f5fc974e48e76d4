"""How a plain decimal number, as people write it, is taken apart exactly."""

import re
from decimal import Decimal

_PLAIN = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")
_LONGEST_WRITTEN = 64
_LONGEST_SHOWN = 40


def split_decimal(value: object) -> tuple[int, str] | None:
    """`(whole number, decimals)` such that value = whole number / 10 ** len(decimals), or None.

    "-3.20" gives (-320, "20"); the decimals are kept as written, trailing zeros too. Accepts text,
    int and Decimal of at most 64 characters; None for anything else: bool, float, exponents (1e3),
    signs other than "-", separators, spaces, digits outside 0-9, infinities and NaN.
    """
    text = _written(value)
    match = _PLAIN.fullmatch(text) if len(text) <= _LONGEST_WRITTEN else None
    if match is None:
        return None
    sign, whole, decimals = match.group(1), match.group(2), match.group(3) or ""
    digits = int(whole + decimals)
    return (-digits if sign else digits), decimals


def shown(value: object) -> str:
    """The value as an error message quotes it: repr-quoted if text, shortened when long."""
    text = _written(value)
    if len(text) > _LONGEST_SHOWN:
        text = text[: _LONGEST_SHOWN - 1] + "…"
    return repr(text) if isinstance(value, str) else text


def _written(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        # format() of a huge positive exponent would spell out every zero, str() keeps "1E+3".
        return str(value) if _is_scientific(value) else format(value, "f")
    if isinstance(value, int) and not isinstance(value, bool):
        # Python refuses to print integers over 4,300 digits, and this one is far out of range anyway.
        return str(value) if value.bit_length() <= 4 * _LONGEST_WRITTEN else "an integer of over 64 digits"
    if isinstance(value, (bool, float)) or value is None:
        return f"{type(value).__name__} {value}"
    return f"a {type(value).__name__}"


def _is_scientific(value: Decimal) -> bool:
    exponent = value.as_tuple().exponent
    return not isinstance(exponent, int) or exponent > 0 or exponent < -_LONGEST_WRITTEN
