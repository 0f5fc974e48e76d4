"""How does the Online Retail data set become a catalogue? It holds only sales: every line is a sighting of a product.

A product is called what most of its lines call it, and costs what the last of them cost. The data set knows neither
weights nor stock: every product begins with OPENING_STOCK pieces.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from server.catalog.imports.entries import Row
from server.catalog.imports.reading import typed
from server.catalog.imports.report import Rejection, shown
from server.catalog.imports.source import Source
from server.catalog.imports.tables import DataMissing, read_table

CURRENCY: Final = "GBP"
OPENING_STOCK: Final = 100

_COLUMNS: Final = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice")
# Five digits, perhaps letters for a colour or pattern; everything else is postage, fees and corrections.
_PRODUCT: Final = re.compile(r"\d{5}[A-Z]{0,2}")
_PRICE: Final = re.compile(r"\d+(\.\d+)?")


@dataclass(slots=True)
class _Sightings:
    line: int
    names: Counter[str] = field(default_factory=Counter)
    at: str = ""
    price: str = ""


def read_online_retail(path: Path) -> Source:
    """The catalogue of one file of the data set, or of all in a folder. Raises DataMissing."""
    products: dict[str, _Sightings] = {}
    rejections: list[Rejection] = []
    lines = 0
    for file in _files(path):
        for line, sale in read_table(file, _COLUMNS):
            lines += 1
            rejection = _fault(file.name, line, sale)
            if rejection is None:
                _see(products, line, sale)
            else:
                rejections.append(rejection)
    rows: list[Row] = []
    for code, sightings in products.items():
        found = typed(sightings.line, _cells(code, sightings), CURRENCY)
        if isinstance(found, Row):
            rows.append(found)
        else:
            rejections += found
    return Source(rows, rejections, lines, opening_stock=OPENING_STOCK)


def _files(path: Path) -> list[Path]:
    files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    if not files:
        raise DataMissing(f"there is no .csv file in {path}")
    return files


def _see(products: dict[str, _Sightings], line: int, sale: Mapping[str, str]) -> None:
    seen = products.setdefault(sale["StockCode"].upper(), _Sightings(line))
    seen.names[" ".join(sale["Description"].split())] += 1
    if sale["InvoiceDate"] >= seen.at:
        seen.at, seen.price = sale["InvoiceDate"], sale["UnitPrice"]


def _cells(code: str, sightings: _Sightings) -> dict[str, str]:
    return {
        "product": code.lower(),
        "product_name": sightings.names.most_common(1)[0][0],
        "status": "active",
        "sku": code,
        "list_price": sightings.price,
    }


def _fault(file: str, line: int, sale: Mapping[str, str]) -> Rejection | None:
    """Why a line says nothing about a product that is for sale."""

    def because(column: str, code: str, message: str) -> Rejection:
        return Rejection(line, f"{file} {column}", shown(sale[column]), code, message)

    if sale["InvoiceNo"].startswith("C"):
        return because("InvoiceNo", "cancelled", "is the cancellation of a sale")
    if _PRODUCT.fullmatch(sale["StockCode"].upper()) is None:
        return because("StockCode", "no_product", "is not the code of a product")
    if not sale["Description"].strip():
        return because("Description", "no_name", "is empty")
    if _PRICE.fullmatch(sale["UnitPrice"]) is None or not sale["UnitPrice"].strip("0."):
        return because("UnitPrice", "no_price", "is not a price")
    return None
