"""How are weights, volumes, durations and counts read, exactly and with their unit?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engine.facts.answers import Answer
from engine.facts.expected import described, wrong_type
from engine.text.diagnostics import Diagnostic, error
from engine.text.nodes import Node, Scalar
from engine.text.suggest import did_you_mean

LARGEST: Final = 10**15
"""The largest count and measure, so that sums and products stay far from 64-bit limits of databases and JSON."""


@dataclass(frozen=True, slots=True)
class _Measure:
    """A kind of measure: its units in multiples of the smallest, which is the whole number a key counts."""

    name: str
    code: str
    units: Mapping[str, int]
    example: str
    smallest: str


_WEIGHT: Final = _Measure("weight", "RS312", {"g": 1, "kg": 1000}, "500g or 2.5kg", "grams")
_VOLUME: Final = _Measure(
    "volume", "RS312", {"cm3": 1, "cm³": 1, "l": 1000, "m3": 1_000_000}, "4500cm3", "cubic centimetres"
)
_DURATION: Final = _Measure(
    "duration", "RS313", {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}, "30s, 15m, 24h or 30d", "seconds"
)
# What people write for units that exist, but not here.
_OTHER_NAMES: Final = {
    "gram": "g", "grams": "g", "gr": "g", "kilo": "kg", "kgs": "kg",
    "cc": "cm3", "ml": "cm3", "litre": "l", "liter": "l",
    "sec": "s", "second": "s", "seconds": "s", "min": "m", "mins": "m", "minute": "m", "minutes": "m",
    "hr": "h", "hour": "h", "hours": "h", "day": "d", "days": "d", "week": "w", "weeks": "w",
}  # fmt: skip

_WRITTEN = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,9}))? ?([^\W\d_][\w³]{0,15})")
_NUMBER = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,9})?")
_WHOLE = re.compile(r"-?[0-9]{1,30}")


def read_weight(node: Node) -> Answer[int]:
    """Grams, from `500g` or `2.5kg`; a part of a gram is a fault."""
    return _read(node, _WEIGHT)


def read_volume(node: Node) -> Answer[int]:
    """Cubic centimetres, from `4500cm3`, `4.5l` or `0.1m3`."""
    return _read(node, _VOLUME)


def read_duration_seconds(node: Node) -> Answer[int]:
    """Seconds, from `30s`, `15m`, `24h`, `30d` or `2w`; a day is 24 hours."""
    return _read(node, _DURATION)


def read_count(node: Node) -> Answer[int]:
    """A whole number from 0 to `LARGEST`, plain or quoted."""
    number = whole_number(node)
    if number is None:
        return None, wrong_type(node, "count")
    if not 0 <= number <= LARGEST:
        return None, error("RS315", f"a count must be from 0 to {LARGEST}, got {number}", node.span)
    return number, None


def whole_number(node: Node) -> int | None:
    """The whole number of at most 30 digits that is written there, plain or quoted; None for anything else."""
    text = node.text.strip() if isinstance(node, Scalar) else ""
    return int(text) if _WHOLE.fullmatch(text) else None


def show_weight(grams: int) -> str:
    """`500g`, `2kg`, `31.5kg`: in kilograms from one on."""
    if grams < 1000:
        return f"{grams}g"
    kilograms, rest = divmod(grams, 1000)
    return f"{kilograms}.{rest:03d}".rstrip("0").rstrip(".") + "kg"


def show_volume(cubic_centimetres: int) -> str:
    """`4500cm3`."""
    return f"{cubic_centimetres}cm3"


def show_duration(seconds: int) -> str:
    """`15m` for 900: in the largest unit that divides it."""
    for unit in ("w", "d", "h", "m"):
        if seconds and seconds % _DURATION.units[unit] == 0:
            return f"{seconds // _DURATION.units[unit]}{unit}"
    return f"{seconds}s"


def _read(node: Node, measure: _Measure) -> Answer[int]:
    text = node.text.strip() if isinstance(node, Scalar) else ""
    written = _WRITTEN.fullmatch(text)
    if written is None:
        return None, _not_a_measure(node, text, measure)
    whole, decimals, unit = written.group(1), written.group(2) or "", written.group(3)
    size = measure.units.get(unit)
    if size is None:
        return None, _unknown_unit(node, unit, measure)
    value, rest = divmod(int(whole + decimals) * size, 10 ** len(decimals))
    if rest:
        message = f"'{text}' is not a whole number of {measure.smallest}"
        return None, error(measure.code, message, node.span, hint="it is never rounded for you; leave out decimals")
    if value > LARGEST:
        message = f"'{text}' is too large"
        return None, error(measure.code, message, node.span, hint=f"at most {LARGEST} {measure.smallest}")
    return value, None


def _not_a_measure(node: Node, text: str, measure: _Measure) -> Diagnostic:
    message = f"expected a {measure.name}, got {described(node)}"
    hint = f"write it with its unit, as in {measure.example}"
    if _NUMBER.fullmatch(text):
        hint = "add the unit: " + " or ".join(f"{text}{unit}" for unit in list(measure.units)[:2])
    return error(measure.code, message, node.span, hint=hint)


def _unknown_unit(node: Node, unit: str, measure: _Measure) -> Diagnostic:
    folded = unit.casefold()
    meant = folded if folded in measure.units else _OTHER_NAMES.get(folded, "")
    known = f"units of {measure.name}: {', '.join(measure.units)}"
    hint = f"did you mean '{meant}'?" if meant in measure.units else did_you_mean(unit, measure.units) or known
    return error(measure.code, f"'{unit}' is not a unit of {measure.name}", node.span, hint=hint)
