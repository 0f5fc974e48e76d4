"""Which value does an unquoted scalar stand for?"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

PlainValue = str | int | Decimal | bool | None
NumberFault = Literal["exponent", "radix", "not_finite", "digits", "spelling"]

MAX_DIGITS = 30
"""Longest number read, in digits: enough for any amount, weight or id, and cheap to convert."""

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_START = frozenset("+-.0123456789")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?")
_FAULTS: tuple[tuple[NumberFault, re.Pattern[str]], ...] = (
    ("exponent", re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)[eE][-+]?[0-9]+")),
    ("radix", re.compile(r"[-+]?0(?:o[0-7]+|x[0-9a-fA-F]+)")),
    ("not_finite", re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")),
    ("spelling", re.compile(r"[-+]?\.[0-9]+|[-+]?(?:0|[1-9][0-9]*)\.|\+(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")),
)


def plain_value(text: str) -> PlainValue:
    """The value of an unquoted scalar by the YAML 1.2 core schema, numbers kept exact.

    `NO`, `yes`, `on`, dates, times and numbers with leading zeros (`01310`, a postcode) are text. A number
    the language does not read (see `number_fault`) is given back as its text.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_START:
        return text
    number = _NUMBER.fullmatch(text)
    if number is None or _digits(text) > MAX_DIGITS:
        return text
    return Decimal(text) if number.group(1) else int(text)


def number_fault(text: str) -> NumberFault | None:
    """Why an unquoted scalar that YAML 1.2 calls a number is not read as one; None when nothing is wrong."""
    if not text or text[0] not in _NUMBER_START:
        return None
    if _NUMBER.fullmatch(text):
        return "digits" if _digits(text) > MAX_DIGITS else None
    return next((fault for fault, pattern in _FAULTS if pattern.fullmatch(text)), None)


def _digits(text: str) -> int:
    return len(text) - text.startswith("-") - ("." in text)
