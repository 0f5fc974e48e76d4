"""Reading percentages: exact ratios or a refusal."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.money import BadPercent, parse_percent


@pytest.mark.parametrize(
    ("written", "ratio"),
    [
        ("12.5", (1, 8)),
        ("12.5%", (1, 8)),
        ("12.5 %", (1, 8)),
        (Decimal("12.5"), (1, 8)),
        (10, (1, 10)),
        (0, (0, 1)),
        ("100", (1, 1)),
        ("250", (5, 2)),
        ("0.000001", (1, 100_000_000)),
    ],
)
def test_percentage_becomes_a_ratio_in_lowest_terms(written: str | int | Decimal, ratio: tuple[int, int]) -> None:
    assert parse_percent(written) == ratio


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("ten", "'ten' is not a percentage"),
        ("", "'' is not a percentage"),
        ("%", "'%' is not a percentage"),
        ("10%%", "'10%%' is not a percentage"),
        ("1e1", "'1e1' is not a percentage"),
        (Decimal("1E+1"), "1E+1 is not a percentage"),
        (Decimal("NaN"), "NaN is not a percentage"),
        ("-5", "'-5' is negative"),
        (-5, "-5 is negative"),
        ("0.0000001", "'0.0000001' has too many decimal digits (7), a percentage allows at most 6"),
    ],
)
def test_anything_else_is_refused_by_name(written: str | int | Decimal, message: str) -> None:
    with pytest.raises(BadPercent) as caught:
        parse_percent(written)
    assert caught.value.message == message


@pytest.mark.parametrize("value", [12.5, True])
def test_float_or_truth_value_is_refused(value: object) -> None:
    with pytest.raises(BadPercent, match="is not a percentage"):
        parse_percent(value)  # type: ignore[arg-type]  # what untyped callers may send


@given(st.decimals(min_value=0, max_value=1000, places=6))
def test_ratio_is_exactly_the_percentage(value: Decimal) -> None:
    numerator, denominator = parse_percent(value)
    assert Fraction(numerator, denominator) == Fraction(value) / 100
