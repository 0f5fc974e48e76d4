"""Does the index answer what a scan of all boxes answers?"""

import pickle
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.boxes.box import Box
from engine.boxes.values import Key, ValueSet
from engine.compiler.index import build_index
from engine.runtime.index import iter_bits

Facts = Mapping[str, Key | None]

COUNTRIES = ["BR", "GB", "PT", "US"]
CATEGORIES = ["a/", "a/b/", "a/b/c/", "a/bc/", "b/", "c/d/"]
SPARSE_DEFAULTS: dict[str, Key | None] = {"quantity_a": 0, "quantity_b": 0, "tag_sale": 0, "material": None}

countries = st.builds(ValueSet.points, st.lists(st.sampled_from(COUNTRIES[:3]), max_size=3))
ranges = st.builds(ValueSet.interval, st.none() | st.integers(-2, 5), st.none() | st.integers(0, 8))
prefixes = st.builds(ValueSet.prefix, st.sampled_from(["", *CATEGORIES]))
tags = st.builds(ValueSet.point, st.integers(0, 1))
materials = st.builds(ValueSet.points, st.lists(st.sampled_from(["wood", "steel"]), max_size=2))


def _or_other(values: st.SearchStrategy[ValueSet]) -> st.SearchStrategy[ValueSet]:
    """The sets themselves, their negations, and both with or without the missing fact."""
    some = values | values.map(ValueSet.known_complement)
    return st.builds(ValueSet.with_missing, some, st.booleans()) | st.just(ValueSet.only_missing())


boxes = st.fixed_dictionaries(
    {},
    optional={
        "country": _or_other(countries),
        "weight": _or_other(ranges),
        "category": _or_other(prefixes),
        "quantity_a": _or_other(ranges),
        "quantity_b": _or_other(ranges),
        "tag_sale": _or_other(tags),
        "material": _or_other(materials),
    },
).map(Box)
dense_facts = st.fixed_dictionaries(
    {},
    optional={
        "country": st.sampled_from([None, *COUNTRIES]),
        "weight": st.integers(-3, 9),
        "category": st.sampled_from(CATEGORIES),
        "unheard_of": st.integers(0, 1),
    },
)
sparse_facts = st.fixed_dictionaries(
    {},
    optional={
        "quantity_a": st.none() | st.integers(-3, 9),
        "quantity_b": st.none() | st.integers(-3, 9),
        "tag_sale": st.integers(0, 1),
        "material": st.sampled_from([None, "wood", "steel", "glass"]),
        "tag_unheard_of": st.just(1),
    },
)


def scan(rules: list[Box], facts: Facts, touched: Facts) -> list[int]:
    """The boxes that hold, by testing each of them."""
    together = {**SPARSE_DEFAULTS, **facts, **touched}
    return [number for number, box in enumerate(rules) if box.holds(together)]


@given(st.lists(boxes, max_size=12), st.lists(st.tuples(dense_facts, sparse_facts), min_size=1, max_size=6))
@settings(max_examples=200)
def test_the_index_answers_what_a_scan_of_all_boxes_answers(rules: list[Box], carts: list[tuple[Facts, Facts]]) -> None:
    index = build_index(rules, sparse_defaults=SPARSE_DEFAULTS)
    assert index.size == len(rules)
    for facts, touched in carts:
        assert iter_bits(index.match(facts, touched)) == scan(rules, facts, touched)


@given(st.lists(boxes, max_size=12), st.dictionaries(st.sampled_from([*SPARSE_DEFAULTS]), st.none()))
@settings(max_examples=50)
def test_all_axes_dense_answers_what_a_scan_answers(rules: list[Box], facts: Facts) -> None:
    index = build_index(rules, sparse_defaults={})
    expected = [number for number, box in enumerate(rules) if box.holds(facts)]
    assert iter_bits(index.match(facts)) == expected


@given(st.lists(boxes, max_size=12), dense_facts, sparse_facts)
@settings(max_examples=50)
def test_a_pickled_index_gives_the_same_answers(rules: list[Box], facts: Facts, touched: Facts) -> None:
    index = build_index(rules, sparse_defaults=SPARSE_DEFAULTS)
    copy = pickle.loads(pickle.dumps(index))
    assert copy == index
    assert copy.match(facts, touched) == index.match(facts, touched)


@given(st.lists(boxes, max_size=12), dense_facts)
@settings(max_examples=50)
def test_touching_an_axis_with_its_default_changes_nothing(rules: list[Box], facts: Facts) -> None:
    index = build_index(rules, sparse_defaults=SPARSE_DEFAULTS)
    assert index.match(facts, SPARSE_DEFAULTS) == index.match(facts)


def test_threads_share_one_index() -> None:
    rules = [Box({"weight": ValueSet.interval(low, low + 50)}) for low in range(200)]
    index = build_index(rules, sparse_defaults={})
    weights = list(range(250)) * 4
    with ThreadPoolExecutor(max_workers=4) as pool:
        answers = list(pool.map(lambda weight: iter_bits(index.match({"weight": weight})), weights))
    assert answers == [scan(rules, {"weight": weight}, {}) for weight in weights]


@pytest.mark.parametrize(("weight", "holds"), [(499, False), (500, True), (999, True), (1000, False)])
def test_a_band_starts_at_its_lower_end_and_stops_before_its_upper_end(weight: int, holds: bool) -> None:
    index = build_index([Box({"weight": ValueSet.interval(500, 1000)})], sparse_defaults={})
    assert bool(index.match({"weight": weight})) == holds


def test_a_missing_fact_meets_no_condition_on_it() -> None:
    germany = Box({"country": ValueSet.point("DE")})
    elsewhere = Box({"country": ValueSet.point("DE").known_complement()})
    index = build_index([germany, elsewhere, Box()], sparse_defaults={})
    assert iter_bits(index.match({})) == [2]
    assert iter_bits(index.match({"country": "BR"})) == [1, 2]


def test_a_box_that_needs_two_aggregates_waits_for_both() -> None:
    pair = Box({"quantity_a": ValueSet.interval(1, None), "quantity_b": ValueSet.interval(2, None)})
    index = build_index([pair], sparse_defaults=SPARSE_DEFAULTS)
    assert index.match({}) == 0
    assert index.match({}, {"quantity_a": 1}) == 0
    assert index.match({}, {"quantity_b": 2}) == 0
    assert index.match({}, {"quantity_a": 1, "quantity_b": 1}) == 0
    assert index.match({}, {"quantity_a": 1, "quantity_b": 2}) == 1


def test_axes_lists_those_that_some_box_constrains() -> None:
    rules = [Box({"country": ValueSet.point("BR"), "tag_sale": ValueSet.point(1)})]
    assert build_index(rules, sparse_defaults=SPARSE_DEFAULTS).axes() == ["country", "tag_sale"]


def test_an_index_of_no_boxes_answers_nothing() -> None:
    index = build_index([], sparse_defaults={})
    assert index.match({"country": "BR"}, {"tag_sale": 1}) == 0
    assert index.axes() == []


def test_a_box_that_accepts_nothing_never_holds() -> None:
    index = build_index([Box({"weight": ValueSet.nothing()})], sparse_defaults={})
    assert index.match({}) == index.match({"weight": 1}) == 0
