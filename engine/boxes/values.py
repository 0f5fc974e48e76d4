"""Which values of one fact does a condition accept?

A ``ValueSet`` is a union of half-open intervals over one totally ordered domain, plus one bit that says
whether the *missing* fact belongs to it. Keys are all ``int`` (money in minor units, grams, counts, instants
in microseconds, booleans as 0 and 1) or all ``str`` (codes, postcodes, category paths written ``a/b/``).

It is stored as sorted *cuts*: membership flips at each cut, starting from ``from_start``. So a complement
flips one bit, and every other operation is one merge of two sorted tuples.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from engine.boxes.keys import Interval, Key, after_prefix, nearest_to_zero, plain, shortest, successor
from engine.boxes.words import any_of, describe_interval

__all__ = ["Interval", "Key", "ValueSet"]


@dataclass(frozen=True, slots=True)
class ValueSet:
    """An immutable, hashable set of values of one fact; equal sets compare equal.

    Use the constructors below, which keep the canonical form: cuts strictly increasing, and never the empty
    text, because nothing is below it. Mixing numbers and texts in one set raises ``TypeError``.
    """

    from_start: bool
    edges: tuple[Key, ...]
    missing: bool

    # -- constructors

    @classmethod
    def nothing(cls) -> ValueSet:
        return _NOTHING

    @classmethod
    def anything(cls) -> ValueSet:
        """Every known value, and missing."""
        return _ANYTHING

    @classmethod
    def known(cls) -> ValueSet:
        """Every known value, but not missing."""
        return _KNOWN

    @classmethod
    def only_missing(cls) -> ValueSet:
        return _ONLY_MISSING

    @classmethod
    def point(cls, value: Key) -> ValueSet:
        return cls.interval(value, successor(value))

    @classmethod
    def points(cls, values: Iterable[Key]) -> ValueSet:
        edges: list[Key] = []
        for value in _in_order(set(values)):
            if edges and edges[-1] == value:
                edges.pop()
            else:
                edges.append(plain(value))
            edges.append(successor(value))
        return _canonical(False, edges, False)

    @classmethod
    def interval(cls, low: Key | None, high: Key | None) -> ValueSet:
        """``[low, high)``; ``None`` is an open end; nothing when ``low >= high``."""
        if low is None:
            return _KNOWN if high is None else _canonical(True, [plain(high)], False)
        if high is None:
            return _canonical(False, [plain(low)], False)
        if isinstance(low, str) != isinstance(high, str):
            raise TypeError(f"an interval needs two numbers or two texts, not {low!r} and {high!r}")
        if [low] >= [high]:
            return _NOTHING
        return _canonical(False, [plain(low), plain(high)], False)

    @classmethod
    def prefix(cls, start: str) -> ValueSet:
        """Every text that starts with ``start``; every known text when ``start`` is empty."""
        return cls.interval(start, after_prefix(start))

    @classmethod
    def union_of(cls, sets: Iterable[ValueSet]) -> ValueSet:
        """The union of many sets in one sweep, where a chain of ``union`` would take quadratic time."""
        return _in_at_least(1, sets)

    # -- algebra

    def union(self, other: ValueSet) -> ValueSet:
        if self is other or other is _NOTHING or self is _ANYTHING:
            return self
        if self is _NOTHING or other is _ANYTHING:
            return other
        return _in_at_least(1, (self, other))

    def intersect(self, other: ValueSet) -> ValueSet:
        if self is other or other is _ANYTHING or self is _NOTHING:
            return self
        if self is _ANYTHING or other is _NOTHING:
            return other
        return _in_at_least(2, (_clip(self, other), _clip(other, self)))

    def subtract(self, other: ValueSet) -> ValueSet:
        return self.intersect(other.complement())

    def complement(self) -> ValueSet:
        """Everything else, where missing counts as a value."""
        return ValueSet(not self.from_start, self.edges, not self.missing)

    def known_complement(self) -> ValueSet:
        """The other known values: the negation of a condition, which stays unknown on a missing fact."""
        return ValueSet(not self.from_start, self.edges, False)

    def with_missing(self, missing: bool = True) -> ValueSet:
        """The same known values, with or without the missing fact."""
        return self if self.missing == missing else ValueSet(self.from_start, self.edges, missing)

    # -- questions

    def is_empty(self) -> bool:
        return not self.edges and not self.from_start and not self.missing

    def is_anything(self) -> bool:
        return not self.edges and self.from_start and self.missing

    def is_subset(self, other: ValueSet) -> bool:
        return self.subtract(other).is_empty()

    def contains(self, value: Key | None) -> bool:
        """Whether the value belongs to the set; ``None`` asks for the missing fact."""
        if value is None:
            return self.missing
        return self.from_start ^ (bisect_right(self.edges, value) & 1 == 1)

    def cuts(self) -> tuple[Key, ...]:
        """The places where membership flips, in increasing order."""
        return self.edges

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """The known values as sorted, disjoint, non-touching half-open intervals."""
        ends: list[Key | None] = [None, *self.edges] if self.from_start else [*self.edges]
        if len(ends) % 2:
            ends.append(None)
        return tuple(zip(ends[::2], ends[1::2], strict=True))

    def as_points(self) -> tuple[Key, ...] | None:
        """The known values when they are few single points, else ``None``.

        A run of whole numbers such as ``[3, 900)`` is an interval, not 897 points; ``[3, 5)`` is one too,
        so numbers count as points only when they stand alone.
        """
        values = [low for low, high in self.intervals if low is not None and high == successor(low)]
        if self.from_start and self.edges == ("\0",):
            return ("",)
        return tuple(values) if len(values) == len(self.intervals) else None

    def smallest(self) -> Key | None:
        """A small known value to show as a witness, ``None`` when there is none.

        Numbers: the smallest that is not negative, else the negative one nearest to zero. Texts: the
        shortest, then the first in order, except that letters and digits are preferred to the control
        characters a strict order would give. A set without cuts holds every value of a domain it cannot
        know: it answers 0, which is wrong for texts.
        """
        if not self.edges:
            return 0 if self.from_start else None
        if isinstance(self.edges[0], str):
            found = [shortest(low, high) for low, high in self.intervals]
            return min(found, key=lambda text: (len(text), text), default=None)
        return nearest_to_zero(self.intervals)

    def describe(self, formatter: Callable[[Key], str] = str) -> str:
        """The set in words: ``[150.00, 200.00)``, ``BR or PT``, ``anything but BR``, ``missing``."""
        if self.is_empty():
            return "nothing"
        if self.is_anything():
            return "anything"
        if not self.edges:
            return "any known value" if self.from_start else "missing"
        others = ValueSet(not self.from_start, self.edges, False)
        if self.from_start and (excluded := others.as_points()) is not None:
            words = "anything but " + any_of([formatter(value) for value in excluded])
            return words + ", or missing" if self.missing else words
        parts = [describe_interval(low, high, formatter) for low, high in self.intervals]
        return any_of([*parts, "missing"] if self.missing else parts)


_MANY_CUTS = 16
_NOTHING = ValueSet(False, (), False)
_ANYTHING = ValueSet(True, (), True)
_KNOWN = ValueSet(True, (), False)
_ONLY_MISSING = ValueSet(False, (), True)


def _canonical(from_start: bool, edges: list[Key], missing: bool) -> ValueSet:
    if edges and edges[0] == "":
        from_start, edges = not from_start, edges[1:]
    return ValueSet(from_start, tuple(edges), missing)


def _clip(values: ValueSet, bounds: ValueSet) -> ValueSet:
    """The same set where ``bounds`` lies; so a few values meet a set of thousands in logarithmic time."""
    if bounds.from_start or len(bounds.edges) % 2 or len(values.edges) < _MANY_CUTS:
        return values
    if not bounds.edges:
        return ValueSet(False, (), values.missing)
    first = bisect_right(values.edges, bounds.edges[0])
    after = bisect_right(values.edges, bounds.edges[-1], first)
    return ValueSet(values.from_start ^ (first % 2 == 1), values.edges[first:after], values.missing)


def _in_at_least(enough: int, sets: Iterable[ValueSet]) -> ValueSet:
    """The values that lie in at least so many of the sets, found in one sweep over the cuts of all."""
    depth = missing = 0
    steps: dict[Key, int] = {}
    for values in sets:
        missing += values.missing
        depth += values.from_start
        step = -1 if values.from_start else 1
        for cut in values.edges:
            steps[cut] = steps.get(cut, 0) + step
            step = -step
    from_start = inside = depth >= enough
    edges = []
    for cut in _in_order(steps):
        depth += steps[cut]
        if (depth >= enough) != inside:
            inside = not inside
            edges.append(cut)
    return ValueSet(from_start, tuple(edges), missing >= enough)


def _in_order(cuts: Iterable[Key]) -> list[Key]:
    try:
        return sorted(cuts)
    except TypeError:
        raise TypeError(f"numbers and texts on one axis: {sorted(map(repr, cuts))}") from None
