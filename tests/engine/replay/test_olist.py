"""Orders of the market place become carts, and no row of an item table is lost."""

from datetime import UTC, datetime

import pytest

from engine.replay.items import Accounting
from engine.replay.olist import OlistFiles, read_olist
from engine.replay.tables import BadTable
from engine.text.source import Source

TABLES = {
    "orders": (
        "order_id,customer_id,order_purchase_timestamp,order_status\n"
        "o1,c1,10/2/2017 10:56,delivered\n"
        "o2,c2,1/15/2018 0:05,canceled\n"
        "o3,c1,7/8/2018 0:15,delivered\n"
        "o4,c9,13/1/2018 0:15,shipped\n"
        "o5,c9,8/1/2018 9:15,delivered\n"
    ),
    "order_items": (
        "order_id,order_item_id,product_id,seller_id,price\n"
        "o1,1,p1,s1,109.9\n"
        "o1,2,p1,s1,109.9\n"
        "o1,3,p1,s1,99\n"
        "o1,4,p2,s2,10.00\n"
        "o2,1,p9,s1,5\n"
        "o2,2,p1,s1,5.005\n"
        "o4,1,p1,s1,5\n"
        "o9,1,p1,s1,5\n"
        "o9,2\n"
        "o5,1,p3,s1,free\n"
    ),
    "products": (
        "product_id,product_category_name,product_weight_g,product_length_cm,product_height_cm,product_width_cm\n"
        "p1,brinquedos,500,10,20,3\n"
        "p2,pc_gamer,0,,20,3\n"
        "p3,,100,1,1,1\n"
    ),
    "customers": (
        "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state\n"
        "c1,u1,3149,sao paulo,SP\n"
        "c2,u2,,altamira,PA\n"
    ),
    "order_payments": (
        "order_id,payment_sequential,payment_type\no1,2,credit_card\no1,1,voucher\no1,10,boleto\no5,1,boleto\n"
    ),
    "category_names": "product_category_namept,product_category_name_english\nbrinquedos,toys\n",
}


def read(**changed):
    return read_olist(OlistFiles(**{name: Source(name, changed.get(name, text)) for name, text in TABLES.items()}))


@pytest.fixture(scope="module")
def orders():
    return {item.id: item for item in read().orders}


def test_identical_items_are_one_line_and_another_price_is_another(orders):
    lines = orders["o1"].cart.lines

    assert [(line.id, line.sku, line.quantity, line.list_price, line.seller) for line in lines] == [
        ("L0001", "p1", 2, 10_990, "s1"),
        ("L0002", "p1", 1, 9_900, "s1"),
        ("L0003", "p2", 1, 1_000, "s2"),
    ]
    assert orders["o1"].rows == 4


def test_products_give_category_weight_and_volume_and_what_is_not_measured_is_missing(orders):
    first, _, last = orders["o1"].cart.lines

    assert (first.weight_g, first.volume_cm3, first.facts["line.category"]) == (500, 600, "toys/")
    assert (last.weight_g, last.volume_cm3, last.facts["line.category"]) == (None, None, "pc_gamer/")
    assert "line.weight_g" not in last.facts
    assert orders["o1"].notes[:3] == ("category has no English name", "weight is not stated", "volume is not stated")


def test_an_order_has_its_moment_customer_address_and_first_payment(orders):
    cart = orders["o1"].cart

    assert cart.now == datetime(2017, 10, 2, 13, 56, tzinfo=UTC).timestamp() * 1_000_000
    assert cart.customer_id == "u1"
    assert cart.payment_method == "voucher"
    assert cart.facts == {
        "currency": "BRL",
        "locale": "pt-BR",
        "customer.id": "u1",
        "customer.signed_in": 1,
        "payment.method": "voucher",
        "destination.country": "BR",
        "destination.region": "SP",
        "destination.postcode": "03149000",
        "destination.city": "sao paulo",
    }


def test_an_order_paid_in_several_ways_and_one_cancelled_later_are_noted(orders):
    assert orders["o1"].notes[3:] == ("paid in several ways, the first counts",)
    assert orders["o2"].notes[3:] == ("order was canceled later",)
    assert orders["o2"].cart is not None


def test_a_summer_moment_is_read_with_summer_time(orders):
    assert orders["o2"].cart.now == datetime(2018, 1, 15, 2, 5, tzinfo=UTC).timestamp() * 1_000_000


def test_what_the_tables_do_not_tell_is_noted_and_missing(orders):
    order = orders["o2"]

    assert order.notes[:3] == ("product is not in the table", "order is incomplete", "payment method is not stated")
    assert order.skipped == {"price cannot be read": 1}
    assert "destination.postcode" not in order.cart.facts
    assert order.cart.payment_method is None


def test_orders_that_cannot_be_priced_say_why(orders):
    assert {item.id: (item.skipped_reason, dict(item.skipped)) for item in orders.values() if not item.cart} == {
        "o3": ("order has no items", {}),
        "o4": ("moment of the order cannot be read", {"moment of the order cannot be read": 1}),
        "o5": ("no item can be read", {"price cannot be read": 1}),
        "o9": ("order is not in the table", {"order is not in the table": 1}),
        "order_items:10:1": ("row cannot be read", {"row cannot be read": 1}),
    }


def test_a_customer_who_is_not_in_the_table_is_noted():
    lone = next(item for item in read(order_items=TABLES["order_items"] + "o5,2,p1,s1,7\n").orders if item.id == "o5")

    assert "customer is not in the table" in lone.notes
    assert lone.cart.facts["customer.signed_in"] == 0


def test_rows_are_all_accounted_for():
    book = read()

    assert book.rows == 10
    assert sum(item.rows_read for item in book.orders) == 10


def test_a_table_without_a_column_is_refused_with_its_name():
    with pytest.raises(BadTable, match=r"products:1:1: column 'product_category_name' is missing"):
        read(products="product_id\np1\n")


# the real tables ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(shared_data):
    names = {
        "orders": "olist_orders_dataset.csv",
        "order_items": "olist_order_items_dataset.csv",
        "products": "olist_products_dataset.csv",
        "customers": "olist_customers_dataset.csv",
        "order_payments": "olist_order_payments_dataset.csv",
        "category_names": "product_category_name_translation.csv",
    }
    folder = shared_data / "olist"
    return read_olist(
        OlistFiles(**{key: Source(name, (folder / name).read_text("utf-8")) for key, name in names.items()})
    )


def test_the_real_orders_are_all_there_and_34_have_no_items(real):
    accounting = Accounting()
    for item in real.orders:
        (accounting.priced if item.cart else accounting.skipped)(item)

    accounting.check(rows=5603, orders=5000)
    assert accounting.orders_priced == 4966
    assert accounting.orders_skipped == {"order has no items": 34}
    assert accounting.rows_priced == real.rows == 5603


def test_the_real_orders_of_several_sellers_and_lines_are_kept(real):
    carts = [item.cart for item in real.orders if item.cart]

    assert sum(len({line.seller for line in cart.lines}) > 1 for cart in carts) == 72
    assert sum(line.quantity for cart in carts for line in cart.lines) == 5603
    assert sum(len(cart.lines) for cart in carts) == 5169
    assert all(line.weight_g for cart in carts for line in cart.lines)


def test_the_real_payments_items_and_states_are_carried_over(real):
    carts = [item.cart for item in real.orders if item.cart]

    assert {cart.payment_method for cart in carts} == {"credit_card", "boleto", "voucher", "debit_card"}
    assert len({cart.facts["destination.region"] for cart in carts}) == 27
    assert all(len(str(cart.facts["destination.postcode"])) == 8 for cart in carts)
