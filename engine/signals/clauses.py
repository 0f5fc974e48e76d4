"""How does a condition read as alternatives of plain tests, without `not`, as networks want it?

A missing fact satisfies neither a test nor its negation, so a negation can be pushed down to the tests: what comes out
is true exactly where the condition is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from engine.documents.conditions import All, Condition, Not, Operator, Test

MOST_CLAUSES: Final = 64
"""A condition with more alternatives is not put into a network."""


class TooManyClauses(Exception):
    """A condition has more alternatives than a network takes."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A test that has to answer `wanted`."""

    test: Test
    wanted: bool


Clause = tuple[Literal, ...]
"""Literals that all hold; none: always true."""


def clauses_of(condition: Condition) -> tuple[Clause, ...]:
    """The alternatives; the condition is true where one of them is. Raises TooManyClauses."""
    return tuple(dict.fromkeys(_clauses(condition, wanted=True)))


def _clauses(condition: Condition, *, wanted: bool) -> list[Clause]:
    if isinstance(condition, Test):
        return [(Literal(each, True),) for each in _plain(condition, wanted)] or [(Literal(condition, wanted),)]
    if isinstance(condition, Not):
        return _clauses(condition.part, wanted=not wanted)
    parts = [_clauses(part, wanted=wanted) for part in condition.parts]
    if isinstance(condition, All) is wanted:
        return _bounded(sum(clauses, ()) for clauses in _products(parts))
    return _bounded(clause for part in parts for clause in part)


def _products(parts: list[list[Clause]]) -> Iterator[tuple[Clause, ...]]:
    size = 1
    for part in parts:
        size *= len(part)
        if size > MOST_CLAUSES:
            raise TooManyClauses
    return product(*parts)


def _bounded(clauses: Iterable[Clause]) -> list[Clause]:
    found = list(clauses)
    if len(found) > MOST_CLAUSES:
        raise TooManyClauses
    return found


_OPPOSITE: Final[dict[Operator, Operator]] = {
    "is": "not",
    "not": "is",
    "at_least": "less_than",
    "less_than": "at_least",
    "more_than": "at_most",
    "at_most": "more_than",
}


def _plain(test: Test, wanted: bool) -> list[Test]:
    """Comparisons with one number each, one of which holds where the test of a number answers as wanted."""
    if not all(isinstance(each, int) for each in test.operands) or test.operator == "known":
        return []
    if test.operator in _OPPOSITE:
        return [test if wanted else replace(test, operator=_OPPOSITE[test.operator])]
    if (test.operator == "in" and wanted) or (test.operator == "not_in" and not wanted):
        return [replace(test, operator="is", operands=(each,)) for each in test.operands]
    return []
