"""Are gaps, overlaps and falling prices of bands found exactly where asking every price finds them?"""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.boxes.truth import truth
from engine.compiler.rates import compile_rate
from engine.documents.conditions import Condition
from engine.documents.model import Bands
from engine.facts.vocabulary import Vocabulary
from engine.lint import lint
from engine.money import format_amount
from engine.runtime.arithmetic import ROUNDERS
from tests.engine.lint.shipping import VALUES, WEIGHT, bands, document, lows, weights

ROUNDER = ROUNDERS["half_up"]


def prices(rate: Bands) -> dict[int, int]:
    """The price of every weight that has one."""
    compiled = compile_rate(rate)
    asked = {value: compiled.price_of({WEIGHT: value}, ROUNDER) for value in VALUES}
    return {value: price for value, price in asked.items() if isinstance(price, int)}


@given(bands(), st.lists(st.builds(weights, lows, lows), max_size=2))
def test_gap_is_told_exactly_where_a_weight_has_no_price_and_is_not_refused(
    vocabulary: Vocabulary, rate: Bands, refuse: list[Condition]
) -> None:
    found = lint(document(rate, refuse=refuse), vocabulary)
    told = {finding.code for finding in found} & {"RS410", "RS411", "RS412"}
    priced = prices(rate)
    refused = {value for value in VALUES if any(truth(when, {WEIGHT: value}) for when in refuse)}
    expected = set()
    for value in VALUES:
        if value not in priced and value not in refused and priced:
            expected.add("RS411" if value < min(priced) else "RS412" if value > max(priced) else "RS410")
    assert told == expected


@given(bands())
def test_witness_of_a_gap_has_no_price(vocabulary: Vocabulary, rate: Bands) -> None:
    for finding in lint(document(rate), vocabulary):
        if finding.code in ("RS410", "RS411", "RS412"):
            value = int(finding.witness.removeprefix(f"{WEIGHT} = ").removesuffix("g"))
            assert value not in prices(rate)


@given(bands())
def test_fall_is_told_at_every_weight_whose_next_priced_one_is_cheaper(vocabulary: Vocabulary, rate: Bands) -> None:
    """One finding is kept at each band, so of two falls to one band the first alone is told."""
    told = {finding.message for finding in lint(document(rate), vocabulary) if finding.code == "RS415"}
    priced = sorted(prices(rate).items())
    falls = [(one, two) for one, two in pairwise(priced) if one[1] > two[1]]
    expected = {
        f"the price of method 'standard' falls from {format_amount(dear, 'BRL')} at {less}g "
        f"to {format_amount(cheap, 'BRL')} at {more}g"
        for (less, dear), (more, cheap) in falls
    }
    assert bool(told) is bool(expected)
    assert told <= expected


@given(bands())
def test_band_is_never_used_exactly_where_it_decides_no_weight(vocabulary: Vocabulary, rate: Bands) -> None:
    used, overlapping = set(), set()
    for value in VALUES:
        takers = [row for row in rate.rows if (row.low or 0) <= value and (row.high is None or value < row.high)]
        used.update(row.span.line for row in takers[:1])
        overlapping.update(row.span.line for row in takers[1:])
    told = {(finding.code, finding.span.line) for finding in lint(document(rate), vocabulary) if finding.span}
    assert {line for code, line in told if code == "RS414"} == {row.span.line for row in rate.rows} - used
    assert {line for code, line in told if code == "RS413"} == overlapping & used
