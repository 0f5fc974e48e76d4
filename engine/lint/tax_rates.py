"""Do tax rates overlap, hide each other, or leave days without a rate?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.boxes.effort import TooComplex
from engine.documents.model import TaxDocument
from engine.lint.between import holes
from engine.lint.findings import not_analysed
from engine.lint.precedence import Entry, overlapping, unreachable
from engine.lint.study import Study
from engine.lint.wording import quoted
from engine.text.diagnostics import Diagnostic, Related, error


def tax_rates(study: Study) -> Iterator[Diagnostic]:
    """RS440 overlap under `unique`, RS441 rate never reached under `first`, RS442 hole between rates."""
    document = study.document
    if not isinstance(document, TaxDocument):
        return
    entries = [
        Entry(rate.id, rate.span, study.boxes(rate.window, rate.where) or (), rate.percent) for rate in document.rates
    ]
    try:
        if document.policy == "unique":
            yield from _overlaps(study, entries)
        else:
            yield from _hidden(study, entries)
        yield from _holes(study, entries)
    except TooComplex as limit:
        yield not_analysed("whether tax rates overlap or leave holes", str(limit), document.head.span)


def _overlaps(study: Study, entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    for earlier, later, both in overlapping(entries):
        yield error(
            "RS440",
            f"tax rates '{earlier.name}' and '{later.name}' differ and overlap, and the policy is `unique`",
            later.span,
            hint="narrow one of them, end the earlier one with `until`, or choose `policy: first`",
            witness=study.words.cart(both),
            related=[Related(earlier.span, f"tax rate '{earlier.name}'")],
        )


def _hidden(study: Study, entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    hidden = unreachable(study, entries)
    for rate, by in hidden.found:
        names = quoted(other.name for other in by)
        yield error(
            "RS441",
            f"tax rate '{rate.name}' is never used: every case of it is decided by {names} first",
            rate.span,
            hint="put the narrower rate before the wider one, or end the earlier one with `until`",
            witness=study.words.cart(rate.boxes[0]),
            related=[Related(other.span, f"tax rate '{other.name}'") for other in by[:3]],
        )
    if hidden.undecided:
        names = quoted(entry.name for entry in hidden.undecided)
        what = f"whether {names} are ever used"
        yield not_analysed(what, "rates overlap in too many ways", hidden.undecided[0].span)


def _holes(study: Study, entries: Sequence[Entry]) -> Iterator[Diagnostic]:
    for hole in holes(study, entries):
        where = study.words.stretch(hole.axis, hole.interval)
        yield error(
            "RS442",
            f"{hole.axis} {where} has no tax rate, between '{hole.before.name}' and '{hole.after.name}'",
            hole.after.span,
            hint="begin the later rate where the earlier one ends; `until` is excluded",
            witness=study.words.cart(hole.piece),
            related=[Related(hole.before.span, f"tax rate '{hole.before.name}'")],
        )
