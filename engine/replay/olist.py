"""Which carts were the orders of the Brazilian market place Olist?

Tables as published: orders, order items, products, customers, payments, category names. Each order is one
cart in BRL at the minute it was placed (local time of São Paulo). Items of one order with the same product,
seller and price are one line. Weights and volumes are those of the products; a product without one (or with
0) has none, not zero. Customers are known by state and the first five digits of their postcode; the first
postcode with these digits (01310 becomes 01310-000) stands for all, so that ranges of whole postcodes
apply. Orders that were cancelled afterwards are priced like the others, since they were placed; they are noted. What
the customer paid for freight is not read: shipping is what the rulesets decide.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.facts.cart import Cart, Line
from engine.imports.csv_rows import CsvTable, Row
from engine.money import BadAmount, parse_amount
from engine.replay.carts import cart, instant, line, local_zone
from engine.replay.items import OrderBook, ReplayItem
from engine.replay.tables import UNREADABLE, unreadable_rows, whole_table
from engine.text.source import Source

CURRENCY = "BRL"
TIME_ZONE = "America/Sao_Paulo"

_MOMENT = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}) ([0-9]{1,2}):([0-9]{2})", re.ASCII)
_POSTCODE_START = re.compile(r"[0-9]{1,5}", re.ASCII)
_MEASURE = re.compile(r"[0-9]{1,7}", re.ASCII)
_NEVER_FULFILLED = frozenset({"canceled", "unavailable"})


@dataclass(frozen=True, slots=True)
class OlistFiles:
    """The tables by their published names, without `olist_` and `_dataset`."""

    orders: Source
    order_items: Source
    products: Source
    customers: Source
    order_payments: Source
    category_names: Source


def read_olist(files: OlistFiles) -> OrderBook:
    """All orders, in the order of the order table; rows are those of the item table.

    Skipped with a reason: orders without items or with a moment that cannot be read, items that cannot be
    read or whose order is not in the table. Raises BadTable when a table lacks a column.
    """
    tables = _Tables(files)
    orders = [*tables.replayed(), *tables.left_over()]
    return OrderBook("olist", CURRENCY, tables.items.read, tuple(orders))


@dataclass(frozen=True, slots=True)
class _Product:
    category: str
    weight_g: int | None
    volume_cm3: int | None
    notes: tuple[str, ...]


_NO_PRODUCT = _Product("", None, None, ("product is not in the table",))


class _Tables:
    """The tables, joined by their keys."""

    def __init__(self, files: OlistFiles) -> None:
        self.items = whole_table(files.order_items, ("order_id", "product_id", "seller_id", "price"))
        self._orders = whole_table(
            files.orders, ("order_id", "customer_id", "order_purchase_timestamp", "order_status")
        )
        customers = whole_table(
            files.customers,
            (
                "customer_id",
                "customer_unique_id",
                "customer_zip_code_prefix",
                "customer_city",
                "customer_state",
            ),
        )
        names = whole_table(files.category_names, ("product_category_namept", "product_category_name_english"))
        translation = {row["product_category_namept"]: row["product_category_name_english"] for row in names.rows}
        self._customers = {row["customer_id"]: row for row in customers.rows}
        self._products = {row["product_id"]: _product(row, translation) for row in _products(files).rows}
        self._payments = _payments(files)
        self._items_of: dict[str, list[Row]] = {}
        for row in self.items.rows:
            self._items_of.setdefault(row["order_id"], []).append(row)

    def replayed(self) -> Iterator[ReplayItem]:
        """One item per order of the order table."""
        for order in self._orders.rows:
            yield self._item(order, self._items_of.get(order["order_id"], []))

    def left_over(self) -> Iterator[ReplayItem]:
        """Rows of the item table that belong to no order, or cannot be read."""
        known = {order["order_id"] for order in self._orders.rows}
        reason = "order is not in the table"
        for order_id, rows in self._items_of.items():
            if order_id not in known:
                yield ReplayItem(order_id, None, 0, {reason: len(rows)}, reason)
        yield from unreadable_rows(self.items)
        for fault in self._orders.unreadable:
            yield ReplayItem(str(fault.span), None, skipped_reason=UNREADABLE)

    def _item(self, order: Row, rows: Sequence[Row]) -> ReplayItem:
        order_id = order["order_id"]
        if not rows:
            return ReplayItem(order_id, None, skipped_reason="order has no items")
        moment = _moment(order["order_purchase_timestamp"])
        if moment is None:
            reason = "moment of the order cannot be read"
            return ReplayItem(order_id, None, 0, {reason: len(rows)}, reason)
        lines, used, notes = self._lines(rows)
        unread = len(rows) - used
        skipped = {"price cannot be read": unread} if unread else {}
        if not lines:
            return ReplayItem(order_id, None, 0, skipped, "no item can be read")
        if unread:
            notes = (*notes, "order is incomplete")
        priced, more_notes = self._cart(order, moment, lines)
        return ReplayItem(order_id, priced, used, skipped, "", (*notes, *more_notes))

    def _lines(self, rows: Sequence[Row]) -> tuple[list[Line], int, tuple[str, ...]]:
        """Lines, the number of rows they are made of, and what is not known about their products."""
        quantities: Counter[tuple[str, str, int]] = Counter()
        for row in rows:
            price = _price(row["price"])
            if price is not None:
                quantities[row["product_id"], row["seller_id"], price] += 1
        lines: list[Line] = []
        notes: dict[str, None] = {}
        for number, ((product_id, seller, price), quantity) in enumerate(quantities.items(), start=1):
            product = self._products.get(product_id, _NO_PRODUCT)
            notes |= dict.fromkeys(product.notes)
            lines.append(
                line(
                    number,
                    sku=product_id,
                    quantity=quantity,
                    price=price,
                    category=product.category,
                    seller=seller,
                    weight_g=product.weight_g,
                    volume_cm3=product.volume_cm3,
                )
            )
        return lines, quantities.total(), tuple(notes)

    def _cart(self, order: Row, moment: datetime, lines: Sequence[Line]) -> tuple[Cart, list[str]]:
        customer = self._customers.get(order["customer_id"])
        payments = self._payments.get(order["order_id"], [])
        notes = [] if payments else ["payment method is not stated"]
        if len(set(payments)) > 1:
            notes.append("paid in several ways, the first counts")
        if order["order_status"] in _NEVER_FULFILLED:
            notes.append(f"order was {order['order_status']} later")
        if customer is None:
            notes.append("customer is not in the table")
        priced = cart(
            CURRENCY,
            instant(moment),
            lines,
            customer="" if customer is None else customer["customer_unique_id"],
            payment_method=payments[0] if payments else "",
            destination={"country": "BR", **({} if customer is None else _address(customer))},
            locale="pt-BR",
        )
        return priced, notes


# cells and rows ---------------------------------------------------------------------------------------------


def _products(files: OlistFiles) -> CsvTable:
    return whole_table(
        files.products,
        (
            "product_id",
            "product_category_name",
            "product_weight_g",
            "product_length_cm",
            "product_height_cm",
            "product_width_cm",
        ),
    )


def _product(row: Row, translation: Mapping[str, str]) -> _Product:
    portuguese = row["product_category_name"]
    sides = [_measure(row[f"product_{side}_cm"]) for side in ("length", "height", "width")]
    known = [side for side in sides if side is not None]
    weight = _measure(row["product_weight_g"])
    notes = {
        "category is not stated": not portuguese,
        "category has no English name": bool(portuguese) and portuguese not in translation,
        "weight is not stated": weight is None,
        "volume is not stated": len(known) < 3,
    }
    return _Product(
        translation.get(portuguese, portuguese),
        weight,
        known[0] * known[1] * known[2] if len(known) == 3 else None,
        tuple(note for note, holds in notes.items() if holds),
    )


def _payments(files: OlistFiles) -> dict[str, list[str]]:
    """The payment methods of each order, by sequence number."""
    table = whole_table(files.order_payments, ("order_id", "payment_sequential", "payment_type"))
    methods: dict[str, list[tuple[int, str]]] = {}
    for row in table.rows:
        sequence = _measure(row["payment_sequential"])
        if sequence is not None:
            methods.setdefault(row["order_id"], []).append((sequence, row["payment_type"]))
    return {order: [method for _, method in sorted(found)] for order, found in methods.items()}


def _address(customer: Row) -> dict[str, str]:
    start = customer["customer_zip_code_prefix"]
    postcode = f"{int(start):05}000" if _POSTCODE_START.fullmatch(start) else ""
    return {"region": customer["customer_state"], "postcode": postcode, "city": customer["customer_city"]}


def _moment(text: str) -> datetime | None:
    """Month, day, year, hour, minute, as the tables write them."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    month, day, year, hour, minute = map(int, match.groups())
    try:
        return datetime(year, month, day, hour, minute, tzinfo=local_zone(TIME_ZONE))
    except ValueError:
        return None


def _price(text: str) -> int | None:
    try:
        price = parse_amount(text, CURRENCY)
    except BadAmount:
        return None
    return price if price >= 0 else None


def _measure(text: str) -> int | None:
    """A whole number above 0; nobody sells what weighs nothing, so 0 means that it was not measured."""
    return int(text) or None if _MEASURE.fullmatch(text) else None
