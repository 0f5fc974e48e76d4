"""How does the Royal Mail and Parcelforce tariff, four tables joined by names, become one shipping ruleset?

Countries lie in up to three zones at once (letters, parcels, EU), so the policy of the zones is `all`: each
method takes the first zone it has a rate for. The source writes a method once per zone (WORLD_ZONE_ONE_X,
WORLD_ZONE_TWO_X); here it is one method X with a rate for each zone. Order values and prices are in pounds;
a method is offered up to the order value its compensation covers. Letters, large letters and parcels are
methods of their own, as in the source: the size class (SMALL, MEDIUM) only repeats what the method's name
says and is kept as a comment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.imports.bands import WeightBand, money, write_bands
from engine.imports.csv_rows import Row, read_csv
from engine.imports.outcome import Imported, ImportOptions, RowCount
from engine.imports.royal_mail_rows import MethodMeta, read_links, read_metas, read_rates
from engine.imports.yaml_lines import Slugs, Value, YamlLines, begin
from engine.imports.zones import SourceZone, read_zones, write_zones
from engine.text.diagnostics import Diagnostic, error, report
from engine.text.flow import flow
from engine.text.source import Source

_CURRENCY = "GBP"
_COMMAND = "sostech import tariff royal-mail"


@dataclass(frozen=True, slots=True)
class RoyalMailFiles:
    """The four tables of the source."""

    country_to_zone: Source
    zone_to_method: Source
    method_meta: Source
    rates_by_weight: Source


@dataclass(frozen=True, slots=True)
class _Offer:
    """One method of the source in one zone, ready to be written."""

    service: str
    zone: str
    meta: MethodMeta
    bands: Sequence[WeightBand]

    @property
    def key(self) -> tuple[str, int, int, int, str]:
        meta = self.meta
        return self.service, meta.least, meta.most, meta.insurance, meta.name


def import_royal_mail(files: RoyalMailFiles, options: ImportOptions) -> Imported:
    """One ruleset of kind `shipping` in GBP, with a method per service and order-value range.

    Every band row carries file and line of its source row. Findings: rows that cannot be read (RS80x),
    methods without prices or zone (RS805).
    """
    diagnostics: list[Diagnostic] = []
    tables = {
        "zones": read_csv(files.country_to_zone, ("country", "zone")),
        "links": read_csv(files.zone_to_method, ("zone", "method")),
        "metas": read_csv(
            files.method_meta,
            ("method", "min_order_value_gbp", "max_order_value_gbp", "insurance_gbp", "display_name"),
        ),
        "rates": read_csv(files.rates_by_weight, ("method", "min_weight_g", "max_weight_g", "price_gbp", "size_class")),
    }
    for table in tables.values():
        diagnostics += table.diagnostics
    zones = read_zones(tables["zones"], diagnostics)
    metas = read_metas(tables["metas"], _CURRENCY, diagnostics)
    rates = read_rates(tables["rates"], _CURRENCY, metas, diagnostics)
    links = read_links(tables["links"], diagnostics)
    offers, used_links = _offers(links, zones.zones, metas, rates, diagnostics)
    used_methods = {row["method"] for row in used_links}
    diagnostics += _unused(metas, rates, {row["method"] for row in links}, used_methods)
    counts = (
        RowCount(
            files.country_to_zone.name,
            tables["zones"].read,
            tables["zones"].read - zones.reported,
            zones.reported,
        ),
        _count(files.zone_to_method, tables["links"].read, len(used_links)),
        _count(files.method_meta, tables["metas"].read, len(used_methods)),
        _count(files.rates_by_weight, tables["rates"].read, sum(len(rates[name]) for name in used_methods)),
    )
    text = _write(options, zones.zones, offers) if offers else ""
    return Imported(text, report(diagnostics, cap=len(diagnostics)), counts)


def _count(source: Source, read: int, written: int) -> RowCount:
    return RowCount(source.name, read, written, read - written)


# joining the tables -----------------------------------------------------------------------------------------


def _offers(
    links: Sequence[Row],
    zones: Mapping[str, SourceZone],
    metas: Mapping[str, MethodMeta],
    rates: Mapping[str, Sequence[WeightBand]],
    diagnostics: list[Diagnostic],
) -> tuple[list[_Offer], list[Row]]:
    """The offers in order of the method table, and the links that lead to one; others become findings."""
    offers: list[_Offer] = []
    used: list[Row] = []
    zone_names = {row["zone"] for row in links}
    for row in links:
        zone, method = row["zone"], row["method"]
        missing = [
            what
            for what, there in (
                (f"no country lies in zone {zone}", zone in zones),
                ("the method table does not describe it", method in metas),
                ("it has no price", method in rates),
            )
            if not there
        ]
        if missing:
            diagnostics.append(_leads_nowhere(row, f"method {method} is not offered: {' and '.join(missing)}"))
            continue
        offers.append(_Offer(_service(method, zone_names), zone, metas[method], rates[method]))
        used.append(row)
    return sorted(offers, key=lambda offer: offer.meta.row.line), used


def _service(method: str, zones: set[str]) -> str:
    """The method's name without the zone that the source puts in front of it, if it does."""
    end = method.rfind("_")
    while end > 0:
        if method[:end] in zones:
            return method[end + 1 :]
        end = method.rfind("_", 0, end)
    return method


def _unused(
    metas: Mapping[str, MethodMeta],
    rates: Mapping[str, Sequence[WeightBand]],
    linked: set[str],
    used: set[str],
) -> list[Diagnostic]:
    """A finding for each description, and for all rates, of a method that is not written."""
    found = [
        _leads_nowhere(meta.row, f"no zone offers method {name}") for name, meta in metas.items() if name not in linked
    ]
    for name, bands in rates.items():
        if name not in used:
            rows = "1 price" if len(bands) == 1 else f"{len(bands)} prices"
            found.append(_leads_nowhere(bands[0].row, f"{rows} of method {name}, which is not offered"))
    return found


def _leads_nowhere(row: Row, message: str) -> Diagnostic:
    return error("RS805", message, row.span("method"), hint="look for a misspelt name, or accept it")


# writing ----------------------------------------------------------------------------------------------------


def _write(options: ImportOptions, zones: Mapping[str, SourceZone], offers: Sequence[_Offer]) -> str:
    lines = begin(
        "shipping",
        options,
        _COMMAND,
        {
            "currency": _CURRENCY,
            "timezone": "Europe/London",
            "summary": "Royal Mail and Parcelforce by zone, service and weight",
        },
    )
    lines.blank()
    lines.comment("A country lies in several zones of the source; a method takes the first it has a rate for.")
    lines.field("policy", "all")
    lines.comment("Letter, large letter and parcel are methods; the weight alone does not tell which one fits.")
    lines.field("choose", "cheapest")
    slugs = Slugs()
    zone_ids = {name: slugs.of(name) for name in zones}
    write_zones(lines, [(zone_ids[name], zone) for name, zone in zones.items()])
    lines.line("methods:")
    for method_id, group in _grouped(offers).items():
        _write_method(lines, method_id, group, zone_ids)
    return lines.text()


def _grouped(offers: Sequence[_Offer]) -> dict[str, list[_Offer]]:
    """Offers by method id, in order. A service with several order-value ranges is several methods."""
    groups: dict[tuple[str, int, int, int, str], list[_Offer]] = {}
    for offer in offers:
        groups.setdefault(offer.key, []).append(offer)
    slugs = Slugs()
    services = Counter(group[0].service for group in groups.values())
    return {
        slugs.of(
            group[0].service
            if services[group[0].service] == 1
            else f"{group[0].service} {group[0].meta.least} {group[0].meta.most} {group[0].meta.insurance}"
        ): group
        for group in groups.values()
    }


def _write_method(lines: YamlLines, method_id: str, group: Sequence[_Offer], zone_ids: Mapping[str, str]) -> None:
    meta = group[0].meta
    covered = money(meta.insurance, _CURRENCY)
    lines.line(f"- id: {method_id}", 2, ", ".join(dict.fromkeys(offer.meta.row.place for offer in group)))
    lines.line(f"name: {flow({'en': f'{meta.name} (compensation up to £{covered})'})}", 4)
    lines.line(f"when: {flow({'subtotal.after_discounts': _order_value(meta)})}", 4)
    lines.line("rates:", 4)
    for offer in group:
        write_bands(lines, zone_ids[offer.zone], offer.bands, _CURRENCY, 6)


def _order_value(meta: MethodMeta) -> dict[str, Value]:
    """Both ends are included in the source."""
    most: dict[str, Value] = {"at_most": money(meta.most, _CURRENCY)}
    return most if meta.least == 0 else {"at_least": money(meta.least, _CURRENCY), **most}
