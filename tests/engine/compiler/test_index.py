"""Does the compiler choose the tables that keep an index small?"""

import pytest

from engine.boxes.box import Box
from engine.boxes.values import ValueSet
from engine.compiler.index import build_index
from engine.runtime.index import OrderedTable, PointTable, iter_bits


def test_single_values_and_their_negations_become_a_point_table() -> None:
    rules = [
        Box({"country": ValueSet.point("BR")}),
        Box({"country": ValueSet.points(["BR", "PT"]).known_complement()}),
    ]
    ((axis, table),) = build_index(rules, sparse_defaults={}).dense
    assert axis == "country"
    assert table == PointTable({"BR": 0b01, "PT": 0b00, None: 0b00}, otherwise=0b10)


def test_ranges_become_one_mask_for_each_stretch_between_cuts() -> None:
    rules = [
        Box({"weight": ValueSet.interval(None, 500)}),
        Box({"weight": ValueSet.interval(100, None).with_missing()}),
        Box(),
    ]
    ((_, table),) = build_index(rules, sparse_defaults={}).dense
    assert table == OrderedTable((100, 500), (0b101, 0b111, 0b110), missing=0b110)


def test_boxes_with_the_same_set_share_their_masks() -> None:
    rules = [Box({"weight": ValueSet.interval(0, 500)}) for _ in range(100)]
    ((_, table),) = build_index(rules, sparse_defaults={}).dense
    assert isinstance(table, OrderedTable)
    assert len(table.masks) == 3


def test_look_ups_come_before_searches() -> None:
    rule = Box({"age": ValueSet.interval(18, None), "country": ValueSet.point("BR")})
    assert [axis for axis, _ in build_index([rule], sparse_defaults={}).dense] == ["country", "age"]


def test_a_box_waits_for_the_axis_that_fewest_other_boxes_wait_for() -> None:
    common = ValueSet.interval(1, None)
    rules = [Box({"all_quantity": common, f"quantity_{number}": common}) for number in range(5)]
    defaults = {axis: 0 for rule in rules for axis in rule}
    sparse = build_index(rules, sparse_defaults=defaults).sparse
    assert sparse is not None
    assert sparse.gates["all_quantity"][0] == 0
    assert iter_bits(sparse.gates["quantity_3"][0]) == [3]
    assert sparse.also_needed[3] == ("all_quantity",)


def test_numbers_and_texts_on_one_axis_are_refused() -> None:
    rules = [Box({"weight": ValueSet.interval(1, 5)}), Box({"weight": ValueSet.interval("a", "b")})]
    with pytest.raises(TypeError):
        build_index(rules, sparse_defaults={})
