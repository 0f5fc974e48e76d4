"""Are contradictions found exactly where a count of all carts finds them?"""

from hypothesis import given

from engine.boxes.truth import truth
from engine.documents.conditions import AnyOf, Condition
from engine.facts.vocabulary import Vocabulary
from engine.lint import lint
from tests.engine.lint.conditions import CARTS, conditions, promotions


@given(conditions)
def test_condition_is_contradictory_exactly_where_no_cart_satisfies_it(
    vocabulary: Vocabulary, condition: Condition
) -> None:
    told = {finding.code for finding in lint(promotions([condition]), vocabulary)}
    assert ("RS401" in told) is not any(truth(condition, cart) for cart in CARTS)


@given(conditions, conditions)
def test_alternative_is_dead_exactly_where_no_cart_satisfies_it(
    vocabulary: Vocabulary, one: Condition, two: Condition
) -> None:
    holds = [any(truth(part, cart) for cart in CARTS) for part in (one, two)]
    told = [finding.code for finding in lint(promotions([AnyOf((one, two))]), vocabulary)]
    assert ("RS401" in told) is (holds == [False, False])
    if "RS403" not in told:
        assert holds[0] == holds[1]
