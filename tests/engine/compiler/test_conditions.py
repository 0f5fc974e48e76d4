"""What is worked out once, when rules are loaded: selections, windows, sets, calendars, sums with tax."""

from __future__ import annotations

import pytest

from engine.boxes.box import Box
from engine.boxes.values import ValueSet
from engine.compiler.conditions import SelectionTable, reads_calendar, rule_boxes, set_facts, tax_sums
from engine.documents.conditions import ALWAYS, All, AnyOf, Condition, Not, Operator, Test
from engine.documents.model import Window
from engine.runtime.selection import ALL_LINES
from engine.text.source import Span

HERE = Span("rules", 1, 1, 1, 1)


def is_(fact: str, value: str) -> Test:
    return Test(fact, "is", (value,), HERE)


A, B = is_("line.brand", "a"), is_("line.brand", "b")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (AnyOf((A, A)), A),
        (All((A, is_("line.sku", "s"))), All((is_("line.sku", "s"), A))),
        (Not(Not(A)), A),
    ],
)
def test_conditions_that_mean_the_same_share_one_selection(one: Condition, two: Condition) -> None:
    table = SelectionTable({})
    assert table.number(one) == table.number(two)


def test_different_conditions_have_selections_of_their_own() -> None:
    table = SelectionTable({})
    assert len({table.number(A), table.number(B), table.number(Not(A)), table.number(ALWAYS)}) == 4
    assert table.finish().size == 4


def test_what_always_holds_selects_all_lines_and_needs_no_index() -> None:
    table = SelectionTable({})
    assert table.number(ALWAYS) == ALL_LINES
    assert table.finish().index is None


def test_a_window_is_a_half_open_stretch_of_now() -> None:
    (box,) = rule_boxes(Window(5, 9), ALWAYS)
    assert box == Box({"now": ValueSet.interval(5, 9)})
    assert rule_boxes(Window(), A) == rule_boxes(Window(None, None), A)


def test_a_window_cuts_a_condition_on_now() -> None:
    condition = Test("now", "at_least", (7,), HERE)
    (box,) = rule_boxes(Window(5, 9), condition)
    assert box == Box({"now": ValueSet.interval(7, 9)})
    assert rule_boxes(Window(1, 7), condition) == ()


def test_sets_are_looked_into_for_the_members_rules_name() -> None:
    tests = [
        Test("customer.tags", "any_of", ("a", "b"), HERE),
        Not(Test("customer.tags", "all_of", ("b", "c"), HERE)),
        Test("line.tags", "known", (1,), HERE),
        is_("customer.group", "vip"),
    ]
    assert set_facts(tests) == {"customer.tags": frozenset("abc"), "line.tags": frozenset()}


@pytest.mark.parametrize(
    ("fact", "operator", "expected"),
    [("now.weekday", "is", True), ("now.time", "at_least", True), ("now", "at_least", False)],
)
def test_only_weekday_and_time_of_day_need_a_calendar(fact: str, operator: Operator, expected: bool) -> None:
    assert reads_calendar([Not(AnyOf((A, Test(fact, operator, (1,), HERE))))]) is expected


def test_sums_with_tax_are_known_by_their_names() -> None:
    facts = ["subtotal.items", "subtotal.after_discounts", "subtotal.after_discounts.gross"]
    assert tax_sums(facts) == {"gross"}
