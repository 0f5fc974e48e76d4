"""Where nothing is told of two rules of one priority, does no cart come to another total the other way round?"""

from dataclasses import replace
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.compiler.book import compile_book
from engine.documents.conditions import ALWAYS, Test
from engine.documents.effects import (
    AmountOff,
    Bundle,
    BundlePart,
    CheapestFree,
    Effect,
    FixedPrice,
    PercentOff,
    Tier,
    TieredPercent,
)
from engine.documents.model import Lane, Limits, Promotion, PromotionsDocument
from engine.facts.cart import Cart
from engine.facts.vocabulary import Vocabulary
from engine.lint.commuting import commute
from engine.lint.stacking import stacking
from engine.lint.study import Study
from engine.runtime.evaluate import evaluate
from tests.engine.lint.conditions import head, span
from tests.engine.lint.deciding import cart, line

wheres = st.sampled_from(
    [
        ALWAYS,
        Test("line.category", "under", ("a/",), span(1)),
        Test("line.category", "under", ("b/",), span(1)),
        Test("line.quantity", "at_least", (2,), span(1)),
        Test("line.quantity", "less_than", (2,), span(1)),
    ]
)
percents = st.sampled_from([(0, 1), (1, 20), (1, 10), (1, 3), (1, 2), (1, 1)])
bases: st.SearchStrategy[Literal["initial", "remaining"]] = st.sampled_from(["initial", "remaining"])
ons: st.SearchStrategy[Literal["lines", "order"]] = st.sampled_from(["lines", "order"])
caps = st.none() | st.just(30)
here = st.just(span(1))
rows = st.tuples(percents, percents).map(lambda two: (Tier(1, two[0], span(1)), Tier(3, two[1], span(1))))

effects: st.SearchStrategy[Effect] = st.one_of(
    st.builds(PercentOff, percent=percents, on=ons, where=wheres, basis=bases, cap=caps, span=here),
    st.builds(
        AmountOff,
        amount=st.sampled_from([7, 30, 90]),
        on=ons,
        where=wheres,
        per=st.sampled_from(["unit", "line", "order"]),
        cap=caps,
        span=here,
    ),
    st.builds(FixedPrice, price=st.sampled_from([20, 60]), on=st.just("lines"), where=wheres, span=here),
    st.builds(
        TieredPercent, by=st.just("cart.item_count"), rows=rows, on=ons, where=wheres, basis=bases, cap=caps, span=here
    ),
    st.builds(CheapestFree, buy=st.just(2), free=st.just(1), where=wheres, span=here),
    wheres.map(
        lambda where: Bundle(
            parts=(BundlePart(where, 1, span(1)), BundlePart(ALWAYS, 1, span(1))), price=50, span=span(1)
        )
    ),
)
limits = st.sampled_from([Limits(), Limits(), Limits(per_order=1), Limits(budget=25)])

CARTS: list[Cart] = [
    cart(some)
    for some in (
        *([line(1, price, category="a/")] for price in (1, 5, 15, 33, 99, 100)),
        *([line(1, price, 2, category="b/")] for price in (3, 25, 60)),
        [line(1, 100, category="a/"), line(2, 100, category="b/")],
        [line(1, 10, 3, category="a/"), line(2, 9), line(3, 80, 2, category="b/")],
        [line(1, 40, 2, category="a/"), line(2, 45, category="a/"), line(3, 5, 4)],
    )
]


def promotions(one: Promotion, two: Promotion, stage: Literal["lines", "order"]) -> PromotionsDocument:
    lane = Lane(id="lane", pick="all", stage=stage, span=span(2))
    return PromotionsDocument(head=head("promotions"), lanes=(lane,), rules=(one, two))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Promotion, Promotion]:
    """Two rules of one priority that always hold."""
    one, two = (
        Promotion(
            id=name, lane="lane", then=draw(effects), limits=draw(limits), span=span(number), then_span=span(number)
        )
        for number, name in ((10, "a"), (11, "b"))
    )
    return one, two


def differ(one: Promotion, two: Promotion, stage: Literal["lines", "order"], vocabulary: Vocabulary) -> list[Cart]:
    """The carts that come to another total the other way round."""
    orders = [promotions(one, replace(two, priority=priority), stage) for priority in (0, 1)]
    books = [compile_book({"promotions": document}, "BRL", vocabulary) for document in orders]
    return [each for each in CARTS if len({evaluate(book, each).totals.total for book in books}) > 1]


@given(pairs(), ons)
@settings(max_examples=200)
def test_rules_that_are_proved_to_commute_come_to_the_same_in_either_order(
    vocabulary: Vocabulary, pair: tuple[Promotion, Promotion], stage: Literal["lines", "order"]
) -> None:
    document = promotions(*pair, stage)
    if commute(Study(document, vocabulary), *pair):
        assert differ(*pair, stage, vocabulary) == []


@given(pairs(), ons)
@settings(max_examples=20)
def test_silence_means_that_the_order_does_not_matter(
    vocabulary: Vocabulary, pair: tuple[Promotion, Promotion], stage: Literal["lines", "order"]
) -> None:
    found = list(stacking(Study(promotions(*pair, stage), vocabulary)))
    if differ(*pair, stage, vocabulary):
        assert {finding.code for finding in found} & {"RS453", "RS490"}
    for finding in found:
        assert finding.code == "RS453" or finding.severity == "note"


@given(pairs())
def test_a_stated_order_is_no_finding(vocabulary: Vocabulary, pair: tuple[Promotion, Promotion]) -> None:
    one, two = pair
    assert list(stacking(Study(promotions(one, replace(two, priority=1), "lines"), vocabulary))) == []


def test_two_totals_of_a_finding_are_those_of_its_cart(vocabulary: Vocabulary) -> None:
    ten = PercentOff(percent=(1, 10), on="order", span=span(1))
    five = AmountOff(amount=500, on="order", span=span(1))
    one, two = (
        Promotion(id=name, lane="lane", then=then, span=span(number), then_span=span(number))
        for number, name, then in ((10, "a", ten), (11, "b", five))
    )
    (found,) = stacking(Study(promotions(one, two, "order"), vocabulary))
    assert found.witness == '{lines: [{id: L1, price: "5.01", quantity: 1, sku: S1, tax_class: standard}]}'
    assert "a total of 0.00 becomes 0.01" in found.message
