"""For which measured values has a rate no price?

A value without a band or row is a method that silently disappears: the customer with a heavier parcel is told
nothing. A gap counts only where the rate is offered at all, and not where a refusal says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from engine.boxes.box import Box
from engine.boxes.effort import TooComplex
from engine.boxes.values import Interval, ValueSet
from engine.documents.model import ShippingDocument
from engine.lint.findings import not_analysed
from engine.lint.ladders import Ladder, asked, ladders_of
from engine.lint.rungs import Rung, Stretch, sweep
from engine.lint.study import Study
from engine.lint.wording import quoted
from engine.text.diagnostics import Diagnostic, Related, error

Where = Literal["between", "start", "end"]


def price_gaps(study: Study) -> Iterator[Diagnostic]:
    """RS410 for gaps between rows, RS411 before the first, RS412 after the last.

    The same gap at the start or end of several rates of one method is one finding.
    """
    if not isinstance(study.document, ShippingDocument):
        return
    ends: dict[tuple[str, str, Interval], list[tuple[Ladder, Diagnostic]]] = {}
    try:
        for ladder in ladders_of(study, study.document):
            for where, gap, finding in _gaps(study, ladder):
                if where == "between":
                    yield finding
                else:
                    ends.setdefault((ladder.method, where, gap), []).append((ladder, finding))
    except TooComplex as limit:
        yield not_analysed("whether every value has a price", str(limit), study.document.head.span)
    for found in ends.values():
        yield _joined(found)


def _gaps(study: Study, ladder: Ladder) -> Iterator[tuple[Where, Interval, Diagnostic]]:
    stretches = sweep(ladder.rungs).stretches
    priced = [number for number, stretch in enumerate(stretches) if stretch.rung is not None]
    for number, stretch in enumerate(stretches):
        if stretch.rung is not None or not priced:
            continue
        open_piece = asked(study, ladder, ValueSet.interval(stretch.low, stretch.high))
        if open_piece is None:
            continue
        where: Where = "start" if number < priced[0] else "end" if number > priced[-1] else "between"
        before = _rung(ladder, stretches, number - 1)
        after = _rung(ladder, stretches, number + 1)
        yield where, (stretch.low, stretch.high), _finding(study, ladder, where, open_piece, before, after)


def _rung(ladder: Ladder, stretches: list[Stretch], number: int) -> Rung | None:
    rung = stretches[number].rung if 0 <= number < len(stretches) else None
    return None if rung is None else ladder.rungs[rung]


def _finding(
    study: Study, ladder: Ladder, where: Where, piece: Box, before: Rung | None, after: Rung | None
) -> Diagnostic:
    """The place is the row after the gap, which begins too late, or at the end the last row."""
    neighbour = after or before
    place = ladder.span if neighbour is None else neighbour.span
    related = [Related(before.span, f"the {ladder.kind} before")] if where == "between" and before is not None else []
    missing = study.words.stretch(ladder.by, piece[ladder.by].intervals[0])
    message = f"method '{ladder.method}' has no price {missing}"
    return error(_CODES[where], message, place, hint=_HINTS[where], witness=study.words.cart(piece), related=related)


def _joined(found: list[tuple[Ladder, Diagnostic]]) -> Diagnostic:
    """One finding for all rates of a method that end (or begin) at the same value."""
    finding = found[0][1]
    zones = [zone for ladder, _ in found for zone in ladder.zones]
    where = f" in zone{'s' if len(set(zones)) > 1 else ''} {quoted(zones)}" if zones else ""
    return error(
        finding.code,
        finding.message + where,
        finding.span,
        hint=finding.hint,
        witness=finding.witness,
    )


_CODES = {"between": "RS410", "start": "RS411", "end": "RS412"}
_HINTS = {
    "between": "begin the row where the one before ends (leave out `from:`), or say `refuse:` for these values",
    "start": "begin the first row at the start (leave out `from:`), or say `refuse:` for these values",
    "end": "end with a row `rest:` (or leave out `up_to:`), or say `refuse:` for these values",
}
