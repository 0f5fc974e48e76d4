"""Parts of a comparison add up to the whole, in any order and grouping, also after being stored."""

from __future__ import annotations

from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.compare import Comparison, compare_carts, decode, encode, merge
from tests.engine.compare.generated import Asked, compiled, few, pairs
from tests.engine.compare.shops import basket, shop


@given(pairs(most_carts=8), st.randoms(use_true_random=False))
@few
def test_parts_merged_in_any_order_and_grouping_are_the_whole_also_stored(asked: Asked, random: Random) -> None:
    before, after, carts = compiled(asked)
    parts = [compare_carts(before, after, [each]) for each in carts]
    while len(parts) > 1:
        random.shuffle(parts)
        parts.append(merge(parts.pop(), parts.pop()))
    whole = compare_carts(before, after, carts)
    assert encode(parts[0]) == encode(whole)
    assert decode(encode(whole)) == whole


def test_many_witnesses_in_small_parts_are_chosen_as_in_one() -> None:
    before, after = shop(), shop(percent="20", free_from="50.00", minimum="20.00")
    prices = [*range(1, 120, 3), *range(2, 300, 7)]
    carts = [(f"cart {number}", basket(f"{price}.00")) for number, price in enumerate(prices)]
    merged = Comparison()
    for start in range(0, len(carts), 7):
        merge(merged, compare_carts(before, after, carts[start : start + 7]))
    whole = compare_carts(before, after, carts)
    assert len(whole.smallest) == len(whole.smallest_dead) == 5
    assert encode(merged) == encode(whole)


def test_merging_leaves_the_other_one_alone() -> None:
    other = compare_carts(shop(), shop(percent="20"), [("a", basket("100.00"))])
    kept = encode(other)
    into = merge(Comparison(), other)
    merge(into, compare_carts(shop(), shop(percent="20"), [("b", basket("200.00"))]))
    assert (encode(other), into.read) == (kept, 2)


def test_something_else_is_not_taken_for_a_comparison() -> None:
    with pytest.raises(msgspec.ValidationError):
        decode('{"read": "many"}')
