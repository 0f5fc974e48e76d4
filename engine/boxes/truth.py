"""Is a condition true of these facts, and if not, which tests stand in the way and by how much?

Logic is three-valued: a test of a missing fact is *unknown* (None), and so is its negation; only `known`
always has an answer. `All` is false as soon as one part is false, `AnyOf` true as soon as one part is true;
otherwise one unknown part makes them unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from engine.documents.conditions import All, Condition, Key, Not, Operator, Test

Sets = Mapping[str, frozenset[str]]
NO_SETS: Sets = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Failure:
    """A test that keeps a condition from being true.

    `wanted` is what the test had to answer: False below a `not`. `value` is the value of the fact, None
    when it is missing. `distance` is the least change of the value, in the unit of the fact and with its
    sign, that lets this test answer as wanted; None for texts, sets and missing facts, and where no value
    would do. `one_of` is true when the test stands in a choice (`any`, or `not` over several), so that
    another test may do as well.
    """

    test: Test
    wanted: bool
    value: Key | frozenset[str] | None
    distance: int | None
    one_of: bool

    @property
    def is_unknown(self) -> bool:
        """Whether the fact is missing, so that neither the test nor its negation can hold."""
        return self.value is None and self.test.operator != "known"


def truth(condition: Condition, facts: Mapping[str, Key], sets: Sets = NO_SETS) -> bool | None:
    """Whether the condition holds; None when that depends on a fact in neither `facts` nor `sets`."""
    if isinstance(condition, Test):
        return _answer(condition, _value_of(condition.fact, facts, sets))
    if isinstance(condition, Not):
        inner = truth(condition.part, facts, sets)
        return None if inner is None else not inner
    decisive = not isinstance(condition, All)
    unknown = False
    for part in condition.parts:
        answer = truth(part, facts, sets)
        if answer is decisive:
            return decisive
        unknown = unknown or answer is None
    return None if unknown else not decisive


def failures(condition: Condition, facts: Mapping[str, Key], sets: Sets = NO_SETS) -> tuple[Failure, ...]:
    """Every test that stands in the way, in document order; nothing when the condition is true.

    A condition that no facts can satisfy, such as an empty `any`, is false without a test to name.
    """
    return tuple(_in_the_way(condition, True, False, facts, sets))


def _in_the_way(
    condition: Condition, wanted: bool, one_of: bool, facts: Mapping[str, Key], sets: Sets
) -> Iterator[Failure]:
    if truth(condition, facts, sets) is wanted:
        return
    if isinstance(condition, Test):
        value = _value_of(condition.fact, facts, sets)
        yield Failure(condition, wanted, value, _distance(condition, wanted, value), one_of)
    elif isinstance(condition, Not):
        yield from _in_the_way(condition.part, not wanted, one_of, facts, sets)
    else:
        is_choice = isinstance(condition, All) is not wanted and len(condition.parts) > 1
        for part in condition.parts:
            yield from _in_the_way(part, wanted, one_of or is_choice, facts, sets)


def _value_of(fact: str, facts: Mapping[str, Key], sets: Sets) -> Key | frozenset[str] | None:
    value = sets.get(fact)
    return facts.get(fact) if value is None else value


def _answer(test: Test, value: Key | frozenset[str] | None) -> bool | None:
    if test.operator == "known":
        return (value is not None) is bool(test.operands[0])
    if value is None:
        return None
    if isinstance(value, frozenset):
        return _SET_TESTS[test.operator](value, test.operands)
    return _KEY_TESTS[test.operator](value, test.operands)


# One fact is all numbers or all texts, and operands have its type, so these comparisons never mix the two.
_KEY_TESTS: Mapping[Operator, Callable[[Key, tuple[Key, ...]], bool]] = {
    "is": lambda value, operands: value == operands[0],
    "not": lambda value, operands: value != operands[0],
    "at_least": lambda value, operands: value >= operands[0],  # type: ignore[operator]
    "more_than": lambda value, operands: value > operands[0],  # type: ignore[operator]
    "at_most": lambda value, operands: value <= operands[0],  # type: ignore[operator]
    "less_than": lambda value, operands: value < operands[0],  # type: ignore[operator]
    "between": lambda value, operands: operands[0] <= value < operands[1],  # type: ignore[operator]
    "in": lambda value, operands: value in operands,
    "not_in": lambda value, operands: value not in operands,
    "starts_with": lambda value, operands: str(value).startswith(_texts(operands)),
    # Category keys end with a slash, so a prefix of the key is the category itself or one above it.
    "under": lambda value, operands: str(value).startswith(_texts(operands)),
}

_SET_TESTS: Mapping[Operator, Callable[[frozenset[str], tuple[Key, ...]], bool]] = {
    "any_of": lambda values, operands: not values.isdisjoint(_texts(operands)),
    "all_of": lambda values, operands: values.issuperset(_texts(operands)),
    "none_of": lambda values, operands: values.isdisjoint(_texts(operands)),
}


def _texts(operands: Iterable[Key]) -> tuple[str, ...]:
    return tuple(str(operand) for operand in operands)


def _distance(test: Test, wanted: bool, value: Key | frozenset[str] | None) -> int | None:
    """The least change that works; every border between two answers lies at an operand or next to one."""
    if not isinstance(value, int) or test.operator == "known":
        return None
    numbers = {operand for operand in test.operands if isinstance(operand, int)}
    targets = {near for number in numbers for near in (number - 1, number, number + 1)}
    changes = [target - value for target in targets if _answer(test, target) is wanted]
    return min(changes, key=lambda change: (abs(change), -change), default=None)
