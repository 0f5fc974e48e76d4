"""Do look-ups of points agree with a test of every box?"""

from hypothesis import given
from hypothesis import strategies as st

from engine.boxes.bits import iter_bits
from engine.boxes.box import Box, intersect
from engine.boxes.values import ValueSet
from engine.facts.vocabulary import Vocabulary
from engine.lint.domain import Domain
from engine.lint.merging import merged
from engine.lint.points import Points

COUNT, PAID, PLACE = "cart.item_count", "customer.orders_paid", "destination.country"
numbers = st.builds(ValueSet.interval, st.integers(0, 3), st.none() | st.integers(4, 6))
places = st.sets(st.sampled_from(["BR", "GB", "PT"]), min_size=1).map(ValueSet.points)
boxes = st.fixed_dictionaries(
    {},
    optional={
        COUNT: numbers,
        PAID: numbers
        | numbers.map(ValueSet.with_missing)
        | st.just(ValueSet.only_missing())
        | st.just(ValueSet.known()),
        PLACE: places | places.map(ValueSet.known_complement),
    },
).map(Box)
some_boxes = st.lists(boxes, max_size=6)


@given(some_boxes, boxes)
def test_boxes_that_take_the_lonely_point_of_a_box(vocabulary: Vocabulary, some: list[Box], box: Box) -> None:
    points = Points(Domain(vocabulary, {}), some)
    lonely = points.lonely(box)
    assert box.holds(lonely)
    part = points.rare_part(Box({axis: _just(value) for axis, value in lonely.items()}), some)
    taking = [number for number, other in enumerate(some) if intersect(other, part) is not None]
    assert list(iter_bits(points.taking(lonely))) == taking


@given(some_boxes, boxes)
def test_boxes_around_the_rare_part_of_a_box(vocabulary: Vocabulary, some: list[Box], box: Box) -> None:
    points = Points(Domain(vocabulary, {}), some)
    part = points.rare_part(box, some)
    around = [number for number, other in enumerate(some) if intersect(other, part) is not None]
    assert list(iter_bits(points.around(box))) == around


@given(some_boxes)
def test_merged_boxes_are_the_same_union(some: list[Box]) -> None:
    fewer = merged(some)
    assert len(fewer) <= len(some)
    for count in (None, *range(7)):
        for paid in (None, *range(7)):
            for place in (None, "BR", "GB", "JP"):
                cart = {COUNT: count, PAID: paid, PLACE: place}
                assert any(box.holds(cart) for box in fewer) is any(box.holds(cart) for box in some)


def _just(value: int | str | None) -> ValueSet:
    return ValueSet.only_missing() if value is None else ValueSet.point(value)
