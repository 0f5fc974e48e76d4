"""Do the zones of a shipping document overlap, hide each other, leave holes, or lead to no rate?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.boxes.effort import TooComplex
from engine.documents.model import Method, ShippingDocument, Zone
from engine.lint.between import holes
from engine.lint.findings import not_analysed
from engine.lint.precedence import Entry, overlapping, unreachable
from engine.lint.study import Study
from engine.lint.wording import quoted
from engine.text.diagnostics import Diagnostic, Related, error


def zones(study: Study) -> Iterator[Diagnostic]:
    """RS430 overlap under `unique`, RS431 zone never reached, RS432 without a rate, RS433 hole, RS434 unused rate."""
    document = study.document
    if not isinstance(document, ShippingDocument):
        return
    entries = {zone.id: _entry(study, zone) for zone in document.zones}
    yield from _without_rate(document)
    try:
        if document.policy == "unique":
            yield from _overlaps(study, list(entries.values()))
        elif document.policy == "first":
            yield from _hidden_zones(study, list(entries.values()))
        else:
            for method in document.methods:
                yield from _hidden_rates(
                    study, method, [entries[zone.id] for zone in document.zones if zone.id in method.rates]
                )
        yield from _holes(study, list(entries.values()))
    except TooComplex as limit:
        yield not_analysed("whether zones overlap or leave holes", str(limit), document.head.span)


def _entry(study: Study, zone: Zone) -> Entry:
    return Entry(zone.id, zone.span, study.boxes(zone.window, zone.where) or ())


def _without_rate(document: ShippingDocument) -> Iterator[Diagnostic]:
    rated = {zone for method in document.methods for zone in method.rates}
    if "" in rated:
        return
    for zone in document.zones:
        if zone.id not in rated:
            yield error(
                "RS432",
                f"no method has a rate for zone '{zone.id}'",
                zone.span,
                hint="give a method a rate for the zone, or remove the zone",
                witness=f"shipping.zone = {zone.id}",
            )


def _overlaps(study: Study, entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    for earlier, later, both in overlapping(entries):
        yield error(
            "RS430",
            f"zones '{earlier.name}' and '{later.name}' overlap, and the policy is `unique`",
            later.span,
            hint="narrow one of them, or let the first one win with `policy: first`",
            witness=study.words.cart(both),
            related=[Related(earlier.span, f"zone '{earlier.name}'")],
        )


def _hidden_zones(study: Study, entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    hidden = unreachable(study, entries)
    for zone, by in hidden.found:
        names = quoted(other.name for other in by)
        yield error(
            "RS431",
            f"zone '{zone.name}' is never reached: every destination of it goes to {names} first",
            zone.span,
            hint="put the narrower zone before the wider one",
            witness=study.words.cart(zone.boxes[0]),
            related=[Related(other.span, f"zone '{other.name}'") for other in by[:3]],
        )
    yield from _undecided(hidden.undecided)


def _hidden_rates(study: Study, method: Method, entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    """Under policy `all` each method takes the first of its zones."""
    hidden = unreachable(study, entries)
    for zone, by in hidden.found:
        names = quoted(other.name for other in by)
        yield error(
            "RS434",
            f"method '{method.id}' never uses its rate for zone '{zone.name}': every cart there goes to {names}",
            method.rates[zone.name].span,
            hint="put the narrower zone before the wider one, or remove the rate",
            witness=study.words.cart(zone.boxes[0]),
            related=[Related(other.span, f"zone '{other.name}'") for other in by[:3]],
        )
    yield from _undecided(hidden.undecided)


def _undecided(entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    if entries:
        names = quoted(entry.name for entry in entries)
        yield not_analysed(f"whether {names} are ever reached", "zones overlap in too many ways", entries[0].span)


def _holes(study: Study, entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    for hole in holes(study, entries):
        where = study.words.stretch(hole.axis, hole.interval)
        yield error(
            "RS433",
            f"{hole.axis} {where} lies in no zone, between '{hole.before.name}' and '{hole.after.name}'",
            hole.after.span,
            hint="let one zone begin where the other ends; the upper end of `between` and `until` are excluded",
            witness=study.words.cart(hole.piece),
            related=[Related(hole.before.span, f"zone '{hole.before.name}'")],
        )
