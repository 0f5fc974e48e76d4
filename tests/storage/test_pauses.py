"""What fails rests longer each time, within bounds, and never as long as all the others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storage.pauses import pause_after

FAILURES = st.integers(1, 2_000_000)
CHANCE = st.floats(0, 1)


def test_each_failure_takes_so_many_times_as_long_up_to_the_longest() -> None:
    doubled = [pause_after(number, first=1, longest=60, chance=lambda: 0.0) for number in range(1, 9)]
    assert doubled == [1, 2, 4, 8, 16, 32, 60, 60]
    tripled = [pause_after(number, first=10, longest=100, times=3, chance=lambda: 0.0) for number in (1, 2, 3, 4)]
    assert tripled == [10, 30, 90, 100]


def test_chance_takes_up_to_its_share_away() -> None:
    assert pause_after(1, first=8, longest=60, chance=lambda: 1.0) == 4
    assert pause_after(1, first=8, longest=60, off=0.25, chance=lambda: 1.0) == 6
    assert pause_after(1, first=8, longest=60, off=0.25, chance=lambda: 0.5) == 7


@given(FAILURES, CHANCE, st.sampled_from([2.0, 3.0]), st.sampled_from([0.25, 0.5]))
def test_a_pause_stays_between_the_shortest_and_the_longest(
    failures: int, chance: float, times: float, off: float
) -> None:
    pause = pause_after(failures, first=2, longest=900, times=times, off=off, chance=lambda: chance)
    assert 2 * (1 - off) <= pause <= 900
