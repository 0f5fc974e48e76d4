"""Which values can a fact take at all, whatever a ruleset says about it?

A proof that something can never happen, or always does, holds only for carts that exist: a count is never
negative, a boolean is true or false, and a fact that the vocabulary calls never missing has a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from engine.boxes.box import Box, intersect
from engine.boxes.build import is_member_axis
from engine.boxes.values import ValueSet
from engine.documents.conditions import Aggregate, Measure
from engine.facts.vocabulary import Fact, FactType, Vocabulary

_SET = "∋"
_FLAG = ValueSet.interval(0, 2)
_AT_LEAST_ONE: Final = frozenset({"line.quantity", "shipment.item_count"})
_RANGES: Final[Mapping[FactType, ValueSet]] = {
    "money": ValueSet.interval(0, None),
    "count": ValueSet.interval(0, None),
    "weight": ValueSet.interval(0, None),
    "volume": ValueSet.interval(0, None),
    "boolean": _FLAG,
    "weekday": ValueSet.interval(0, 7),
    "time": ValueSet.interval(0, 24 * 60),
}
_TYPES_OF_MEASURES: Final[Mapping[Measure, FactType]] = {
    "count": "count",
    "quantity": "count",
    "subtotal": "money",
    "weight_g": "weight",
}


class Domain:
    """The values of every axis of one document, worked out once each."""

    def __init__(self, vocabulary: Vocabulary, aggregates: Mapping[str, Aggregate]) -> None:
        self._vocabulary = vocabulary
        self._aggregates = aggregates
        self._values: dict[str, ValueSet] = {}

    def type_of(self, axis: str) -> FactType | None:
        """The type of the values on an axis; boolean for one member of a set; None for an unknown fact."""
        if axis in self._aggregates:
            return _TYPES_OF_MEASURES[self._aggregates[axis].measure]
        if is_member_axis(axis):
            return "boolean"
        fact = self._fact(axis)
        return None if fact is None else fact.type

    def values(self, axis: str) -> ValueSet:
        """What the axis can be, the missing fact included where it can be missing."""
        found = self._values.get(axis)
        if found is None:
            found = self._values[axis] = self._work_out(axis)
        return found

    def universe(self, axes: Iterable[str]) -> Box:
        """Everything that can occur on these axes."""
        return Box({axis: self.values(axis) for axis in axes})

    def clip(self, box: Box) -> Box | None:
        """What of the box can occur; None when nothing can."""
        return intersect(box, self.universe(box.axes))

    def _work_out(self, axis: str) -> ValueSet:
        aggregate = self._aggregates.get(axis)
        if aggregate is not None:
            return ValueSet.interval(0, None).with_missing(aggregate.measure == "weight_g")
        if is_member_axis(axis):
            return _FLAG
        fact = self._fact(axis)
        return ValueSet.anything() if fact is None else _range(fact).with_missing(fact.missing)

    def _fact(self, axis: str) -> Fact | None:
        return self._vocabulary.find(axis.removesuffix(_SET))


def _range(fact: Fact) -> ValueSet:
    if fact.name in _AT_LEAST_ONE:
        return ValueSet.interval(1, None)
    if fact.type == "money" and ".attr." in fact.name:  # a store may keep a debt in an attribute of its own
        return ValueSet.known()
    return _RANGES.get(fact.type, ValueSet.known())
