"""What a condition is once it has been read: a small tree of typed tests over facts.

A condition is data, never an expression string. Its operands are *keys*: values normalised to the unit of the
fact (money in minor units, weights in grams, instants in microseconds since 1970 UTC, booleans as 0 and 1,
category paths with a closing slash), so that a test means the same to the index, the lints and the explanations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.text.source import Span

Key = int | str
"""A fact value as the engine compares it. One fact is always all int or all str."""

Operator = Literal[
    "is",
    "not",
    "at_least",
    "more_than",
    "at_most",
    "less_than",
    "between",
    "in",
    "not_in",
    "starts_with",
    "under",
    "any_of",
    "all_of",
    "none_of",
    "known",
]

Measure = Literal["count", "quantity", "subtotal", "weight_g"]
"""What an aggregate adds up over the lines it selects: lines, units, money after pricing, grams."""


@dataclass(frozen=True, slots=True)
class Test:
    """One fact held against one operator.

    `operands` has one key, except `between` (low included, high excluded) and the list operators. `known` has the
    key 1 or 0. `fact` is the name in the vocabulary or the axis name of an aggregate of the same document.
    """

    __test__ = False  # pytest would otherwise take the class for a test case

    fact: str
    operator: Operator
    operands: tuple[Key, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class All:
    """True when every part is; the empty `All` is always true."""

    parts: tuple[Condition, ...]
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when at least one part is; the empty `AnyOf` is never true."""

    parts: tuple[Condition, ...]
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Not:
    """True when the part is false. Unknown stays unknown: a missing fact satisfies neither a test nor its negation."""

    part: Condition
    span: Span | None = None


Condition = Test | All | AnyOf | Not

ALWAYS = All(())


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A derived ordered fact: `measure` summed over the lines that satisfy `where`.

    `axis` is its name as a fact, made from the measure and the canonical text of `where`, so equal aggregates of
    different rules share one axis. Nothing matches: the value is 0. `weight_g` is missing when a selected line has
    no weight.
    """

    axis: str
    measure: Measure
    where: Condition
    span: Span


def tests_of(condition: Condition) -> Iterator[Test]:
    """Every test of the tree, in document order."""
    if isinstance(condition, Test):
        yield condition
    elif isinstance(condition, Not):
        yield from tests_of(condition.part)
    else:
        for part in condition.parts:
            yield from tests_of(part)


def facts_read(condition: Condition) -> tuple[str, ...]:
    """Names of the facts a condition reads, each once, in document order."""
    return tuple(dict.fromkeys(test.fact for test in tests_of(condition)))
