"""Rounding exact ratios: each mode on, below and above the midpoint, and against Decimal."""

import decimal
from decimal import Decimal
from fractions import Fraction
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.money import Rounding, round_ratio

MODES: tuple[Rounding, ...] = get_args(Rounding)
DECIMAL_MODES = {
    "half_up": decimal.ROUND_HALF_UP,
    "half_even": decimal.ROUND_HALF_EVEN,
    "half_down": decimal.ROUND_HALF_DOWN,
    "up": decimal.ROUND_UP,
    "down": decimal.ROUND_DOWN,
}
modes = st.sampled_from(MODES)


@pytest.mark.parametrize(
    ("mode", "below", "tie_to_one", "tie_to_two", "above"),
    [
        ("half_up", 0, 1, 2, 1),
        ("half_even", 0, 0, 2, 1),
        ("half_down", 0, 0, 1, 1),
        ("up", 1, 1, 2, 1),
        ("down", 0, 0, 1, 0),
    ],
)
def test_mode_rounds_below_on_and_above_the_midpoint(
    mode: Rounding, below: int, tie_to_one: int, tie_to_two: int, above: int
) -> None:
    assert round_ratio(49, 100, mode) == below
    assert round_ratio(50, 100, mode) == tie_to_one
    assert round_ratio(150, 100, mode) == tie_to_two
    assert round_ratio(51, 100, mode) == above


@pytest.mark.parametrize("mode", MODES)
def test_whole_numbers_are_left_alone(mode: Rounding) -> None:
    assert [round_ratio(n * 7, 7, mode) for n in (-2, 0, 3)] == [-2, 0, 3]


@pytest.mark.parametrize("denominator", [0, -1])
def test_denominator_that_is_not_positive_is_refused(denominator: int) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        round_ratio(1, denominator, "half_up")


@given(st.integers(-(10**12), 10**12), modes)
def test_rounding_agrees_with_decimal_arithmetic(thousandths: int, mode: Rounding) -> None:
    expected = Decimal(thousandths).scaleb(-3).quantize(Decimal(1), rounding=DECIMAL_MODES[mode])
    assert round_ratio(thousandths, 1000, mode) == expected


@given(st.integers(-(10**20), 10**20), st.integers(1, 10**20), modes)
def test_result_is_less_than_one_unit_away_and_symmetric(n: int, d: int, mode: Rounding) -> None:
    rounded = round_ratio(n, d, mode)
    assert abs(rounded - Fraction(n, d)) < 1
    assert round_ratio(-n, d, mode) == -rounded
    assert mode in {"up", "down"} or abs(rounded - Fraction(n, d)) <= Fraction(1, 2)
