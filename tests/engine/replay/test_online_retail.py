"""Invoices of the web shop become carts; everything that is no sale of a product is counted by its reason."""

from datetime import UTC, datetime

import pytest

from engine.replay.items import Accounting
from engine.replay.online_retail import read_online_retail
from engine.replay.online_retail_names import COUNTRIES, service_of
from engine.replay.tables import BadTable
from engine.text.source import Source

HEAD = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


def read(*rows, complete=True):
    return read_online_retail(Source("retail.csv", HEAD + "".join(f"{row}\n" for row in rows)), complete=complete)


def row(code="71053", quantity="6", price="3.39", number="536365", country="France", customer="17850"):
    return f"{number},{code},LANTERN,{quantity},2010-07-01T08:26,{price},{customer},{country}"


def test_an_invoice_becomes_a_cart_with_a_line_a_row():
    (order,) = read(row(), row("84029E", "1", "0.5")).orders

    assert [(line.id, line.sku, line.quantity, line.list_price, line.name) for line in order.cart.lines] == [
        ("L0001", "71053", 6, 339, "LANTERN"),
        ("L0002", "84029E", 1, 50, "LANTERN"),
    ]
    assert order.cart.now == datetime(2010, 7, 1, 7, 26, tzinfo=UTC).timestamp() * 1_000_000  # summer in London
    assert order.cart.facts == {
        "currency": "GBP",
        "locale": "en-GB",
        "customer.id": "17850",
        "customer.signed_in": 1,
        "destination.country": "FR",
    }
    assert order.notes == ("weight is not stated",)
    assert order.cart.lines[0].weight_g is None


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row("POST"), "not a product: postage"),
        (row("DOT"), "not a product: postage"),
        (row("m"), "not a product: manual entry"),
        (row("D"), "not a product: discount"),
        (row("BANK CHARGES"), "not a product: bank charges"),
        (row("AMAZONFEE"), "not a product: marketplace fee"),
        (row("gift_0001_40"), "not a product: gift voucher"),
        (row("CRUK"), "not a product: donation"),
        (row("PADS"), "not a product: packing material"),
        (row("XYZ"), "not a product: unknown code"),
        (row(quantity="-6"), "quantity is below 1"),
        (row(quantity="0"), "quantity is below 1"),
        (row(quantity="1000001"), "quantity is above 1,000,000"),
        (row(quantity="six"), "quantity cannot be read"),
        (row(price="0"), "price is zero"),
        (row(price="-11062.06"), "price is below zero"),
        (row(price="0.001"), "price has more than two decimals"),
        (row(price="1e3"), "price cannot be read"),
    ],
)
def test_a_row_that_is_no_sale_is_skipped_and_the_rest_is_priced(bad, reason):
    (order,) = read(row(), bad).orders

    assert (order.rows, dict(order.skipped), order.skipped_reason) == (1, {reason: 1}, "")
    (alone,) = read(bad).orders
    assert (alone.cart, dict(alone.skipped)) == (None, {reason: 1})
    assert alone.skipped_reason == "no line is a sale of a product"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row(number="C536379", quantity="-1"), "invoice is cancelled"),
        (row(number="A563186"), "invoice is a correction of accounts"),
        (row(country="Atlantis"), "country 'Atlantis' has no code in the table of names"),
        (row().replace("2010-07-01T08:26", "1/7/2010 8:26"), "moment of the invoice cannot be read"),
    ],
)
def test_an_invoice_that_is_no_order_is_skipped_with_all_its_rows(bad, reason):
    (order,) = read(bad, bad).orders

    assert (order.cart, dict(order.skipped), order.skipped_reason) == (None, {reason: 2}, reason)


@pytest.mark.parametrize("name", ["Unspecified", "European Community", "Channel Islands", ""])
def test_an_order_to_no_single_country_has_no_country_and_says_so(name):
    (order,) = read(row(country=name)).orders

    assert "destination.country" not in order.cart.facts
    assert f"country is stated as {name!r}" in order.notes


def test_a_customer_who_is_not_stated_is_a_guest():
    (order,) = read(row(customer="")).orders

    assert order.cart.customer_id is None
    assert order.cart.facts["customer.signed_in"] == 0
    assert "customer is not stated" in order.notes


def test_a_sample_of_rows_is_marked_as_incomplete_orders():
    (order,) = read(row(), complete=False).orders

    assert order.notes[0] == "order is incomplete (sample of rows)"


def test_rows_of_one_invoice_need_not_follow_each_other_and_differences_are_noted():
    first, second = read(row(), row(number="2"), row(country="Spain")).orders

    assert (first.rows, second.rows) == (2, 1)
    assert first.cart.facts["destination.country"] == "FR"
    assert "country differs between rows, the first counts" in first.notes


def test_a_row_of_another_width_is_counted():
    book = read(row(), "536366,71053")

    assert book.rows == 2
    assert dict(book.orders[1].skipped) == {"row cannot be read": 1}


def test_a_table_without_its_columns_is_refused():
    with pytest.raises(BadTable, match="column 'InvoiceNo' is missing"):
        read_online_retail(Source("retail.csv", "Invoice\n1\n"))


def test_country_codes_are_two_letters_and_no_two_names_share_one():
    assert all(len(code) == 2 and code.isupper() for code in COUNTRIES.values())
    assert len(set(COUNTRIES.values())) == len(COUNTRIES)


def test_goods_of_the_dotcom_shop_are_products():
    assert service_of("DCGSSBOY") == service_of("85123a") == ""


# the real tables ----------------------------------------------------------------------------------------------


def accounted(book):
    accounting = Accounting()
    for item in book.orders:
        (accounting.priced if item.cart else accounting.skipped)(item)
    return accounting


def test_the_real_week_loses_no_row(shared_data):
    path = shared_data / "online_retail" / "online_retail_2010-12-01_to_07.csv"
    accounting = accounted(read_online_retail(Source(path.name, path.read_text("utf-8"))))

    accounting.check(rows=14_553, orders=698)
    assert accounting.orders_skipped == {"invoice is cancelled": 70, "no line is a sale of a product": 68}
    assert (accounting.orders_priced, accounting.rows_priced) == (560, 14_203)
    assert accounting.rows_skipped == {
        "invoice is cancelled": 174,
        "price is zero": 79,
        "quantity is below 1": 45,
        "not a product: postage": 32,
        "not a product: manual entry": 16,
        "not a product: carriage": 3,
        "not a product: bank charges": 1,
    }


def test_the_real_sample_of_the_year_loses_no_row(shared_data):
    path = shared_data / "online_retail" / "online_retail_year_row_sample_40k.csv"
    accounting = accounted(read_online_retail(Source(path.name, path.read_text("utf-8")), complete=False))

    accounting.check(rows=40_000, orders=13_199)
    assert (accounting.orders_priced, accounting.rows_priced) == (12_421, 38_986)
