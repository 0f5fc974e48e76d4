"""Decisions are added up exactly, in any order, in any number of processes."""

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.facts.cart import Cart
from engine.replay.items import ReplayItem, UnaccountedRows
from engine.replay.pricing import price_items
from engine.replay.quantiles import quantiles
from engine.replay.summary import SLOWEST, RefusedFor, ReplaySummary, RuleKey
from engine.replay.summary_plain import as_plain
from engine.runtime.decision import (
    CouponResult,
    Decision,
    Gift,
    LineResult,
    Origin,
    Posting,
    Reason,
    Refusal,
    ShippingOption,
    TaxAmount,
    Totals,
)

CART = Cart(currency="GBP", now=0, lines=())
TEN_OFF = Origin("promotions", "ten-off", "p.yaml:3:5")


def line(number):
    return LineResult(f"L{number}", "A", 1, 100, 100, 100, 0, 100, False, None, None, None)


def decision(
    items=1000,
    discount=0,
    shipping=0,
    lines=1,
    refused=(),
    currency="GBP",
    postings=(),
    taxes=(),
    coupons=(),
    method=None,
):
    total = items - discount + shipping
    return Decision(
        currency=currency,
        now=0,
        totals=Totals(items, discount, shipping, 0, 0, 0, 0, total),
        lines=tuple(line(number) for number in range(lines)),
        postings=(Posting("item", items, "L0", Origin("catalogue", "")), *postings),
        taxes=tuple(taxes),
        refusals=tuple(Refusal(code, Origin("checkout", code)) for code in refused),
        coupons=tuple(coupons),
        shipping_method=method,
    )


def item(number="1", rows=1):
    return ReplayItem(str(number), CART, rows)


def summed(*decisions):
    summary = ReplaySummary()
    for number, each in enumerate(decisions):
        summary.add(item(number), each, number)
    return summary


def test_money_is_summed_by_currency_over_priced_orders_only():
    summary = summed(
        decision(1000, 100, 50),
        decision(2000, 0, 0),
        decision(3000, currency="JPY"),
        decision(9999, refused=["too_heavy"]),
    )

    gbp = summary.currencies["GBP"]
    assert (gbp.orders, gbp.items, gbp.discount, gbp.shipping, gbp.total) == (2, 3000, 100, 50, 2950)
    assert summary.currencies["JPY"].total == 3000
    assert (summary.accounting.orders_priced, summary.accounting.orders_refused) == (3, 1)


def test_a_rule_counts_once_per_order_and_all_its_money():
    postings = [Posting("line_discount", -30, "L0", TEN_OFF), Posting("line_discount", -20, "L1", TEN_OFF)]
    summary = summed(decision(postings=postings), decision(postings=postings[:1]), decision())

    fired = summary.fired[RuleKey("promotions", "ten-off", "GBP")]
    assert (fired.orders, fired.amount) == (2, -80)
    assert list(summary.fired) == [RuleKey("promotions", "ten-off", "GBP")]


def test_taxes_are_counted_from_the_list_of_taxes_whether_contained_or_added():
    rate = Origin("tax", "gb-standard")
    contained = TaxAmount("gb-standard", (1, 5), 1000, 200, True, rate)
    added = TaxAmount("gb-standard", (1, 5), 500, 100, False, rate)
    summary = summed(
        decision(taxes=[contained]),
        decision(taxes=[added], postings=[Posting("tax", 100, "", rate)]),
    )

    fired = summary.fired[RuleKey("tax", "gb-standard", "GBP")]
    assert (fired.orders, fired.amount) == (2, 300)


def test_the_witness_of_a_refusal_is_the_smallest_order():
    summary = summed(
        decision(500, lines=3, refused=["too_heavy"]),
        decision(900, lines=1, refused=["too_heavy", "blocked"]),
        decision(800, lines=1, refused=["too_heavy"]),
    )

    too_heavy = RefusedFor("too_heavy")
    assert summary.refusals == {too_heavy: 3, RefusedFor("blocked"): 1}
    assert (summary.witnesses[too_heavy].order, summary.witnesses[too_heavy].total) == ("2", 800)


def test_a_refusal_with_two_rules_of_one_code_is_one_refused_order():
    assert summed(decision(refused=["blocked", "blocked"])).refusals == {RefusedFor("blocked"): 1}


def test_refusals_of_one_code_about_different_facts_are_told_apart():
    email = Refusal("fact_missing", Origin("checkout", ""), {"fact": "customer.email"})
    phone = Refusal("fact_missing", Origin("checkout", ""), {"fact": "customer.phone"})
    cash = Refusal("payment_method_unavailable", Origin("checkout", ""), {"method": "cash"})
    summary = summed(replace(decision(), refusals=(email, phone, cash)))

    assert sorted(summary.refusals) == [
        RefusedFor("fact_missing", "customer.email"),
        RefusedFor("fact_missing", "customer.phone"),
        RefusedFor("payment_method_unavailable", "cash"),
    ]
    assert as_plain(summary)["refusals"][0]["about"] == "customer.email"


def test_a_rule_that_refuses_or_gives_something_for_nothing_has_fired():
    blocked = Refusal("blocked", Origin("checkout", "embargo"), {"rule": "embargo"})
    no_express = ShippingOption("express", {}, None, None, "", None, (Reason("too_heavy", {"rule": "too-heavy"}),))
    tote = Gift("TOTE", 1, Origin("promotions", "tote"))
    summary = summed(
        replace(decision(), refusals=(blocked,)), replace(decision(), options=(no_express,), gifts=(tote,))
    )

    assert {(key.kind, key.rule): (fired.orders, fired.amount) for key, fired in summary.fired.items()} == {
        ("checkout", "embargo"): (1, 0),
        ("shipping", "too-heavy"): (1, 0),
        ("promotions", "tote"): (1, 0),
    }


def test_orders_with_a_discount_free_delivery_or_no_method_are_counted():
    summary = summed(
        decision(1000, 1, 0, method="standard"), decision(1000, 0, 5, method="standard"), decision(1000, 0, 0)
    )

    gbp = summary.currencies["GBP"]
    assert (gbp.discounted, gbp.free_delivery, gbp.undelivered) == (1, 1, 1)
    assert gbp.order_totals == [999, 1005, 1000]


def test_methods_coupons_and_notes_are_counted():
    summary = summed(
        decision(method="standard", coupons=[CouponResult("X", "x", "applied", 5, ())]),
        decision(coupons=[CouponResult("Y", "y", "rejected", 0, ())]),
    )
    summary.add(ReplayItem("n", CART, 1, notes=("weight is not stated",)), decision())

    assert summary.methods == {"standard": 1, "none": 2}
    assert summary.coupons == {"applied": 1, "rejected": 1}
    assert summary.notes == {"weight is not stated": 1}


def test_the_slowest_are_kept_in_order_of_time():
    summary = ReplaySummary()
    for number in range(100):
        summary.add(item(number), decision(), (number * 37) % 101)

    assert [time for time, _ in summary.slowest] == sorted(((n * 37) % 101 for n in range(100)), reverse=True)[:SLOWEST]


@given(st.lists(st.integers(-5, 50), max_size=30), st.sampled_from([0, 1, 25, 50, 95, 100]))
def test_a_quantile_is_the_smallest_value_that_enough_values_do_not_exceed(values, percent):
    if not values:
        assert quantiles(values) == {}
        return
    found = quantiles(values, [percent])[percent]

    enough = [value for value in values if sum(v <= value for v in values) * 100 >= percent * len(values)]
    assert found == min(enough)


DECISIONS = st.lists(
    st.builds(
        lambda items, share, lines, refused, rule: decision(
            items,
            items * share // 100,
            lines=lines,
            refused=refused,
            postings=[Posting("order_discount", -share, "", Origin("promotions", rule))],
        ),
        st.integers(0, 5000),
        st.integers(0, 100),
        st.integers(1, 4),
        st.lists(st.sampled_from(["a", "b"]), max_size=2),
        st.sampled_from(["x", "y"]),
    ),
    max_size=8,
)


@given(DECISIONS, st.integers(0, 8))
def test_merged_summaries_equal_one_summary_and_survive_pickling(decisions, cut):
    numbered = list(enumerate(decisions))
    whole, first, second = ReplaySummary(), ReplaySummary(), ReplaySummary()
    for number, each in numbered:
        whole.add(item(number), each, number)
        (first if number < cut else second).add(item(number), each, number)

    second.merge(pickle.loads(pickle.dumps(first)))
    assert as_plain(second) == as_plain(whole)


def test_the_plain_summary_is_json_with_decimal_money_and_descending_lists():
    posting = Posting("order_discount", -125, "", TEN_OFF)
    summary = summed(decision(1000, 125, 350, postings=[posting], method="standard"), decision(500, 0, 0))
    summary.add(item("r"), decision(refused=["blocked"]))
    summary.add(ReplayItem("c", None, 0, {"invoice is cancelled": 2}, "invoice is cancelled"), None)

    plain = as_plain(summary)
    assert json.loads(json.dumps(plain)) == plain
    assert plain["rows"] == {"read": 5, "priced": 2, "refused": 1, "skipped": {"invoice is cancelled": 2}}
    assert plain["orders"] == {"read": 4, "priced": 2, "refused": 1, "skipped": {"invoice is cancelled": 1}}
    assert plain["refusals"] == [
        {"code": "blocked", "orders": 1, "smallest": {"order": "r", "lines": 1, "total": "10.00"}}
    ]
    assert plain["rules"] == [
        {"kind": "promotions", "rule": "ten-off", "currency": "GBP", "orders": 1, "amount": "-1.25"}
    ]
    gbp = plain["currencies"]["GBP"]
    assert (gbp["items"], gbp["discount"], gbp["shipping"], gbp["total"]) == ("15.00", "1.25", "3.50", "17.25")
    assert (gbp["discount_percent"]["p50"], gbp["discount_percent"]["p100"]) == ("0.00", "12.50")
    assert gbp["shipping_per_order"]["p100"] == "3.50"
    assert plain["shipping_methods"] == {"none": 1, "standard": 1}


def test_pricing_calls_the_decider_for_every_cart_and_measures_it():
    ticks = iter(range(0, 1000, 10))
    orders = [item("1"), ReplayItem("2", None, 0, {"x": 1}, "x"), item("3")]

    summary = price_items("book", orders, lambda book, cart: decision(), lambda: next(ticks))

    assert (summary.accounting.orders_priced, summary.nanoseconds) == (2, 20)
    assert price_items("book", orders, lambda book, cart: decision()).nanoseconds == 0


def test_pricing_notices_a_row_that_got_lost():
    class Leaky(ReplayItem):
        @property
        def rows_read(self):
            return 7

    with pytest.raises(UnaccountedRows):
        price_items("book", [Leaky("1", CART, 1)], lambda book, cart: decision())
