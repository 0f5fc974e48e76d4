"""Are local times that do not exist, or occur twice, found on exactly those days?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.documents.conditions import Test
from engine.documents.model import Window
from engine.facts.timezones import zone
from engine.facts.vocabulary import Vocabulary
from engine.lint.clock_changes import changes, clock_changes
from engine.lint.study import Study
from tests.engine.lint.conditions import promotions, span

ZONES = ("Europe/Berlin", "America/Santiago", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Beirut")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ALWAYS = Test("cart.item_count", "at_least", (1,), span(5))


@pytest.mark.parametrize("name", ZONES)
def test_changes_are_those_of_a_look_at_every_half_hour(name: str) -> None:
    timezone = zone(name)
    assert timezone is not None
    start = datetime(2026, 1, 1, tzinfo=UTC)
    half_hours = [start + timedelta(minutes=30 * number) for number in range(2 * 24 * 365)]
    offsets = [moment.astimezone(timezone).utcoffset() for moment in half_hours]
    expected = [
        (half_hours[place] - EPOCH) // timedelta(microseconds=1)
        for place in range(1, len(offsets))
        if offsets[place] != offsets[place - 1]
    ]
    assert [change.instant for change in changes(timezone, 2026, 1)] == expected


@given(st.sampled_from(ZONES), st.integers(0, 2 * 24 * 365))
def test_edge_of_a_window_is_told_exactly_where_its_local_time_occurs_twice_or_clocks_jump(
    vocabulary: Vocabulary, name: str, half_hour: int
) -> None:
    timezone = zone(name)
    assert timezone is not None
    near = [
        datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=30 * half_hour),
        *(EPOCH + timedelta(microseconds=change.instant) for change in changes(timezone, 2026, 1)),
    ]
    for moment in [each + timedelta(minutes=shift) for each in near for shift in (-60, -30, 0, 30, 60)]:
        instant = (moment - EPOCH) // timedelta(microseconds=1)
        found = _told(vocabulary, name, Window(instant, None))
        assert bool(found) is (_occurs_twice(moment, name) or _jumps(moment, name))


def _told(vocabulary: Vocabulary, name: str, window: Window) -> list[str]:
    document = promotions([ALWAYS])
    rule = replace(document.rules[0], window=window)
    document = replace(document, rules=(rule,), head=replace(document.head, timezone=name))
    return [finding.message for finding in clock_changes(Study(document, vocabulary))]


def _occurs_twice(moment: datetime, name: str) -> bool:
    local = moment.astimezone(zone(name)).replace(tzinfo=None)
    both = {local.replace(tzinfo=zone(name), fold=fold).astimezone(UTC) for fold in (0, 1)}
    return len(both) == 2 and all(each.astimezone(zone(name)).replace(tzinfo=None) == local for each in both)


def _jumps(moment: datetime, name: str) -> bool:
    before = (moment - timedelta(microseconds=1)).astimezone(zone(name)).utcoffset()
    after = moment.astimezone(zone(name)).utcoffset()
    assert before is not None
    assert after is not None
    return after > before


def test_the_first_and_the_last_instant_of_the_calendar_are_not_told(vocabulary: Vocabulary) -> None:
    first = (datetime(1, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
    last = (datetime(9999, 12, 31, 23, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
    assert _told(vocabulary, "Europe/Berlin", Window(first, last)) == []
