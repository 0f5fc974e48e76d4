"""Which time zones are there? Those of the `tzdata` package, so that an instant has one weekday on every machine."""

from __future__ import annotations

from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

import tzdata

TZ_VERSION: str = tzdata.IANA_VERSION
"""Release of the IANA time zone database (`2025b`), part of the identity of every ruleset."""


def zone(name: str) -> ZoneInfo | None:
    """The IANA zone of exactly that name, or None when there is none. The system's own zone files are never read."""
    return _load(name) if name in _known() else None


@cache
def zone_names() -> tuple[str, ...]:
    """All names, sorted, for suggestions."""
    return tuple(sorted((resources.files("tzdata") / "zones").read_text(encoding="utf-8").split()))


class _Zone(ZoneInfo):
    """A zone read from a file that survives pickling, which a plain one does not."""

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return zone, (self.key,)


@cache
def _known() -> frozenset[str]:
    return frozenset(zone_names())


# Only names of the database get here, so what strangers ask for cannot fill the cache.
@cache
def _load(name: str) -> ZoneInfo:
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return _Zone.from_file(data, key=name)
