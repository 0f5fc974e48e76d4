"""What is a box, and how do boxes intersect, subtract and contain one another?

A box is a conjunction: it maps axes (fact names) to the values they may take. An axis that a box does not
name is unconstrained: any value, or missing. A disjunction is a list of boxes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import final

from engine.boxes.values import Key, ValueSet

_ANYTHING = ValueSet.anything()


@final
class Box:
    """An immutable, hashable map from axis to ``ValueSet``; axes that accept anything are not kept."""

    __slots__ = ("_hash", "_sets")

    _sets: dict[str, ValueSet]
    _hash: int

    def __init__(self, sets: Mapping[str, ValueSet] | None = None) -> None:
        kept = {axis: values for axis, values in sorted((sets or {}).items()) if not values.is_anything()}
        object.__setattr__(self, "_sets", kept)
        object.__setattr__(self, "_hash", hash(tuple(kept.items())))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Box does not change; use with_axis()")

    def __reduce__(self) -> tuple[type[Box], tuple[dict[str, ValueSet]]]:
        return (Box, (self._sets,))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Box) and self._sets == other._sets

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Box({self.describe()})"

    def __getitem__(self, axis: str) -> ValueSet:
        """The values accepted on an axis: anything when the box does not name it."""
        return self._sets.get(axis, _ANYTHING)

    def __iter__(self) -> Iterator[str]:
        return iter(self._sets)

    def __len__(self) -> int:
        return len(self._sets)

    def __contains__(self, axis: object) -> bool:
        return axis in self._sets

    @property
    def axes(self) -> tuple[str, ...]:
        """The constrained axes, in alphabetical order."""
        return tuple(self._sets)

    def items(self) -> tuple[tuple[str, ValueSet], ...]:
        """Constrained axes with their values, in alphabetical order."""
        return tuple(self._sets.items())

    def with_axis(self, axis: str, values: ValueSet) -> Box:
        """The same box with the values of one axis replaced."""
        return Box({**self._sets, axis: values})

    def with_axes(self, sets: Mapping[str, ValueSet]) -> Box:
        """The same box with the values of several axes replaced."""
        return Box({**self._sets, **sets})

    def is_empty(self) -> bool:
        """Whether no cart can be in the box because one axis accepts nothing."""
        return any(values.is_empty() for values in self._sets.values())

    def holds(self, facts: Mapping[str, Key | None]) -> bool:
        """Whether these facts lie in the box; an absent or ``None`` fact is missing."""
        return all(values.contains(facts.get(axis)) for axis, values in self._sets.items())

    def describe(self, formatter: Callable[[str, Key], str] | None = None) -> str:
        """The box in words: ``country: BR or PT, weight: [0, 500)``; ``formatter`` takes axis and value."""
        parts = []
        for axis, values in self._sets.items():
            shown = values.describe() if formatter is None else values.describe(_on_axis(formatter, axis))
            parts.append(f"{axis}: {shown}")
        return ", ".join(parts) or "anything"


def intersect(one: Box, two: Box) -> Box | None:
    """What both boxes accept; ``None`` when that is nothing."""
    sets = dict(one.items())
    for axis, values in two.items():
        common = sets[axis].intersect(values) if axis in sets else values
        if common.is_empty():
            return None
        sets[axis] = common
    both = Box(sets)
    return None if both.is_empty() else both


def is_subset(inner: Box, outer: Box) -> bool:
    """Whether everything in ``inner`` is in ``outer``."""
    return inner.is_empty() or all(inner[axis].is_subset(values) for axis, values in outer.items())


def subtract(one: Box, two: Box) -> list[Box]:
    """What is in ``one`` and not in ``two``, as disjoint boxes, at most one for each axis of ``two``."""
    if one.is_empty():
        return []
    if intersect(one, two) is None:
        return [one]
    pieces = []
    rest = one
    for axis, values in two.items():
        outside = rest[axis].subtract(values)
        if not outside.is_empty():
            pieces.append(rest.with_axis(axis, outside))
        rest = rest.with_axis(axis, rest[axis].intersect(values))
    return pieces


def witness(box: Box, samples: Mapping[str, Key] | None = None) -> dict[str, Key]:
    """Simple facts that lie in a box which is not empty.

    An axis that accepts the missing fact is left out. Any other takes its value from ``samples`` (a typical
    value for an axis) when that lies in the box, else the smallest. An axis that accepts every known value
    needs a sample, because its kind cannot be told from the box: without one it is given 0.
    """
    typical = samples or {}
    facts = {}
    for axis, values in box.items():
        sample = typical.get(axis)
        value = sample if sample is not None and values.contains(sample) else values.smallest()
        if value is not None and not values.missing:
            facts[axis] = value
    return facts


def _on_axis(formatter: Callable[[str, Key], str], axis: str) -> Callable[[Key], str]:
    return lambda value: formatter(axis, value)
