"""Every row that was read is priced, refused, or skipped for a reason."""

import pickle

import pytest

from engine.facts.cart import Cart
from engine.replay.items import BEYOND_LIMIT, Accounting, ReplayItem, UnaccountedRows, limited

CART = Cart(currency="GBP", now=0, lines=())


def items():
    return [
        ReplayItem("a", CART, 2, {"price is zero": 1}),
        ReplayItem("b", None, 0, {"invoice is cancelled": 3}, "invoice is cancelled"),
        ReplayItem("c", CART, 1),
        ReplayItem("d", CART, 4),
        ReplayItem("e", None, skipped_reason="order has no items"),
    ]


def counted(orders):
    accounting = Accounting()
    for item in orders:
        (accounting.priced if item.cart else accounting.skipped)(item)
    return accounting


def test_rows_and_orders_add_up():
    accounting = counted(items())

    accounting.check(rows=11, orders=5)
    assert (accounting.rows_read, accounting.rows_priced) == (11, 7)
    assert accounting.rows_skipped == {"price is zero": 1, "invoice is cancelled": 3}
    assert accounting.orders_skipped == {"invoice is cancelled": 1, "order has no items": 1}


def test_a_source_with_more_rows_or_orders_than_were_replayed_is_caught():
    with pytest.raises(UnaccountedRows, match="the source has 12 rows, 11 were replayed"):
        counted(items()).check(rows=12)
    with pytest.raises(UnaccountedRows, match="the source has 6 orders, 5 were replayed"):
        counted(items()).check(orders=6)


def test_a_row_that_is_nowhere_is_caught():
    accounting = counted(items())
    accounting.rows_read += 1

    with pytest.raises(UnaccountedRows, match="12 rows read, but 7 priced, 0 refused and 4 skipped"):
        accounting.check()


def test_an_order_that_is_nowhere_is_caught():
    accounting = counted(items())
    accounting.orders_read += 1

    with pytest.raises(UnaccountedRows, match="6 orders read"):
        accounting.check()


def test_an_order_without_a_cart_must_say_why_and_one_with_a_cart_must_not():
    with pytest.raises(UnaccountedRows):
        ReplayItem("x", None)
    with pytest.raises(UnaccountedRows):
        ReplayItem("x", CART, 1, {}, "but why")
    with pytest.raises(UnaccountedRows):
        ReplayItem("x", None, 1, {}, "rows in no cart")


def test_a_limit_keeps_the_rows_of_the_other_orders_in_the_count():
    orders = list(limited(items(), 2))

    assert [item.cart is not None for item in orders] == [True, False, False, False, False]
    assert orders[3].skipped == {BEYOND_LIMIT: 4}
    assert orders[4].skipped_reason == "order has no items"
    counted(orders).check(rows=11, orders=5)
    assert list(limited(items(), None)) == items()


def test_items_and_counts_travel_between_processes():
    assert pickle.loads(pickle.dumps(items())) == items()
    assert pickle.loads(pickle.dumps(counted(items()))) == counted(items())


def test_counts_of_two_processes_add_up():
    whole, half = counted(items()), counted(items()[:2])
    half.merge(counted(items()[2:]))

    assert half == whole
