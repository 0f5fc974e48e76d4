"""A birthday comes once a year, on the 28th of February too, and its day begins where the store is."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.auth.celebrating import MONTH_DAY, begins, celebrated_in, day_of, next_celebration

DAYS_OF_A_LEAP_YEAR = [f"{date(2028, 1, 1) + timedelta(days=number):%m-%d}" for number in range(366)]
days = st.dates(date(2020, 1, 1), date(2100, 1, 1))


def test_every_day_of_a_leap_year_is_a_birthday_and_nothing_else_is() -> None:
    written = [f"{month:02}-{day:02}" for month in range(100) for day in range(100)]
    assert [each for each in written if re.search(MONTH_DAY, each)] == DAYS_OF_A_LEAP_YEAR
    for odd in ("02-29\n", " 02-29", "2-29", "2000-02-29", "02/29", "０２-29"):
        assert not re.search(MONTH_DAY, odd)


@pytest.mark.parametrize(
    ("month_day", "year", "day"),
    [
        ("02-29", 2028, date(2028, 2, 29)),
        ("02-29", 2027, date(2027, 2, 28)),
        ("02-29", 2100, date(2100, 2, 28)),
        ("02-28", 2028, date(2028, 2, 28)),
        ("12-31", 2027, date(2027, 12, 31)),
    ],
)
def test_who_was_born_on_a_leap_day_is_celebrated_the_day_before_in_other_years(
    month_day: str, year: int, day: date
) -> None:
    assert celebrated_in(month_day, year) == day


@pytest.mark.parametrize(
    ("month_day", "after", "last_year", "day"),
    [
        ("03-01", date(2027, 2, 28), None, date(2027, 3, 1)),
        ("03-01", date(2027, 3, 1), None, date(2028, 3, 1)),
        ("02-29", date(2027, 2, 27), None, date(2027, 2, 28)),
        ("02-29", date(2027, 2, 28), 2027, date(2028, 2, 29)),
        ("06-01", date(2027, 3, 1), 2027, date(2028, 6, 1)),
        ("06-01", date(2027, 3, 1), 2026, date(2027, 6, 1)),
        ("01-01", date(2027, 12, 31), 2027, date(2028, 1, 1)),
    ],
)
def test_the_next_celebration_is_later_and_in_another_year_than_the_last(
    month_day: str, after: date, last_year: int | None, day: date
) -> None:
    assert next_celebration(month_day, after, last_year) == day


@given(st.sampled_from(DAYS_OF_A_LEAP_YEAR), days, st.none() | st.integers(2015, 2101))
def test_nobody_waits_longer_than_they_must(month_day: str, after: date, last_year: int | None) -> None:
    found = next_celebration(month_day, after, last_year)
    assert found > after
    assert last_year is None or found.year > last_year
    assert found == celebrated_in(month_day, found.year)
    before = celebrated_in(month_day, found.year - 1)
    assert before <= after or (last_year is not None and before.year <= last_year)


@given(days, st.sampled_from(["America/Sao_Paulo", "Pacific/Auckland", "Africa/Cairo", "Asia/Beirut", "no/zone"]))
def test_a_day_begins_with_its_first_instant(day: date, zone: str) -> None:
    at = begins(day, zone)
    assert at.tzinfo is UTC
    assert day_of(at, zone) == day
    assert day_of(at - timedelta(microseconds=1), zone) == day - timedelta(days=1)


def test_a_day_begins_where_the_store_is() -> None:
    assert begins(date(2027, 3, 1), "America/Sao_Paulo") == datetime(2027, 3, 1, 3, tzinfo=UTC)
    assert begins(date(2027, 3, 1), "Pacific/Auckland") == datetime(2027, 2, 28, 11, tzinfo=UTC)
