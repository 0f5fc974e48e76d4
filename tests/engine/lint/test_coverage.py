"""Are holes in what all methods take together found exactly where asking every cart finds one?"""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.boxes.truth import truth
from engine.compiler.rates import compile_rate
from engine.documents.conditions import ALWAYS, Condition, Test
from engine.documents.model import Flat, Method, Rate, Refusal, ShippingDocument, Window, Zone
from engine.facts.vocabulary import Vocabulary
from engine.lint import lint
from engine.runtime.arithmetic import ROUNDERS
from tests.engine.lint.conditions import head, span
from tests.engine.lint.shipping import VALUES, WEIGHT, bands, country, weights

ROUNDER = ROUNDERS["half_up"]
TIMES = range(-1, 8)
PLACES = ("BR", "PT")

flat = st.integers(0, 4).map(lambda price: Flat(price=price, span=span(9)))
rates: st.SearchStrategy[Rate] = st.one_of(flat, flat, bands())
windows = st.one_of(
    st.just(Window()),
    st.tuples(st.none() | st.integers(0, 3), st.none() | st.integers(4, 7)).map(lambda two: Window(*two)),
)
whens = st.one_of(
    st.just(ALWAYS),
    st.builds(weights, st.none() | st.integers(1, 4), st.none() | st.integers(5, 7)),
    st.sampled_from(["vip", "member"]).map(lambda name: Test("customer.group", "is", (name,), span(1))),
)


@st.composite
def documents(draw: st.DrawFn) -> ShippingDocument:
    """Up to three methods for one or two countries, with conditions, windows and rates of their own."""
    places = draw(st.sampled_from([("BR",), ("BR", "PT")]))
    zones = tuple(Zone(id=place, where=country(place), span=span(20 + n)) for n, place in enumerate(places))
    methods = tuple(
        Method(
            id=f"m{number}",
            rates={place: draw(rates) for place in draw(st.sets(st.sampled_from(places), min_size=1))},
            when=draw(whens),
            window=draw(windows),
            span=span(30 + number),
        )
        for number in range(draw(st.integers(1, 3)))
    )
    refused = draw(st.lists(st.builds(weights, st.integers(1, 4), st.none() | st.integers(5, 7)), max_size=1))
    refusals = tuple(Refusal(id=f"n{n}", when=when, code="no", span=span(40 + n)) for n, when in enumerate(refused))
    return ShippingDocument(head=head("shipping"), policy="first", zones=zones, methods=methods, refusals=refusals)


def holes(document: ShippingDocument) -> tuple[set[str], set[str]]:
    """The zones with a hole in time, and with one at some measure, by asking every cart."""
    in_time, measured = set(), set()
    for zone in document.zones:
        for group in (None, "vip", "member"):
            grid = {(weight, now): _served(document, zone.id, group, weight, now) for weight in VALUES for now in TIMES}
            for (weight, now), served in grid.items():
                if served or _refused(document, zone.id, weight):
                    continue
                others = [method for each, some in grid.items() if each[0] == weight for method in some]
                if any(_closed(method, zone.id, group, weight, now) for method in others):
                    in_time.add(zone.id)
                elif any(_closed(method, zone.id, group, weight, now) for some in grid.values() for method in some):
                    measured.add(zone.id)
    return in_time, measured


def _served(document: ShippingDocument, zone: str, group: str | None, weight: int, now: int) -> list[Method]:
    return [
        method
        for method in document.methods
        if _is_for(method, zone, group, weight, now) and _has_price(method, zone, weight)
    ]


def _has_price(method: Method, zone: str, weight: int) -> bool:
    price = compile_rate(method.rates[zone]).price_of({WEIGHT: weight, "destination.country": zone}, ROUNDER)
    return isinstance(price, int)


def _is_for(method: Method, zone: str, group: str | None, weight: int, now: int) -> bool:
    start, end = method.window.start, method.window.end
    is_open = (start is None or start <= now) and (end is None or now < end)
    return zone in method.rates and is_open and truth(method.when, _facts(zone, group, weight)) is True


def _closed(method: Method, zone: str, group: str | None, weight: int, now: int) -> bool:
    """The method has begun, but by its own conditions does not take this cart."""
    start = method.window.start
    return (start is None or start <= now) and not _is_for(method, zone, group, weight, now)


def _refused(document: ShippingDocument, zone: str, weight: int) -> bool:
    return any(truth(each.when, _facts(zone, None, weight)) for each in document.refusals)


def _facts(zone: str, group: str | None, weight: int) -> dict[str, int | str]:
    known = {} if group is None else {"customer.group": group}
    return {"destination.country": zone, WEIGHT: weight, **known}


def told(vocabulary: Vocabulary, document: ShippingDocument) -> dict[str, set[int]]:
    """The lines of what is found, by code."""
    found: dict[str, set[int]] = {"RS417": set(), "RS418": set()}
    for finding in lint(document, vocabulary):
        if finding.code in found and finding.span is not None:
            found[finding.code].add(finding.span.line)
    return found


@given(documents())
def test_hole_is_told_exactly_where_a_cart_could_be_served_otherwise(
    vocabulary: Vocabulary, document: ShippingDocument
) -> None:
    in_time, measured = holes(document)
    found = told(vocabulary, document)
    assert bool(found["RS417"] | found["RS418"]) is bool(in_time | measured)
    if not in_time:
        assert found["RS418"] == set()


def test_currency_of_the_reading_is_the_one_that_counts(vocabulary: Vocabulary) -> None:
    document = _methods([Test("currency", "is", ("BRL",), span(1)), Test("currency", "is", ("EUR",), span(1))])
    assert told(vocabulary, document) == {"RS417": set(), "RS418": set()}
    light = _methods([ALWAYS])
    light = replace(light, methods=(replace(light.methods[0], when=weights(None, 5)),))
    light = replace(light, head=replace(light.head, currencies=("BRL", "EUR")))
    (found,) = [finding for finding in lint(light, vocabulary) if finding.code == "RS417"]
    assert found.witness == "currency = BRL, shipment.weight_g = 5g"


def test_hours_that_exist_on_no_day_of_a_window_are_no_hole(vocabulary: Vocabulary) -> None:
    """2026-06-08 is a Monday: until Tuesday nobody waits for the method that is open from Monday to Friday."""
    monday = 1_780_876_800_000_000
    day = 24 * 3600 * 1_000_000
    weekdays = Test("now.weekday", "less_than", (5,), span(1))
    document = _methods([weekdays, ALWAYS])
    first, second = document.methods
    document = replace(
        document,
        methods=(
            replace(first, window=Window(monday, monday + 2 * day)),
            replace(second, window=Window(monday + 2 * day, None)),
        ),
    )
    assert told(vocabulary, document) == {"RS417": set(), "RS418": set()}


def _methods(whens: Sequence[Condition]) -> ShippingDocument:
    methods = tuple(
        Method(id=f"m{number}", rates={"": Flat(price=1, span=span(9))}, when=when, span=span(30 + number))
        for number, when in enumerate(whens)
    )
    return ShippingDocument(head=head("shipping"), policy="first", zones=(), methods=methods)
