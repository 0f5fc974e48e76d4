"""Can the cart of a finding be read again, as the `given:` of a scenario?"""

from hypothesis import given as with_some
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.facts.scenario import ScenarioContext, read_scenario
from engine.facts.vocabulary import Vocabulary
from engine.hunt.space import PLAIN_INSTANT
from engine.lint.witness import given
from engine.text.load import load
from engine.text.source import Source
from tests.engine.lint.deciding import cart, line

facts = st.fixed_dictionaries(
    {},
    optional={
        "customer.group": st.sampled_from(["vip", "no", "12", "a: b", "ü, {x}"]),
        "customer.orders_paid": st.integers(0, 5),
        "destination.country": st.sampled_from(["BR", "NO"]),
    },
)


@with_some(facts, st.lists(st.integers(0, 5_000), min_size=1, max_size=3), st.booleans(), st.integers(0, 3))
def test_cart_that_is_shown_reads_as_the_same_cart(
    vocabulary: Vocabulary, known: dict[str, int | str], prices: list[int], coupon: bool, later: int
) -> None:
    lines = [line(number, price, number, "a/b/") for number, price in enumerate(prices, 1)]
    shown = replace(cart(lines, known, coupon=coupon), now=PLAIN_INSTANT + later)
    node = load(Source("witness", given(shown, vocabulary))).node
    assert node is not None
    context = ScenarioContext(vocabulary=vocabulary, currency="BRL", now=PLAIN_INSTANT)
    scenario, faults = read_scenario(node, context)
    assert scenario is not None, faults
    read = scenario.cart
    assert (read.now, read.facts, read.coupons) == (shown.now, {**shown.facts, "currency": "BRL"}, shown.coupons)
    assert [each.facts for each in read.lines] == [each.facts for each in shown.lines]
