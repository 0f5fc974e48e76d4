"""Does a sweep put each box on the stretches where its set lies?"""

from hypothesis import given
from hypothesis import strategies as st

from engine.boxes.stretches import stretches
from engine.boxes.values import ValueSet


def test_bands_that_overlap_share_the_stretch_between_their_ends() -> None:
    swept = stretches({ValueSet.interval(0, 500): 0b01, ValueSet.interval(300, None).with_missing(): 0b10})
    assert swept.cuts == [0, 300, 500]
    assert swept.masks == [0b00, 0b01, 0b11, 0b10]
    assert swept.missing == 0b10


def test_boxes_that_are_everywhere_accept_missing_too() -> None:
    assert stretches({ValueSet.point(7): 0b01}, everywhere=0b10) == ([7, 8], [0b10, 0b11, 0b10], 0b10)


@given(st.lists(st.tuples(st.integers(-3, 6), st.integers(-3, 6), st.booleans()), max_size=8))
def test_each_stretch_has_exactly_the_boxes_whose_set_holds_it(bands: list[tuple[int, int, bool]]) -> None:
    sets = [ValueSet.interval(low, high) for low, high, _ in bands]
    sets = [values.complement() if band[2] else values for values, band in zip(sets, bands, strict=True)]
    sides = {values: sum(1 << i for i, other in enumerate(sets) if other == values) for values in sets}
    cuts, masks, missing = stretches(sides)
    starts = [-99, *cuts]
    for start, mask in zip(starts, masks, strict=True):
        assert mask == sum(1 << i for i, values in enumerate(sets) if values.contains(start))
    assert missing == sum(1 << i for i, values in enumerate(sets) if values.missing)
