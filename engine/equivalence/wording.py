"""How is a region of facts said to people?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.boxes.box import Box
from engine.boxes.build import is_member_axis
from engine.boxes.keys import after_prefix
from engine.boxes.values import Interval, ValueSet
from engine.boxes.words import any_of
from engine.equivalence.algebra import TAXED, Algebra
from engine.lint.wording import Wording

_MOST_BOXES: Final = 3


def in_words(boxes: tuple[Box, ...], algebra: Algebra, words: Wording) -> tuple[str, ...]:
    """Each of the first boxes in one line, then how many more there are."""
    said = [*dict.fromkeys(_box(box, algebra, words) for box in boxes)]
    if len(said) > _MOST_BOXES:
        return (*said[:_MOST_BOXES], f"and {len(said) - _MOST_BOXES} more")
    return tuple(said)


def _box(box: Box, algebra: Algebra, words: Wording) -> str:
    with_member = {axis.split("∋")[0] for axis in box if is_member_axis(axis)}
    parts = []
    for axis, values in box.items():
        name = axis.removeprefix(TAXED)
        if name.endswith("∋") and axis.removesuffix("∋") in with_member:
            continue
        parts.append(_axis(name, values.intersect(algebra.domain.values(axis)), words))
    return ", ".join(parts) or "every cart"


def _axis(axis: str, values: ValueSet, words: Wording) -> str:
    if is_member_axis(axis):
        fact, member = axis.split("∋", 1)
        return f"{fact} {'has' if values.contains(1) else 'lacks'} {member}"
    name = axis.removesuffix("∋")
    known = values.with_missing(False)
    if known.is_empty():
        return f"{name} is missing"
    if known == ValueSet.known():
        return f"{name} is known"
    missing = " or missing" if values.missing else ""
    points = known.as_points()
    if points is not None:
        return f"{name} is {any_of([words.value(axis, point) for point in points])}{missing}"
    others = known.known_complement().as_points()
    if known.from_start and others is not None:
        return f"{name} is not {any_of([words.value(axis, point) for point in others])}{missing}"
    return f"{name} {any_of([*_stretches(axis, known.intervals, words)])}{missing}"


def _stretches(axis: str, intervals: tuple[Interval, ...], words: Wording) -> Iterator[str]:
    for low, high in intervals:
        if isinstance(low, str) and high == after_prefix(low):
            yield f"{'under' if low.endswith('/') else 'starting with'} {words.value(axis, low)}"
        else:
            yield words.stretch(axis, (None if low == 0 else low, high))  # money, weights and counts begin at 0
