"""Which carts were the invoices of the British web shop in the UCI data set Online Retail?

One table of invoice lines. Each invoice is one cart in GBP at its date (local time of London); each row one
line. Skipped with their reason: cancellations (numbers with C, negative quantities), postage, fees,
discounts and vouchers (codes that are no product), rows without a positive price in whole pence. Weights,
categories and payment methods are not in the data: they are missing facts, not zero. Prices are taken as
the catalogue prices of the shop.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from engine.facts.cart import Line
from engine.imports.csv_rows import Row
from engine.money import BadAmount, parse_amount
from engine.replay.carts import cart, instant, line, local_zone
from engine.replay.items import OrderBook, ReplayItem
from engine.replay.online_retail_names import COUNTRIES, WITHOUT_COUNTRY, service_of
from engine.replay.tables import unreadable_rows, whole_table
from engine.text.source import Source

CURRENCY = "GBP"
TIME_ZONE = "Europe/London"

_COLUMNS = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
_WHOLE = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_DECIMALS = re.compile(r"-?[0-9]+\.[0-9]{3,}", re.ASCII)
_MOST_UNITS = 1_000_000


def read_online_retail(rows: Source, *, complete: bool = True) -> OrderBook:
    """All invoices in order of appearance.

    `complete=False` says that the table is a sample of rows: every cart is then noted as part of an order.
    Raises BadTable when a column is missing.
    """
    table = whole_table(rows, _COLUMNS)
    invoices: dict[str, list[Row]] = {}
    for row in table.rows:
        invoices.setdefault(row["InvoiceNo"], []).append(row)
    notes = () if complete else ("order is incomplete (sample of rows)",)
    items = (
        *(_invoice(number, lines, notes) for number, lines in invoices.items()),
        *unreadable_rows(table),
    )
    return OrderBook("online-retail", CURRENCY, table.read, items)


def _invoice(number: str, rows: Sequence[Row], notes: Sequence[str]) -> ReplayItem:
    first = rows[0]
    moment = _moment(first["InvoiceDate"])
    reason = _why_not(number, first, moment)
    if reason or moment is None:
        return ReplayItem(number, None, 0, {reason: len(rows)}, reason)
    lines, skipped = _lines(rows)
    if not lines:
        return ReplayItem(number, None, 0, skipped, "no line is a sale of a product")
    country = COUNTRIES.get(first["Country"], "")
    priced = cart(
        CURRENCY,
        instant(moment),
        lines,
        customer=first["CustomerID"],
        destination={"country": country},
        locale="en-GB",
    )
    return ReplayItem(number, priced, len(lines), skipped, "", (*notes, *_not_known(first, country), *_differing(rows)))


def _why_not(number: str, first: Row, moment: datetime | None) -> str:
    """Why the whole invoice is no order, "" when it is one."""
    if number[:1] in {"C", "c"}:
        return "invoice is cancelled"
    if not number.isdecimal():
        return "invoice is a correction of accounts"
    if moment is None:
        return "moment of the invoice cannot be read"
    if first["Country"] not in COUNTRIES and first["Country"] not in WITHOUT_COUNTRY:
        return f"country {first['Country']!r} has no code in the table of names"
    return ""


def _lines(rows: Sequence[Row]) -> tuple[list[Line], dict[str, int]]:
    """The lines that are sales, and how many rows are not, by reason."""
    lines: list[Line] = []
    skipped: Counter[str] = Counter()
    for row in rows:
        read = _read(row)
        if isinstance(read, str):
            skipped[read] += 1
        else:
            quantity, price = read
            lines.append(
                line(
                    len(lines) + 1,
                    sku=row["StockCode"],
                    quantity=quantity,
                    price=price,
                    name=row["Description"],
                )
            )
    return lines, dict(skipped)


def _read(row: Row) -> tuple[int, int] | str:
    """Units and price of one in pence, or why the row is no sale."""
    service = service_of(row["StockCode"])
    if service:
        return f"not a product: {service}"
    if not _WHOLE.fullmatch(row["Quantity"]):
        return "quantity cannot be read"
    quantity = int(row["Quantity"])
    if quantity < 1:
        return "quantity is below 1"
    if quantity > _MOST_UNITS:
        return "quantity is above 1,000,000"
    return _price(row["UnitPrice"], quantity)


def _price(text: str, quantity: int) -> tuple[int, int] | str:
    if _DECIMALS.fullmatch(text):
        return "price has more than two decimals"
    try:
        price = parse_amount(text, CURRENCY)
    except BadAmount:
        return "price cannot be read"
    if price < 0:
        return "price is below zero"
    return (quantity, price) if price else "price is zero"


def _not_known(first: Row, country: str) -> Iterator[str]:
    yield "weight is not stated"
    if not first["CustomerID"]:
        yield "customer is not stated"
    if not country:
        yield f"country is stated as {first['Country']!r}"


def _differing(rows: Sequence[Row]) -> Iterator[str]:
    """What differs between the rows of one invoice and is read from its first row."""
    for column, what in (("InvoiceDate", "moment"), ("Country", "country"), ("CustomerID", "customer")):
        if len({row[column] for row in rows}) > 1:
            yield f"{what} differs between rows, the first counts"


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=local_zone(TIME_ZONE))
    except ValueError:
        return None
