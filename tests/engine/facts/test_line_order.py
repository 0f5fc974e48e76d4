"""Do lines stand in one order, whatever order they came in?"""

from hypothesis import given
from hypothesis import strategies as st

from engine.facts.cart import Line
from engine.facts.line_order import in_order, line_rank


def line(line_id: str) -> Line:
    return Line(id=line_id, sku="A", quantity=1, list_price=100, facts={})


def test_second_line_comes_before_the_tenth() -> None:
    assert [each.id for each in in_order([line("L10"), line("L2"), line("L1")])] == ["L1", "L2", "L10"]


def test_ids_of_one_length_go_by_code_point() -> None:
    assert sorted(["b", "B", "é", "a"], key=line_rank) == ["B", "a", "b", "é"]


@given(st.lists(st.text(), unique=True).flatmap(lambda ids: st.tuples(st.just(ids), st.permutations(ids))))
def test_order_does_not_depend_on_how_lines_came(ids: tuple[list[str], list[str]]) -> None:
    assert in_order(map(line, ids[0])) == in_order(map(line, ids[1]))
