"""What is found in a ruleset that stands in a file, in each of its currencies?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.cli.files import shown
from engine.cli.shelf import Shelf, Standing
from engine.pipeline import Reading, check_ruleset
from engine.text.diagnostics import Diagnostic, report


def check_currencies(shelf: Shelf, ruleset: Standing, cap: int | None) -> tuple[Diagnostic, ...]:
    """The findings in the first currency, and in each further one those at places without the same finding.

    More than `cap` are counted in a note; None gives all.
    """
    first = shelf.reading(ruleset)
    found = list(check_ruleset(first, cap=cap))
    for currency in _further_currencies(first):
        places = {(finding.code, finding.span) for finding in found}
        again = check_ruleset(shelf.reading(ruleset, currency), cap=cap)
        found += [finding for finding in again if (finding.code, finding.span) not in places]
    return report(found, cap)


def as_rows(standing: Sequence[Standing]) -> list[dict[str, object]]:
    """Which rulesets were looked at, for `--json`."""
    return [
        {"path": shown(each.path), "kind": each.label.kind, "name": each.label.name, "version": each.label.version}
        for each in standing
    ]


def _further_currencies(reading: Reading) -> Iterable[str]:
    return () if reading.document is None else reading.document.head.currencies[1:]
