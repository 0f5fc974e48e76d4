"""Does a hunt find a cart that shows a fault planted into the shipped rulesets?"""

from __future__ import annotations

import pytest

from engine.facts.cart import Cart
from engine.hunt.search import hunt
from engine.pipeline import evaluate
from engine.runtime.decision import Decision
from tests.engine.hunt.planted import PLANTED, Planted
from tests.engine.hunt.shops import changed_shop, shop


@pytest.mark.parametrize("fault", PLANTED, ids=lambda fault: fault.name)
def test_a_planted_fault_is_found_and_its_cart_is_small(fault: Planted) -> None:
    sound, faulty = shop(fault.folder), changed_shop(fault.folder, fault.was, fault.becomes)

    def differs(cart: Cart) -> bool:
        return said(evaluate(sound, cart)) != said(evaluate(faulty, cart))

    found = hunt([sound, faulty], differs, most=400)
    assert found.cart is not None
    assert found.smallest
    assert differs(found.cart)
    assert len(found.cart.lines) <= 3


def said(decision: Decision) -> tuple[object, ...]:
    """What a customer is told, without where it is written."""
    return (
        decision.totals,
        [(line.id, line.unit_price, line.total, line.tax) for line in decision.lines],
        decision.applied,
        [refusal.code for refusal in decision.refusals],
        [(option.method, option.total) for option in decision.options],
        [(payment.method, payment.available) for payment in decision.payments],
        [(coupon.code, coupon.state) for coupon in decision.coupons],
        [(gift.sku, gift.quantity) for gift in decision.gifts],
    )
