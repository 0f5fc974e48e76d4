"""Which operators fit which type of fact, and how many operands does each take?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, get_args

from engine.documents.conditions import Operator
from engine.facts.vocabulary import FactType

OPERATORS: Final[tuple[Operator, ...]] = get_args(Operator)

ONE_OR_MORE: Final[frozenset[Operator]] = frozenset({"starts_with", "under"})
"""Take one operand or a list."""

LISTS: Final[frozenset[Operator]] = frozenset({"in", "not_in", "any_of", "all_of", "none_of"})
"""Take a list."""

_EQUALITY: Final[tuple[Operator, ...]] = ("is", "not")
_MEMBERSHIP: Final[tuple[Operator, ...]] = ("in", "not_in")
_ORDER: Final[tuple[Operator, ...]] = ("at_least", "more_than", "at_most", "less_than", "between")
_ORDERED: Final = (*_EQUALITY, *_ORDER, *_MEMBERSHIP, "known")
_WORD: Final = (*_EQUALITY, *_MEMBERSHIP, "starts_with", "known")
_SET: Final = ("any_of", "all_of", "none_of", "known")

OPERATORS_OF: Final[Mapping[FactType, tuple[Operator, ...]]] = MappingProxyType(
    {
        "money": _ORDERED,
        "count": _ORDERED,
        "weight": _ORDERED,
        "volume": _ORDERED,
        "instant": _ORDERED,
        "time": _ORDERED,
        "weekday": _ORDERED,
        "boolean": (*_EQUALITY, "known"),
        "code": _WORD,
        "text": _WORD,
        "country": _WORD,
        "region": _WORD,
        "postcode": (*_EQUALITY, *_ORDER, *_MEMBERSHIP, "starts_with", "known"),
        "category": (*_EQUALITY, *_MEMBERSHIP, "under", "known"),
        "codes": _SET,
    }
)

FOLDED_FACTS: Final = frozenset({"coupon.code"})
"""Facts whose values are folded like coupon codes, so operands are folded too."""

ELEMENT_TYPE: Final[Mapping[FactType, FactType]] = MappingProxyType({"codes": "code"})
"""The type of one operand where it is not that of the fact."""
