"""Do all lints run on every kind, once for each place, and go on when one of them gives up?"""

import pytest

from engine.boxes.effort import Effort
from engine.documents.conditions import AnyOf, Test
from engine.documents.model import (
    CheckoutDocument,
    OrdersDocument,
    PaymentMethod,
    State,
    Transition,
)
from engine.facts.vocabulary import Vocabulary
from engine.lint import LINTS, lint
from tests.engine.lint.conditions import head, promotions, span

NEVER = Test("cart.item_count", "less_than", (0,), span(7))


def test_lints_are_named_once() -> None:
    assert len(set(LINTS)) == len(LINTS)


def test_one_finding_is_kept_for_each_code_and_place(vocabulary: Vocabulary) -> None:
    twice = AnyOf((NEVER, NEVER, Test("coupon.present", "is", (1,), span(8))))
    findings = lint(promotions([twice]), vocabulary)
    assert [(finding.code, finding.span) for finding in findings] == [("RS403", span(7))]


def test_guards_of_orders_and_payment_methods_are_conditions_too(vocabulary: Vocabulary) -> None:
    step = Transition(
        event="pay", sources=("new",), target="paid", roles=("system",), when=NEVER, span=span(3), when_span=span(7)
    )
    orders = OrdersDocument(
        head=head("orders"), states=(State(id="new", initial=True, span=span(2)),), transitions=(step,)
    )
    checkout = CheckoutDocument(
        head=head("checkout"), payment_methods=(PaymentMethod(id="c", when=NEVER, span=span(3)),)
    )
    assert [finding.message for finding in (*lint(orders, vocabulary), *lint(checkout, vocabulary))] == [
        "the condition of transition 'pay' can never be true",
        "the condition of payment method 'c' can never be true",
    ]


def test_too_many_rules_to_compare_are_told_and_not_guessed(
    vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.lint.registry.Effort", lambda: Effort(0))
    sums = [Test("cart.item_count", "between", (low, low + 3), span(20 + low)) for low in (1, 3, 2)]
    findings = lint(promotions(sums, pick="first"), vocabulary)
    assert [(finding.code, finding.severity) for finding in findings] == [("RS490", "warning")]
    assert "'r2'" in findings[0].message
