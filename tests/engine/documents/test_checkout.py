"""May a payment method ask for a code, and what is said of one that asks for something else?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.documents.model import AnyDocument, CheckoutDocument
from engine.text.diagnostics import Diagnostic

Read = Callable[[str], tuple[AnyDocument | None, list[Diagnostic]]]

HEAD = "ruleset: checkout\nname: a\nversion: 1\nvocabulary: checkout/1\ncurrency: EUR\npayment_methods:\n- id: card\n"


def test_a_payment_method_may_ask_for_a_code(read: Read) -> None:
    found, findings = read(f"{HEAD}- {{id: cash_on_delivery, confirm: sms}}\n")
    assert isinstance(found, CheckoutDocument), findings
    assert [(method.id, method.confirm) for method in found.payment_methods] == [
        ("card", None),
        ("cash_on_delivery", "sms"),
    ]


@pytest.mark.parametrize("value", ["mail", "true", "[sms]", "null"])
def test_a_method_that_asks_for_something_else_is_faulty_where_it_does(read: Read, value: str) -> None:
    found, (finding,) = read(f"{HEAD}- {{id: cash_on_delivery, confirm: {value}}}\n")
    assert found is None
    assert (finding.code, finding.span.line, finding.span.column) == ("RS204", 8, 35)
