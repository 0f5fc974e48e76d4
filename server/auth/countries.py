"""Which countries are there? Those of ISO 3166-1 alpha-2, from the table that comes with the time zone database."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def countries() -> frozenset[str]:
    """All codes, in capital letters."""
    lines = (resources.files("tzdata.zoneinfo") / "iso3166.tab").read_text("utf-8").splitlines()
    return frozenset(line.partition("\t")[0] for line in lines if line and not line.startswith("#"))
