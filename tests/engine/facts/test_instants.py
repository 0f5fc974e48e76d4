"""Does a written date or time mean the right instant, also where clocks are set?"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.facts.literals import read_instant, read_time, read_weekday, show
from engine.facts.timezones import zone
from engine.text.nodes import Scalar
from engine.text.source import Span

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = [
    "UTC",
    "Europe/London",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
]


def place(name: str) -> ZoneInfo:
    found = zone(name)
    assert found is not None
    return found


def written(text: str) -> Scalar:
    return Scalar(Span("v", 1, 1, 1, 2), text, quoted=True)


def utc_of(text: str, name: str) -> str:
    instant, fault = read_instant(written(text), place(name))
    assert fault is None
    assert instant is not None
    return (EPOCH + timedelta(microseconds=instant)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    ("text", "name", "utc"),
    [
        ("2026-11-01", "America/Sao_Paulo", "2026-11-01T03:00:00Z"),
        ("2026-11-01T10:00", "America/Sao_Paulo", "2026-11-01T13:00:00Z"),
        ("2026-11-01 10:00", "America/Sao_Paulo", "2026-11-01T13:00:00Z"),
        ("2026-11-01T10:00:30", "Europe/London", "2026-11-01T10:00:30Z"),
        ("2026-07-01T10:00", "Europe/London", "2026-07-01T09:00:00Z"),
        ("2026-11-01T10:00:00Z", "America/Sao_Paulo", "2026-11-01T10:00:00Z"),
        ("2026-11-01T10:00Z", "America/Sao_Paulo", "2026-11-01T10:00:00Z"),
        ("2026-11-01T10:00:00-03:00", "UTC", "2026-11-01T13:00:00Z"),
        ("2024-02-29", "UTC", "2024-02-29T00:00:00Z"),
        ("1969-12-31T23:59:59", "UTC", "1969-12-31T23:59:59Z"),
    ],
)
def test_written_time_means_this_instant(text: str, name: str, utc: str) -> None:
    assert utc_of(text, name) == utc


@pytest.mark.parametrize(
    ("text", "name", "utc"),
    [
        # 2018-11-04 in São Paulo began at 01:00: the clock was set forward at midnight.
        ("2018-11-03T23:59:59", "America/Sao_Paulo", "2018-11-04T02:59:59Z"),
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z"),
        ("2018-11-04T00:30", "America/Sao_Paulo", "2018-11-04T03:00:00Z"),
        ("2018-11-04T01:00", "America/Sao_Paulo", "2018-11-04T03:00:00Z"),
        # London, 2026-03-29: 01:00 to 02:00 does not exist.
        ("2026-03-29T00:59:59", "Europe/London", "2026-03-29T00:59:59Z"),
        ("2026-03-29T01:30", "Europe/London", "2026-03-29T01:00:00Z"),
        ("2026-03-29T02:00", "Europe/London", "2026-03-29T01:00:00Z"),
        # Samoa left out 2011-12-30 as a whole.
        ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z"),
        ("2011-12-31", "Pacific/Apia", "2011-12-30T10:00:00Z"),
        # Lord Howe Island sets its clocks by half an hour.
        ("2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
    ],
)
def test_time_the_clock_jumps_over_is_the_instant_of_the_jump(text: str, name: str, utc: str) -> None:
    assert utc_of(text, name) == utc


@pytest.mark.parametrize(
    ("text", "name", "utc"),
    [
        # The last hour of 2018-02-17 in São Paulo occurred twice.
        ("2018-02-17T23:30", "America/Sao_Paulo", "2018-02-18T01:30:00Z"),
        ("2018-02-18", "America/Sao_Paulo", "2018-02-18T03:00:00Z"),
        # London, 2026-10-25: 01:00 to 02:00 occurs twice.
        ("2026-10-25T01:30", "Europe/London", "2026-10-25T00:30:00Z"),
        ("2026-10-25T02:00", "Europe/London", "2026-10-25T02:00:00Z"),
    ],
)
def test_time_that_occurs_twice_is_its_first_occurrence(text: str, name: str, utc: str) -> None:
    assert utc_of(text, name) == utc


moments = st.datetimes(datetime(1880, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001  # local on purpose


@given(moments, st.sampled_from(ZONES))
def test_local_time_is_the_earliest_instant_whose_clock_shows_it_or_later(local: datetime, name: str) -> None:
    instant, _ = read_instant(written(local.isoformat()), place(name))
    assert instant is not None
    assert clock(instant, name) >= local
    for earlier in (1, 60_000_000, 1_800_000_000, 5_400_000_000):
        assert clock(instant - earlier, name) < local


@given(moments, moments, st.sampled_from(ZONES))
def test_later_local_time_is_never_an_earlier_instant(one: datetime, other: datetime, name: str) -> None:
    first, _ = read_instant(written(min(one, other).isoformat()), place(name))
    last, _ = read_instant(written(max(one, other).isoformat()), place(name))
    assert first is not None
    assert last is not None
    assert first <= last


def clock(instant: int, name: str) -> datetime:
    return (EPOCH + timedelta(microseconds=instant)).astimezone(place(name)).replace(tzinfo=None)


@given(st.integers(-(10**16), 10**16), st.sampled_from(ZONES))
def test_shown_instant_reads_as_itself(instant: int, name: str) -> None:
    assert read_instant(written(show(instant, "instant", "", place(name))), place(name)) == (instant, None)


def test_second_occurrence_is_shown_in_utc() -> None:
    first, _ = read_instant(written("2026-10-25T00:30Z"), place("UTC"))
    second, _ = read_instant(written("2026-10-25T01:30Z"), place("UTC"))
    assert first is not None
    assert second is not None
    assert show(first, "instant", "", place("Europe/London")) == "2026-10-25T01:30"
    assert show(second, "instant", "", place("Europe/London")) == "2026-10-25T01:30Z"


@pytest.mark.parametrize("instant", [10**30, -(10**30), 253_402_300_800_000_000])
def test_instant_beyond_the_calendar_is_shown_as_its_number(instant: int) -> None:
    assert show(instant, "instant", "", place("UTC")) == str(instant)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("27/11/2026", "expected a date, or a date and time, got the text '27/11/2026'"),
        ("2026-11-1", "expected a date, or a date and time, got the text '2026-11-1'"),
        ("2026-11-01T10", "expected a date, or a date and time, got the text '2026-11-01T10'"),
        ("2026-11-01T10:00+3", "expected a date, or a date and time, got the text '2026-11-01T10:00+3'"),
        ("２０２６-11-01", "expected a date, or a date and time, got the text '２０２６-11-01'"),
        ("2026-02-30", "there is no 2026-02-30 in the calendar"),
        ("2026-11-01T24:00", "there is no 2026-11-01T24:00 in the calendar"),
        ("2026-12-31T23:59:60", "there is no 2026-12-31T23:59:60 in the calendar"),
        ("0000-01-01", "there is no 0000-01-01 in the calendar"),
    ],
)
def test_what_is_no_instant_says_why(text: str, message: str) -> None:
    instant, fault = read_instant(written(text), place("UTC"))
    assert instant is None
    assert fault is not None
    assert (fault.code, fault.message) == ("RS314", message)


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31T23:59:59.999999", "0001-01-01T00:00+23:59"])
def test_ends_of_the_calendar_never_raise(text: str, name: str) -> None:
    instant, fault = read_instant(written(text), place(name))
    assert (instant is None) != (fault is None)


@pytest.mark.parametrize(("text", "minutes"), [("00:00", 0), ("9:05", 545), ("18:30", 1110), ("24:00", 1440)])
def test_time_of_day_becomes_minutes(text: str, minutes: int) -> None:
    assert read_time(written(text)) == (minutes, None)


@pytest.mark.parametrize("text", ["24:01", "18:60", "18", "6pm", "-1:00", "18:30:00"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    minutes, fault = read_time(written(text))
    assert minutes is None
    assert fault is not None
    assert fault.code == "RS314"


@given(st.integers(0, 1440))
def test_shown_time_reads_as_itself(minutes: int) -> None:
    assert read_time(written(show(minutes, "time", "", place("UTC")))) == (minutes, None)


@pytest.mark.parametrize(("text", "day"), [("mon", 0), ("fri", 4), ("Sun", 6), ("friday", 4)])
def test_weekday_becomes_its_number(text: str, day: int) -> None:
    assert read_weekday(written(text)) == (day, None)
    assert read_weekday(written(show(day, "weekday", "", place("UTC")))) == (day, None)


def test_misspelt_weekday_gets_a_suggestion() -> None:
    day, fault = read_weekday(written("firday"))
    assert day is None
    assert fault is not None
    assert (fault.code, fault.hint) == ("RS314", "did you mean 'friday'?")
