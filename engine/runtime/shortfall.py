"""How much more would make a box hold, and what would it have to be?"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.boxes.values import ValueSet
from engine.documents.conditions import Aggregate, Condition
from engine.runtime.decision import Key
from engine.runtime.goal import Target
from engine.runtime.nearness import Reach, lift_of


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What is missing: money in minor units, units, a line more; `targets` say of which facts.

    What is added must satisfy every condition of `where`, and be a line of its own when `new_line` is set.
    """

    money: int
    units: int
    new_line: bool
    targets: tuple[Target, ...]
    where: tuple[Condition, ...]


def shortfall(
    lifted: Iterable[tuple[str, ValueSet]],
    facts: Mapping[str, Key],
    aggregates: Mapping[str, Aggregate],
    reach: Reach,
) -> Shortfall | None:
    """What the values of the lifted facts are short of their sets; None when they are in them, or out of reach."""
    money = units = 0
    new_line = False
    targets: list[Target] = []
    where: list[Condition] = []
    for axis, values in lifted:
        value = facts.get(axis, 0 if axis in aggregates else None)
        following = _following(values, value) if isinstance(value, int) else None
        lift = lift_of(axis)
        if following is None or lift is None or not isinstance(value, int) or following - value > reach.of(lift):
            return None
        if following == value:
            continue
        distance = following - value
        money, units = max(money, distance if lift == "money" else 0), max(units, 0 if lift == "money" else distance)
        new_line = new_line or lift == "lines"
        targets.append(Target(axis, following))
        if axis in aggregates:
            where.append(aggregates[axis].where)
    return Shortfall(money, units, new_line, tuple(targets), tuple(where)) if targets else None


def _following(values: ValueSet, value: int) -> int | None:
    """The least value of the set that is not below `value`; None when there is none."""
    if values.contains(value):
        return value
    place = bisect_right(values.edges, value)
    edge = values.edges[place] if place < len(values.edges) else None
    return edge if isinstance(edge, int) else None
