"""Do stretches and clashes of rungs agree with a look at every value?"""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.documents.model import Step
from engine.lint.rungs import Rung, sweep
from tests.engine.lint.conditions import span

VALUES = range(-1, 9)

rungs = st.lists(
    st.builds(
        lambda low, length, price, step: Rung(
            low, None if length is None else (0 if low is None else low) + length, price, step, span(1)
        ),
        st.none() | st.integers(0, 6),
        st.none() | st.integers(1, 4),
        st.integers(0, 3),
        st.none() | st.builds(Step, plus=st.integers(0, 2), per=st.integers(1, 3), over=st.integers(0, 3)),
    ),
    max_size=7,
)


def takes(rung: Rung, value: int) -> bool:
    return (rung.low is None or rung.low <= value) and (rung.high is None or value < rung.high)


@given(rungs)
def test_stretches_name_the_first_rung_that_takes_each_value(some: list[Rung]) -> None:
    stretches = sweep(some).stretches
    for value in VALUES:
        expected = next((number for number, rung in enumerate(some) if takes(rung, value)), None)
        found = [
            stretch.rung
            for stretch in stretches
            if (stretch.low is None or stretch.low <= value) and (stretch.high is None or value < stretch.high)
        ]
        assert found == [expected]


@given(rungs)
def test_neighbouring_stretches_differ(some: list[Rung]) -> None:
    stretches = sweep(some).stretches
    assert all(one.rung != two.rung for one, two in pairwise(stretches))


@given(rungs)
def test_a_rung_clashes_exactly_where_an_earlier_one_takes_a_value_of_it(some: list[Rung]) -> None:
    clashes = sweep(some).clashes
    expected = {
        later
        for later, rung in enumerate(some)
        if any(takes(rung, value) and takes(earlier, value) for earlier in some[:later] for value in VALUES)
    }
    assert {clash.later for clash in clashes} == expected
    for clash in clashes:
        shared = [value for value in VALUES if takes(some[clash.earlier], value) and takes(some[clash.later], value)]
        low = -1 if clash.low is None else clash.low
        assert clash.earlier < clash.later
        assert shared == [value for value in VALUES if value >= low and (clash.high is None or value < clash.high)]


def test_every_started_step_adds_to_the_price() -> None:
    rung = Rung(None, None, 500, Step(plus=100, per=1000, over=2000), span(1))
    assert [rung.price_at(value) for value in (0, 2000, 2001, 3000, 3001)] == [500, 500, 600, 600, 700]
