"""Random conditions over three small facts, every cart they can tell apart, and promotions that carry them."""

from collections.abc import Sequence
from itertools import product
from typing import Literal

from hypothesis import strategies as st

from engine.documents.conditions import All, AnyOf, Condition, Key, Not, Test
from engine.documents.effects import PercentOff
from engine.documents.model import Head, Kind, Lane, Limits, Promotion, PromotionsDocument
from engine.text.source import Span

FACTS: dict[str, tuple[Key | None, ...]] = {
    "cart.item_count": (0, 1, 2, 3, 4, 5),  # never missing, never below 0
    "customer.orders_paid": (None, 0, 1, 2, 3, 4, 5),
    "coupon.present": (0, 1),
}
"""Facts with values among which every value that tests with operands up to 4 can tell apart is represented."""

CARTS = [
    {name: key for name, key in zip(FACTS, keys, strict=True) if key is not None} for keys in product(*FACTS.values())
]

_tests = st.one_of(
    st.builds(
        lambda fact, operator, operand: Test(fact, operator, (operand,), span(1)),
        st.sampled_from(["cart.item_count", "customer.orders_paid"]),
        st.sampled_from(["is", "not", "at_least", "more_than", "at_most", "less_than"]),
        st.integers(0, 4),
    ),
    st.builds(lambda operand: Test("coupon.present", "is", (operand,), span(1)), st.integers(0, 1)),
    st.builds(lambda operand: Test("customer.orders_paid", "known", (operand,), span(1)), st.integers(0, 1)),
)


def _parts(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[tuple[Condition, ...]]:
    return st.lists(inner, min_size=1, max_size=3).map(tuple)


conditions: st.SearchStrategy[Condition] = st.recursive(
    _tests,
    lambda inner: st.one_of(_parts(inner).map(All), _parts(inner).map(AnyOf), inner.map(Not)),
    max_leaves=6,
)


def span(line: int) -> Span:
    """A place in a ruleset that was never written."""
    return Span("rules.yaml", line, 1, line, 9)


def head(kind: Kind) -> Head:
    """A head in reais."""
    return Head(
        kind=kind,
        name="test",
        version=1,
        vocabulary="checkout/1",
        currency="BRL",
        currencies=("BRL",),
        span=span(1),
    )


def promotions(
    conditions: Sequence[Condition],
    *,
    pick: Literal["best", "all", "first"] = "best",
    limited: Sequence[bool] = (),
) -> PromotionsDocument:
    """One lane with a rule per condition, `r0`, `r1`, … in order of precedence, on lines 10, 11, …; each gives another
    percentage. Where `limited` is true, the uses of the rule can run out.
    """
    rules = tuple(
        Promotion(
            id=f"r{number}",
            lane="lane",
            then=PercentOff(percent=(number + 1, 100), on="order", span=span(10 + number)),
            when=condition,
            limits=Limits(total=5) if number < len(limited) and limited[number] else Limits(),
            span=span(10 + number),
            then_span=span(10 + number),
        )
        for number, condition in enumerate(conditions)
    )
    lane = Lane(id="lane", pick=pick, stage="order", span=span(2))
    return PromotionsDocument(head=head("promotions"), lanes=(lane,), rules=rules)
