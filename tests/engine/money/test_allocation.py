"""Splitting amounts over lines: nothing lost, nothing invented, no line over its share."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.money import allocate

weights = st.lists(st.integers(0, 10**7), min_size=1, max_size=30)
totals = st.integers(-(10**9), 10**9)


def test_small_discount_over_nine_lines_and_a_cent_is_given_in_full() -> None:
    # Flooring every share and giving the last line the rest would grant 0.01 of 0.04.
    parts = allocate(4, [100] * 9 + [1])
    assert parts == [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]


def test_small_discount_never_turns_into_a_surcharge_on_the_last_line() -> None:
    # Rounding every share up to 0.01 would leave the tenth line with minus 0.03.
    assert allocate(6, [100] * 10) == [1, 1, 1, 1, 1, 1, 0, 0, 0, 0]


def test_left_over_units_go_to_the_largest_remainders() -> None:
    assert allocate(10, [1, 2, 4]) == [1, 3, 6]


def test_equal_remainders_favour_the_earlier_line() -> None:
    assert allocate(1, [5, 5, 5]) == [1, 0, 0]


def test_negative_total_mirrors_the_positive_one() -> None:
    assert allocate(-10, [1, 2, 4]) == [-1, -3, -6]


def test_nothing_is_split_over_nothing() -> None:
    assert allocate(0, [0, 0]) == [0, 0]
    assert allocate(0, []) == []


@pytest.mark.parametrize("empty", [[], [0], [0, 0]])
def test_something_over_nothing_is_refused(empty: list[int]) -> None:
    with pytest.raises(ValueError, match="cannot allocate 5"):
        allocate(5, empty)


def test_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        allocate(5, [3, -1])


@given(totals, weights)
def test_parts_sum_to_the_total_and_lie_within_one_unit_of_their_exact_share(total: int, weights: list[int]) -> None:
    whole = sum(weights)
    assume(whole > 0)
    parts = allocate(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, whole)) < 1
        assert weight > 0 or part == 0
        assert part * total >= 0


@given(weights, st.data())
def test_discount_up_to_the_whole_never_exceeds_any_line(weights: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(weights)))
    parts = allocate(total, weights)
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))


@given(totals, weights)
def test_larger_weight_never_receives_less(total: int, weights: list[int]) -> None:
    assume(sum(weights) > 0)
    parts = [abs(part) for part in allocate(total, weights)]
    shares = sorted(zip(weights, parts, strict=True))
    for (lighter, less), (heavier, more) in pairwise(shares):
        assert lighter == heavier or less <= more


@given(totals, weights)
def test_negated_total_gives_negated_parts(total: int, weights: list[int]) -> None:
    assume(sum(weights) > 0)
    assert allocate(-total, weights) == [-part for part in allocate(total, weights)]
