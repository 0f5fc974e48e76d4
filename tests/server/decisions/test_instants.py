"""Instants are counted exactly, forth and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from server.decisions.instants import instant_of, microseconds


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_comes_back_as_it_was(instant: datetime) -> None:
    assert instant_of(microseconds(instant)) == instant


def test_zones_are_other_names_of_one_instant() -> None:
    there = datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=timezone(timedelta(hours=-3)))
    assert microseconds(there) == 3 * 3600 * 1_000_000 + 1
