"""Is the truth of a condition what the language says, and does every failure name a way out?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.boxes.truth import Failure, failures, truth
from engine.documents.conditions import ALWAYS, All, AnyOf, Condition, Key, Not, Operator, Test
from engine.text.source import Span

HERE = Span("rules.yaml", 1, 1, 1, 2)


def check(fact: str, operator: Operator, *operands: Key) -> Test:
    return Test(fact, operator, operands, HERE)


@pytest.mark.parametrize(
    ("operator", "operands", "holds", "fails"),
    [
        ("is", (5,), [5], [4, 6]),
        ("not", (5,), [4, 6], [5]),
        ("at_least", (5,), [5, 6], [4]),
        ("more_than", (5,), [6], [4, 5]),
        ("at_most", (5,), [4, 5], [6]),
        ("less_than", (5,), [4], [5, 6]),
        ("between", (5, 8), [5, 7], [4, 8]),
        ("in", (5, 8), [5, 8], [4, 6, 9]),
        ("not_in", (5, 8), [4, 6, 9], [5, 8]),
        ("is", ("BR",), ["BR"], ["BRA", "PT"]),
        ("in", ("BR", "PT"), ["BR", "PT"], ["B"]),
        ("between", ("01000", "06000"), ["01000", "05999ZZ"], ["06000", "00999"]),
        ("starts_with", ("01", "9"), ["01", "01310", "99"], ["0", "10"]),
        ("under", ("a/b/", "c/"), ["a/b/", "a/b/c/", "c/d/"], ["a/", "a/bb/", "ca/"]),
    ],
)
def test_operators_on_one_value(
    operator: Operator, operands: tuple[Key, ...], holds: list[Key], fails: list[Key]
) -> None:
    test = check("f", operator, *operands)
    assert [truth(test, {"f": value}) for value in holds] == [True] * len(holds)
    assert [truth(test, {"f": value}) for value in fails] == [False] * len(fails)
    assert truth(test, {}) is None


@pytest.mark.parametrize(
    ("operator", "operands", "values", "expected"),
    [
        ("any_of", ("a", "b"), {"b", "c"}, True),
        ("any_of", ("a", "b"), {"c"}, False),
        ("any_of", ("a",), set(), False),
        ("all_of", ("a", "b"), {"a", "b", "c"}, True),
        ("all_of", ("a", "b"), {"a"}, False),
        ("none_of", ("a", "b"), {"c"}, True),
        ("none_of", ("a", "b"), {"a"}, False),
        ("none_of", ("a",), set(), True),
    ],
)
def test_operators_on_sets(operator: Operator, operands: tuple[str, ...], values: set[str], expected: bool) -> None:
    test = check("tags", operator, *operands)
    assert truth(test, {}, {"tags": frozenset(values)}) is expected
    assert truth(test, {}, {}) is None


def test_known_always_has_an_answer() -> None:
    assert truth(check("f", "known", 1), {"f": 0}) is True
    assert truth(check("f", "known", 1), {}) is False
    assert truth(check("f", "known", 0), {}) is True
    assert truth(Not(check("f", "known", 0)), {"f": 0}) is True
    assert truth(check("tags", "known", 1), {}, {"tags": frozenset()}) is True


def test_a_missing_fact_satisfies_neither_a_test_nor_its_negation() -> None:
    test = check("customer.email", "is", "a@example.org")
    assert truth(test, {}) is None
    assert truth(Not(test), {}) is None
    assert truth(check("f", "not", 5), {}) is None
    assert truth(check("f", "not_in", 5), {}) is None


def test_one_decided_part_settles_what_an_unknown_part_leaves_open() -> None:
    unknown, yes, no = check("missing", "is", 1), check("f", "is", 1), check("f", "is", 2)
    facts = {"f": 1}
    assert truth(All((unknown, no)), facts) is False
    assert truth(All((unknown, yes)), facts) is None
    assert truth(AnyOf((unknown, yes)), facts) is True
    assert truth(AnyOf((unknown, no)), facts) is None


def test_nothing_to_satisfy_is_true_and_no_alternative_is_false() -> None:
    assert truth(ALWAYS, {}) is True
    assert truth(AnyOf(()), {}) is False


@pytest.mark.parametrize(
    ("operator", "operands", "value", "distance"),
    [
        ("at_least", (15000,), 14680, 320),
        ("more_than", (15000,), 15000, 1),
        ("at_most", (30000,), 30500, -500),
        ("less_than", (30000,), 30000, -1),
        ("between", (500, 2000), 450, 50),
        ("between", (500, 2000), 2000, -1),
        ("is", (3,), 5, -2),
        ("not", (3,), 3, 1),
        ("in", (3, 9), 7, 2),
        ("not_in", (3, 4, 5), 4, 2),
    ],
)
def test_distance_is_the_least_change_that_satisfies_the_test(
    operator: Operator, operands: tuple[int, ...], value: int, distance: int
) -> None:
    (failure,) = failures(check("f", operator, *operands), {"f": value})
    assert (failure.distance, failure.value, failure.wanted) == (distance, value, True)


def test_distance_below_a_not_leads_out_of_the_condition() -> None:
    (failure,) = failures(Not(check("f", "between", 500, 2000)), {"f": 1999})
    assert (failure.wanted, failure.distance) == (False, 1)


def test_texts_sets_and_missing_facts_have_no_distance() -> None:
    facts: dict[str, Key] = {"country": "PT"}
    condition = All((check("country", "is", "BR"), check("tags", "any_of", "vip"), check("total", "at_least", 100)))
    country, tags, total = failures(condition, facts, {"tags": frozenset({"press"})})
    assert (country.value, country.distance, country.is_unknown) == ("PT", None, False)
    assert (tags.value, tags.distance, tags.is_unknown) == (frozenset({"press"}), None, False)
    assert (total.value, total.distance, total.is_unknown) == (None, None, True)


def test_failures_name_only_what_stands_in_the_way_in_document_order() -> None:
    facts = {"a": 1, "b": 2}
    condition = All((check("a", "is", 1), check("b", "is", 3), check("c", "is", 1)))
    assert [failure.test.fact for failure in failures(condition, facts)] == ["b", "c"]
    assert failures(check("a", "is", 1), facts) == ()


def test_failures_of_a_choice_are_marked_as_alternatives() -> None:
    facts = {"a": 1, "b": 2}
    choice = AnyOf((check("a", "is", 2), check("b", "is", 3)))
    assert [failure.one_of for failure in failures(choice, facts)] == [True, True]
    neither = Not(AnyOf((check("a", "is", 1), check("b", "is", 2))))
    assert [failure.one_of for failure in failures(neither, facts)] == [False, False]
    not_both = Not(All((check("a", "is", 1), check("b", "is", 2))))
    assert [(failure.one_of, failure.wanted) for failure in failures(not_both, facts)] == [(True, False)] * 2


def test_a_missing_known_fact_is_a_failure_but_not_an_unknown_one() -> None:
    (failure,) = failures(check("f", "known", 1), {})
    assert not failure.is_unknown


NUMBERS = st.integers(0, 4)
TESTS = st.one_of(
    st.builds(
        lambda fact, operator, operand: check(fact, operator, operand),
        st.sampled_from("abc"),
        st.sampled_from(["is", "not", "at_least", "more_than", "at_most", "less_than"]),
        NUMBERS,
    ),
    st.builds(
        lambda fact, low, more: check(fact, "between", low, low + more),
        st.sampled_from("abc"),
        NUMBERS,
        NUMBERS,
    ),
    st.builds(lambda fact, flag: check(fact, "known", flag), st.sampled_from("abc"), st.integers(0, 1)),
    st.builds(
        lambda fact, operator, operands: check(fact, operator, *operands),
        st.sampled_from("abc"),
        st.sampled_from(["in", "not_in"]),
        st.lists(NUMBERS, min_size=1, max_size=3),
    ),
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    TESTS,
    lambda parts: st.one_of(
        st.lists(parts, max_size=3).map(lambda some: All(tuple(some))),
        st.lists(parts, max_size=3).map(lambda some: AnyOf(tuple(some))),
        parts.map(Not),
    ),
    max_leaves=8,
)
FACTS = st.dictionaries(st.sampled_from("abc"), NUMBERS)


@given(CONDITIONS, FACTS)
def test_a_true_condition_has_no_failures(condition: Condition, facts: dict[str, Key]) -> None:
    if truth(condition, facts) is True:
        assert failures(condition, facts) == ()


@given(CONDITIONS, FACTS)
def test_every_failure_is_a_test_that_does_not_answer_as_wanted(condition: Condition, facts: dict[str, Key]) -> None:
    for failure in failures(condition, facts):
        assert truth(failure.test, facts) is not failure.wanted


@given(CONDITIONS, FACTS)
def test_a_distance_leads_to_the_nearest_value_that_answers_as_wanted(
    condition: Condition, facts: dict[str, Key]
) -> None:
    for failure in failures(condition, facts):
        assert failure.distance == _nearest_by_search(failure)


def _nearest_by_search(failure: Failure) -> int | None:
    if not isinstance(failure.value, int) or failure.test.operator == "known":
        return None
    steps = sorted(range(-20, 21), key=lambda step: (abs(step), -step))
    fact = failure.test.fact
    answers = (step for step in steps if truth(failure.test, {fact: failure.value + step}) is failure.wanted)
    return next(answers, None)


@given(CONDITIONS, FACTS)
def test_learning_a_missing_fact_never_overturns_an_answer_without_known(
    condition: Condition, facts: dict[str, Key]
) -> None:
    if any(test.operator == "known" for test in _leaves(condition)):
        return
    answer = truth(condition, facts)
    if answer is None:
        return
    for value in range(5):
        assert truth(condition, {"a": value, "b": value, "c": value, **facts}) is answer


def _leaves(condition: Condition) -> list[Test]:
    if isinstance(condition, Test):
        return [condition]
    if isinstance(condition, Not):
        return _leaves(condition.part)
    return [leaf for part in condition.parts for leaf in _leaves(part)]
