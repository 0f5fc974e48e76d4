"""Do value sets behave like plain sets of values on domains small enough to list?"""

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.boxes.values import Key, ValueSet

NUMBERS: tuple[Key | None, ...] = (None, *range(-4, 8))
TEXTS: tuple[Key | None, ...] = (None, "", "A", "A\0", "AA", "AB", "ABC", "B", "B0", "BA", "C", "z", "\u00e9")

number_ends = st.none() | st.integers(-3, 6)
text_ends = st.none() | st.sampled_from(["", "A", "AA", "AB", "B", "BA", "C"])


def _sets(ends: st.SearchStrategy[Key | None], prefixes: bool) -> st.SearchStrategy[ValueSet]:
    simple = [
        st.builds(ValueSet.interval, ends, ends),
        st.builds(ValueSet.points, st.lists(ends.filter(lambda end: end is not None), max_size=4)),
        st.sampled_from(
            [ValueSet.nothing(), ValueSet.anything(), ValueSet.known(), ValueSet.only_missing()],
        ),
    ]
    if prefixes:
        simple.append(st.builds(ValueSet.prefix, st.sampled_from(["", "A", "AB", "B"])))
    return st.recursive(
        st.one_of(simple),
        lambda inner: st.one_of(
            st.builds(ValueSet.union, inner, inner),
            st.builds(ValueSet.intersect, inner, inner),
            st.builds(ValueSet.complement, inner),
        ),
        max_leaves=4,
    )


number_sets = _sets(number_ends, prefixes=False)
text_sets = _sets(text_ends, prefixes=True)
on_one_domain = st.one_of(
    st.tuples(st.just(NUMBERS), number_sets, number_sets),
    st.tuples(st.just(TEXTS), text_sets, text_sets),
)


def members(values: ValueSet, domain: tuple[Key | None, ...]) -> set[Key | None]:
    return {value for value in domain if values.contains(value)}


@given(on_one_domain)
def test_operations_are_those_of_plain_sets(
    case: tuple[tuple[Key | None, ...], ValueSet, ValueSet],
) -> None:
    domain, one, two = case
    here, there, everything = members(one, domain), members(two, domain), set(domain)
    assert members(one.union(two), domain) == here | there
    assert members(one.intersect(two), domain) == here & there
    assert members(one.subtract(two), domain) == here - there
    assert members(one.complement(), domain) == everything - here
    assert members(one.known_complement(), domain) == everything - here - {None}
    assert members(one.with_missing(), domain) == here | {None}
    assert members(one.with_missing(False), domain) == here - {None}


@given(on_one_domain)
def test_sets_with_the_same_members_are_equal_and_hash_alike(
    case: tuple[tuple[Key | None, ...], ValueSet, ValueSet],
) -> None:
    _, one, two = case
    assert one.union(two) == two.union(one)
    assert hash(one.intersect(two)) == hash(two.intersect(one))
    assert one.subtract(two) == one.intersect(two.complement())
    assert one.complement().complement() == one
    assert one.is_subset(two) == (one.intersect(two) == one)
    assert one.subtract(one) == ValueSet.nothing()
    assert one.union(one.complement()) == ValueSet.anything()


@given(on_one_domain)
def test_intervals_are_sorted_disjoint_and_rebuild_the_set(
    case: tuple[tuple[Key | None, ...], ValueSet, ValueSet],
) -> None:
    _, values, _ = case
    rebuilt = ValueSet.only_missing() if values.missing else ValueSet.nothing()
    for low, high in values.intervals:
        rebuilt = rebuilt.union(ValueSet.interval(low, high))
    assert rebuilt == values
    ends = [end for interval in values.intervals for end in interval if end is not None]
    assert ends == sorted(set(ends)) == list(values.cuts())


@given(on_one_domain)
def test_smallest_is_a_member_or_there_is_no_known_member(
    case: tuple[tuple[Key | None, ...], ValueSet, ValueSet],
) -> None:
    _, values, _ = case
    smallest = values.smallest()
    if smallest is None:
        assert values.with_missing(False).is_empty()
    elif values.edges:
        assert values.contains(smallest)


@given(number_sets)
def test_smallest_number_is_the_nearest_to_zero_from_above_if_any(values: ValueSet) -> None:
    listed = [number for number in range(-50, 50) if values.contains(number)]
    nearest = min(listed, key=lambda number: (number < 0, abs(number)), default=None)
    assert values.smallest() == nearest


@given(text_sets)
@settings(max_examples=50)
def test_smallest_text_is_no_longer_than_any_listed_member(values: ValueSet) -> None:
    smallest = values.smallest()
    lengths = [len(text) for text in TEXTS if isinstance(text, str) and values.contains(text)]
    if lengths and values.edges:
        assert isinstance(smallest, str)
        assert len(smallest) <= min(lengths)


@given(st.lists(st.integers(-5, 5)), st.lists(st.sampled_from(["", "A", "\0", "A\0", "B"])))
def test_points_are_the_union_of_single_points(numbers: list[int], texts: list[str]) -> None:
    for values in (numbers, texts):
        union = ValueSet.nothing()
        for value in values:
            union = union.union(ValueSet.point(value))
        assert ValueSet.points(values) == union


@given(st.text("AB\U0010ffff\ud7ff", max_size=3), st.text("ABC\U0010ffff\ud7ff\ue000", max_size=5))
def test_prefix_holds_exactly_the_texts_that_start_with_it(start: str, text: str) -> None:
    assert ValueSet.prefix(start).contains(text) == text.startswith(start)


def test_a_negated_condition_stays_false_on_a_missing_fact() -> None:
    not_brazil = ValueSet.point("BR").known_complement()
    assert not not_brazil.contains(None)
    assert not_brazil.contains("PT")


def test_below_or_at_least_five_is_known_but_not_anything() -> None:
    either = ValueSet.interval(None, 5).union(ValueSet.interval(5, None))
    assert either == ValueSet.known()
    assert not either.is_anything()


def test_booleans_are_the_numbers_zero_and_one() -> None:
    assert ValueSet.point(True) == ValueSet.point(1)
    assert ValueSet.point(True).describe() == "1"
    assert ValueSet.points([False, True]).contains(True)


def test_an_interval_that_ends_before_it_starts_is_nothing() -> None:
    assert ValueSet.interval(5, 5).is_empty()
    assert ValueSet.interval("B", "A").is_empty()


def test_numbers_and_texts_do_not_mix_on_one_axis() -> None:
    with pytest.raises(TypeError, match="numbers and texts"):
        ValueSet.point(1).union(ValueSet.point("BR"))
    with pytest.raises(TypeError, match="two numbers or two texts"):
        ValueSet.interval(1, "BR")


@given(on_one_domain)
@settings(max_examples=20)
def test_a_pickled_set_is_the_same_set(case: tuple[tuple[Key | None, ...], ValueSet, ValueSet]) -> None:
    _, values, _ = case
    assert pickle.loads(pickle.dumps(values)) == values


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (ValueSet.interval(15000, 20000), "[150.00, 200.00)"),
        (ValueSet.interval(15000, None), ">= 150.00"),
        (ValueSet.interval(None, 15000), "< 150.00"),
        (ValueSet.point(15000), "150.00"),
        (ValueSet.point(15000).known_complement(), "anything but 150.00"),
    ],
)
def test_money_is_described_by_its_formatter(values: ValueSet, words: str) -> None:
    assert values.describe(lambda minor: f"{int(minor) // 100}.{int(minor) % 100:02}") == words


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (ValueSet.points(["PT", "BR"]), "BR or PT"),
        (ValueSet.point("BR").known_complement(), "anything but BR"),
        (ValueSet.point("BR").complement(), "anything but BR, or missing"),
        (ValueSet.points("ABCDEFGH"), "A or B or C or D or E or 3 more"),
        (ValueSet.prefix("SW1"), "starting with SW1"),
        (ValueSet.prefix("SW1").with_missing(), "starting with SW1 or missing"),
        (ValueSet.points([0, 1]), "0 or 1"),
        (ValueSet.interval("A", "C"), "[A, C)"),
        (ValueSet.interval("A\0", "C\0"), "(A, C]"),
        (ValueSet.interval("A\0", None), "> A"),
        (ValueSet.interval(None, "A"), "< A"),
        (ValueSet.interval(None, "A\0"), "<= A"),
        (ValueSet.point(""), "the empty text"),
        (ValueSet.nothing(), "nothing"),
        (ValueSet.anything(), "anything"),
        (ValueSet.known(), "any known value"),
        (ValueSet.only_missing(), "missing"),
        (ValueSet.interval(0, 3).union(ValueSet.interval(5, 8)), "[0, 3) or [5, 8)"),
    ],
)
def test_sets_are_described_in_words(values: ValueSet, words: str) -> None:
    assert values.describe() == words


@given(st.one_of(st.lists(number_sets, max_size=5), st.lists(text_sets, max_size=5)))
def test_the_union_of_many_is_that_of_pairs(sets: list[ValueSet]) -> None:
    union = ValueSet.nothing()
    for values in sets:
        union = union.union(values)
    assert ValueSet.union_of(sets) == union


@given(st.lists(st.integers(-30, 60), max_size=6), st.booleans(), number_ends, number_ends)
def test_a_few_values_meet_a_set_with_many_cuts(
    some: list[int], negated: bool, low: Key | None, high: Key | None
) -> None:
    many = ValueSet.points(range(0, 40, 2))
    many = many.complement() if negated else many
    domain = (None, *range(-35, 65))
    for few in (ValueSet.points(some), ValueSet.interval(low, high).with_missing(), ValueSet.only_missing()):
        expected = members(few, domain) & members(many, domain)
        assert members(few.intersect(many), domain) == expected
        assert few.intersect(many) == many.intersect(few)
        assert few.intersect(many) == few.subtract(many.complement())
