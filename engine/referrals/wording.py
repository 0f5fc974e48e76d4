"""How is it said to the people of the shop why an invite counts, waits or does not?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.boxes.truth import Failure
from engine.documents.conditions import Key, Operator
from engine.runtime.shown import Shown

_WORDS: Final[Mapping[Operator, str]] = {
    "is": "be",
    "not": "be other than",
    "at_least": "be at least",
    "more_than": "be more than",
    "at_most": "be at most",
    "less_than": "be less than",
    "in": "be one of",
    "not_in": "be none of",
    "starts_with": "start with",
}


def failure_text(failure: Failure, shown: Shown) -> str:
    """What is missing, and how far away it is: `friend.orders_paid must be at least 1 (it is 0)`."""
    test = failure.test
    if test.operator == "known":
        return f"{test.fact} must {'' if bool(test.operands[0]) is failure.wanted else 'not '}be known"
    operands = [shown.value(test.fact, operand) for operand in test.operands]
    verb = "must" if failure.wanted else "must not"
    if test.operator == "between":
        said = f"{test.fact} {verb} be from {operands[0]} to below {operands[1]}"
    else:
        said = f"{test.fact} {verb} {_WORDS[test.operator]} {', '.join(operands)}"
    if isinstance(failure.value, int | str):
        return f"{said} (it is {shown.value(test.fact, failure.value)})"
    return f"{said} (it is not known)"


def facts_text(facts: Mapping[str, Key], shown: Shown) -> dict[str, str]:
    """Facts as an author would write them."""
    return {name: shown.value(name, key) for name, key in facts.items()}
