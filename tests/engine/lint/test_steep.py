"""Are steps in the total found exactly where deciding a cart just below and at the threshold shows a steep one?"""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.documents.conditions import ALWAYS, Test
from engine.documents.effects import AmountOff, Effect, PercentOff
from engine.documents.model import (
    Band,
    Bands,
    Flat,
    FreeFrom,
    Lane,
    Method,
    Promotion,
    PromotionsDocument,
    ShippingDocument,
)
from engine.facts.vocabulary import Vocabulary
from engine.lint import lint
from tests.engine.lint.conditions import head, span
from tests.engine.lint.deciding import cart, line, total

SUM = "subtotal.after_line_discounts"
thresholds = st.sampled_from([1, 2, 4, 100, 1000])
effects: st.SearchStrategy[Effect] = st.one_of(
    st.builds(
        PercentOff,
        percent=st.sampled_from([(1, 10), (1, 4), (26, 100), (1, 2), (1, 1)]),
        on=st.just("order"),
        cap=st.none() | st.sampled_from([20, 260]),
        span=st.just(span(1)),
    ),
    st.builds(AmountOff, amount=st.sampled_from([1, 25, 27, 300]), on=st.just("order"), span=st.just(span(1))),
)


@given(effects, thresholds, st.none() | effects)
def test_steep_step_is_told_exactly_where_one_unit_of_money_more_costs_much_less(
    vocabulary: Vocabulary, effect: Effect, threshold: int, always: Effect | None
) -> None:
    rules = [Promotion(id="step", lane="lane", then=effect, when=_from(threshold), span=span(10), then_span=span(11))]
    if always is not None:
        rules.append(Promotion(id="always", lane="lane", then=always, span=span(20), then_span=span(21)))
    lane = Lane(id="lane", pick="best", stage="order", span=span(2))
    document = PromotionsDocument(head=head("promotions"), lanes=(lane,), rules=tuple(rules))
    told = [finding for finding in lint(document, vocabulary) if finding.code == "RS462"]
    below, at = (total(document, cart([line(1, amount)]), vocabulary) for amount in (threshold - 1, threshold))
    assert bool(told) is ((below - at) * 4 > threshold)


def _from(threshold: int) -> Test:
    return Test(SUM, "at_least", (threshold,), span(1))


@pytest.mark.parametrize(("price", "told"), [(1250, False), (1251, True)])
def test_free_shipping_is_steep_from_a_quarter_of_its_threshold_on(
    vocabulary: Vocabulary, price: int, told: bool
) -> None:
    free = FreeFrom(amount=5000, of="subtotal.after_discounts.gross", span=span(7))
    assert _codes(vocabulary, Flat(price=price, span=span(9)), free) == ({"RS416"} if told else set())


@pytest.mark.parametrize(("cheap", "told"), [(250, False), (249, True)])
def test_rate_by_an_amount_is_steep_where_it_falls_by_more_than_a_quarter_of_it(
    vocabulary: Vocabulary, cheap: int, told: bool
) -> None:
    rows = (
        Band(low=None, high=2000, price=750, span=span(20)),
        Band(low=2000, high=None, price=cheap, span=span(21)),
    )
    bands = Bands(by="shipment.subtotal", rows=rows, span=span(9))
    assert _codes(vocabulary, bands, None) == ({"RS416"} if told else set())


def _codes(vocabulary: Vocabulary, rate: Flat | Bands, free: FreeFrom | None) -> set[str]:
    rates: Mapping[str, Flat | Bands] = {"": rate}
    method = Method(id="m", rates=rates, when=ALWAYS, free_from=free, span=span(8))
    document = ShippingDocument(head=head("shipping"), policy="first", zones=(), methods=(method,))
    return {finding.code for finding in lint(document, vocabulary)}
