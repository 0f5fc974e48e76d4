"""How is an instant counted where rules decide by it? In microseconds since 1970 UTC, exactly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def microseconds(instant: datetime) -> int:
    """Since 1970 UTC; `instant` is aware."""
    return (instant - _EPOCH) // _MICROSECOND


def instant_of(since: int) -> datetime:
    """The instant of so many microseconds since 1970 UTC: the inverse."""
    return _EPOCH + since * _MICROSECOND
