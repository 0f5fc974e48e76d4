"""Does the solver find a fault that was put there, and does the evaluator confirm the cart it finds?"""

from __future__ import annotations

import pytest

from engine.documents.model import Adding, Bound, Claim, Monotone, NeverMore, Splitting
from engine.runtime.book import Book
from engine.symbolic.solve import Candidate, Proved, solve
from tests.engine.runtime.books import Body, book
from tests.engine.symbolic.claims import claimed

pytest.importorskip("z3")

FLAT = {"methods": [{"id": "std", "rate": {"flat": "9.90"}}]}
BY_WEIGHT = {
    "methods": [
        {
            "id": "std",
            "rate": {
                "bands": {
                    "by": "shipment.weight_g",
                    "rows": [
                        {"below": "1kg", "price": "9.90"},
                        {"below": "5kg", "price": "8.90"},
                        {"rest": {"price": "20.00"}},
                    ],
                }
            },
        }
    ]
}


def promotions(*rules: dict[str, object], pick: str = "all", stage: str = "order") -> Body:
    lanes = [{"id": "one", "stage": stage, "pick": pick}]
    return {"lanes": lanes, "rules": [{"id": f"r{number}", "lane": "one", **rule} for number, rule in enumerate(rules)]}


def percent(value: float, **more: object) -> dict[str, object]:
    return {"then": {"percent_off": value, "on": "order", **more}}


def found(book: Book, claim: Claim) -> Candidate:
    answer = solve(book, claimed(claim))
    assert isinstance(answer, Candidate), answer
    assert answer.confirmed, answer
    return answer


def proved(book: Book, claim: Claim) -> Proved:
    answer = solve(book, claimed(claim))
    assert isinstance(answer, Proved), answer
    return answer


AT_MOST_40 = Bound(measure="discount", side="at_most", amount=4000)
AT_MOST_60_PERCENT = Bound(measure="discount", side="at_most", percent=(3, 5), of="items", tolerance=2)


def test_a_cap_that_was_taken_away_is_found() -> None:
    proved(book(promotions=promotions(percent(10, cap="40.00"))), AT_MOST_40)
    found(book(promotions=promotions(percent(10))), AT_MOST_40)


def test_two_offers_that_pass_a_limit_together_are_found_and_one_of_them_is_proved() -> None:
    proved(book(promotions=promotions(percent(50), percent(60), pick="best")), AT_MOST_60_PERCENT)
    found(book(promotions=promotions(percent(50), percent(60))), AT_MOST_60_PERCENT)


def test_offers_that_shut_each_other_out_are_proved_to_stay_below_the_limit() -> None:
    apart = promotions({**percent(50), "exclusive_with": ["r1"]}, percent(60))
    proved(book(promotions=apart), AT_MOST_60_PERCENT)


def test_a_code_that_comes_on_top_is_found() -> None:
    coupons = {"coupons": [{"id": "k", "codes": ["MORE"], "then": {"percent_off": 30, "on": "order"}}]}
    answer = found(book(promotions=promotions(percent(50)), coupons=coupons), AT_MOST_60_PERCENT)
    assert [entry.code for entry in answer.carts[0].coupons] == ["more"]


def test_a_needle_between_two_thresholds_is_found() -> None:
    rule = {
        **percent(70),
        "when": {"subtotal.after_line_discounts": {"between": ["777.77", "777.78"]}, "customer.group": "vip"},
    }
    answer = found(book(promotions=promotions(rule)), AT_MOST_60_PERCENT)
    assert answer.carts[0].facts["customer.group"] == "vip"


def test_nothing_is_paid_below_zero() -> None:
    rules = [{"then": {"amount_off": "50.00", "on": "order"}}, {"then": {"amount_off": "70.00", "on": "order"}}]
    proved(book(promotions=promotions(*rules), shipping=FLAT), Bound(measure="total", side="at_least", amount=0))


def test_free_shipping_given_away_for_too_little_is_found() -> None:
    rule = {"then": {"free_shipping": True}, "when": {"cart.item_count": {"at_least": 3}}}
    free = promotions(rule, stage="shipping")
    claim = Bound(measure="shipping", side="at_least", amount=990)
    proved(book(shipping=FLAT), claim)
    found(book(promotions=free, shipping=FLAT), claim)


def test_a_gram_more_that_costs_less_is_found() -> None:
    claim = Monotone(measure="shipping", growing="weight")
    proved(book(shipping=FLAT), claim)
    answer = found(book(shipping=BY_WEIGHT), claim)
    assert len(answer.carts) == 2
    proved(book(shipping=BY_WEIGHT), Monotone(measure="shipping", growing="weight", falls_by_at_most=100))


def test_a_vip_that_pays_more_than_a_guest_is_found() -> None:
    claim = NeverMore(these={"customer.group": "vip"}, those={"customer.group": None})
    proved(book(promotions=promotions({**percent(10), "when": {"customer.group": "vip"}})), claim)
    late = promotions(
        {**percent(10), "when": {"customer.group": "vip"}},
        {**percent(20), "when": {"subtotal.after_line_discounts": {"at_least": "100.00"}}},
    )
    proved(book(promotions=late), claim)
    lanes = {
        "lanes": [{"id": "a", "stage": "lines", "pick": "all"}, {"id": "b", "stage": "order", "pick": "all"}],
        "rules": [
            {"id": "vip", "lane": "a", "when": {"customer.group": "vip"}, "then": {"percent_off": 5, "on": "lines"}},
            {
                "id": "big",
                "lane": "b",
                "when": {"subtotal.after_line_discounts": {"at_least": "100.00"}},
                "then": {"percent_off": 20, "on": "order"},
            },
        ],
    }
    answer = found(book(promotions=lanes), claim)
    assert [cart.facts.get("customer.group") for cart in answer.carts] == ["vip", None]


def test_an_item_more_that_makes_the_cart_much_cheaper_is_found() -> None:
    rule = {**percent(50), "when": {"cart.item_count": {"at_least": 3}}}
    found(book(promotions=promotions(rule)), Adding(lowers_by_at_most=4000))
    proved(
        book(promotions=promotions({**rule, "then": {"percent_off": 50, "on": "order", "cap": "40.00"}})),
        Adding(lowers_by_at_most=4000),
    )


def test_two_carts_that_are_cheaper_than_one_are_found() -> None:
    rule = {"then": {"amount_off": "5.00", "on": "order"}}
    found(book(promotions=promotions(rule)), Splitting(saves_at_most=0))
    proved(book(promotions=promotions(rule)), Splitting(saves_at_most=500))
    proved(book(shipping=FLAT), Splitting(saves_at_most=0))
