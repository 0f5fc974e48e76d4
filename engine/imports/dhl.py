"""How do the two German DHL tariffs, by band and by started kilogram, become shipping rulesets?

`import_dhl_express` reads a price per zone and weight band; `import_dhl_premium` a base price plus a price
per started step of weight for each foreign zone, and flat steps at home. Both are in EUR, days start in
Berlin. Zones keep the order of the source and its overlaps: a country in two zones is charged by the first,
and the lints say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from engine.imports.bands import WeightBand, grams, money, read_band, write_bands
from engine.imports.cells import CellReader
from engine.imports.csv_rows import CsvTable, Row, read_csv
from engine.imports.outcome import Imported, ImportOptions, RowCount
from engine.imports.parcel_size import ParcelSize, read_parcel_size, write_size_refusal
from engine.imports.yaml_lines import Slugs, YamlLines, begin
from engine.imports.zones import SourceZone, SourceZones, read_zones, write_zones
from engine.text.diagnostics import Diagnostic, error, report
from engine.text.flow import flow
from engine.text.source import Source

_CURRENCY = "EUR"
_COMMAND = "sostech import tariff dhl"
_ROUNDING = "ROUND_UP"


def import_dhl_express(zones: Source, rates: Source, options: ImportOptions) -> Imported:
    """One ruleset with one method, its bands zone by zone.

    The sides of a parcel are no facts; where all rows allow the same box, larger volumes are refused, which
    is the part of the limit that can be said (RS808).
    """
    zone_table = read_csv(zones, ("zone", "zone_name", "country"))
    rate_table = read_csv(rates, ("zone", "min_weight_g", "max_weight_g", "price_eur"))
    diagnostics = [*zone_table.diagnostics, *rate_table.diagnostics]
    source_zones = read_zones(zone_table, diagnostics, "zone_name")
    bands: dict[str, list[WeightBand]] = {}
    for row in rate_table.rows:
        band = read_band(row, "price_eur", _CURRENCY, diagnostics)
        if band is not None:
            bands.setdefault(row["zone"], []).append(band)
    bands = _reachable(bands, source_zones, diagnostics)
    size = read_parcel_size(rate_table, diagnostics)
    counts = _counts(zone_table, source_zones, rate_table, sum(map(len, bands.values())))
    text = _write_express(options, source_zones.zones, bands, size) if bands else ""
    return Imported(text, report(diagnostics, cap=len(diagnostics)), counts)


def _write_express(
    options: ImportOptions,
    zones: Mapping[str, SourceZone],
    bands: Mapping[str, Sequence[WeightBand]],
    size: ParcelSize | None,
) -> str:
    lines = _begin(options, "DHL Express from Germany by zone and weight")
    slugs = Slugs()
    _write_zones(lines, zones, slugs)
    _begin_method(lines, "express", "DHL Express")
    for zone, rows in bands.items():
        write_bands(lines, _zone_id(slugs, zone), rows, _CURRENCY, 6)
    if size is not None:
        write_size_refusal(lines, size)
    return lines.text()


# base price and steps ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _StepRow:
    """One row of the step tariff; without a step it is a flat price up to `most` grams."""

    row: Row
    price: int
    step_price: int
    step: int
    most: int


RateRow = TypeVar("RateRow", WeightBand, _StepRow)


def import_dhl_premium(zones: Source, rates: Source, options: ImportOptions) -> Imported:
    """One ruleset with one method: base and started steps abroad, bands where there is no step."""
    zone_table = read_csv(zones, ("zone", "zone_name", "country"))
    rate_table = read_csv(
        rates, ("zone", "base_price_eur", "step_price_eur", "step_weight_g", "max_weight_g", "rounding")
    )
    diagnostics = [*zone_table.diagnostics, *rate_table.diagnostics]
    source_zones = read_zones(zone_table, diagnostics, "zone_name")
    steps = _reachable(_read_steps(rate_table, diagnostics), source_zones, diagnostics)
    counts = _counts(zone_table, source_zones, rate_table, sum(map(len, steps.values())))
    text = _write_premium(options, source_zones.zones, steps) if steps else ""
    return Imported(text, report(diagnostics, cap=len(diagnostics)), counts)


def _read_steps(table: CsvTable, diagnostics: list[Diagnostic]) -> dict[str, list[_StepRow]]:
    """Rows by zone. A zone has either one row with a step or any number without; others become findings."""
    steps: dict[str, list[_StepRow]] = {}
    for row in table.rows:
        cells = CellReader(row, diagnostics)
        stepped = bool(row["step_price_eur"] or row["step_weight_g"])
        read = _StepRow(
            row,
            cells.money("base_price_eur", _CURRENCY),
            cells.money("step_price_eur", _CURRENCY) if stepped else 0,
            cells.grams("step_weight_g") if stepped else 0,
            cells.grams("max_weight_g"),
        )
        if cells.ok and stepped and read.step == 0:
            cells.refuse("step_weight_g", "a step of 0 g never ends", "write the weight of one step in grams")
        if cells.ok and stepped and row["rounding"] != _ROUNDING:
            cells.refuse(
                "rounding",
                f"steps are counted {row['rounding'] or 'without saying how'}",
                f"only started steps ({_ROUNDING}) can be written",
            )
        others = steps.setdefault(row["zone"], [])
        if cells.ok and others and (stepped or others[0].step):
            cells.refuse("zone", f"zone {row['zone']!r} has a price per step already", "keep one of the rows")
        if cells.ok:
            others.append(read)
    return {zone: rows for zone, rows in steps.items() if rows}


def _write_premium(
    options: ImportOptions, zones: Mapping[str, SourceZone], steps: Mapping[str, Sequence[_StepRow]]
) -> str:
    lines = _begin(options, "DHL Paket International and within Germany by zone and started kilogram")
    slugs = Slugs()
    _write_zones(lines, zones, slugs)
    _begin_method(lines, "parcel", "DHL Paket")
    for zone, rows in steps.items():
        if rows[0].step:
            rate = {
                "base": money(rows[0].price, _CURRENCY),
                "plus": money(rows[0].step_price, _CURRENCY),
                "per": grams(rows[0].step),
                "by": "shipment.weight_g",
                "up_to": grams(rows[0].most),
            }
            lines.line(f"{_zone_id(slugs, zone)}: {flow(rate)}", 6, rows[0].row.place)
        else:
            _write_flat_steps(lines, _zone_id(slugs, zone), rows)
    return lines.text()


def _write_flat_steps(lines: YamlLines, zone_id: str, rows: Sequence[_StepRow]) -> None:
    lines.line(f"{zone_id}:", 6)
    lines.line("bands:", 8)
    lines.line("by: shipment.weight_g", 10)
    lines.line("rows:", 10)
    for step in rows:
        lines.item({"up_to": grams(step.most), "price": money(step.price, _CURRENCY)}, 12, step.row.place)


# both -------------------------------------------------------------------------------------------------------


def _begin(options: ImportOptions, summary: str) -> YamlLines:
    head = {"currency": _CURRENCY, "timezone": "Europe/Berlin", "summary": summary}
    lines = begin("shipping", options, _COMMAND, head)
    lines.blank()
    lines.field("policy", "first")
    return lines


def _write_zones(lines: YamlLines, zones: Mapping[str, SourceZone], slugs: Slugs) -> None:
    write_zones(lines, [(_zone_id(slugs, name), zone) for name, zone in zones.items()])


def _zone_id(slugs: Slugs, name: str) -> str:
    """`zone-4` for 4: an id that no reader takes for a number."""
    return slugs.of(name if name[:1].isalpha() else f"zone {name}")


def _begin_method(lines: YamlLines, method_id: str, name: str) -> None:
    lines.line("methods:")
    lines.line(f"- id: {method_id}", 2)
    lines.line(f"name: {flow({'en': name})}", 4)
    lines.line("rates:", 4)


def _reachable(
    rates: Mapping[str, list[RateRow]], zones: SourceZones, diagnostics: list[Diagnostic]
) -> dict[str, list[RateRow]]:
    """The rates of zones that have a country; the others become findings, as do zones without a rate."""
    for name, rows in rates.items():
        if name not in zones.zones:
            diagnostics.append(_leads_nowhere(rows[0].row, f"no country lies in zone {name!r}; its {len(rows)} prices"))
    for name, zone in zones.zones.items():
        if name not in rates:
            row = next(iter(zone.countries.values()))
            diagnostics.append(_leads_nowhere(row, f"zone {name!r} has no price; its countries"))
    return {name: rows for name, rows in rates.items() if name in zones.zones}


def _leads_nowhere(row: Row, what: str) -> Diagnostic:
    return error("RS805", f"{what} are never charged", row.span("zone"), hint="look for a misspelt zone")


def _counts(zone_table: CsvTable, zones: SourceZones, rate_table: CsvTable, written: int) -> tuple[RowCount, ...]:
    return (
        RowCount(zone_table.source.name, zone_table.read, zone_table.read - zones.reported, zones.reported),
        RowCount(rate_table.source.name, rate_table.read, written, rate_table.read - written),
    )
