"""The same items find each other, and as few as possible are said to have moved."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.diff.pairing import paired

WORDS = st.lists(st.sampled_from("abcdef"), max_size=9)


@given(WORDS, WORDS, st.booleans())
def test_every_item_is_told_of_once(old: list[str], new: list[str], replace: bool) -> None:
    found = paired(old, new, replace=replace)
    both = [*found.kept, *found.moved, *found.replaced]
    assert sorted([*(first for first, _ in both), *found.removed]) == list(range(len(old)))
    assert sorted([*(second for _, second in both), *found.added]) == list(range(len(new)))
    assert all(old[first] == new[second] for first, second in (*found.kept, *found.moved))
    assert all(one < two and left < right for (one, left), (two, right) in pairwise(found.kept))


@given(st.permutations(range(7)))
def test_as_many_as_possible_stay(new: list[int]) -> None:
    longest = max(sum(bool(subset >> place & 1) for place in range(7)) for subset in range(128) if _rises(new, subset))
    assert len(paired(range(7), new, replace=False).kept) == longest


def test_what_stands_between_the_same_neighbours_replaces_each_other() -> None:
    found = paired("axxb", "ayb", replace=True)
    assert (found.replaced, found.removed, found.added) == ([(1, 1)], [2], [])


def _rises(numbers: list[int], subset: int) -> bool:
    chosen = [number for place, number in enumerate(numbers) if subset >> place & 1]
    return chosen == sorted(chosen)
