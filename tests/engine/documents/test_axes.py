"""Do conditions that mean the same by another order have one canonical text?"""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from engine.documents.axes import aggregate_axis, canonical_text
from engine.documents.conditions import ALWAYS, All, AnyOf, Condition, Not, Test
from engine.text.source import Span

SPAN = Span("rules.yaml", 1, 1, 1, 2)
FACTS = st.sampled_from(["line.sku", "line.brand", "line.tags"])
KEYS = st.sampled_from(["a", "b", 'c "quoted", d'])
TESTS = st.builds(Test, FACTS, st.sampled_from(["is", "at_least"]), st.tuples(KEYS), st.just(SPAN)) | st.builds(
    Test, FACTS, st.sampled_from(["in", "any_of", "between"]), st.lists(KEYS, min_size=1).map(tuple), st.just(SPAN)
)
CONDITIONS = st.recursive(
    TESTS,
    lambda parts: (
        st.builds(All, st.lists(parts, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(parts, max_size=3).map(tuple))
        | st.builds(Not, parts)
    ),
    max_leaves=6,
)


def shuffled(condition: Condition, random: Random) -> Condition:
    if isinstance(condition, Test):
        operands = list(condition.operands)
        if condition.operator != "between":
            random.shuffle(operands)
        return Test(condition.fact, condition.operator, tuple(operands), condition.span)
    if isinstance(condition, Not):
        return Not(shuffled(condition.part, random))
    parts = [shuffled(part, random) for part in condition.parts]
    random.shuffle(parts)
    return All(tuple(parts)) if isinstance(condition, All) else AnyOf(tuple(parts))


@given(CONDITIONS, st.randoms(use_true_random=False))
def test_order_does_not_change_the_text(condition: Condition, random: Random) -> None:
    assert canonical_text(shuffled(condition, random)) == canonical_text(condition)


def test_text_shows_facts_operators_and_quoted_operands() -> None:
    brand = Test("line.brand", "in", ("b", 'a"'), SPAN)
    price = Test("line.list_price", "between", (500, 100), SPAN)
    assert canonical_text(All((price, brand))) == 'line.brand in "a\\"","b"; line.list_price between 500,100'
    assert canonical_text(Not(AnyOf((price, brand)))).startswith("not (any (line.brand")


def test_the_axis_of_all_lines_has_an_empty_selection() -> None:
    assert aggregate_axis(ALWAYS, "quantity") == "lines[].quantity"


def test_all_inside_any_is_told_apart_from_any_inside_all() -> None:
    a, b, c = (Test("line.sku", "is", (name,), SPAN) for name in "abc")
    texts = {canonical_text(AnyOf((All((a, b)), c))), canonical_text(All((AnyOf((a, c)), b)))}
    assert len(texts) == 2
