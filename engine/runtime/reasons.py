"""Why a condition does not hold, as codes and parameters: every failing test and how far it is from true.

Parameters carry keys (minor units, grams); `engine.runtime.explain` turns them into text with the vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from engine.boxes.truth import Failure, failures
from engine.documents.conditions import Condition
from engine.facts.timezones import zone
from engine.runtime.decision import Key, Reason

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def failing(condition: Condition, values: Mapping[str, Key], sets: Mapping[str, frozenset[str]]) -> list[Reason]:
    """One reason per failing or unknown test, in document order; `fact_missing` where a fact is not known."""
    return [reason_of(failure) for failure in failures(condition, values, sets)]


def reason_of(failure: Failure) -> Reason:
    """The reason that one test gives."""
    test = failure.test
    if failure.is_unknown:
        return Reason("fact_missing", {"fact": test.fact})
    params = {
        "fact": test.fact,
        "operator": test.operator if failure.wanted else f"not {test.operator}",
        "wanted": " ".join(str(operand) for operand in test.operands),
        "value": _text(failure.value),
    }
    return Reason("condition", params, failure.distance)


def _text(value: Key | frozenset[str] | None) -> str:
    if value is None:
        return ""
    return " ".join(sorted(value)) if isinstance(value, frozenset) else str(value)


def with_calendar(values: Mapping[str, Key], now: int, timezone: str, reads: bool) -> Mapping[str, Key]:
    """`values` with weekday (0 is Monday) and minutes since midnight of `now` in the time zone, when they are read."""
    if not reads:
        return values
    local = (_EPOCH + timedelta(microseconds=now)).astimezone(zone(timezone))
    return {**values, "now.weekday": local.weekday(), "now.time": local.hour * 60 + local.minute}
