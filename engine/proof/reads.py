"""Which facts does a part of a document read, and does a condition only become truer, or less true, as some grow?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Final

from engine.documents.conditions import Aggregate, Condition, Not, Test
from engine.documents.model import AnyDocument, Document

_NAMED_BY: Final = frozenset({"by", "of", "fact", "never_below_fact"})
"""Fields that hold the name of a fact outside of conditions."""

_DECIDES_NOTHING: Final = frozenset({"head", "cases", "invariants", "allow", "attributes"})
_OF_MEASURE: Final = {
    "count": "cart.line_count",
    "quantity": "line.quantity",
    "subtotal": "line.subtotal",
    "weight_g": "line.weight_g",
}
_UPWARDS: Final = frozenset({"at_least", "more_than"})
_DOWNWARDS: Final = frozenset({"at_most", "less_than"})


def facts_of(part: object) -> frozenset[str]:
    """The facts that a document, a rule or a condition reads, sums over lines by what they add up, too."""
    return named_in(part) | {test.fact for test in tests_in(part)}


def tests_in(part: object) -> frozenset[Test]:
    """Every test of every condition in it."""
    return frozenset(found for found in _walked(part) if isinstance(found, Test))


def named_in(part: object) -> frozenset[str]:
    """The facts it reads outside of conditions: what it measures, takes for a price, or adds up over lines."""
    return frozenset(found for found in _walked(part) if isinstance(found, str))


def documents_of(documents: Mapping[str, AnyDocument], *kinds: str) -> tuple[AnyDocument, ...]:
    """The documents of these kinds, as far as there are any."""
    return tuple(documents[kind] for kind in kinds if kind in documents)


def reads_weight(part: object) -> bool:
    """Whether any weight is read."""
    return any(is_weight(fact) for fact in facts_of(part))


def is_weight(fact: str) -> bool:
    """Whether a fact grows with the weight of a line: weights, and sums of weights over lines."""
    return fact.endswith((".weight_g", ".chargeable_weight_g"))


def only_rises(condition: Condition, grows: Callable[[str], bool]) -> bool:
    """Whether a condition that holds still holds when the facts named grow; the other facts stay as they are."""
    return _goes(condition, grows, upwards=True)


def only_falls(condition: Condition, grows: Callable[[str], bool]) -> bool:
    """Whether a condition that holds for more also holds for less of the facts named."""
    return _goes(condition, grows, upwards=False)


def _goes(condition: Condition, grows: Callable[[str], bool], *, upwards: bool) -> bool:
    if isinstance(condition, Test):
        fits = _UPWARDS if upwards else _DOWNWARDS
        return not grows(condition.fact) or condition.operator == "known" or condition.operator in fits
    if isinstance(condition, Not):
        return _goes(condition.part, grows, upwards=not upwards)
    return all(_goes(part, grows, upwards=upwards) for part in condition.parts)


def _walked(part: object) -> Iterator[Test | str]:
    """The tests, and the names of facts outside of conditions."""
    if isinstance(part, Test):
        yield part
    elif isinstance(part, Aggregate):
        yield _OF_MEASURE[part.measure]
        yield from _walked(part.where)
    elif isinstance(part, Mapping):
        yield from (found for each in part.values() for found in _walked(each))
    elif isinstance(part, tuple | list):
        yield from (found for each in part for found in _walked(each))
    elif is_dataclass(part):
        left_out = _DECIDES_NOTHING if isinstance(part, Document) else frozenset()
        for field in fields(part):
            value = getattr(part, field.name)
            if field.name in _NAMED_BY and isinstance(value, str):
                yield value
            elif field.name not in left_out:
                yield from _walked(value)
