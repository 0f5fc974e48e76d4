"""Which catalogue sells what the orders hold, at the prices they were sold for?

A variant for every product, seller and price, and of each as many pieces as the orders need: so every order can be
filled, and in the end nothing is left of what was sold.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from typing import Final

from engine.facts.cart import Line
from engine.money import format_amount
from engine.replay.olist import CURRENCY
from examples.orders_replay.history import PastOrder

_COLUMNS: Final = (
    "product", "product_name", "status", "category", "seller", "sku", "list_price", "weight_g", "volume_cm3",
    "on_hand",
)  # fmt: skip
_ID_SHOWN: Final = 8


def sku_of(line: Line) -> str:
    """The variant that a line of the past is bought as; also the slug of its product."""
    return f"{line.sku}-{line.seller}-{line.list_price}"


def needed(orders: Iterable[PastOrder]) -> Counter[str]:
    """Units of every SKU that the orders hold."""
    units: Counter[str] = Counter()
    for order in orders:
        for line in order.cart.lines:
            units[sku_of(line)] += line.quantity
    return units


def catalogue(orders: Iterable[PastOrder]) -> str:
    """The catalogue as CSV, as docs/reference/catalogue-csv.md has it."""
    orders = list(orders)
    units = needed(orders)
    lines = {sku_of(line): line for order in orders for line in order.cart.lines}
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(_COLUMNS)
    for sku, line in sorted(lines.items()):
        category = str(line.facts.get("line.category", "")).rstrip("/")
        table.writerow((
            sku, f"{category.replace('_', ' ').title() or 'Product'} {line.sku[:_ID_SHOWN]}", "active", category,
            line.seller, sku, format_amount(line.list_price, CURRENCY), line.weight_g or "", line.volume_cm3 or "",
            units[sku],
        ))  # fmt: skip
    return written.getvalue()
