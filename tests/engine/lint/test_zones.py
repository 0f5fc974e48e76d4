"""Are overlaps, hidden zones and hidden rates found exactly where a look at every destination finds them?"""

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.boxes.truth import truth
from engine.documents.conditions import All, AnyOf, Condition, Test
from engine.documents.model import Flat, Method, ShippingDocument, Zone
from engine.facts.vocabulary import Vocabulary
from engine.lint import lint
from tests.engine.lint.conditions import head, span
from tests.engine.lint.shipping import country

COUNTRIES = (None, "BR", "PT", "JP")
POSTCODES = (None, *(f"{digit}7" for digit in range(1, 9)))
"""One inside each stretch that the ranges below can tell apart."""
DESTINATIONS = [
    {name: key for name, key in (("destination.country", place), ("destination.postcode", code)) if key is not None}
    for place, code in product(COUNTRIES, POSTCODES)
]


def postcodes(low: int, high: int) -> Condition:
    """From `15` to below `25`, as it were: no range is all that starts with something."""
    return Test("destination.postcode", "between", (f"{low}5", f"{high}5"), span(1))


ranges = st.tuples(st.integers(1, 4), st.integers(1, 3)).map(lambda pair: postcodes(pair[0], pair[0] + pair[1]))
places = st.sampled_from(("BR", "PT")).map(country)
areas = st.one_of(
    places,
    st.tuples(places, ranges).map(All),
    st.tuples(st.tuples(places, ranges).map(All), places).map(AnyOf),
)
some_areas = st.lists(areas, min_size=1, max_size=5)


def document(areas: Sequence[Condition], policy: str) -> ShippingDocument:
    """Zones `z0`, `z1`, … on lines 10, 11, …, and one method with a rate for each, on lines 20, 21, …"""
    zones = tuple(Zone(id=f"z{number}", where=area, span=span(10 + number)) for number, area in enumerate(areas))
    rates = {zone.id: Flat(price=100, span=span(20 + number)) for number, zone in enumerate(zones)}
    method = Method(id="standard", rates=rates, span=span(8))
    return ShippingDocument(head=head("shipping"), policy=policy, zones=zones, methods=(method,))  # type: ignore[arg-type]


def zones_of(areas: Sequence[Condition], destination: dict[str, str]) -> list[int]:
    return [number for number, area in enumerate(areas) if truth(area, destination)]


def in_zones(areas: Sequence[Condition], place: str) -> list[str]:
    """The postcodes of a country that lie in some zone, in order."""
    every = [code for code in POSTCODES if code is not None]
    return [code for code in every if zones_of(areas, {"destination.country": place, "destination.postcode": code})]


def lines(vocabulary: Vocabulary, areas: Sequence[Condition], policy: str, code: str) -> set[int]:
    found = lint(document(areas, policy), vocabulary)
    return {finding.span.line % 10 for finding in found if finding.code == code and finding.span is not None}


@given(some_areas)
def test_zone_overlaps_exactly_where_a_destination_lies_in_an_earlier_one_too(
    vocabulary: Vocabulary, some: list[Condition]
) -> None:
    expected = {number for destination in DESTINATIONS for number in zones_of(some, destination)[1:]}
    assert lines(vocabulary, some, "unique", "RS430") == expected


@given(some_areas, st.sampled_from([("first", "RS431"), ("all", "RS434")]))
def test_zone_is_hidden_exactly_where_it_is_no_destinations_first(
    vocabulary: Vocabulary, some: list[Condition], policy: tuple[str, str]
) -> None:
    used = {number for destination in DESTINATIONS for number in zones_of(some, destination)[:1]}
    assert lines(vocabulary, some, *policy) == set(range(len(some))) - used


@given(some_areas)
def test_hole_lies_in_no_zone_and_between_two(vocabulary: Vocabulary, some: list[Condition]) -> None:
    for finding in lint(document(some, "first"), vocabulary):
        if finding.code == "RS433":
            place, code = (part.split(" = ")[1] for part in finding.witness.split(", "))
            assert zones_of(some, {"destination.country": place, "destination.postcode": code}) == []
            assert min(in_zones(some, place)) < code < max(in_zones(some, place))


@given(st.lists(ranges, min_size=1, max_size=5))
def test_hole_is_told_exactly_where_ranges_of_one_country_leave_one(
    vocabulary: Vocabulary, some: list[Condition]
) -> None:
    areas = [All((country("BR"), area)) for area in some]
    taken = [int(code[0]) for code in in_zones(areas, "BR")]
    has_hole = len(taken) <= taken[-1] - taken[0]
    assert bool(lines(vocabulary, areas, "first", "RS433")) is has_hole


@pytest.mark.parametrize(
    ("last", "first"),
    [("05999", "06000"), ("09", "10")],
)
def test_numbered_postcodes_that_follow_each_other_leave_no_hole(vocabulary: Vocabulary, last: str, first: str) -> None:
    areas = [
        All((country("BR"), Test("destination.postcode", "at_most", (last,), span(1)))),
        All((country("BR"), Test("destination.postcode", "at_least", (first,), span(1)))),
    ]
    assert lint(document(areas, "first"), vocabulary) == []
