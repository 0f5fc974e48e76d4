"""Coupons: states, stacking, exclusion, and what each reason is given for."""

from __future__ import annotations

import pytest

from tests.engine.runtime.books import decide, lines

TWO = """
stacking: {stacking}
coupons:
  - {{id: big, codes: [BIG], priority: 1, then: {{percent_off: 10, on: order}}}}
  - {{id: small, codes: [SMALL], then: {{percent_off: 10, on: order}}}}
"""


def states(coupons: str, codes: object, **more: object) -> dict[str, tuple[str, int, list[str]]]:
    bodies = {kind: more.pop(kind) for kind in ("promotions", "shipping") if kind in more}
    decision = decide({**lines("10.00"), "coupon": codes, **more}, coupons=coupons, **bodies)
    return {each.code: (each.state, each.amount, [reason.code for reason in each.reasons]) for each in decision.coupons}


def test_one_code_a_cart_the_one_of_greatest_priority() -> None:
    found = states(TWO.format(stacking="none"), ["SMALL", "BIG"])
    assert found == {"big": ("applied", 100, []), "small": ("rejected", 0, ["coupon_stacking"])}


def test_several_codes_each_of_what_the_one_before_left() -> None:
    found = states(TWO.format(stacking="all"), ["SMALL", "BIG"])
    assert found == {"big": ("applied", 100, []), "small": ("applied", 90, [])}


def test_two_codes_of_one_coupon_give_it_once_even_where_coupons_stack() -> None:
    body = TWO.format(stacking="all").replace("codes: [SMALL]", "codes: [SMALL, TINY]")
    found = states(body, ["SMALL", "TINY"])
    assert found == {"small": ("applied", 100, []), "tiny": ("rejected", 0, ["coupon_stacking"])}


def test_a_code_that_is_not_used_leaves_the_place_to_the_next() -> None:
    body = TWO.format(stacking="none").replace("priority: 1,", "priority: 1, first_order_only: true,")
    found = states(body, ["SMALL", "BIG"], customer={"orders_paid": 1})
    assert found == {"big": ("rejected", 0, ["coupon_first_order_only"]), "small": ("applied", 100, [])}


def one(extra: str, then: str = "{percent_off: 10}") -> str:
    return f"coupons: [{{id: k, codes: [K], campaign: mail, then: {then}, {extra}}}]"


@pytest.mark.parametrize(
    ("extra", "entry", "cart", "state", "reasons"),
    [
        ("", {"code": "NOPE"}, {}, "rejected", ["coupon_unknown"]),
        ("", {"code": "K", "known": False}, {}, "rejected", ["coupon_unknown"]),
        ("", {"code": "XYZ", "campaign": "mail"}, {}, "applied", []),
        ("", {"code": "XYZ", "campaign": "other"}, {}, "rejected", ["coupon_unknown"]),
        ("until: 2026-05-01", "K", {}, "rejected", ["coupon_expired"]),
        ("from: 2026-05-02", "K", {}, "pending", ["coupon_not_started"]),
        ("limits: {per_code: 1}", {"code": "K", "used": {"code": 1}}, {}, "rejected", ["coupon_code_used"]),
        ("limits: {total: 2}", {"code": "K", "used": {"total": 2}}, {}, "rejected", ["coupon_exhausted"]),
        ("limits: {total: 2}", {"code": "K", "used": {"total": 1}}, {}, "applied", []),
        (
            "limits: {per_customer: 1}",
            {"code": "K", "used": {"customer": 1}},
            {"customer": {"id": "c"}},
            "rejected",
            ["coupon_used_by_customer"],
        ),
        ("limits: {per_customer: 1}", "K", {}, "pending", ["fact_missing"]),
        ("limits: {per_customer: 1}", "K", {"customer": {"email": "a@example.org"}}, "applied", []),
        ("limits: {budget: '1.00'}", {"code": "K", "spent": "1.00"}, {}, "rejected", ["coupon_budget_spent"]),
        ("user_bound: true", {"code": "K", "owner": "d"}, {"customer": {"id": "c"}}, "rejected", ["coupon_not_yours"]),
        ("user_bound: true", {"code": "K", "owner": "c"}, {"customer": {"id": "c"}}, "applied", []),
        ("user_bound: true", {"code": "K", "owner": "c"}, {}, "pending", ["fact_missing"]),
        ("first_order_only: true", "K", {"customer": {"orders_paid": 1}}, "rejected", ["coupon_first_order_only"]),
        ("first_order_only: true", "K", {"customer": {"orders_paid": 0}}, "applied", []),
        ("first_order_only: true", "K", {}, "pending", ["fact_missing"]),
        ("when: {cart.item_count: {at_least: 2}}", "K", {}, "pending", ["condition"]),
        ("when: {customer.group: vip}", "K", {}, "pending", ["fact_missing"]),
    ],
)
def test_a_code_and_its_state(
    extra: str, entry: object, cart: dict[str, object], state: str, reasons: list[str]
) -> None:
    (found,) = states(one(extra), entry, **cart).values()
    assert (found[0], found[2]) == (state, reasons)


@pytest.mark.parametrize(
    ("then", "reason"),
    [
        ("{percent_off: 10, where: {line.category: {under: hats}}}", "coupon_no_line"),
        ("{fixed_price: '99.00'}", "coupon_gives_nothing"),
    ],
)
def test_a_coupon_that_finds_nothing_to_reduce_stays_on_the_cart(then: str, reason: str) -> None:
    assert states(one("", then), "K") == {"k": ("pending", 0, [reason])}


@pytest.mark.parametrize(("side", "state"), [("coupon", "pending"), ("promotion", "applied")])
def test_a_promotion_that_came_first_shuts_out_the_coupon_that_excludes_it(side: str, state: str) -> None:
    promotions = "lanes: [{id: l}]\nrules: [{id: sale, lane: l, then: {percent_off: 10}}]"
    extra = "exclusive_with: [sale]" if side == "coupon" else ""
    assert states(one(extra), "K", promotions=promotions)["k"][0] == state


def test_a_coupon_on_shipping_lowers_shipping_and_is_posted_as_such() -> None:
    shipping = "methods: [{id: m, rate: {flat: '4.00'}}]"
    coupons = one("", "{free_shipping: true}")
    decision = decide({**lines("10.00"), "coupon": "K"}, coupons=coupons, shipping=shipping)
    assert decision.totals.shipping == 0
    assert [(each.kind, each.amount, each.origin.rule) for each in decision.postings][-1] == (
        "shipping_discount",
        -400,
        "k",
    )
