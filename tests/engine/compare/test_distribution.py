"""Counted values have the quantiles of the values themselves, and bars that hold each value once."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from engine.compare.distribution import MOST_BARS, MOST_VALUES, Range, counted_quantiles, ranges
from engine.replay.quantiles import quantiles

values = st.lists(st.integers(-20_000, 20_000) | st.integers(-8, 8) | st.just(0), max_size=80)


@given(values)
def test_quantiles_of_counted_values_are_those_of_the_list(found: list[int]) -> None:
    assert counted_quantiles(Counter(found)) == quantiles(found)


@given(values)
def test_every_difference_is_in_exactly_one_bar_and_no_bar_reaches_over_zero(found: list[int]) -> None:
    counts = Counter(found)
    bars = ranges(counts)
    assert len(bars) <= max(MOST_VALUES, MOST_BARS + 4)
    for value, count in counts.items():
        holding = [bar for bar in bars if _holds(bar, value)]
        assert len(holding) == (1 if value else 0), (value, bars)
        assert not holding or holding[0].is_more == (value > 0)
        assert not holding or holding[0].carts >= count
    assert sum(bar.carts for bar in bars) == sum(count for value, count in counts.items() if value)


def test_a_few_values_have_a_bar_each() -> None:
    assert ranges({-490: 3, 0: 100, 250: 1}) == [Range(-490, -490, 3, False), Range(250, 250, 1, True)]


def test_many_values_are_put_into_round_ranges_with_open_ends() -> None:
    counts = dict.fromkeys(range(1, 201), 10) | {5_000: 1, -5_000: 1}
    bars = ranges(counts)
    assert [(bar.low, bar.high) for bar in bars[:3]] == [(None, -1), (1, 9), (10, 19)]
    assert (bars[-1].low, bars[-1].high) == (190, None)


def _holds(bar: Range, value: int) -> bool:
    inside = (bar.low is None or bar.low <= value) and (bar.high is None or value <= bar.high)
    return inside and bar.is_more == (value > 0) and value != 0
