"""In which ways can a condition be a little wrong?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from engine.documents.conditions import ALWAYS, All, AnyOf, Condition, Key, Not, Operator, Test
from engine.facts.vocabulary import FactType
from engine.mutation.model import Change
from engine.mutation.said import Said
from engine.text.source import Span

MOST_LISTED: Final = 8
"""Of a longer list only so many members are left out, one at a time; one is as good as another."""

UNITS: Final[dict[FactType, int]] = {
    "money": 1,
    "count": 1,
    "weight": 1,
    "volume": 1,
    "time": 1,  # minute
    "instant": 1_000_000,  # second: no author thinks in less
}
"""The smallest step of what has one, in keys: to the next amount, gram, minute, second."""
_FROM: Final = ("at_least", "less_than")
"""The threshold is the first value of the upper side."""
_WITH: Final[dict[Operator, Operator]] = {
    "at_least": "more_than",
    "more_than": "at_least",
    "at_most": "less_than",
    "less_than": "at_most",
}
_LISTS: Final = frozenset({"in", "not_in", "any_of", "all_of", "none_of", "under", "starts_with"})
_OPPOSITE: Final[dict[Operator, Operator]] = {
    "is": "not",
    "not": "is",
    "in": "not_in",
    "not_in": "in",
    "any_of": "none_of",
    "none_of": "any_of",
    "at_least": "less_than",
    "less_than": "at_least",
    "more_than": "at_most",
    "at_most": "more_than",
}


def condition_changes(condition: Condition, said: Said) -> Iterator[Change]:
    """The ways to spoil this node of a condition; its parts have their own."""
    match condition:
        case Test():
            yield from _test(condition, said)
        case All() if condition.parts:
            yield from _parts(condition, said)
        case AnyOf() if len(condition.parts) > 1:
            yield from _parts(condition, said)
        case Not():
            words = f"not ({said.condition(condition.part)}) → {said.condition(condition.part)}"
            shows = f"when {said.condition(condition.part)}"
            yield Change(sort="operator", what="not", part=condition.part, said=words, shows=shows)


def dropped(condition: Condition, said: Said) -> Iterator[Change]:
    """The whole of a condition left out, where it is no list of parts, which are left out one by one."""
    if not isinstance(condition, All):
        words = said.condition(condition)
        yield Change(
            sort="condition", what="dropped", part=ALWAYS, said=f"condition dropped: {words}", shows=f"outside {words}",
            span=span_of(condition),
        )  # fmt: skip


def span_of(condition: Condition) -> Span | None:
    """Where a condition stands."""
    if condition.span is None and isinstance(condition, All | AnyOf):
        return next((found for part in condition.parts if (found := span_of(part)) is not None), None)
    return condition.span


def _parts(condition: All | AnyOf, said: Said) -> Iterator[Change]:
    for number, part in enumerate(condition.parts):
        words = said.condition(part)
        rest = replace(condition, parts=condition.parts[:number] + condition.parts[number + 1 :])
        shows = f"outside {words}" if isinstance(condition, All) else f"with only {words}"
        yield Change(
            sort="condition", what=f"dropped {number}", part=rest, said=f"condition dropped: {words}", shows=shows,
            span=span_of(part),
        )  # fmt: skip
    if len(condition.parts) > 1:
        all_of = isinstance(condition, All)
        other: Condition = (AnyOf if all_of else All)(condition.parts, condition.span)
        words = "all of these → any of these" if all_of else "any of these → all of these"
        shows = "when only some conditions hold" if all_of else "when only some alternatives hold"
        yield Change(
            sort="operator", what="and/or", part=other, said=words, shows=shows, span=span_of(condition.parts[0])
        )


def _test(test: Test, said: Said) -> Iterator[Change]:
    kind = said.type_of(test.fact)
    if kind in UNITS and (test.operator in _WITH or test.operator == "between"):
        yield from _moved(test, UNITS[kind], said)
    elif test.operator in _WITH or test.operator == "between":
        yield from _included(test, said)
    if test.operator in _LISTS and len(test.operands) > 1:
        yield from _members(test, said)
    yield _flipped(test, said)


def _moved(test: Test, unit: int, said: Said) -> Iterator[Change]:
    """Each threshold one unit up and one unit down."""
    for place, value in enumerate(test.operands):
        assert isinstance(value, int)
        for by, what in ((unit, "raised"), (-unit, "lowered")):
            moved = (*test.operands[:place], value + by, *test.operands[place + 1 :])
            if value + by < 0 or (len(moved) == 2 and not _is_below(moved[0], moved[1])):
                continue
            new = replace(test, operands=moved)
            words = f"{_where(test, said)}{said.operand(test)} → {_values(new, said)}"
            yield Change(
                sort="threshold", what=f"{what} {place}", part=new, said=words, shows=_shows(test, value, by, said)
            )


def _shows(test: Test, value: int, by: int, said: Said) -> str:
    """The value of the fact that tells the moved threshold from the right one."""
    first_above = value if test.operator in _FROM or test.operator == "between" else value + abs(by)
    tells = first_above if by > 0 else first_above - abs(by)
    return f"at {said.fact(test.fact)} {said.value(test.fact, tells)}"


def _included(test: Test, said: Said) -> Iterator[Change]:
    """A value that belonged to one side belongs to the other: for texts, which have no next one."""
    if test.operator == "between":
        low, high = test.operands
        without_low: Condition = All(
            (
                replace(test, operator="more_than", operands=(low,)),
                replace(test, operator="less_than", operands=(high,)),
            )
        )
        with_high: Condition = All(
            (replace(test, operator="at_least", operands=(low,)), replace(test, operator="at_most", operands=(high,)))
        )
        for value, new, words in ((low, without_low, "no longer"), (high, with_high, "also")):
            shown = said.value(test.fact, value)
            yield Change(
                sort="boundary", what=words, part=new,
                said=f"{_where(test, said)}{said.operand(test)}, {words} {shown}",
                shows=f"at {said.fact(test.fact)} {shown}",
            )  # fmt: skip
        return
    new = replace(test, operator=_WITH[test.operator])
    yield Change(
        sort="boundary", what="boundary", part=new,
        said=f"{_where(test, said)}{said.operand(test)} → {new.operator}",
        shows=f"at {said.fact(test.fact)} {said.value(test.fact, test.operands[0])}",
    )  # fmt: skip


def _members(test: Test, said: Said) -> Iterator[Change]:
    for number, member in enumerate(test.operands[:MOST_LISTED]):
        new = replace(test, operands=test.operands[:number] + test.operands[number + 1 :])
        shown = said.value(test.fact, member)
        yield Change(
            sort="condition", what=f"member {number}", part=new,
            said=f"{_where(test, said)}{said.operand(test)}, without {shown}",
            shows=f"with {said.fact(test.fact)} {shown}",
        )  # fmt: skip


def _flipped(test: Test, said: Said) -> Change:
    """The opposite of a test, as far as the fact is known."""
    if test.operator == "known":
        new: Condition = replace(test, operands=(1 - int(test.operands[0]),))
    elif test.operator in _OPPOSITE:
        new = replace(test, operator=_OPPOSITE[test.operator])
    else:
        new = Not(test, test.span)
    words = said.operand(new) if isinstance(new, Test) else f"not {said.operand(test)}"
    shown = f"{said.fact(test.fact)} {words}"
    return Change(
        sort="operator", what="flipped", part=new, said=f"{_where(test, said)}{said.operand(test)} → {words}",
        shows=f"with {shown}",
    )  # fmt: skip


def _where(test: Test, said: Said) -> str:
    return f"{said.fact(test.fact)} "


def _values(test: Test, said: Said) -> str:
    shown = [said.value(test.fact, key) for key in test.operands]
    return shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"


def _is_below(low: Key, high: Key) -> bool:
    return isinstance(low, int) and isinstance(high, int) and low < high
