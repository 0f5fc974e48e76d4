"""How are values, stretches of values and carts said in a finding?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from zoneinfo import ZoneInfo

from engine.boxes.box import Box
from engine.boxes.build import is_member_axis
from engine.boxes.values import Interval, Key, ValueSet
from engine.facts.literals import show
from engine.facts.vocabulary import FactType
from engine.lint.domain import Domain
from engine.money import format_amount

_NAMED = 3
_ANY_TEXT = "x"
_SAMPLES: Final[Mapping[FactType, tuple[Key, ...]]] = {
    "country": ("BR", "GB", "US", "JP", "DE", "FR", "PT", "CA"),
    "region": ("SP", "CA", "ON", "RJ"),
    "postcode": ("01310100", "10001", "SW1A1AA"),
    "category": ("shoes/", "books/", "toys/"),
    "instant": (1_767_225_600_000_000,),  # the first instant of 2026, UTC
}


class Wording:
    """Prints keys as an author would write them, in the currency and time zone of one document."""

    def __init__(self, domain: Domain, currency: str, timezone: ZoneInfo) -> None:
        self._domain = domain
        self._currency = currency
        self._timezone = timezone

    def value(self, axis: str, key: Key) -> str:
        """One value: `500g`, `150.00`, `2026-11-01T00:00`, `clothing/socks`."""
        kind = self._domain.type_of(axis)
        return str(key) if kind is None else show(key, kind, self._currency, self._timezone)

    def money(self, minor: int) -> str:
        """An amount in the currency of the document: `20.65`."""
        return format_amount(minor, self._currency)

    def stretch(self, axis: str, interval: Interval) -> str:
        """Where a stretch lies: `at 20g`, `from 501g to below 600g`, `from 2001g on`, `below 1g`."""
        low, high = interval
        if low is None:
            return "everywhere" if high is None else f"below {self.value(axis, high)}"
        if high is None:
            return f"from {self.value(axis, low)} on"
        if ValueSet.interval(low, high) == ValueSet.point(low):
            return f"at {self.value(axis, low)}"
        return f"from {self.value(axis, low)} to below {self.value(axis, high)}"

    def cart(self, box: Box) -> str:
        """A smallest cart in the box: `destination.country = BR, shipment.weight_g = 20g`.

        Facts that may be missing, or whose value does not matter, are left out.
        """
        parts = []
        with_member = {axis.split("∋")[0] for axis in box if is_member_axis(axis)}
        for axis, values in box.items():
            possible = self._domain.values(axis)
            common = values.intersect(possible)
            if common == ValueSet.only_missing():
                parts.append(f"{axis.removesuffix('∋')} is missing")
            elif not common.missing and common != possible and axis.removesuffix("∋") not in with_member:
                parts.append(self._said(axis, common))
        return ", ".join(parts) or "any cart"

    def _said(self, axis: str, values: ValueSet) -> str:
        if is_member_axis(axis):
            fact, member = axis.split("∋", 1)
            return f"{fact} {'has' if values.contains(1) else 'lacks'} {member}"
        if axis.endswith("∋"):
            return f"{axis.removesuffix('∋')} is known"
        return f"{axis} = {self.value(axis, self._simplest(axis, values))}"

    def _simplest(self, axis: str, values: ValueSet) -> Key:
        kind = self._domain.type_of(axis)
        if kind is not None and values.from_start:
            sample = next((key for key in _SAMPLES.get(kind, (_ANY_TEXT,)) if _fits(key, values)), None)
            if sample is not None:
                return sample
        low = values.intervals[0][0] if values.intervals else None
        if kind == "postcode" and isinstance(low, str) and not low.endswith("\0"):
            return low  # shorter texts may come first, but are no postcodes
        smallest = values.smallest()
        return _ANY_TEXT if smallest is None else smallest


def quoted(names: Iterable[str]) -> str:
    """`'a'`, `'a' and 'b'`, `'a', 'b' and 'c'`, `'a', 'b', 'c' and 4 more`."""
    every = list(dict.fromkeys(names))
    shown = [f"'{name}'" for name in every[:_NAMED]]
    if len(every) > _NAMED:
        shown.append(f"{len(every) - _NAMED} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else "nothing"


def _fits(sample: Key, values: ValueSet) -> bool:
    """Whether the sample is in the set; a set of the other kind of keys has no samples."""
    return all(isinstance(cut, str) == isinstance(sample, str) for cut in values.cuts()) and values.contains(sample)
