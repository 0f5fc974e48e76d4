"""Are rules that never get their turn found exactly where a count of all carts finds them?"""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.boxes.truth import truth
from engine.documents.conditions import Condition, Test
from engine.facts.vocabulary import Vocabulary
from engine.lint import lint
from tests.engine.lint.conditions import CARTS, conditions, promotions, span

rules = st.lists(st.tuples(conditions, st.booleans()), min_size=2, max_size=6)


@given(rules)
def test_rule_is_hidden_exactly_where_earlier_ones_that_surely_give_take_every_cart(
    vocabulary: Vocabulary, some: list[tuple[Condition, bool]]
) -> None:
    document = promotions([when for when, _ in some], pick="first", limited=[limited for _, limited in some])
    told = {
        finding.span.line - 10 for finding in lint(document, vocabulary) if finding.code == "RS450" and finding.span
    }
    expected = set()
    for number, (when, _) in enumerate(some):
        carts = [cart for cart in CARTS if truth(when, cart)]
        firm = [earlier for earlier, limited in some[:number] if not limited]
        if carts and all(any(truth(earlier, cart) for earlier in firm) for cart in carts):
            expected.add(number)
    assert told == expected


@given(rules)
def test_rules_named_as_hiding_another_hide_it(vocabulary: Vocabulary, some: list[tuple[Condition, bool]]) -> None:
    conditions = [when for when, _ in some]
    for finding in lint(promotions(conditions, pick="first"), vocabulary):
        if finding.code == "RS450" and finding.span is not None and len(finding.related) < 3:
            hidden = conditions[finding.span.line - 10]
            by = [conditions[place.span.line - 10] for place in finding.related]
            carts = [cart for cart in CARTS if truth(hidden, cart)]
            assert all(any(truth(earlier, cart) for earlier in by) for cart in carts)


@pytest.mark.parametrize("pick", ["best", "all"])
def test_no_rule_is_hidden_where_order_does_not_decide(vocabulary: Vocabulary, pick: Literal["best", "all"]) -> None:
    wide = Test("cart.item_count", "at_least", (2,), span(1))
    found = lint(promotions([wide, wide], pick=pick), vocabulary)
    assert "RS450" not in {finding.code for finding in found}
