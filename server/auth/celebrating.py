"""On which day is a birthday celebrated, and when does that day begin? Month and day are known, the year never."""

from __future__ import annotations

from calendar import isleap
from datetime import UTC, date, datetime, time
from typing import Final

from engine.facts.timezones import zone

MONTH_DAY: Final = (
    r"^((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))(?!\n)$"
)
"""`MM-DD`, a day of a leap year."""


def celebrated_in(month_day: str, year: int) -> date:
    """The day of a year on which it is celebrated: who was born on 02-29 has the 28th in years without it."""
    month, day = (int(part) for part in month_day.split("-"))
    if (month, day) == (2, 29) and not isleap(year):
        day = 28
    return date(year, month, day)


def next_celebration(month_day: str, after: date, last_year: int | None) -> date:
    """The first day after `after` on which it is celebrated, and after `last_year`, when it was the last time."""
    year = after.year if last_year is None else max(after.year, last_year + 1)
    day = celebrated_in(month_day, year)
    return day if day > after else celebrated_in(month_day, year + 1)


def begins(day: date, timezone: str) -> datetime:
    """When the day begins in an IANA zone."""
    return datetime.combine(day, time(), zone(timezone) or UTC).astimezone(UTC)


def day_of(at: datetime, timezone: str) -> date:
    """The day it is in an IANA zone."""
    return at.astimezone(zone(timezone) or UTC).date()
