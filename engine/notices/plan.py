"""Which rules tell somebody of something that happened, and why do the others not?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from engine.boxes.truth import Failure, failures, truth
from engine.documents.conditions import Key
from engine.documents.model import NotificationsDocument
from engine.documents.model.notifications import NoticeRule
from engine.facts.timezones import zone
from engine.notices.times import due


@dataclass(frozen=True, slots=True)
class Told:
    """The rule tells its audience; `due` is when, in microseconds since 1970 UTC."""

    rule: NoticeRule
    due: int


@dataclass(frozen=True, slots=True)
class NotTold:
    """The rule waits for the event, and its condition does not hold: these tests are in the way."""

    rule: NoticeRule
    failures: tuple[Failure, ...]


def who_is_told(
    document: NotificationsDocument,
    event: str,
    at: int,
    facts: Mapping[str, Key],
    *,
    now: int | None = None,
    timezone: str | None = None,
) -> tuple[Told, ...]:
    """The rules that tell of the event, in document order. Facts are keys under their names in `event/1`.

    `now` is when that is asked, if it is later than `at`: nothing is due before. `timezone` is that of quiet hours and
    digests, where it is not that of the document.
    """
    found = considered(document, event, at, facts, now=now, timezone=timezone)
    return tuple(each for each in found if isinstance(each, Told))


def considered(
    document: NotificationsDocument,
    event: str,
    at: int,
    facts: Mapping[str, Key],
    *,
    now: int | None = None,
    timezone: str | None = None,
) -> Iterator[Told | NotTold]:
    """Every rule that waits for the event."""
    clock = zone(timezone or document.head.timezone) or ZoneInfo("UTC")
    known: Mapping[str, Key] = {"event.name": event, "event.at": at, **facts}
    for rule in document.rules:
        if event not in rule.events:
            continue
        if truth(rule.when, known):
            yield Told(rule, due(rule, document.quiet_hours, at, clock, now=now))
        else:
            yield NotTold(rule, failures(rule.when, known))


def awaited(document: NotificationsDocument) -> frozenset[str]:
    """The events that some rule waits for."""
    return frozenset(event for rule in document.rules for event in rule.events)


def keys_of(facts: Mapping[str, str | int | bool]) -> dict[str, Key]:
    """Facts as conditions compare them: flags as 0 and 1."""
    return {name: int(value) if isinstance(value, bool) else value for name, value in facts.items()}
