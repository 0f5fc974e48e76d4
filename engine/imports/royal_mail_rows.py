"""What do the rows of the Royal Mail method and price tables say, one by one?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.imports.bands import WeightBand, money, read_band
from engine.imports.cells import CellReader
from engine.imports.csv_rows import CsvTable, Row
from engine.text.diagnostics import Diagnostic, Related, error


@dataclass(frozen=True, slots=True)
class MethodMeta:
    """Order-value range (both ends included) and compensation in minor units, name for shoppers."""

    row: Row
    least: int
    most: int
    insurance: int
    name: str


def read_metas(table: CsvTable, currency: str, diagnostics: list[Diagnostic]) -> dict[str, MethodMeta]:
    """Methods by name; a row that cannot be read or repeats a method becomes a finding."""
    metas: dict[str, MethodMeta] = {}
    for row in table.rows:
        cells = CellReader(row, diagnostics)
        meta = MethodMeta(
            row,
            cells.money("min_order_value_gbp", currency),
            cells.money("max_order_value_gbp", currency),
            cells.money("insurance_gbp", currency),
            row["display_name"] or row["method"],
        )
        if cells.ok and meta.least > meta.most:
            cells.refuse(
                "max_order_value_gbp",
                "the order value ends before it starts",
                "correct one of the two values",
            )
        if not cells.ok:
            continue
        if row["method"] in metas:
            diagnostics.append(_twice(row, metas[row["method"]].row, f"method {row['method']}"))
        else:
            metas[row["method"]] = meta
    return metas


def read_rates(
    table: CsvTable, currency: str, metas: Mapping[str, MethodMeta], diagnostics: list[Diagnostic]
) -> dict[str, list[WeightBand]]:
    """Bands by method, in the order of the source; a row that cannot be read becomes a finding."""
    rates: dict[str, list[WeightBand]] = {}
    for row in table.rows:
        band = read_band(row, "price_gbp", currency, diagnostics, _note(row, currency, metas.get(row["method"])))
        if band is not None:
            rates.setdefault(row["method"], []).append(band)
    return rates


def read_links(table: CsvTable, diagnostics: list[Diagnostic]) -> list[Row]:
    """The pairs of zone and method, each once."""
    links: dict[tuple[str, str], Row] = {}
    for row in table.rows:
        first = links.setdefault((row["zone"], row["method"]), row)
        if first is not row:
            diagnostics.append(_twice(row, first, f"method {row['method']} of zone {row['zone']}"))
    return list(links.values())


def _note(row: Row, currency: str, meta: MethodMeta | None) -> str:
    """What a price row says beyond its band: its size class, and a compensation other than the method's."""
    notes = [f"size {row['size_class']}"] if row["size_class"] else []
    insurance = row.cells.get("insurance_gbp", "")
    if meta is not None and insurance and insurance not in _spellings(meta.insurance, currency):
        notes.append(f"compensation £{insurance}")
    return ", ".join(notes)


def _spellings(amount: int, currency: str) -> tuple[str, str]:
    written = money(amount, currency)
    return written, written.removesuffix(".00")


def _twice(row: Row, first: Row, what: str) -> Diagnostic:
    return error(
        "RS810",
        f"{what} is stated twice",
        row.span("method"),
        hint="the first row counts; remove this one",
        related=(Related(first.span("method"), "stated here first"),),
    )
