"""How does the European table of VAT rates, with dates and territories, become one tax ruleset?

The source lists, per country, entries with the day they take effect, rates by name, and exceptions by
postcode. The names become tax classes (standard, reduced, reduced1, super_reduced, parking ...). An entry
holds until the next later one of its country; "0000-01-01" is an open start. Exceptions stand first, and
the first match decides. As the source defines it, an exception that names only some rates has its standard
rate for all others.

Prices contain tax. All windows start at midnight in Brussels: the source has days, no time zones, and
member states change their rates at their own midnight, up to two hours away from it.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.imports.outcome import Imported, ImportOptions, RowCount
from engine.imports.postcode_patterns import Postcodes, Untranslatable, translate
from engine.imports.vat_source import Entry, Territory, VatRate, read_countries
from engine.imports.yaml_lines import Slugs, Value, YamlLines, begin, slugged
from engine.text.diagnostics import Diagnostic, error, report
from engine.text.flow import Plain
from engine.text.load import load
from engine.text.source import Source

_STANDARD = "standard"


def import_vat(rates: Source, options: ImportOptions) -> Imported:
    """One ruleset of kind `tax`; its counts are rates of the source (one name and percentage each).

    Findings: YAML and JSON faults (RS1xx), parts of another shape (RS807, RS804), postcode patterns that no
    list of prefixes means exactly (RS806).
    """
    loaded = load(rates)
    diagnostics = list(loaded.diagnostics)
    countries = [] if loaded.node is None else read_countries(loaded.node, diagnostics)
    lines = _begin(options)
    writer = _RateWriter(lines, rates.name, diagnostics)
    for entry in countries:
        writer.write_territories(entry)
    for entry in countries:
        writer.write_rates(entry)
    read = sum(entry.read for entry in countries)
    counts = (RowCount(rates.name, read, writer.written, read - writer.written),)
    text = lines.text() if writer.written else ""
    return Imported(text, report(diagnostics, cap=len(diagnostics)), counts)


def _begin(options: ImportOptions) -> YamlLines:
    lines = begin(
        "tax",
        options,
        "sostech import vat",
        {"timezone": "Europe/Brussels", "summary": "VAT of the European Union by country, class and day"},
    )
    lines.blank()
    lines.comment("The source has days without time zone; they start at midnight in Brussels.")
    lines.field("prices", "included")
    lines.field("level", "line")
    lines.field("target", "net")
    lines.field("policy", "first")
    lines.field("shipping", _STANDARD)
    lines.comment("Countries outside the table are refused; `zero` would sell to them untaxed.")
    lines.field("otherwise", "refuse")
    lines.line("rates:")
    return lines


class _RateWriter:
    """Writes rates one a line and counts those of the source that are written."""

    def __init__(self, lines: YamlLines, file: str, diagnostics: list[Diagnostic]) -> None:
        self._lines = lines
        self._file = file
        self._diagnostics = diagnostics
        self._slugs = Slugs()
        self.written = 0

    def write_territories(self, entry: Entry) -> None:
        """The exceptions of an entry by postcode, in the order of the source."""
        for territory in entry.territories:
            postcodes = self._postcodes(entry, territory)
            if postcodes is None:
                continue
            stated = {rate.name for rate in territory.rates}
            others = [rate.name for rate in entry.rates if rate.name not in stated]
            for rate in territory.rates:
                classes = [rate.name, *(others if rate.name == _STANDARD else ())]
                self._write(entry, rate, f"{territory.name} {rate.name}", classes, postcodes, territory.name)

    def write_rates(self, entry: Entry) -> None:
        """The rates of an entry for the whole country."""
        for rate in entry.rates:
            self._write(entry, rate, rate.name, [rate.name], None, "")

    def _postcodes(self, entry: Entry, territory: Territory) -> Postcodes | None:
        try:
            return translate(territory.pattern, entry.country)
        except Untranslatable as fault:
            self._diagnostics.append(
                error(
                    "RS806",
                    f"the postcodes {territory.pattern!r} of {territory.name} cannot be translated: {fault}",
                    territory.span,
                    hint="write the rate by hand with `starts_with` or `in`",
                )
            )
            return None

    def _write(
        self,
        entry: Entry,
        rate: VatRate,
        name: str,
        classes: Sequence[str],
        postcodes: Postcodes | None,
        note: str,
    ) -> None:
        where: dict[str, Value] = {"destination.country": entry.country}
        if postcodes is not None:
            where |= _postcode_test(postcodes)
        where["tax.class"] = classes[0] if len(classes) == 1 else {"in": classes}
        line: dict[str, Value] = {"id": self._id(entry, name), "where": where, "percent": Plain(rate.percent)}
        if entry.start is not None:
            line["from"] = Plain(entry.start)
        if entry.end is not None:
            line["until"] = Plain(entry.end)
        self.written += 1
        self._lines.item(line, 2, f"{self._file}:{rate.span.line}{note and f', {note}'}")

    def _id(self, entry: Entry, name: str) -> str:
        """`de-standard` for an open start, otherwise with the day: `de-standard-2021-01-01`."""
        day = "" if entry.start is None else f" {entry.start}"
        return self._slugs.of(slugged(f"{entry.country} {name}{day}"))


def _postcode_test(postcodes: Postcodes) -> dict[str, Value]:
    listed: dict[str, Value] = {"destination.postcode": {"in": postcodes.listed}}
    prefixed: dict[str, Value] = {"destination.postcode": {"starts_with": postcodes.prefixes}}
    if postcodes.listed and postcodes.prefixes:
        return {"any": [listed, prefixed]}
    return listed if postcodes.listed else prefixed
