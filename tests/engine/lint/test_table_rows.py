"""Do findings about tables agree with a look at every combination of country and weight?"""

from itertools import pairwise

from hypothesis import given

from engine.boxes.truth import truth
from engine.documents.model import Table, TableRow
from engine.facts.vocabulary import Vocabulary
from engine.lint import lint
from tests.engine.lint.shipping import VALUES, WEIGHT, document, tables

PLACES = ("BR", "PT", "JP")
"""Every named country, and one that is not."""


def takers(table: Table, place: str, value: int | None) -> list[TableRow]:
    """The rows that hold, in order; a weight of None is missing."""
    cart = {"destination.country": place, **({} if value is None else {WEIGHT: value})}
    return [row for row in table.rows if truth(row.where, cart)]


def lines(vocabulary: Vocabulary, table: Table, code: str) -> set[int]:
    found = lint(document(table), vocabulary)
    return {finding.span.line for finding in found if finding.code == code and finding.span is not None}


@given(tables())
def test_row_is_never_used_exactly_where_it_decides_no_cart(vocabulary: Vocabulary, table: Table) -> None:
    every = [takers(table, place, value) for place in PLACES for value in (None, *VALUES)]
    used = {rows[0].span.line for rows in every if rows}
    expected = {row.span.line for row in table.rows} - used if table.policy == "first" else set()
    assert lines(vocabulary, table, "RS414") == expected


@given(tables())
def test_rows_of_a_unique_table_clash_exactly_where_prices_differ(vocabulary: Vocabulary, table: Table) -> None:
    expected = set()
    if table.policy == "unique":
        for place in PLACES:
            for value in (None, *VALUES):
                rows = takers(table, place, value)
                for number, row in enumerate(rows):
                    if any(other.price != row.price for other in rows[:number]):
                        expected.add(row.span.line)
    assert lines(vocabulary, table, "RS420") == expected


@given(tables())
def test_fall_is_told_exactly_where_some_country_has_one(vocabulary: Vocabulary, table: Table) -> None:
    expected = set()
    for place in PLACES:
        priced = [rows[0] for value in VALUES if (rows := takers(table, place, value))]
        expected.update(two.span.line for one, two in pairwise(priced) if one.price > two.price)
    assert lines(vocabulary, table, "RS415") == expected


@given(tables())
def test_gap_is_told_exactly_where_some_country_has_one(vocabulary: Vocabulary, table: Table) -> None:
    told = {finding.code for finding in lint(document(table), vocabulary)}
    expected = set()
    for place in PLACES:
        priced = [value for value in VALUES if takers(table, place, value)]
        if not priced:
            expected.add("RS421")
            continue
        expected.update("RS410" for value in range(priced[0], priced[-1]) if value not in priced)
        expected.update("RS411" for _ in range(priced[0]))
        expected.update("RS412" for _ in range(priced[-1], VALUES[-1]))
    assert told & {"RS410", "RS411", "RS412", "RS421"} == expected
