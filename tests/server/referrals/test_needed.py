"""An order uses up what gave it something: for everybody, for its customer, and the code itself."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from server.decisions.books import LiveBook
from server.decisions.facts import Basket, CouponFacts, CustomerFacts, UsageFacts
from server.decisions.service import decide
from server.referrals.needed import Use, uses_of
from tests.server.decisions.baskets import a_basket, a_line

ANA = "user:ana"


def bought(price: int, *codes: str, **values: Any) -> Basket:
    """A basket of one thing, by a customer who has never ordered."""
    customer = CustomerFacts(id="ana", signed_in=True, email="ana@example.com", orders_paid=0)
    given = {"customer": customer, "coupon_codes": codes, "shipping_method": "standard", **values}
    return a_basket(a_line(price=price, weight_g=400), **given)


def used(live: LiveBook, basket: Basket) -> list[Use]:
    """What an order of the basket uses."""
    return list(uses_of(live, decide(live, basket), ANA))


def uses(kind: Any, subject: str, amount: int, **values: Any) -> Use:
    """One use."""
    return Use(kind=kind, subject=subject, amount=amount, **values)


def test_nothing_is_used_without_a_coupon_or_a_limited_offer(limited: LiveBook) -> None:
    assert used(limited, bought(10_000)) == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "Spring",
            [
                uses("code", "spring", 1_000),
                uses("coupon", "spring", 1_000, most=3),
                uses("coupon", "spring", 1_000, customer=ANA),
            ],
        ),
        (
            "ONCE",
            [
                uses("code", "once", 1_000),
                uses("coupon", "once", 1_000),
                uses("coupon", "once", 1_000, customer=ANA, most=1),
            ],
        ),
        (
            "POT",
            [
                uses("code", "pot", 1_000),
                uses("coupon", "pot", 1_000, budget=2_500),
                uses("coupon", "pot", 1_000, customer=ANA),
            ],
        ),
        (
            "OPEN",
            [uses("code", "open", 500), uses("coupon", "open", 500), uses("coupon", "open", 500, customer=ANA)],
        ),
    ],
)
def test_a_coupon_takes_its_limits_along(limited: LiveBook, code: str, expected: list[Use]) -> None:
    assert used(limited, bought(10_000, code)) == expected


def test_a_code_of_a_campaign_is_counted_for_itself_and_for_its_coupon(limited: LiveBook) -> None:
    known = CouponFacts(code="partner-7", campaign="partners")
    assert used(limited, bought(10_000, "PARTNER-7", coupons=(known,))) == [
        uses("code", "partner-7", 500, most=1),
        uses("coupon", "partner", 500),
        uses("coupon", "partner", 500, customer=ANA),
    ]


def test_an_offer_with_limits_is_counted_and_a_coupon_beside_it(limited: LiveBook) -> None:
    found = used(limited, bought(60_000, "OPEN"))
    assert [(use.kind, use.amount) for use in found if use.customer == ""] == [
        ("code", 2_400), ("coupon", 2_400), ("promotion", 12_000),
    ]  # fmt: skip
    assert [use for use in found if use.kind == "promotion"] == [
        uses("promotion", "early", 12_000, most=2),
        uses("promotion", "early", 12_000, customer=ANA, most=1),
    ]


def test_what_was_refused_is_not_used(limited: LiveBook) -> None:
    spent = CouponFacts(code="spring", used_total=3)
    assert used(limited, bought(10_000, "SPRING", coupons=(spent,))) == []
    assert used(limited, bought(60_000, usage={"early": UsageFacts(customer=0, total=2)})) == []


def test_a_waiting_coupon_is_not_used(limited: LiveBook) -> None:
    assert used(limited, bought(10_000, "FIRST", customer=CustomerFacts(email="ana@example.com"))) == []


def test_free_delivery_is_used_where_delivery_would_have_cost_something(limited: LiveBook) -> None:
    paid = used(limited, bought(5_000, "DELIVERY"))
    assert [use.kind for use in paid] == ["code", "coupon", "coupon"]
    assert {use.amount for use in paid} == {990}
    # It is for the standard way only; whoever takes another keeps the coupon.
    express = bought(5_000, "DELIVERY", shipping_method="express")
    assert decide(limited, express).coupons[0].state == "applied"
    assert used(limited, express) == []


def test_uses_are_in_the_order_counters_are_locked_in(limited: LiveBook) -> None:
    found = used(limited, bought(60_000, "SPRING"))
    assert found == sorted(found, key=lambda use: (use.kind, use.subject, use.customer))
    assert len({(use.kind, use.subject, use.customer) for use in found}) == len(found) == 5


def test_uses_go_through_json_as_the_statement_reads_them() -> None:
    plain = msgspec.json.decode(msgspec.json.encode([uses("code", "x", 5, most=1)]))
    assert plain == [
        {"kind": "code", "subject": "x", "customer": "", "most": 1, "budget": None, "amount": 5}
    ]  # fmt: skip
