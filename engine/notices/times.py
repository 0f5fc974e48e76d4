"""When is a message due: after its delay, not in quiet hours, and with the others of its digest?

Instants are microseconds since 1970 UTC; quiet hours and digests are read on a clock of the time zone. A time that the
clock shows twice ends quiet hours at its first occurrence that is not over; one that it jumps over, at the jump.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from engine.documents.model.notifications import Digest, NoticeRule, QuietHours
from engine.facts.instants import instant_of

SECOND: Final = 1_000_000
_MINUTES_A_DAY: Final = 1440
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def due(rule: NoticeRule, quiet: QuietHours | None, at: int, timezone: ZoneInfo, *, now: int | None = None) -> int:
    """When the rule tells of something that happened at this instant; not before `now`."""
    planned = max(at + rule.delay_seconds * SECOND, at if now is None else now)
    if rule.digest is not None:
        planned = next_digest(planned, rule.digest, timezone)
    return planned if quiet is None or rule.quiet == "ignore" else after_quiet_hours(planned, quiet, timezone)


def after_quiet_hours(instant: int, quiet: QuietHours, timezone: ZoneInfo) -> int:
    """The instant itself, or the end of the quiet hours it lies in."""
    if not is_quiet(instant, quiet, timezone):
        return instant
    today = _local(instant, timezone).date()
    days = (today + timedelta(days=ahead) for ahead in range(3))  # a day may be missing where a date line was moved
    ends = (datetime.combine(day, _clock(quiet.end)) for day in days)
    candidates = (end for local in ends for end in _occurrences(local, timezone))
    return min(end for end in candidates if end > instant)


def is_quiet(instant: int, quiet: QuietHours, timezone: ZoneInfo) -> bool:
    """Whether the clock shows a time of the quiet hours."""
    local = _local(instant, timezone)
    minute = local.hour * 60 + local.minute
    if quiet.start < quiet.end:
        return quiet.start <= minute < quiet.end
    return minute >= quiet.start or minute < quiet.end


def next_digest(instant: int, digest: Digest, timezone: ZoneInfo) -> int:
    """The first end of a period after the instant. Periods of days count from Monday, 0001-01-01; weeks begin then."""
    local = _local(instant, timezone).replace(tzinfo=None, fold=0)
    first = local.date()
    for ahead in range(2 * max(1, digest.days) + 2):
        day = first + timedelta(days=ahead)
        if digest.days and (day.toordinal() - 1) % digest.days:
            continue
        minutes = (digest.at,) if digest.days else range(0, _MINUTES_A_DAY, digest.minutes)
        ends = (instant_of(datetime.combine(day, _clock(minute)), timezone) for minute in minutes)
        later = [end for end in ends if end > instant]
        if later:
            return min(later)
    raise AssertionError("a period has an end")


def _occurrences(local: datetime, timezone: ZoneInfo) -> tuple[int, int]:
    """Both instants at which the clock shows a time, mostly the same; the jump where it never does."""
    first = instant_of(local, timezone)
    shown = _local(first, timezone).replace(tzinfo=None, fold=0)
    again = (local.replace(tzinfo=timezone, fold=1).astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)
    return first, again if shown == local else first


def _local(instant: int, timezone: ZoneInfo) -> datetime:
    return (_EPOCH + timedelta(microseconds=instant)).astimezone(timezone)


def _clock(minute: int) -> time:
    return time(minute // 60, minute % 60)
