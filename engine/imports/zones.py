"""How do rows of countries become the zones of a shipping ruleset?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.imports.cells import CellReader
from engine.imports.csv_rows import CsvTable, Row
from engine.imports.yaml_lines import YamlLines
from engine.text.diagnostics import Diagnostic, Related, error
from engine.text.flow import scalar


@dataclass(slots=True)
class SourceZone:
    """A zone of the source: its countries in written order, each once, with the row that names it."""

    name: str
    title: str
    countries: dict[str, Row] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceZones:
    """All zones in order of appearance; `reported` counts the rows that ended as a finding instead."""

    zones: dict[str, SourceZone]
    reported: int


def read_zones(table: CsvTable, diagnostics: list[Diagnostic], title_column: str | None = None) -> SourceZones:
    """Zones from rows with the columns zone and country; a country may lie in several zones."""
    zones: dict[str, SourceZone] = {}
    reported = len(table.unreadable)
    for row in table.rows:
        cells = CellReader(row, diagnostics)
        country = cells.country("country")
        if not cells.ok:
            reported += 1
            continue
        title = row[title_column] if title_column else ""
        zone = zones.setdefault(row["zone"], SourceZone(row["zone"], title))
        if country in zone.countries:
            diagnostics.append(_country_twice(row, zone.countries[country]))
            reported += 1
        else:
            zone.countries[country] = row
    return SourceZones(zones, reported)


def write_zones(lines: YamlLines, zones: Sequence[tuple[str, SourceZone]]) -> None:
    """The key `zones`: (id, zone) in this order, a country a line, with its place in the source."""
    lines.line("zones:")
    for zone_id, zone in zones:
        lines.line(f"- id: {zone_id}", 2, zone.title)
        lines.line("where:", 4)
        lines.line("destination.country:", 6)
        lines.line("in:", 8)
        for country, row in zone.countries.items():
            lines.line(f"- {scalar(country)}", 10, row.place)


def _country_twice(row: Row, first: Row) -> Diagnostic:
    return error(
        "RS810",
        f"country {row['country']} is in zone {row['zone']!r} already",
        row.span("country"),
        hint="the first row counts; remove this one",
        related=(Related(first.span("country"), "named here first"),),
    )
