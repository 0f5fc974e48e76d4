"""How does the Olist data set become a catalogue? Products with what is known of them, at the price they last sold for.

The data set names neither products nor sellers, so their names are made of category, place and id. It has no stock
either: every product begins with OPENING_STOCK pieces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.catalog.imports.entries import Row, title
from server.catalog.imports.reading import typed
from server.catalog.imports.report import Rejection
from server.catalog.imports.source import Source
from server.catalog.imports.tables import read_table

CURRENCY: Final = "BRL"
OPENING_STOCK: Final = 100
_ID_SHOWN: Final = 8
"""Characters of an id that names show; slugs hold all of it."""

_TIME: Final = re.compile(r"(\d+)/(\d+)/(\d+) (\d+):(\d+)")


@dataclass(frozen=True, slots=True)
class _Sale:
    at: tuple[int, ...]
    order: str
    price: str
    seller: str


def read_olist(folder: Path) -> Source:
    """The catalogue of the data set in this folder. Raises DataMissing."""
    sellers = _sellers(folder)
    sales = _last_sales(folder)
    english = _translations(folder)
    rows: list[Row] = []
    rejections: list[Rejection] = []
    lines = 0
    columns = (
        "product_id", "product_category_name", "product_photos_qty", "product_weight_g", "product_length_cm",
        "product_height_cm", "product_width_cm",
    )  # fmt: skip
    for line, product in read_table(folder / "olist_products_dataset.csv", columns):
        lines += 1
        sale = sales.get(product["product_id"])
        if sale is None:
            rejections.append(
                Rejection(line, "product_id", product["product_id"], "never_sold", "was never sold, so it has no price")
            )
            continue
        found = typed(line, _cells(product, sale, sellers, english), CURRENCY)
        if isinstance(found, Row):
            rows.append(found)
        else:
            rejections += found
    return Source(rows, rejections, lines, sellers, OPENING_STOCK)


def _cells(
    product: Mapping[str, str], sale: _Sale, sellers: Mapping[str, str], english: Mapping[str, str]
) -> dict[str, str]:
    category = english.get(product["product_category_name"], product["product_category_name"])
    kind = title(category) or "Product"
    identity = product["product_id"]
    seller = _seller_slug(sale.seller)
    return {
        "product": f"{kind.lower().replace(' ', '-')}-{identity}",
        "product_name": f"{kind} {identity[:_ID_SHOWN]}",
        "status": "active",
        "category": category,
        "category_names": kind if category else "",
        "seller": seller,
        "seller_name": sellers.get(seller, ""),
        "sku": identity,
        "list_price": sale.price,
        # Products of the set weigh 0 where nobody weighed them.
        "weight_g": "" if product["product_weight_g"] == "0" else product["product_weight_g"],
        "volume_cm3": _volume(product),
    }


def _volume(product: Mapping[str, str]) -> str:
    sides = [product[f"product_{side}_cm"] for side in ("length", "height", "width")]
    if not all(side.isdigit() for side in sides):
        return ""
    return str(int(sides[0]) * int(sides[1]) * int(sides[2]))


def _sellers(folder: Path) -> dict[str, str]:
    columns = ("seller_id", "seller_city", "seller_state")
    return {
        _seller_slug(row["seller_id"]): f"{row['seller_city'].title()[:120]}, {row['seller_state'][:2]}"
        f" ({row['seller_id'][:_ID_SHOWN]})"
        for _, row in read_table(folder / "olist_sellers_dataset.csv", columns)
    }


def _seller_slug(identity: str) -> str:
    return f"seller-{identity}"


def _last_sales(folder: Path) -> dict[str, _Sale]:
    """Of each product the sale that had to be shipped last; of several at once the one with the greatest order id."""
    sales: dict[str, _Sale] = {}
    columns = ("order_id", "product_id", "seller_id", "shipping_limit_date", "price")
    for _, row in read_table(folder / "olist_order_items_dataset.csv", columns):
        sale = _Sale(_instant(row["shipping_limit_date"]), row["order_id"], row["price"], row["seller_id"])
        known = sales.get(row["product_id"])
        if known is None or (sale.at, sale.order) > (known.at, known.order):
            sales[row["product_id"]] = sale
    return sales


def _instant(text: str) -> tuple[int, ...]:
    """Something that sorts by time, of "9/19/2017 9:45"; what is no time comes before all others."""
    match = _TIME.match(text)
    if match is None:
        return ()
    month, day, year, hour, minute = map(int, match.groups())
    return (year, month, day, hour, minute)


def _translations(folder: Path) -> dict[str, str]:
    columns = ("product_category_namept", "product_category_name_english")
    path = folder / "product_category_name_translation.csv"
    return {row[columns[0]]: row[columns[1]] for _, row in read_table(path, columns)}
