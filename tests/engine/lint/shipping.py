"""Small shipping documents for properties: one method, one rate, values up to 8 g."""

from collections.abc import Sequence

from hypothesis import strategies as st

from engine.documents.conditions import ALWAYS, All, Condition, Test
from engine.documents.model import Band, Bands, Method, Rate, Refusal, ShippingDocument, Step, Table, TableRow, Zone
from tests.engine.lint.conditions import head, span

WEIGHT = "shipment.weight_g"
COUNTRIES = ("BR", "PT")
VALUES = range(9)
"""Every weight that bounds up to 7 can tell apart; 8 stands for all above."""

lows = st.none() | st.integers(1, 6)
steps = st.none() | st.builds(Step, plus=st.integers(0, 2), per=st.integers(1, 3), over=st.integers(0, 3))


def weights(low: int | None, high: int | None) -> Condition:
    """`low` included, `high` excluded; None is open."""
    return All(
        (
            *(() if low is None else (Test(WEIGHT, "at_least", (low,), span(1)),)),
            *(() if high is None else (Test(WEIGHT, "less_than", (high,), span(1)),)),
        )
    )


def country(code: str | None) -> Condition:
    """Everywhere when None."""
    return ALWAYS if code is None else Test("destination.country", "is", (code,), span(1))


@st.composite
def bands(draw: st.DrawFn) -> Bands:
    """Up to six bands on lines 10, 11, …, in any order, with or without gaps and overlaps."""
    rows = []
    for number in range(draw(st.integers(1, 6))):
        low = draw(lows)
        high = draw(st.none() | st.integers((low or 0) + 1, 7))
        rows.append(Band(low=low, high=high, price=draw(st.integers(0, 4)), step=draw(steps), span=span(10 + number)))
    return Bands(by=WEIGHT, rows=tuple(rows), span=span(9))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Up to six rows on lines 10, 11, … over weight and country, the country sometimes open."""
    rows = []
    for number in range(draw(st.integers(1, 6))):
        low = draw(lows)
        high = draw(st.none() | st.integers((low or 0) + 1, 7))
        where = All((country(draw(st.sampled_from((None, *COUNTRIES)))), weights(low, high)))
        price = draw(st.integers(0, 4))
        rows.append(TableRow(where=where, price=price, step=None, days=None, span=span(10 + number)))
    policy = draw(st.sampled_from(("first", "unique")))
    return Table(path="t.csv", policy=policy, rows=tuple(rows), by=WEIGHT, span=span(9))


def document(rate: Rate, zones: Sequence[Zone] = (), refuse: Sequence[Condition] = ()) -> ShippingDocument:
    """One method with one rate everywhere; refusals on lines 30, 31, …"""
    refusals = tuple(
        Refusal(id=f"n{number}", when=when, code="no", span=span(30 + number)) for number, when in enumerate(refuse)
    )
    method = Method(id="standard", rates={"": rate}, span=span(8))
    return ShippingDocument(
        head=head("shipping"), policy="first", zones=tuple(zones), methods=(method,), refusals=refusals
    )
