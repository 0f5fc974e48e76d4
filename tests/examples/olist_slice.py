"""A few orders of Olist that have everything: several sellers, and each way an order can go."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Final

ORDERS: Final = "olist_orders_dataset.csv"
ITEMS: Final = "olist_order_items_dataset.csv"
WANTED: Final = {"delivered": 12, "shipped": 4, "canceled": 15, "processing": 3, "invoiced": 2, "unavailable": 2}
"""How many of each status; besides these, some that have several sellers."""
SEVERAL_SELLERS: Final = 6

_Rows = list[dict[str, str]]


def write_slice(olist: Path, folder: Path) -> None:
    """Write the tables of these orders into the folder, as the published ones are."""
    tables = {path.name: _read(path) for path in olist.glob("*.csv")}
    chosen = _chosen(tables[ORDERS], tables[ITEMS])
    orders = [row for row in tables[ORDERS] if row["order_id"] in chosen]
    keep = {
        "order_id": chosen,
        "customer_id": {row["customer_id"] for row in orders},
        "product_id": {row["product_id"] for row in tables[ITEMS] if row["order_id"] in chosen},
    }
    for name, rows in tables.items():
        _write(folder / name, [row for row in rows if _is_kept(row, keep)])


def _chosen(orders: _Rows, items: _Rows) -> set[str]:
    sellers: dict[str, set[str]] = defaultdict(set)
    for row in items:
        sellers[row["order_id"]].add(row["seller_id"])
    several = [order for order, found in sellers.items() if len(found) > 1][:SEVERAL_SELLERS]
    taken: Counter[str] = Counter()
    chosen = set(several)
    for row in orders:
        status = row["order_status"]
        # An order without items has nothing to show; two of these do.
        if (sellers[row["order_id"]] or status == "unavailable") and taken[status] < WANTED.get(status, 0):
            taken[status] += 1
            chosen.add(row["order_id"])
    return chosen


def _is_kept(row: Mapping[str, str], keep: Mapping[str, Collection[str]]) -> bool:
    return all(row[column] in values for column, values in keep.items() if column in row)


def _read(path: Path) -> _Rows:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    rows = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
