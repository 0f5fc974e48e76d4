"""Do boxes behave like plain sets of points on a domain small enough to list?"""

import pickle
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.boxes.box import Box, intersect, is_subset, subtract, witness
from engine.boxes.values import Key, ValueSet

Facts = dict[str, Key | None]

COUNTRIES: tuple[Key | None, ...] = (None, "BR", "GB", "PT")
WEIGHTS: tuple[Key | None, ...] = (None, 0, 1, 2, 3)
POINTS: list[Facts] = [
    {"country": country, "weight": weight, "vip": vip}
    for country, weight, vip in product(COUNTRIES, WEIGHTS, (None, 0, 1))
]


def _axis(*known: Key) -> st.SearchStrategy[ValueSet]:
    chosen = st.sets(st.sampled_from(known)).map(ValueSet.points)
    some = st.builds(ValueSet.with_missing, chosen, st.booleans())
    return st.one_of(some, some.map(ValueSet.complement))


boxes = st.fixed_dictionaries(
    {},
    optional={
        "country": _axis("BR", "GB", "PT"),
        "weight": _axis(0, 1, 2, 3) | st.builds(ValueSet.interval, st.integers(0, 3), st.integers(1, 4)),
        "vip": _axis(0, 1),
    },
).map(Box)


def points(box: Box | None) -> list[Facts]:
    return [] if box is None else [facts for facts in POINTS if box.holds(facts)]


@given(boxes, boxes)
def test_intersection_holds_the_common_points(one: Box, two: Box) -> None:
    assert points(intersect(one, two)) == [facts for facts in POINTS if one.holds(facts) and two.holds(facts)]


@given(boxes, boxes)
def test_no_intersection_means_that_some_axis_has_nothing_in_common(one: Box, two: Box) -> None:
    common = intersect(one, two)
    assert common is None or not common.is_empty()
    assert (common is None) == any(one[axis].intersect(two[axis]).is_empty() for axis in ("country", "vip", "weight"))


@given(boxes, boxes)
def test_subtraction_leaves_disjoint_pieces_that_hold_the_rest(one: Box, two: Box) -> None:
    pieces = subtract(one, two)
    left = [facts for facts in POINTS if one.holds(facts) and not two.holds(facts)]
    assert [facts for facts in POINTS if any(piece.holds(facts) for piece in pieces)] == left
    assert sum(len(points(piece)) for piece in pieces) == len(left)
    assert not any(piece.is_empty() for piece in pieces)
    assert (not pieces) == is_subset(one, two)


@given(boxes)
def test_the_witness_of_a_box_lies_in_it(box: Box) -> None:
    if not box.is_empty():
        assert box.holds(witness(box))


@given(boxes)
def test_a_pickled_box_is_the_same_box(box: Box) -> None:
    copy = pickle.loads(pickle.dumps(box))
    assert copy == box
    assert hash(copy) == hash(box)


def test_an_axis_that_accepts_anything_is_not_kept() -> None:
    assert Box({"country": ValueSet.anything()}) == Box()
    assert len(Box({"country": ValueSet.known()})) == 1


def test_the_order_in_which_axes_are_given_does_not_matter() -> None:
    weight, country = ValueSet.interval(0, 500), ValueSet.point("BR")
    one = Box({"weight": weight, "country": country})
    two = Box({"country": country, "weight": weight})
    assert one == two
    assert hash(one) == hash(two)
    assert one.axes == ("country", "weight")


def test_a_box_does_not_change() -> None:
    box = Box({"vip": ValueSet.point(1)})
    with pytest.raises(AttributeError, match="with_axis"):
        box.extra = 1
    assert box.with_axis("vip", ValueSet.anything()) == Box()
    assert "vip" in box


def test_a_box_is_described_axis_by_axis() -> None:
    box = Box({"weight": ValueSet.interval(0, 500), "country": ValueSet.points(["PT", "BR"])})
    assert box.describe() == "country: BR or PT, weight: [0, 500)"
    assert box.describe(lambda axis, value: f"{value}g" if axis == "weight" else str(value)) == (
        "country: BR or PT, weight: [0g, 500g)"
    )
    assert Box().describe() == "anything"


def test_a_witness_leaves_out_a_fact_that_may_be_missing() -> None:
    box = Box({"coupon": ValueSet.point("A").complement(), "weight": ValueSet.interval(100, 200)})
    assert witness(box) == {"weight": 100}


def test_a_witness_takes_a_typical_value_when_it_lies_in_the_box() -> None:
    box = Box({"country": ValueSet.point("BR").known_complement(), "weight": ValueSet.interval(100, 200)})
    assert witness(box, {"country": "PT", "weight": 500}) == {"country": "PT", "weight": 100}
