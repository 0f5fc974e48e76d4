"""Which files does a source of orders need, and what reads them?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.replay.carts_file import read_carts
from engine.replay.items import OrderBook
from engine.replay.olist import OlistFiles, read_olist
from engine.replay.online_retail import read_online_retail
from engine.replay.tables import BadTable
from engine.text.source import Source

Files = Mapping[str, Source]
"""Sources by file name without folder."""

_OLIST_FILES = (
    "olist_orders_dataset.csv",
    "olist_order_items_dataset.csv",
    "olist_products_dataset.csv",
    "olist_customers_dataset.csv",
    "olist_order_payments_dataset.csv",
    "product_category_name_translation.csv",
)


@dataclass(frozen=True, slots=True)
class OrderSource:
    """A data set: the files it needs by name, or none when it is any one table.

    `currency` None: the file does not say which currency its amounts are in. `ending` is that of its files.
    """

    name: str
    files: tuple[str, ...]
    currency: str | None
    read: Callable[[Files, bool, str], OrderBook]
    ending: str = ".csv"


def _olist(files: Files, complete: bool, currency: str) -> OrderBook:
    if not complete:
        raise BadTable("olist has no samples of rows; its tables hold whole orders")
    return read_olist(OlistFiles(*(files[name] for name in _OLIST_FILES)))


def _online_retail(files: Files, complete: bool, currency: str) -> OrderBook:
    if len(files) != 1:
        raise BadTable(f"online-retail is one table, not {len(files)}: {', '.join(sorted(files)) or 'none'}")
    return read_online_retail(next(iter(files.values())), complete=complete)


def _carts(files: Files, complete: bool, currency: str) -> OrderBook:
    if len(files) != 1:
        raise BadTable(f"carts are in one file, not {len(files)}: {', '.join(sorted(files)) or 'none'}")
    return read_carts(next(iter(files.values())), currency)


SOURCES: Mapping[str, OrderSource] = {
    "olist": OrderSource("olist", _OLIST_FILES, "BRL", _olist),
    "online-retail": OrderSource("online-retail", (), "GBP", _online_retail),
    "carts": OrderSource("carts", (), None, _carts, ".jsonl"),
}


def read_orders(source: str, files: Files, *, complete: bool = True, currency: str = "") -> OrderBook:
    """The orders of a source (a key of SOURCES); `complete=False` says that the table is a sample of rows.

    `currency` is that of the amounts where the source does not know. Raises BadTable when a file is missing or is not
    the table its name says.
    """
    known = SOURCES[source]
    missing = [name for name in known.files if name not in files]
    if missing:
        raise BadTable(f"{source} needs {', '.join(missing)}; found {', '.join(sorted(files)) or 'no table'}")
    return known.read(files, complete, known.currency or currency)
