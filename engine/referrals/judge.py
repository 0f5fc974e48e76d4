"""Does an invite count, now that things are as they are; and if not, why not, and when is it to be asked again?

Pure. An invite goes one way only: it waits (`joined`; `waiting` while what qualified it has to go on holding), counts,
and may be reversed. What was refused or reversed stays so, whatever happens later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from engine.boxes.truth import Failure, failures, truth
from engine.documents.conditions import ALWAYS, Condition, Key, facts_read, tests_of
from engine.documents.model import InviteGuard, ReferralsDocument

InviteState = Literal["joined", "waiting", "counted", "refused", "reversed"]
"""Stable, public names."""

ENDED: Final[frozenset[InviteState]] = frozenset({"refused", "reversed"})
SINCE_JOINED: Final = "friend.days_since_joined"
"""The one fact of an invite that changes while nothing happens."""

SECOND: Final = 1_000_000
DAY: Final = 86_400 * SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an invite is. Instants in microseconds since 1970 UTC.

    `since` is when it began to wait, or to count; None for the other states. `joined` is when the friend signed up.
    Guards are not asked about an invite that somebody `allowed`.
    """

    state: InviteState
    joined: int
    since: int | None = None
    allowed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Where the invite is from now on. `since` as in `Standing`; `guard` refused it.

    `missing` are the tests that keep it from counting, each with how far away it is. `ask_again` is the next instant at
    which the answer may be another one although nothing happened; None: never.
    """

    state: InviteState
    since: int | None = None
    guard: InviteGuard | None = None
    missing: tuple[Failure, ...] = ()
    ask_again: int | None = None


def judge(document: ReferralsDocument, standing: Standing, facts: Mapping[str, Key], now: int) -> Judgement:
    """Where the invite goes from `standing` at `now`. Facts are keys under their names in `event/1`, scope invite.

    A condition that depends on a missing fact does not hold. Never raises.
    """
    if standing.state in ENDED:
        return Judgement(state=standing.state)
    if standing.state == "counted":
        return _still_counted(document, standing, facts, now)
    guard = None if standing.allowed else _refusing(document, facts)
    if guard is not None:
        return Judgement(state="refused", guard=guard)
    return _qualified(document, standing, facts, now)


def _still_counted(document: ReferralsDocument, standing: Standing, facts: Mapping[str, Key], now: int) -> Judgement:
    reverses, since = document.reverses, standing.since
    stays = Judgement(state="counted", since=since)
    if reverses is None or since is None:
        return stays
    end = None if reverses.within_seconds is None else since + reverses.within_seconds * SECOND
    if end is not None and now > end:
        return stays
    if truth(reverses.when, facts):
        return Judgement(state="reversed")
    again = _next_day(reverses.when, standing, facts, now)
    return Judgement(state="counted", since=since, ask_again=None if again is None or (end and again > end) else again)


def _qualified(document: ReferralsDocument, standing: Standing, facts: Mapping[str, Key], now: int) -> Judgement:
    qualifies = document.qualifies
    if qualifies is None:
        return Judgement(state="joined")
    if not truth(qualifies.when, facts):
        conditions = [qualifies.when, *(guard.when for guard in document.guards)]
        days = [day for each in conditions if (day := _next_day(each, standing, facts, now)) is not None]
        return Judgement(state="joined", missing=failures(qualifies.when, facts), ask_again=min(days, default=None))
    since = standing.since if standing.state == "waiting" and standing.since is not None else now
    due = since + qualifies.after_seconds * SECOND
    if due > now:
        return Judgement(state="waiting", since=since, ask_again=due)
    return Judgement(state="counted", since=now)


def _refusing(document: ReferralsDocument, facts: Mapping[str, Key]) -> InviteGuard | None:
    return next((guard for guard in document.guards if truth(guard.when, facts)), None)


def _next_day(condition: Condition, standing: Standing, facts: Mapping[str, Key], now: int) -> int | None:
    """When the days since the friend joined come to the next border that a test of the condition draws."""
    borders = (standing.joined + day * DAY for day in _days(condition))
    return min((border for border in borders if border > now), default=None)


def _days(condition: Condition) -> Iterator[int]:
    if condition is ALWAYS or SINCE_JOINED not in facts_read(condition):
        return
    for test in tests_of(condition):
        if test.fact == SINCE_JOINED and test.operator != "known":
            for operand in test.operands:
                if isinstance(operand, int):
                    yield from (operand, operand + 1)
