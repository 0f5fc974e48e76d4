"""Which instant, time of day or weekday does a text mean?

A local time becomes the earliest instant at which the local clock shows it or a later time. So a time that occurs
twice (clocks set back) is its first occurrence; one that never occurs (clocks set forward) is the instant at which
the clock jumps over it; and a date is the first instant of that local day even where days do not start at midnight.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from engine.facts.answers import Answer
from engine.facts.expected import shown, wrong_type
from engine.text.diagnostics import error
from engine.text.nodes import Node, Scalar
from engine.text.suggest import did_you_mean

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FULL_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_END_OF_DAY: Final = 24 * 60

_WRITTEN = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)"
    r"(?P<offset>Z|[+-](?:0[0-9]|1[0-9]|2[0-3]):[0-5][0-9])?)?"
)
_TIME = re.compile(r"([0-9]{1,2}):([0-5][0-9])")


def read_instant(node: Node, timezone: ZoneInfo) -> Answer[int]:
    """Microseconds since 1970 UTC, from `2026-11-01` (start of the local day), `2026-11-01T10:00` (local) or
    `2026-11-01T10:00:00Z` (or `-03:00`), with up to six decimals of a second.
    """
    text = node.text.strip() if isinstance(node, Scalar) else ""
    written = _WRITTEN.fullmatch(text)
    if written is None:
        return None, wrong_type(node, "instant", "RS314")
    try:
        return _instant(written["day"], written["time"], written["offset"], timezone), None
    except (ValueError, OverflowError):
        message = f"there is no {shown(text)} in the calendar"
        return None, error("RS314", message, node.span, hint="check day, month, hour and minute")


def read_time(node: Node) -> Answer[int]:
    """Minutes since local midnight, from `"18:30"`; `"24:00"` (1440) is the end of the day."""
    written = _TIME.fullmatch(node.text.strip()) if isinstance(node, Scalar) else None
    if written is None:
        return None, wrong_type(node, "time", "RS314")
    minutes = int(written[1]) * 60 + int(written[2])
    if minutes > _END_OF_DAY:
        return None, error("RS314", f"a day has no {written[0]}", node.span, hint='it ends at "24:00"')
    return minutes, None


def read_weekday(node: Node) -> Answer[int]:
    """0 for Monday to 6 for Sunday, from `mon` or `monday` in any letter case."""
    text = node.text.strip().lower() if isinstance(node, Scalar) else ""
    for names in (WEEKDAYS, _FULL_WEEKDAYS):
        if text in names:
            return names.index(text), None
    hint = did_you_mean(text, (*WEEKDAYS, *_FULL_WEEKDAYS)) or f"one of {', '.join(WEEKDAYS)}"
    return None, wrong_type(node, "weekday", "RS314", hint)


def show_instant(microseconds: int, timezone: ZoneInfo) -> str:
    """The local time (`2026-11-01T00:00`) where reading it gives the same instant, otherwise as `show_instant_utc`."""
    try:
        local = (_EPOCH + timedelta(microseconds=microseconds)).astimezone(timezone).replace(tzinfo=None, fold=0)
        reads_back = instant_of(local, timezone) == microseconds
    except (ValueError, OverflowError):
        return show_instant_utc(microseconds)
    return _written(local) if reads_back else show_instant_utc(microseconds)


def show_instant_utc(microseconds: int) -> str:
    """`2026-11-01T03:00Z`; the number itself outside the years 1 to 9999."""
    try:
        moment = _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return str(microseconds)
    return _written(moment.replace(tzinfo=None)) + "Z"


def show_time(minutes: int) -> str:
    """`18:30`."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def show_weekday(day: int) -> str:
    """`fri` for 4; the number itself outside 0 to 6."""
    return WEEKDAYS[day] if 0 <= day < len(WEEKDAYS) else str(day)


def _instant(day: str, time: str | None, offset: str | None, timezone: ZoneInfo) -> int:
    if offset is not None:
        return _microseconds(datetime.fromisoformat(f"{day}T{_padded(time or '')}{offset}"))
    return instant_of(datetime.fromisoformat(f"{day}T{_padded(time or '00:00')}"), timezone)


def _padded(time: str) -> str:
    """Decimals filled up to six digits, which every Python reads."""
    clock, point, decimals = time.partition(".")
    return clock + point + (decimals.ljust(6, "0") if point else "")


def instant_of(local: datetime, timezone: ZoneInfo) -> int:
    """Microseconds since 1970 UTC of a local time without a zone: see above for those that are twice or never."""
    first = local.replace(tzinfo=timezone).astimezone(UTC)
    if first.astimezone(timezone).replace(tzinfo=None, fold=0) == local:
        return _microseconds(first)
    return _jump_over(local, timezone)


def _jump_over(local: datetime, timezone: ZoneInfo) -> int:
    """The instant of the clock change: reading the local time by the offset after and before it encloses it."""
    early = _microseconds(local.replace(tzinfo=timezone, fold=1).astimezone(UTC))
    late = _microseconds(local.replace(tzinfo=timezone, fold=0).astimezone(UTC))
    before = _offset_at(early, timezone)
    while late - early > 1:
        middle = (early + late) // 2
        if _offset_at(middle, timezone) == before:
            early = middle
        else:
            late = middle
    return late


def _offset_at(microseconds: int, timezone: ZoneInfo) -> timedelta | None:
    return (_EPOCH + timedelta(microseconds=microseconds)).astimezone(timezone).utcoffset()


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _written(moment: datetime) -> str:
    finest = "microseconds" if moment.microsecond else "seconds" if moment.second else "minutes"
    return moment.isoformat(timespec=finest)
