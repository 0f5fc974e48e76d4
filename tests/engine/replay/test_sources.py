"""A source is found by name and says which files it lacks."""

import pytest

from engine.replay.sources import SOURCES, read_orders
from engine.replay.tables import BadTable
from engine.text.source import Source

RETAIL = Source(
    "week.csv",
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "1,71053,LANTERN,6,2010-12-01T08:26,3.39,,France\n",
)


def test_one_table_of_the_web_shop_is_read_whatever_its_name():
    book = read_orders("online-retail", {"week.csv": RETAIL}, complete=False)

    assert (book.name, book.currency, book.rows, len(book.orders)) == ("online-retail", "GBP", 1, 1)
    assert "order is incomplete (sample of rows)" in book.orders[0].notes


@pytest.mark.parametrize(
    ("source", "files", "complete", "message"),
    [
        ("olist", {}, True, "olist needs olist_orders_dataset.csv, .*; found no table"),
        ("olist", dict.fromkeys(SOURCES["olist"].files, RETAIL), False, "olist has no samples of rows"),
        ("olist", dict.fromkeys(SOURCES["olist"].files, RETAIL), True, "week.csv:1:1: column 'order_id' is missing"),
        ("online-retail", {"a": RETAIL, "b": RETAIL}, True, "one table, not 2: a, b"),
    ],
)
def test_files_that_are_not_the_source_are_refused_by_name(source, files, complete, message):
    with pytest.raises(BadTable, match=message):
        read_orders(source, files, complete=complete)


def test_the_real_market_place_is_found_in_its_folder(shared_data):
    files = {path.name: Source(path.name, path.read_text("utf-8")) for path in (shared_data / "olist").glob("*.csv")}

    assert len(read_orders("olist", files).orders) == 5000
