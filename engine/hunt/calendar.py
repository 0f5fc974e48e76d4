"""At which instant is it a weekday and a time of day that rules wish for?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from engine.boxes.values import ValueSet
from engine.facts.timezones import zone

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_DAYS: Final = 14


def instant_with(start: int, weekday: int | None, minutes: int | None, timezone: str, within: ValueSet) -> int:
    """The first instant from the day of `start` on that has this weekday (0 is Monday) and local time of day.

    None leaves the weekday, or the time of day of `start`. One inside `within` is preferred; `start` if there is none.
    """
    fitting = list(_instants(start, weekday, minutes, timezone))
    return next((instant for instant in fitting if within.contains(instant)), (fitting or [start])[0])


def _instants(start: int, weekday: int | None, minutes: int | None, timezone: str) -> Iterator[int]:
    local = (_EPOCH + start * _MICROSECOND).astimezone(zone(timezone))
    if minutes is not None:
        local = local.replace(hour=minutes // 60, minute=minutes % 60, second=0, microsecond=0)
    for days in range(_DAYS):
        day = local + timedelta(days=days)
        if weekday is None or day.weekday() == weekday:
            yield (day.astimezone(UTC) - _EPOCH) // _MICROSECOND
