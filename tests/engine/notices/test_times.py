"""Is a message due when its rule says: after its delay, never in quiet hours, with the others of its digest?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.documents.model.notifications import Digest, NoticeRule, QuietHours
from engine.facts.timezones import zone
from engine.notices.times import SECOND, after_quiet_hours, due, is_quiet, next_digest
from engine.text.source import Span

NOWHERE = Span("", 1, 1, 1, 1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# With and without changes of the clock, by half an hour too, and one that skipped a day.
ZONES = ["UTC", "America/Sao_Paulo", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]

minutes = st.integers(0, 1439)
zones = st.sampled_from(ZONES).map(lambda name: zone(name) or ZoneInfo("UTC"))
instants = st.integers(1_262_304_000, 1_893_456_000).map(lambda seconds: seconds * SECOND)  # 2010 to 2030


@st.composite
def near_a_change(draw: st.DrawFn) -> tuple[ZoneInfo, int]:
    """An instant within hours of one at which the clocks of London, New York or Lord Howe change."""
    name, change = draw(st.sampled_from(CHANGES))
    return zone(name) or ZoneInfo("UTC"), (change + draw(st.integers(-4 * 3600, 4 * 3600))) * SECOND


CHANGES = [
    ("Europe/London", 1_743_296_400),  # 2025-03-30T01:00Z, forward
    ("Europe/London", 1_761_440_400),  # 2025-10-26T01:00Z, back
    ("America/New_York", 1_741_503_600),
    ("America/New_York", 1_762_063_200),
    ("Australia/Lord_Howe", 1_743_865_200),  # half an hour back
    ("Australia/Lord_Howe", 1_759_591_800),
]
moments = st.one_of(st.tuples(zones, instants), near_a_change())


def quiet_hours(start: int, end: int) -> QuietHours:
    return QuietHours(start=start, end=end, span=NOWHERE)


def at(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


@given(moments, minutes, minutes)
def test_nothing_is_due_in_quiet_hours_and_nothing_early(moment: tuple[ZoneInfo, int], start: int, end: int) -> None:
    timezone, instant = moment
    if start == end:
        return
    quiet = quiet_hours(start, end)
    found = after_quiet_hours(instant, quiet, timezone)
    assert found >= instant
    assert not is_quiet(found, quiet, timezone)
    assert found == instant or is_quiet(instant, quiet, timezone)
    # The date line may have been moved by a day.
    assert found - instant <= (48 * 3600 + 3600) * SECOND


@given(moments, minutes, minutes)
def test_it_is_due_as_soon_as_they_are_over(moment: tuple[ZoneInfo, int], start: int, end: int) -> None:
    timezone, instant = moment
    if start == end:
        return
    quiet = quiet_hours(start, end)
    found = after_quiet_hours(instant, quiet, timezone)
    for step in range(1, 60):
        between = found - step * 60 * SECOND
        if between <= instant:
            break
        assert is_quiet(between, quiet, timezone)


@given(moments, st.sampled_from([15, 60, 240, 720]))
def test_a_digest_of_a_part_of_a_day_is_due_within_that_time(moment: tuple[ZoneInfo, int], every: int) -> None:
    timezone, instant = moment
    found = next_digest(instant, Digest(minutes=every, span=NOWHERE), timezone)
    # An hour that comes twice, or a day that is skipped, makes one period longer.
    assert 0 < found - instant <= (every + 24 * 60 + 60) * 60 * SECOND
    local = (EPOCH + timedelta(microseconds=found)).astimezone(timezone)
    assert (local.hour * 60 + local.minute) % every == 0 or _jumped(found, timezone)


@given(moments, st.integers(1, 28), minutes)
def test_a_digest_of_days_is_due_at_its_time(moment: tuple[ZoneInfo, int], days: int, minute: int) -> None:
    timezone, instant = moment
    found = next_digest(instant, Digest(days=days, at=minute, span=NOWHERE), timezone)
    assert 0 < found - instant <= (days + 2) * 86_400 * SECOND
    local = (EPOCH + timedelta(microseconds=found)).astimezone(timezone)
    assert local.hour * 60 + local.minute == minute or _jumped(found, timezone)


def _jumped(instant: int, timezone: ZoneInfo) -> bool:
    """Whether the clocks were set forward just then."""
    before, now = ((EPOCH + timedelta(microseconds=each)).astimezone(timezone) for each in (instant - 1, instant))
    return (now.utcoffset() or timedelta()) > (before.utcoffset() or timedelta())


LONDON = zone("Europe/London") or ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2025-06-01T21:59+01:00", "2025-06-01T21:59+01:00"),
        ("2025-06-01T22:00+01:00", "2025-06-02T08:00+01:00"),
        ("2025-06-02T07:59+01:00", "2025-06-02T08:00+01:00"),
        ("2025-06-02T08:00+01:00", "2025-06-02T08:00+01:00"),
        ("2025-03-29T23:00+00:00", "2025-03-30T08:00+01:00"),  # a night of seven hours less one
        ("2025-10-25T23:00+01:00", "2025-10-26T08:00+00:00"),
    ],
)
def test_over_night(instant: str, expected: str) -> None:
    assert after_quiet_hours(at(instant), quiet_hours(22 * 60, 8 * 60), LONDON) == at(expected)


@pytest.mark.parametrize(
    ("instant", "end", "expected"),
    [
        # Clocks go from 01:00 to 02:00: half past one never comes.
        ("2025-03-30T00:30+00:00", 90, "2025-03-30T02:00+01:00"),
        # Clocks go from 02:00 back to 01:00: half past one comes twice, and the first one counts,
        ("2025-10-26T01:10+01:00", 90, "2025-10-26T01:30+01:00"),
        # but not when it is over.
        ("2025-10-26T01:10+00:00", 90, "2025-10-26T01:30+00:00"),
    ],
)
def test_when_the_clocks_change(instant: str, end: int, expected: str) -> None:
    assert after_quiet_hours(at(instant), quiet_hours(22 * 60, end), LONDON) == at(expected)


def test_weeks_end_on_monday() -> None:
    weekly = Digest(days=7, at=8 * 60, span=NOWHERE)
    assert next_digest(at("2025-06-04T12:00+01:00"), weekly, LONDON) == at("2025-06-09T08:00+01:00")
    assert next_digest(at("2025-06-09T07:59+01:00"), weekly, LONDON) == at("2025-06-09T08:00+01:00")
    assert next_digest(at("2025-06-09T08:00+01:00"), weekly, LONDON) == at("2025-06-16T08:00+01:00")


def rule(**values: object) -> NoticeRule:
    given = {
        "id": "r", "events": ("OrderPaid",), "to": "customer", "channels": ("email",), "template": "order-paid",
        "category": "reminders", "quiet": "respect", "span": NOWHERE,
    }  # fmt: skip
    return NoticeRule(**{**given, **values})  # type: ignore[arg-type]


def test_a_delay_may_end_in_the_quiet_hours() -> None:
    quiet = quiet_hours(22 * 60, 8 * 60)
    assert due(rule(delay_seconds=7200), quiet, at("2025-06-01T21:00+01:00"), LONDON) == at("2025-06-02T08:00+01:00")
    loud = rule(delay_seconds=7200, quiet="ignore")
    assert due(loud, quiet, at("2025-06-01T21:00+01:00"), LONDON) == at("2025-06-01T23:00+01:00")


def test_what_is_late_is_told_now_unless_it_is_night_now() -> None:
    quiet, happened = quiet_hours(22 * 60, 8 * 60), at("2025-06-01T12:00+01:00")
    assert due(rule(), quiet, happened, LONDON, now=at("2025-06-01T13:00+01:00")) == at("2025-06-01T13:00+01:00")
    assert due(rule(), quiet, happened, LONDON, now=at("2025-06-01T23:00+01:00")) == at("2025-06-02T08:00+01:00")


def test_a_digest_that_ends_at_night_waits_as_well() -> None:
    digest = rule(digest=Digest(minutes=240, span=NOWHERE))
    assert due(digest, quiet_hours(22 * 60, 8 * 60), at("2025-06-01T20:30+01:00"), LONDON) == at(
        "2025-06-02T08:00+01:00"
    )
