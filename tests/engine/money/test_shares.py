"""What did each unit of a line cost? Any units together are right to the cent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.money.shares import cumulative, unit_shares

GROSS = st.integers(0, 10**12)
QUANTITY = st.integers(1, 200)


@given(gross=GROSS, quantity=QUANTITY)
def test_the_shares_of_units_are_the_line_and_as_good_as_equal(gross: int, quantity: int) -> None:
    shares = unit_shares(gross, quantity)
    assert (len(shares), sum(shares)) == (quantity, gross)
    assert max(shares) - min(shares) <= 1


def test_one_of_three_for_ten_then_the_others() -> None:
    # 3.34, 3.33, 3.33: rounding each down, as others do, would lose the cent.
    assert unit_shares(1000, 3) == [334, 333, 333]
    assert [cumulative(1000, 3, units) for units in range(4)] == [0, 334, 667, 1000]
