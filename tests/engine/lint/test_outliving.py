"""Is a coupon told to outlive its conditions exactly where some instant of its window is after all of them?"""

from hypothesis import given
from hypothesis import strategies as st

from engine.boxes.truth import truth
from engine.documents.conditions import All, AnyOf, Condition, Not, Test
from engine.documents.effects import PercentOff
from engine.documents.model import Coupon, CouponsDocument, Window
from engine.facts.vocabulary import Vocabulary
from engine.lint.outliving import outliving_coupons
from engine.lint.study import Study
from tests.engine.lint.conditions import head, span

INSTANTS = range(-1, 12)
FAR = INSTANTS[-1]
GROUPS = ("vip", "member")

_tests = st.one_of(
    st.builds(
        lambda operator, operand: Test("now", operator, (operand,), span(1)),
        st.sampled_from(["at_least", "more_than", "at_most", "less_than"]),
        st.integers(0, 8),
    ),
    st.just(Test("customer.group", "is", ("vip",), span(1))),
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    _tests,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda some: All(tuple(some))),
        st.lists(inner, min_size=1, max_size=3).map(lambda some: AnyOf(tuple(some))),
        inner.map(Not),
    ),
    max_leaves=5,
)


@given(conditions, st.none() | st.integers(0, 10))
def test_coupon_outlives_exactly_where_its_window_is_open_after_its_last_instant(
    vocabulary: Vocabulary, when: Condition, end: int | None
) -> None:
    then = PercentOff(percent=(1, 10), on="order", span=span(1))
    coupon = Coupon(
        id="c",
        codes=("c",),
        campaign=None,
        then=then,
        when=when,
        window=Window(None, end),
        span=span(9),
        then_span=span(9),
    )
    document = CouponsDocument(head=head("coupons"), coupons=(coupon,))
    holds = [now for now in INSTANTS if any(truth(when, {"now": now, "customer.group": group}) for group in GROUPS)]
    ends = bool(holds) and FAR not in holds
    expected = ends and (end is None or end > max(holds) + 1)
    assert bool(list(outliving_coupons(Study(document, vocabulary)))) is expected
