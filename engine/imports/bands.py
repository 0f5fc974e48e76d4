"""How do rows of weights and prices become the bands of a shipping method?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.imports.cells import CellReader
from engine.imports.csv_rows import Row
from engine.imports.yaml_lines import YamlLines
from engine.money import format_amount
from engine.text.diagnostics import Diagnostic
from engine.text.flow import Money, Plain


@dataclass(frozen=True, slots=True)
class WeightBand:
    """One row of a tariff: `low` to `high` grams, both included, for `price` minor units."""

    row: Row
    low: int
    high: int
    price: int
    note: str = ""


def read_band(
    row: Row, price_column: str, currency: str, diagnostics: list[Diagnostic], note: str = ""
) -> WeightBand | None:
    """The band of a row with the columns min_weight_g, max_weight_g and a price; None after a finding."""
    cells = CellReader(row, diagnostics)
    band = WeightBand(
        row,
        cells.grams("min_weight_g"),
        cells.grams("max_weight_g"),
        cells.money(price_column, currency),
        note,
    )
    if cells.ok and band.low > band.high:
        cells.refuse(
            "max_weight_g",
            f"the band ends at {band.high} g, before it starts at {band.low} g",
            "exchange the two weights, or correct them",
        )
    return band if cells.ok else None


def write_bands(lines: YamlLines, zone: str, bands: Sequence[WeightBand], currency: str, indent: int) -> None:
    """The rate of one zone: a band row per source row, in the order of the source, with its place as comment.

    The weights are those of the source, so that its overlaps, gaps and price drops stay for the lints to
    find.
    """
    lines.line(f"{zone}:", indent)
    lines.line("bands:", indent + 2)
    lines.line("by: shipment.weight_g", indent + 4)
    lines.line("rows:", indent + 4)
    for band in bands:
        lines.item(
            {"from": grams(band.low), "up_to": grams(band.high), "price": money(band.price, currency)},
            indent + 6,
            f"{band.row.place}{band.note and ', '}{band.note}",
        )


def grams(weight: int) -> Plain:
    """A weight in grams, as the ruleset language writes it."""
    return Plain(f"{weight}g")


def money(amount: int, currency: str) -> Money:
    """An amount in minor units, as the ruleset language writes it."""
    return Money(format_amount(amount, currency))
