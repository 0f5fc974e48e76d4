"""Which boxes make a condition true?

The condition is brought to negation normal form and multiplied out: a union of boxes, each a conjunction over
facts. A box accepts a fact document exactly when every test of its conjunction is *true*, so a missing fact keeps
its three-valued meaning: neither a test nor its negation accepts it, except `known: false`.

A set-valued fact is no axis of its own. Each member a condition names becomes a yes/no axis `fact∋member`, and
`fact∋` says whether the set is known at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from engine.boxes.box import Box, intersect, is_subset
from engine.boxes.values import ValueSet
from engine.documents.conditions import AnyOf, Condition, Not, Test

MAX_BOXES = 512
"""More boxes than any hand-written condition needs; beyond, `any` of many facts is multiplied out without end."""

_SET_OPERATORS = frozenset({"any_of", "all_of", "none_of"})
_ELSEWHERE = "∋"


class TooManyBoxes(Exception):
    """The condition multiplies out to more than `MAX_BOXES` boxes; it must be split into several rules."""


def member_axis(fact: str, member: str) -> str:
    """Name of the yes/no axis for one member of a set-valued fact; the empty member asks whether the set is known."""
    return f"{fact}{_ELSEWHERE}{member}"


def is_member_axis(axis: str) -> bool:
    """Whether the axis stands for one member of a set-valued fact (1: contained, 0: not)."""
    return _ELSEWHERE in axis and not axis.endswith(_ELSEWHERE)


def boxes_of(condition: Condition) -> tuple[Box, ...]:
    """The boxes whose union is the condition; none when it can never be true, one empty box when it always is.

    Boxes contained in another one are left out; the rest may overlap. Raises TooManyBoxes.
    """
    return tuple(_without_subsets(_boxes(condition, positive=True)))


def conjunction(*conditions: Condition) -> tuple[Box, ...]:
    """The boxes of all conditions together; see `boxes_of`."""
    products = reduce(_product, (list(boxes_of(condition)) for condition in conditions), [Box()])
    return tuple(_without_subsets(products))


def within(boxes: Sequence[Box], axis: str, values: ValueSet) -> tuple[Box, ...]:
    """Each box cut down to `values` on `axis`; empty ones are left out."""
    cut = Box({axis: values})
    return tuple(piece for box in boxes if (piece := intersect(box, cut)) is not None)


def _boxes(condition: Condition, *, positive: bool) -> list[Box]:
    if isinstance(condition, Test):
        return _test_boxes(condition, positive=positive)
    if isinstance(condition, Not):
        return _boxes(condition.part, positive=not positive)
    parts = [_boxes(part, positive=positive) for part in condition.parts]
    if isinstance(condition, AnyOf) == positive:
        return _limited([box for part in parts for box in part])
    return reduce(_product, parts, [Box()])


def _product(left: list[Box], right: list[Box]) -> list[Box]:
    return _limited([both for one in left for two in right if (both := intersect(one, two)) is not None])


def _limited(boxes: list[Box]) -> list[Box]:
    if len(boxes) > MAX_BOXES:
        raise TooManyBoxes
    return boxes


def _without_subsets(boxes: list[Box]) -> list[Box]:
    kept: list[Box] = []
    for box in boxes:
        if any(is_subset(box, other) for other in kept):
            continue
        kept = [other for other in kept if not is_subset(other, box)]
        kept.append(box)
    return kept


def _test_boxes(test: Test, *, positive: bool) -> list[Box]:
    if test.operator in _SET_OPERATORS:
        return _set_boxes(test, positive=positive)
    accepted = accepted_values(test)
    if not positive:
        accepted = accepted.complement() if test.operator == "known" else accepted.known_complement()
    return [] if accepted.is_empty() else [Box({test.fact: accepted})]


def accepted_values(test: Test) -> ValueSet:
    """The values of the fact that make a scalar test true. Set operators have no such set: ValueError."""
    first = test.operands[0] if test.operands else None
    match test.operator:
        case "is" | "in":
            return ValueSet.points(test.operands)
        case "not" | "not_in":
            return ValueSet.points(test.operands).known_complement()
        case "at_least":
            return ValueSet.interval(first, None)
        case "less_than":
            return ValueSet.interval(None, first)
        case "more_than":
            return ValueSet.interval(None, _after(test)).known_complement()
        case "at_most":
            return ValueSet.interval(None, _after(test))
        case "between":
            return ValueSet.interval(test.operands[0], test.operands[1])
        case "starts_with" | "under":
            prefixes = (ValueSet.prefix(str(operand)) for operand in test.operands)
            return reduce(ValueSet.union, prefixes, ValueSet.nothing())
        case "known":
            return ValueSet.known() if first else ValueSet.only_missing()
        case _:
            raise ValueError(f"{test.operator} compares sets, not one value")


def _after(test: Test) -> int | str:
    """The next greater value, so that `more_than` and `at_most` become half-open."""
    value = test.operands[0]
    return value + 1 if isinstance(value, int) else value + "\0"


def _set_boxes(test: Test, *, positive: bool) -> list[Box]:
    contains, lacks, known = ValueSet.point(1), ValueSet.point(0), ValueSet.known()
    known_set = Box({member_axis(test.fact, ""): known})
    members = [member_axis(test.fact, str(operand)) for operand in test.operands]
    wants_all_absent = (test.operator == "none_of") == positive and test.operator != "all_of"
    if wants_all_absent:
        return [_all_with(known_set, members, lacks)]
    if test.operator == "all_of" and positive:
        return [_all_with(known_set, members, contains)]
    wanted = lacks if test.operator == "all_of" else contains
    return [known_set.with_axis(member, wanted) for member in members]


def _all_with(box: Box, members: Sequence[str], values: ValueSet) -> Box:
    return reduce(lambda so_far, member: so_far.with_axis(member, values), members, box)
