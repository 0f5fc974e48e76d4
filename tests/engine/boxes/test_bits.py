"""Are the set bits of a mask listed, few or many?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.boxes.bits import iter_bits


@given(st.sets(st.integers(0, 500)))
def test_iter_bits_lists_the_set_bits_from_the_lowest(numbers: set[int]) -> None:
    assert iter_bits(sum(1 << number for number in numbers)) == sorted(numbers)


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 1000])
def test_iter_bits_lists_few_bits_and_many_alike(count: int) -> None:
    numbers = [7 * number for number in range(count)]
    assert iter_bits(sum(1 << number for number in numbers)) == numbers
