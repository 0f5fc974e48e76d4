"""What does the JSON table of VAT rates say, entry by entry, with the place of every rate?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import zip_longest

from engine.money import BadPercent, parse_percent
from engine.text.diagnostics import Diagnostic, error
from engine.text.nodes import Mapping, Node, Scalar, Sequence
from engine.text.source import Span

_OPEN_START = "0000-01-01"
_TERRITORY_KEYS = ("name", "postcode")


@dataclass(frozen=True, slots=True)
class VatRate:
    """A percentage as decimal text, exactly as the source has it, under its name."""

    name: str
    percent: str
    span: Span


@dataclass(frozen=True, slots=True)
class Territory:
    """Part of a country, told by a regular expression over whole postcodes, with rates of its own."""

    name: str
    pattern: str
    rates: tuple[VatRate, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Entry:
    """Rates of a country from `start` (None: always) until `end` (None: open); `read` counts all."""

    country: str
    start: date | None
    end: date | None
    rates: tuple[VatRate, ...]
    territories: tuple[Territory, ...]
    read: int
    span: Span


def read_countries(node: Node, diagnostics: list[Diagnostic]) -> list[Entry]:
    """All entries, by country as in the source, then by time. What cannot be read is told."""
    reader = _Reader(diagnostics)
    items = reader.mapping(node, "items")
    entries: list[Entry] = []
    for country in () if items is None else items.entries:
        read = [reader.entry(country.key.text, part) for part in reader.sequence(country.value)]
        known = [entry for entry in read if entry is not None]
        entries += _with_ends(known, diagnostics)
    return entries


def _with_ends(entries: list[Entry], diagnostics: list[Diagnostic]) -> list[Entry]:
    """Each entry ends where the next starts; of two that start on one day the first counts."""
    by_start: dict[date | None, Entry] = {}
    for entry in entries:
        first = by_start.get(entry.start)
        if first is None:
            by_start[entry.start] = entry
            continue
        by_start[entry.start] = replace(first, read=first.read + entry.read)
        message = f"{entry.country} has two entries from {entry.start or 'the beginning of time'}"
        diagnostics.append(error("RS810", message, entry.span, hint="the first one counts; remove the other"))
    in_time = sorted(by_start.values(), key=lambda entry: entry.start or date.min)
    ends = [entry.start for entry in in_time[1:]]
    return [replace(entry, end=end) for entry, end in zip_longest(in_time, ends)]


class _Reader:
    """Reads parts of the table; a part of another shape is told and left out."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        self._diagnostics = diagnostics

    def entry(self, country: str, node: Node) -> Entry | None:
        rates = self.mapping(node, "rates")
        start = self._start(node)
        if rates is None or start is None or not isinstance(node, Mapping):
            return None
        exceptions = node.get("exceptions")
        named = [] if exceptions is None else list(self.sequence(exceptions))
        territories = [self._territory(part) for part in named]
        known = tuple(territory for territory in territories if territory is not None)
        read_rates = tuple(self._rates(rates, ()))
        return Entry(
            country,
            None if start == _OPEN_START else date.fromisoformat(start),
            None,
            read_rates,
            known,
            len(rates.entries) + sum(_count(part) for part in named),
            node.span,
        )

    def mapping(self, node: Node, key: str) -> Mapping | None:
        """The mapping under `key`, or None after a finding."""
        value = node.get(key) if isinstance(node, Mapping) else None
        if not isinstance(value, Mapping):
            self._shape(node, f"expected an object with an object {key!r}")
            return None
        return value

    def sequence(self, node: Node) -> Iterator[Node]:
        """The items of a list; nothing after a finding."""
        if isinstance(node, Sequence):
            yield from node.items
        else:
            self._shape(node, "expected a list")

    def _start(self, node: Node) -> str | None:
        day = node.get("effective_from") if isinstance(node, Mapping) else None
        if isinstance(day, Scalar):
            if day.text == _OPEN_START:
                return day.text
            try:
                return date.fromisoformat(day.text).isoformat()
            except ValueError:
                self._value(day, f"effective_from: {day.text!r} is no day", "expected a day such as 2014-10-20")
                return None
        self._shape(node, "expected an object with 'effective_from'")
        return None

    def _territory(self, node: Node) -> Territory | None:
        name = node.get("name") if isinstance(node, Mapping) else None
        pattern = node.get("postcode") if isinstance(node, Mapping) else None
        if not (isinstance(name, Scalar) and isinstance(pattern, Scalar) and isinstance(node, Mapping)):
            self._shape(node, "expected an exception with 'name' and 'postcode'")
            return None
        rates = tuple(self._rates(node, _TERRITORY_KEYS))
        return Territory(name.text, pattern.text, rates, pattern.span)

    def _rates(self, node: Mapping, other_keys: tuple[str, ...]) -> Iterator[VatRate]:
        for entry in node.entries:
            if entry.key.text in other_keys:
                continue
            if not isinstance(entry.value, Scalar):
                self._shape(entry.value, f"expected a percentage for {entry.key.text!r}")
                continue
            try:
                numerator, denominator = parse_percent(entry.value.text)
            except BadPercent as fault:
                self._value(entry.value, fault.message, fault.hint)
                continue
            if numerator > denominator:
                self._value(entry.value, f"{entry.value.text!r} is above 100 percent", "correct the rate")
                continue
            yield VatRate(entry.key.text, entry.value.text, entry.value.span)

    def _shape(self, node: Node, message: str) -> None:
        self._diagnostics.append(error("RS807", message, node.span, hint="is this the table of VAT rates?"))

    def _value(self, node: Scalar, message: str, hint: str) -> None:
        self._diagnostics.append(error("RS804", message, node.span, hint=hint))


def _count(node: Node) -> int:
    """Rates an exception states, readable or not."""
    if not isinstance(node, Mapping):
        return 0
    return sum(entry.key.text not in _TERRITORY_KEYS for entry in node.entries)
