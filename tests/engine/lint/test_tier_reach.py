"""Are tiers that no cart reaches found exactly where a count of all carts finds them?"""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.boxes.truth import truth
from engine.documents.conditions import Condition
from engine.documents.effects import Tier, TieredPercent
from engine.facts.vocabulary import Vocabulary
from engine.lint.study import Study
from engine.lint.tier_reach import unreached_tiers
from tests.engine.lint.conditions import CARTS, conditions, promotions, span


@given(conditions, st.sets(st.integers(1, 5), min_size=1, max_size=4).map(sorted))
def test_tier_is_told_exactly_where_no_cart_of_the_rule_has_a_value_of_it(
    vocabulary: Vocabulary, when: Condition, starts: list[int]
) -> None:
    rows = tuple(Tier(start, (number + 1, 100), span(20 + number)) for number, start in enumerate(starts))
    tiers = TieredPercent(by="cart.item_count", rows=rows, on="order", span=span(11))
    document = promotions([when], pick="all")
    document = replace(document, rules=(replace(document.rules[0], then=tiers),))
    counts = [cart["cart.item_count"] for cart in CARTS if truth(when, cart)]
    reached = {sum(start <= int(count) for start in starts) - 1 for count in counts} - {-1}
    told = {finding.span.line - 20 for finding in unreached_tiers(Study(document, vocabulary)) if finding.span}
    assert told == (set(range(len(starts))) - reached if reached else set())
