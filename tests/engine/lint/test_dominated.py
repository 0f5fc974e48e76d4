"""Does a rule that is told never to be the best change no total when it is taken away?"""

from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from engine.compiler.book import compile_book
from engine.documents.conditions import ALWAYS, Condition, Test
from engine.documents.effects import AmountOff, Effect, FixedPrice, PercentOff, Tier, TieredPercent
from engine.documents.model import Lane, Limits, Promotion, PromotionsDocument
from engine.facts.cart import Cart
from engine.facts.vocabulary import Vocabulary
from engine.lint import lint
from engine.runtime.evaluate import evaluate
from tests.engine.lint.conditions import conditions, head, span
from tests.engine.lint.deciding import cart, line, without

wheres = st.sampled_from(
    [
        ALWAYS,
        Test("line.category", "under", ("a/",), span(1)),
        Test("line.category", "under", ("a/b/",), span(1)),
        Test("line.quantity", "at_least", (2,), span(1)),
    ]
)
percents = st.sampled_from([(1, 20), (1, 10), (1, 3), (1, 2)])
bases: st.SearchStrategy[Literal["initial", "remaining"]] = st.sampled_from(["initial", "remaining"])
caps = st.none() | st.sampled_from([20, 60])


def effects(on: Literal["lines", "order"]) -> st.SearchStrategy[Effect]:
    percent = st.builds(
        PercentOff, percent=percents, on=st.just(on), where=wheres, basis=bases, cap=caps, span=st.just(span(1))
    )
    amount = st.builds(
        AmountOff,
        amount=st.sampled_from([7, 30, 90]),
        on=st.just(on),
        where=wheres,
        per=st.sampled_from(["unit", "order"]),
        cap=caps,
        span=st.just(span(1)),
    )
    rows = st.tuples(percents, percents).map(lambda two: (Tier(1, two[0], span(1)), Tier(3, two[1], span(1))))
    tiers = st.builds(
        TieredPercent,
        by=st.just("cart.item_count"),
        rows=rows,
        on=st.just(on),
        where=wheres,
        cap=caps,
        span=st.just(span(1)),
    )
    price = st.builds(
        FixedPrice, price=st.sampled_from([50, 90]), on=st.just("lines"), where=wheres, span=st.just(span(1))
    )
    return st.one_of(percent, amount, tiers, price) if on == "lines" else st.one_of(percent, amount, tiers)


@st.composite
def lanes(draw: st.DrawFn) -> PromotionsDocument:
    """One best lane of two to four rules, some of them limited or exclusive."""
    on: Literal["lines", "order"] = draw(st.sampled_from(["lines", "order"]))
    rules = tuple(
        Promotion(
            id=f"r{number}",
            lane="lane",
            then=draw(effects(on)),
            when=draw(st.just(ALWAYS) | conditions),
            priority=draw(st.integers(0, 1)),
            limits=draw(st.sampled_from([Limits(), Limits(), Limits(per_order=1), Limits(total=5)])),
            exclusive_with=draw(st.sampled_from([(), (), ("r0",), ("all",), ("lane",)])),
            span=span(10 + number),
            then_span=span(10 + number),
        )
        for number in range(draw(st.integers(2, 4)))
    )
    lane = Lane(id="lane", pick="best", stage=on, span=span(2))
    return PromotionsDocument(head=head("promotions"), lanes=(lane,), rules=rules)


CARTS: list[Cart] = [
    cart(some, facts, coupon=coupon)
    for some in (
        [line(1, 100)],
        [line(1, 3, category="a/")],
        [line(1, 100, category="a/b/"), line(2, 100, 2, category="a/")],
        [line(1, 40, 3, category="a/"), line(2, 99), line(3, 99, category="a/b/")],
        [line(1, 55, 2), line(2, 5, 2, category="a/")],
    )
    for facts in ({}, {"customer.orders_paid": 0}, {"customer.orders_paid": 3})
    for coupon in (False, True)
]


@given(lanes())
def test_rule_that_is_never_the_best_changes_no_total(vocabulary: Vocabulary, document: PromotionsDocument) -> None:
    told = [finding for finding in lint(document, vocabulary) if finding.code == "RS455" and finding.span is not None]
    book = compile_book({"promotions": document}, "BRL", vocabulary)
    for finding in told:
        assert finding.span is not None
        rest = without(document, f"r{finding.span.line - 10}")
        others = compile_book({"promotions": rest}, "BRL", vocabulary)
        for each in CARTS:
            assert evaluate(book, each).totals.total == evaluate(others, each).totals.total


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 4)), min_size=2, max_size=5))
def test_percentages_from_a_count_on_are_told_exactly_where_more_is_given_from_a_smaller_count_on(
    vocabulary: Vocabulary, some: list[tuple[int, int]]
) -> None:
    rules = tuple(
        Promotion(
            id=f"r{number}",
            lane="lane",
            then=PercentOff(percent=(percent, 100), on="order", span=span(1)),
            when=_from(count),
            span=span(10 + number),
            then_span=span(10 + number),
        )
        for number, (percent, count) in enumerate(some)
    )
    lane = Lane(id="lane", pick="best", stage="order", span=span(2))
    document = PromotionsDocument(head=head("promotions"), lanes=(lane,), rules=rules)
    told = {
        finding.span.line - 10 for finding in lint(document, vocabulary) if finding.code == "RS455" and finding.span
    }
    assert told == {
        number
        for number, (percent, count) in enumerate(some)
        if any(more >= percent and fewer <= count and (more, fewer) != (percent, count) for more, fewer in some)
    }


def _from(count: int) -> Condition:
    return Test("cart.item_count", "at_least", (count + 1,), span(1))
