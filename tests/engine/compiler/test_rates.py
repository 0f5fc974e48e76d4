"""Are bands settled at compile time as they are written: the first row that contains a value, or none?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.compiler.rates import compile_rate, settle
from engine.documents.model import Band, Bands, Step
from engine.runtime.arithmetic import ROUNDERS
from engine.text.source import Span

HERE = Span("bands", 1, 1, 1, 1)
ends = st.none() | st.integers(-2, 8)
rows = st.builds(
    lambda low, high, price, step: Band(low=low, high=high, price=price, step=step, span=HERE),
    ends,
    ends,
    st.integers(0, 99),
    st.none() | st.builds(Step, plus=st.integers(0, 9), per=st.integers(1, 3), over=st.integers(0, 4)),
).filter(lambda row: row.low is None or row.high is None or row.low < row.high)


def first_row(bands: list[Band], value: int) -> int:
    """By trying every row."""
    for number, row in enumerate(bands):
        if (row.low is None or row.low <= value) and (row.high is None or value < row.high):
            return number
    return -1


@given(st.lists(rows, max_size=5), st.integers(-4, 10))
def test_every_value_belongs_to_the_first_row_that_contains_it(bands: list[Band], value: int) -> None:
    cuts, row_of = settle(tuple(bands))
    assert list(cuts) == sorted(set(cuts))
    assert row_of[sum(cut <= value for cut in cuts)] == first_row(bands, value)


@given(st.lists(rows, min_size=1, max_size=5), st.integers(-4, 10))
def test_a_compiled_band_costs_its_price_and_every_started_step(bands: list[Band], value: int) -> None:
    rate = compile_rate(Bands(by="weight", rows=tuple(bands), span=HERE))
    price = rate.price_of({"weight": value}, ROUNDERS["half_up"])
    number = first_row(bands, value)
    if number < 0:
        assert not isinstance(price, int)
        return
    row, steps = bands[number], 0
    while row.step is not None and row.step.over + steps * row.step.per < value:
        steps += 1
    assert price == row.price + (0 if row.step is None else steps * row.step.plus)
