"""Which instants and hours of the rules lie where clocks are set forward or back, and how are they read?

A local time that does not exist means the instant of the change; one that occurs twice its first occurrence (see
`engine.facts.instants`). Hours of the day hold whenever the local clock shows them: not at all on a day on which they
are skipped, and twice on a day on which they occur twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from engine.boxes.box import Box
from engine.documents.conditions import tests_of
from engine.documents.model import AnyDocument
from engine.facts.instants import show_time
from engine.facts.timezones import TZ_VERSION, zone
from engine.lint.clauses import Clause, clauses_of, every_clause, place_of
from engine.lint.study import Study
from engine.text.diagnostics import Diagnostic, error
from engine.text.source import Span

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
_MICROSECOND: Final = timedelta(microseconds=1)
_YEARS: Final = 3
"""How many years from the release of the time zone data on are looked at for hours of the day."""
_MINUTES_A_DAY: Final = 24 * 60
_INSTANT_HINT: Final = "choose a time that occurs once, or write the instant with its offset: 2026-10-25T02:30+02:00"
_HOURS_HINT: Final = "choose other hours for that day, or leave it if it is meant so"


@dataclass(frozen=True, slots=True)
class Change:
    """Clocks go from `before` to `after` (local, without zone) at `instant` (microseconds since 1970 UTC)."""

    instant: int
    before: datetime
    after: datetime

    @property
    def low(self) -> datetime:
        """Where the local times begin that are skipped, or occur twice."""
        return min(self.before, self.after)

    @property
    def high(self) -> datetime:
        """Where they end."""
        return max(self.before, self.after)

    @property
    def skips(self) -> bool:
        """Whether clocks are set forward."""
        return self.after > self.before


def clock_changes(study: Study) -> Iterator[Diagnostic]:
    """RS457, a note, for each instant at a change of clocks, and for hours of the day that one of the next changes
    skips, or at whose end it stops.
    """
    timezone = zone(study.document.head.timezone)
    if timezone is None or timezone.key == "UTC":
        return
    for owner, instant, span in _instants(study.document):
        said = _said(instant, timezone)
        if said:
            yield _note(study, f"{owner}: {said}", span, instant, _INSTANT_HINT)
    for clause in clauses_of(study.document):
        if any(test.fact == "now.time" for test in tests_of(clause.condition)):
            yield from _hours(study, clause, timezone)


# single instants ------------------------------------------------------------------------------------------------


def _instants(document: AnyDocument) -> Iterator[tuple[str, int, Span]]:
    """The beginning and the end of every window, and the instants that conditions name."""
    for clause in every_clause(document):
        edges = (clause.window.start, clause.window.end)
        yield from ((clause.owner, edge, clause.span) for edge in edges if edge is not None)
        for test in tests_of(clause.condition):
            if test.fact == "now":
                yield from ((clause.owner, key, test.span) for key in test.operands if isinstance(key, int))


def _said(instant: int, timezone: ZoneInfo) -> str:
    """What happens to the clocks around the instant; nothing on all other days."""
    change = _change_near(instant, timezone)
    if change is None:
        return ""
    moved = f"clocks go from {_clock(change.before)} to {_clock(change.after)} on {change.before:%Y-%m-%d}"
    local = _local(instant, timezone)
    if change.skips:
        return f"{moved}; every time they skip means this instant" if instant == change.instant else ""
    if not change.low <= local < change.high:
        return ""
    which = "first" if instant < change.instant else "second"
    return f"{moved}, so {_clock(local)} occurs twice; this is the {which} time"


def _change_near(instant: int, timezone: ZoneInfo) -> Change | None:
    """The change of clocks less than a day away, if there is one."""
    try:
        moment = _EPOCH + timedelta(microseconds=instant)
        if _offset(moment - _DAY, timezone) == _offset(moment + _DAY, timezone):
            return None
        return _change(_instant_between(moment - _DAY, timezone, 2 * _DAY), timezone)
    except (OverflowError, ValueError):  # the first and the last days of the calendar
        return None


# hours of the day -----------------------------------------------------------------------------------------------


def _hours(study: Study, clause: Clause, timezone: ZoneInfo) -> Iterator[Diagnostic]:
    """The first of the next changes that concerns the hours of the condition, if there is one."""
    boxes = study.boxes(clause.window, clause.condition) or ()
    for change in changes(timezone, int(TZ_VERSION[:4]), _YEARS):
        said = next((said for box in boxes if (said := _of_hours(box, change))), "")
        if said:
            span = place_of(clause.condition, clause.span)
            yield _note(study, f"{clause.owner}: {said}", span, change.instant, _HOURS_HINT)
            return


def _of_hours(box: Box, change: Change) -> str:
    """What the change does to the hours of a box; nothing where it lies on another day, or leaves them alone."""
    day = change.low
    if change.low.date() != (change.high - timedelta(microseconds=1)).date() or "now.time" not in box:
        return ""
    if not (box["now.weekday"].contains(day.weekday()) and box["now"].contains(change.instant)):
        return ""
    first = day.hour * 60 + day.minute
    last = first + (change.high - change.low) // _MINUTE
    for low, high in box["now.time"].intervals:
        start, end = low if isinstance(low, int) else 0, high if isinstance(high, int) else _MINUTES_A_DAY
        if change.skips and first <= start and end <= last:
            return f"{show_time(start)} to {show_time(end)} does not occur on {day:%Y-%m-%d}, when clocks skip it"
        inside = next((edge for edge in (start, end) if first < edge < last), None)
        if inside is not None and not change.skips:
            return f"{show_time(inside)} occurs twice on {day:%Y-%m-%d}, so the hours hold for two stretches that day"
    return ""


# changes of clocks ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def changes(timezone: ZoneInfo, first_year: int, years: int) -> tuple[Change, ...]:
    """The changes of clocks in some years (UTC), in order. Two within one day that undo each other are not seen."""
    start = datetime(first_year, 1, 1, tzinfo=UTC)
    days = [start + number * _DAY for number in range((datetime(first_year + years, 1, 1, tzinfo=UTC) - start).days)]
    return tuple(
        _change(_instant_between(day, timezone, _DAY), timezone)
        for day in days
        if _offset(day, timezone) != _offset(day + _DAY, timezone)
    )


def _instant_between(start: datetime, timezone: ZoneInfo, length: timedelta) -> int:
    """The microsecond of the change that lies between two moments with different offsets."""
    low, high = (start - _EPOCH) // _MICROSECOND, (start + length - _EPOCH) // _MICROSECOND
    before = _offset(start, timezone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(_EPOCH + timedelta(microseconds=middle), timezone) == before:
            low = middle
        else:
            high = middle
    return high


def _change(instant: int, timezone: ZoneInfo) -> Change:
    after = _local(instant, timezone)
    before = _local(instant - 1, timezone) + _MICROSECOND
    return Change(instant, before, after)


def _offset(moment: datetime, timezone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(timezone).utcoffset()


def _local(instant: int, timezone: ZoneInfo) -> datetime:
    return (_EPOCH + timedelta(microseconds=instant)).astimezone(timezone).replace(tzinfo=None, fold=0)


def _clock(local: datetime) -> str:
    return f"{local:%H:%M}"


def _note(study: Study, message: str, span: Span, instant: int, hint: str) -> Diagnostic:
    witness = f"now = {study.words.value('now', instant)}"
    return error("RS457", message, span, hint=hint, witness=witness, severity="note")
