"""Which importer reads the files of a carrier's folder?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.imports.dhl import import_dhl_express, import_dhl_premium
from engine.imports.outcome import Imported, ImportOptions
from engine.imports.royal_mail import RoyalMailFiles, import_royal_mail
from engine.imports.royal_mail_versions import import_royal_mail_versions
from engine.text.diagnostics import error
from engine.text.source import Source

Files = Mapping[str, Source]
"""Sources by file name without folder: `zones.csv`."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """A known set of files of one carrier and what reads them."""

    carrier: str
    files: tuple[str, ...]
    read: Callable[[Files, ImportOptions], Imported]


TARIFFS = (
    Tariff(
        "royal-mail",
        ("country_to_zone.csv", "zone_to_method.csv", "method_meta.csv", "rates_by_weight.csv"),
        lambda files, options: import_royal_mail(
            RoyalMailFiles(
                files["country_to_zone.csv"],
                files["zone_to_method.csv"],
                files["method_meta.csv"],
                files["rates_by_weight.csv"],
            ),
            options,
        ),
    ),
    Tariff(
        "royal-mail",
        ("rates.csv",),
        lambda files, options: import_royal_mail_versions(files["rates.csv"], options),
    ),
    Tariff(
        "dhl",
        ("zones.csv", "rates_by_weight.csv"),
        lambda files, options: import_dhl_express(files["zones.csv"], files["rates_by_weight.csv"], options),
    ),
    Tariff(
        "dhl",
        ("zones.csv", "step_rates.csv"),
        lambda files, options: import_dhl_premium(files["zones.csv"], files["step_rates.csv"], options),
    ),
)

CARRIERS = tuple(dict.fromkeys(tariff.carrier for tariff in TARIFFS))


def import_tariff(carrier: str, files: Files, options: ImportOptions) -> Imported:
    """The ruleset of the first tariff of `carrier` (one of CARRIERS) whose files are all there; else RS811."""
    known = [tariff for tariff in TARIFFS if tariff.carrier == carrier]
    for tariff in known:
        if set(tariff.files) <= set(files):
            return tariff.read(files, options)
    wanted = " or ".join(f"({', '.join(tariff.files)})" for tariff in known)
    message = f"these files are no tariff of {carrier}: {', '.join(sorted(files)) or 'none'}"
    return Imported("", (error("RS811", message, None, hint=f"expected {wanted}"),), ())
