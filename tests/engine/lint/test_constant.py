"""Are conditions that always hold found exactly where a count of all carts finds them?"""

from hypothesis import given

from engine.boxes.truth import truth
from engine.documents import conditions as tree
from engine.documents.conditions import Condition
from engine.facts.vocabulary import Vocabulary
from engine.lint import lint
from tests.engine.lint.conditions import CARTS, FACTS, conditions, promotions

ALL_KNOWN = [cart for cart in CARTS if len(cart) == len(FACTS)]


@given(conditions)
def test_condition_that_every_cart_satisfies_is_told(vocabulary: Vocabulary, condition: Condition) -> None:
    told = {finding.code for finding in lint(promotions([condition]), vocabulary)}
    if all(truth(condition, cart) for cart in CARTS):
        assert "RS402" in told


@given(conditions)
def test_one_test_is_told_to_hold_always_only_where_it_does(vocabulary: Vocabulary, condition: Condition) -> None:
    test = next(tree.tests_of(condition))
    told = {finding.code for finding in lint(promotions([test]), vocabulary)}
    asks_if_known = test.operator == "known"
    assert ("RS402" in told) is (all(truth(test, cart) for cart in ALL_KNOWN) and not asks_if_known)
