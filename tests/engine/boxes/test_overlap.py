"""Are the boxes said to meet exactly those with something in common?"""

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.boxes.bits import iter_bits
from engine.boxes.box import Box, intersect
from engine.boxes.overlap import meeting, overlaps
from engine.boxes.values import ValueSet

texts = st.builds(ValueSet.points, st.sets(st.sampled_from(["BR", "GB", "PT"]))) | st.builds(
    ValueSet.prefix, st.sampled_from(["B", "BR", ""])
)
numbers = st.builds(ValueSet.interval, st.none() | st.integers(0, 5), st.none() | st.integers(0, 8))
several = st.builds(ValueSet.union, numbers, numbers)


def _wider(values: st.SearchStrategy[ValueSet]) -> st.SearchStrategy[ValueSet]:
    return values | values.map(ValueSet.complement) | st.builds(ValueSet.with_missing, values)


boxes = st.fixed_dictionaries(
    {}, optional={"country": _wider(texts), "weight": _wider(several), "total": _wider(numbers)}
).map(Box)


@given(st.lists(boxes, max_size=10))
@settings(max_examples=200)
def test_boxes_meet_when_their_intersection_is_not_empty(some: list[Box]) -> None:
    expected = [[other for other, there in enumerate(some) if intersect(here, there) is not None] for here in some]
    assert [iter_bits(mask) for mask in meeting(some)] == expected


@given(st.lists(boxes, max_size=8), st.integers(1, 40))
def test_overlaps_are_the_first_intersecting_pairs_in_order(some: list[Box], limit: int) -> None:
    pairs = [(i, j, intersect(some[i], some[j])) for i in range(len(some)) for j in range(i + 1, len(some))]
    assert overlaps(some, limit=limit) == [pair for pair in pairs if pair[2] is not None][:limit]


def test_touching_bands_do_not_overlap() -> None:
    light = Box({"weight": ValueSet.interval(0, 500)})
    heavy = Box({"weight": ValueSet.interval(500, 1000)})
    assert overlaps([light, heavy]) == []


def test_bands_that_share_their_boundary_overlap_in_it() -> None:
    light = Box({"weight": ValueSet.interval(0, 501)})
    heavy = Box({"weight": ValueSet.interval(500, 1000)})
    assert overlaps([light, heavy]) == [(0, 1, Box({"weight": ValueSet.point(500)}))]
