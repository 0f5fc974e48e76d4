"""Random conditions over three small facts, and every cart they can tell apart."""

from hypothesis import strategies as st

from engine.documents.conditions import All, AnyOf, Condition, Key, Not, Test
from engine.documents.effects import PercentOff
from engine.documents.model import Head, Lane, Promotion, PromotionsDocument
from engine.text.source import Span

SPAN = Span("rules.yaml", 1, 1, 1, 2)

FACTS: dict[str, tuple[Key | None, ...]] = {
    "cart.item_count": (0, 1, 2, 3, 4, 5),  # never missing, never below 0
    "customer.orders_paid": (None, 0, 1, 2, 3, 4, 5),
    "coupon.present": (0, 1),
}
"""Facts with the values of which each stands for all that tests with operands up to 4 treat alike."""

_NUMBERS = st.sampled_from(["cart.item_count", "customer.orders_paid"])
_SMALL = st.integers(0, 4)

_tests = st.one_of(
    st.builds(
        lambda fact, operator, operand: Test(fact, operator, (operand,), SPAN),
        _NUMBERS,
        st.sampled_from(["is", "not", "at_least", "more_than", "at_most", "less_than"]),
        _SMALL,
    ),
    st.builds(lambda operand: Test("coupon.present", "is", (operand,), SPAN), st.integers(0, 1)),
    st.builds(lambda operand: Test("customer.orders_paid", "known", (operand,), SPAN), st.integers(0, 1)),
)
_parts = lambda inner: st.lists(inner, min_size=1, max_size=3).map(tuple)  # noqa: E731

conditions: st.SearchStrategy[Condition] = st.recursive(
    _tests,
    lambda inner: st.one_of(_parts(inner).map(All), _parts(inner).map(AnyOf), inner.map(Not)),
    max_leaves=6,
)


def promotion(*conditions: Condition, pick: str = "best") -> PromotionsDocument:
    """One lane with a rule per condition, `r0`, `r1`, …, in order of precedence; they give 1 %, 2 %, …"""
    head = Head(kind="promotions", name="t", version=1, vocabulary="checkout/1", currency="BRL", currencies=("BRL",), span=SPAN)
    rules = tuple(
        Promotion(
            id=f"r{number}",
            lane="lane",
            then=PercentOff(percent=(number + 1, 100), on="order", span=SPAN),
            when=condition,
            span=_line(number),
            then_span=SPAN,
        )
        for number, condition in enumerate(conditions)
    )
    return PromotionsDocument(head=head, lanes=(Lane("lane", pick, "order", SPAN),), rules=rules)  # type: ignore[arg-type]


def _line(number: int) -> Span:
    return Span("rules.yaml", number + 2, 1, number + 2, 9)
