"""How do several dated editions of a domestic tariff become one shipping ruleset with windows?

Each edition of a service is a method of its own, valid from the day the edition took effect until the next
edition did (a service the next edition no longer has ends there too); the last one is open. Days start at
midnight in London. Compensation is what the carrier pays for a lost item; the source makes it part of the
service and binds no order value to it, so it appears in the name only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from engine.imports.bands import WeightBand, money, read_band, write_bands
from engine.imports.cells import CellReader
from engine.imports.csv_rows import CsvTable, read_csv
from engine.imports.outcome import Imported, ImportOptions, RowCount
from engine.imports.yaml_lines import Slugs, YamlLines, begin
from engine.text.diagnostics import Diagnostic, report
from engine.text.flow import Plain, flow
from engine.text.source import Source

_CURRENCY = "GBP"
_ZONE = "domestic"
_COLUMNS = (
    "effective_from",
    "service",
    "format",
    "compensation_gbp",
    "min_weight_g",
    "max_weight_g",
    "price_gbp",
)

Service = tuple[str, str, int]
"""Service, format, compensation in pence."""

Editions = Mapping[date, Mapping[Service, Sequence[WeightBand]]]


def import_royal_mail_versions(rates: Source, options: ImportOptions) -> Imported:
    """One ruleset of kind `shipping` in GBP for GB; rows that cannot be read are RS80x findings."""
    table = read_csv(rates, _COLUMNS)
    diagnostics = list(table.diagnostics)
    editions, written = _editions(table, diagnostics)
    text = _write(options, editions) if editions else ""
    counts = (RowCount(rates.name, table.read, written, table.read - written),)
    return Imported(text, report(diagnostics, cap=len(diagnostics)), counts)


def _editions(table: CsvTable, diagnostics: list[Diagnostic]) -> tuple[Editions, int]:
    """Bands by edition and service, editions in order of time, and how many rows they come from."""
    editions: dict[date, dict[Service, list[WeightBand]]] = {}
    written = 0
    for row in table.rows:
        cells = CellReader(row, diagnostics)
        day, compensation = cells.day("effective_from"), cells.money("compensation_gbp", _CURRENCY)
        band = read_band(row, "price_gbp", _CURRENCY, diagnostics)
        if cells.ok and band is not None:
            service = (row["service"], row["format"], compensation)
            editions.setdefault(day, {}).setdefault(service, []).append(band)
            written += 1
    return dict(sorted(editions.items())), written


def _write(options: ImportOptions, editions: Editions) -> str:
    lines = begin(
        "shipping",
        options,
        "sostech import tariff royal-mail",
        {
            "currency": _CURRENCY,
            "timezone": "Europe/London",
            "summary": f"Royal Mail within the United Kingdom, {len(editions)} dated editions",
        },
    )
    lines.blank()
    lines.line("zones:")
    lines.item({"id": _ZONE, "where": {"destination.country": "GB"}}, 2)
    lines.line("methods:")
    days = list(editions)
    slugs = Slugs()
    for day, following in zip(days, [*days[1:], None], strict=True):
        several = _with_several_compensations(editions[day])
        for service, bands in editions[day].items():
            name = _name(service, tell_compensation=service[:2] in several)
            _write_method(lines, slugs.of(f"{name} {day}"), service, bands, day, following)
    return lines.text()


def _write_method(
    lines: YamlLines,
    method_id: str,
    service: Service,
    bands: Sequence[WeightBand],
    day: date,
    following: date | None,
) -> None:
    title = f"{_title(service)} (compensation up to £{money(service[2], _CURRENCY)})"
    lines.line(f"- id: {method_id}", 2)
    lines.line(f"name: {flow({'en': title})}", 4)
    lines.field("from", Plain(day), 4)
    if following is not None:
        lines.field("until", Plain(following), 4)
    lines.line("rates:", 4)
    write_bands(lines, _ZONE, bands, _CURRENCY, 6)


def _with_several_compensations(services: Iterable[Service]) -> set[tuple[str, str]]:
    named = Counter(service[:2] for service in services)
    return {service for service, count in named.items() if count > 1}


def _name(service: Service, tell_compensation: bool) -> str:
    words = [service[0].removesuffix("_service"), *([] if service[1] == "any" else [service[1]])]
    if tell_compensation:
        words.append(money(service[2], _CURRENCY).removesuffix(".00"))
    return " ".join(words)


def _title(service: Service) -> str:
    return _name(service, tell_compensation=False).replace("_", " ").capitalize()
