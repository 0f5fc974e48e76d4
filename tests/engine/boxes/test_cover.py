"""Do cover, gaps and shadows agree with a count of every point of a small domain?"""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.boxes.box import Box, witness
from engine.boxes.cover import covers, gaps, shadowed_by_union, uncovered
from engine.boxes.effort import Effort, TooComplex
from engine.boxes.values import Key, ValueSet

Facts = dict[str, Key | None]

POINTS: list[Facts] = [
    {"country": country, "weight": weight, "vip": vip}
    for country, weight, vip in product((None, "BR", "GB", "PT"), (None, *range(5)), (None, 0, 1, 2))
]

countries = st.builds(ValueSet.points, st.sets(st.sampled_from(["BR", "GB"]), min_size=1))
weights = st.builds(ValueSet.interval, st.none() | st.integers(1, 3), st.none() | st.integers(2, 4))
flags = st.builds(ValueSet.point, st.integers(0, 1))


def _wider(values: st.SearchStrategy[ValueSet]) -> st.SearchStrategy[ValueSet]:
    return values | values.map(ValueSet.complement) | st.builds(ValueSet.with_missing, values)


boxes = st.fixed_dictionaries(
    {},
    optional={"country": _wider(countries), "weight": _wider(weights), "vip": _wider(flags)},
).map(Box)
two_axes = st.builds(lambda country, weight: Box({"country": country, "weight": weight}), countries, weights)


def band(low: int | None, high: int | None) -> Box:
    return Box({"weight": ValueSet.interval(low, high)})


def known_weights(low: int = 0, high: int | None = None) -> Box:
    return Box({"weight": ValueSet.interval(low, high)})


def points(*some: Box) -> list[Facts]:
    return [facts for facts in POINTS if any(box.holds(facts) for box in some)]


@given(st.lists(boxes | two_axes, max_size=7), boxes)
@settings(max_examples=200)
def test_gaps_are_disjoint_and_hold_exactly_the_points_left_open(some: list[Box], target: Box) -> None:
    left = list(gaps(some, target))
    assert points(*left) == [facts for facts in points(target) if not any(box.holds(facts) for box in some)]
    assert sum(len(points(piece)) for piece in left) == len(points(*left))
    assert not any(piece.is_empty() for piece in left)


@given(st.lists(boxes | two_axes, max_size=7), boxes)
def test_covers_gives_an_open_piece_or_none_when_there_is_none(some: list[Box], target: Box) -> None:
    piece = covers(some, target)
    if piece is None:
        assert all(any(box.holds(facts) for box in some) for facts in points(target))
    else:
        facts = witness(piece)
        assert target.holds(facts)
        assert not any(box.holds(facts) for box in some)


@given(st.lists(boxes | two_axes, max_size=8))
@settings(max_examples=200)
def test_shadowed_boxes_are_those_without_a_point_of_their_own(some: list[Box]) -> None:
    found = shadowed_by_union(some)
    expected = [
        number
        for number, box in enumerate(some)
        if not box.is_empty() and set(map(str, points(box))) <= set(map(str, points(*some[:number])))
    ]
    assert [number for number, _ in found.shadowed] == expected
    assert found.undecided == []
    for number, by in found.shadowed:
        assert all(other < number for other in by)
        assert covers([some[other] for other in by], some[number]) is None


@given(st.lists(boxes | two_axes, max_size=8))
def test_no_box_named_as_responsible_can_be_left_out(some: list[Box]) -> None:
    for number, by in shadowed_by_union(some).shadowed:
        for spare in by:
            assert covers([some[other] for other in by if other != spare], some[number]) is not None


def test_a_hole_between_two_bands_is_found() -> None:
    (hole,) = uncovered([band(0, 500), band(600, None)], known_weights())
    assert hole.describe() == "weight: [500, 600)"
    assert witness(hole) == {"weight": 500}


def test_touching_bands_leave_nothing_open() -> None:
    assert uncovered([band(0, 500), band(500, None)], known_weights()) == []


def test_a_zone_without_its_last_band_is_found_among_complete_ones() -> None:
    universe = Box({"country": ValueSet.points(["BR", "GB", "PT"]), "weight": ValueSet.interval(0, None)})
    tariff = [
        Box({"country": ValueSet.points(["BR", "PT"]), "weight": ValueSet.interval(0, 500)}),
        Box({"country": ValueSet.point("GB"), "weight": ValueSet.interval(0, None)}),
        Box({"country": ValueSet.point("BR"), "weight": ValueSet.interval(500, None)}),
    ]
    assert [gap.describe() for gap in uncovered(tariff, universe)] == ["country: PT, weight: >= 500"]


def test_bands_together_shadow_a_wider_one_and_only_those_needed_are_named() -> None:
    rules = [band(900, 950), band(0, 300), band(300, 600), band(100, 200), band(100, 500)]
    assert shadowed_by_union(rules).shadowed == [(3, (1,)), (4, (1, 2))]


def test_one_earlier_box_that_covers_alone_is_the_only_one_named() -> None:
    assert shadowed_by_union([band(0, 50), band(50, 100), band(0, 100), band(0, 100)]).shadowed == [
        (2, (0, 1)),
        (3, (2,)),
    ]


def test_a_box_is_shadowed_when_nothing_of_it_can_occur_outside_the_others() -> None:
    rules = [Box({"vip": ValueSet.point(0)}), Box({"vip": ValueSet.point(1)}), band(0, 500)]
    flags_are_given = Box({"vip": ValueSet.points([0, 1])})
    assert shadowed_by_union(rules).shadowed == []
    assert shadowed_by_union(rules, flags_are_given).shadowed == [(2, (0, 1))]
    assert shadowed_by_union([band(0, 5), band(0, 5)], known_weights(10)).shadowed == []


def test_many_bands_that_cover_one_are_all_named() -> None:
    bands = [band(low, low + 1) for low in range(300)]
    assert shadowed_by_union([*bands, band(0, 300)]).shadowed == [(300, tuple(range(300)))]


def test_the_number_of_gaps_is_capped() -> None:
    islands = [band(2 * low, 2 * low + 1) for low in range(50)]
    stripes = [Box({"weight": box["weight"], "vip": ValueSet.point(number % 2)}) for number, box in enumerate(islands)]
    assert len(uncovered(stripes, known_weights(0, 100), limit=2)) == 2


def test_thousands_of_bands_in_zones_are_within_the_usual_effort() -> None:
    tariff = [
        Box({"country": ValueSet.point(f"Z{zone}"), "weight": ValueSet.interval(100 * step, 100 * step + 100)})
        for zone in range(50)
        for step in range(50)
    ]
    universe = Box(
        {
            "country": ValueSet.points(f"Z{zone}" for zone in range(50)),
            "weight": ValueSet.interval(0, 5000),
        }
    )
    assert covers(tariff, universe) is None
    assert covers(tariff[:-1], universe) == Box(
        {"country": ValueSet.point("Z49"), "weight": ValueSet.interval(4900, 5000)}
    )


def _crossing(axes: int) -> list[Box]:
    """Every pair of neighbouring axes forbids (1, 1): their union leaves a Fibonacci number of points."""
    return [Box({f"f{k}": ValueSet.point(1), f"f{k + 1}": ValueSet.point(1)}) for k in range(axes - 1)]


def test_too_many_crossing_axes_are_refused_rather_than_guessed() -> None:
    with pytest.raises(TooComplex, match="too many boxes"):
        covers(_crossing(30), Box(), Effort(2000))
    rules = [*_crossing(30), Box({"g": ValueSet.point(1)})]
    assert shadowed_by_union(rules, effort=Effort(0)).undecided == list(range(1, 30))


def test_gaps_found_before_the_effort_ran_out_are_kept() -> None:
    found = uncovered(_crossing(12), Box(), limit=10_000, effort=Effort(20_000))
    assert 0 < len(found) < 10_000
    with pytest.raises(TooComplex):
        uncovered(_crossing(12), Box(), effort=Effort(3))
