"""Which rows of a rate claim the same values, and which never decide anything?

In bands the earlier row wins, so an overlap never fails; but whoever wrote "11–20 g" and "20–100 g" did not mean
that order to decide what 20 g cost.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.boxes.effort import TooComplex
from engine.boxes.values import ValueSet
from engine.documents.model import ShippingDocument
from engine.lint.findings import not_analysed
from engine.lint.ladders import Ladder, asked, ladders_of
from engine.lint.rungs import Clash, Rung, sweep
from engine.lint.study import Study
from engine.text.diagnostics import Diagnostic, Related, error


def price_overlaps(study: Study) -> Iterator[Diagnostic]:
    """RS413 for rows that overlap an earlier one, RS414 for bands that earlier ones cover whole."""
    if not isinstance(study.document, ShippingDocument):
        return
    try:
        for ladder in ladders_of(study, study.document):
            yield from _overlaps(study, ladder)
    except TooComplex as limit:
        yield not_analysed("whether rows overlap", str(limit), study.document.head.span)


def _overlaps(study: Study, ladder: Ladder) -> Iterator[Diagnostic]:
    stretches, clashes = sweep(ladder.own)
    deciding = {stretch.rung for stretch in stretches}
    for clash in clashes:
        if clash.later in deciding:
            if not _is_cumulative(study, ladder, ladder.own[clash.later]):
                yield _overlap(study, ladder, clash)
        elif ladder.kind == "band":  # rows of tables are compared over all columns elsewhere
            yield _never_used(study, ladder, clash)


def _is_cumulative(study: Study, ladder: Ladder, later: Rung) -> bool:
    """Whether a table row says only where it ends, and so means to give way to the rows before it."""
    least = next(iter(study.domain.values(ladder.by).cuts()), None)
    return ladder.kind == "row" and later.low in (None, least)


def _overlap(study: Study, ladder: Ladder, clash: Clash) -> Diagnostic:
    earlier, later = ladder.own[clash.earlier], ladder.own[clash.later]
    at = clash.low if clash.low is not None else (clash.high or 1) - 1
    one, two = study.words.money(earlier.price_at(at)), study.words.money(later.price_at(at))
    prices = f"both say {one}" if one == two else f"the earlier wins: {one}, not {two}"
    where = study.words.stretch(ladder.by, (clash.low, clash.high))
    return error(
        "RS413",
        f"two {ladder.kind}s of method '{ladder.method}' overlap {where}; {prices}",
        later.span,
        hint=f"begin this {ladder.kind} where the other ends; `below:` leaves its value to the next row",
        witness=_witness(study, ladder, at),
        related=[Related(earlier.span, f"the {ladder.kind} that wins")],
    )


def _never_used(study: Study, ladder: Ladder, clash: Clash) -> Diagnostic:
    earlier, later = ladder.own[clash.earlier], ladder.own[clash.later]
    where = study.words.stretch(ladder.by, (later.low, later.high))
    at = later.low if later.low is not None else (later.high or 1) - 1
    return error(
        "RS414",
        f"this band of method '{ladder.method}' is never used: earlier bands decide {where}",
        later.span,
        hint="remove it, or put it before the bands that hide it",
        witness=_witness(study, ladder, at),
        related=[Related(earlier.span, "an earlier band")],
    )


def _witness(study: Study, ladder: Ladder, value: int) -> str:
    """A cart that is asked the price at the value; the value alone where nobody is."""
    cart = asked(study, ladder, ValueSet.point(value))
    return f"{ladder.by} = {study.words.value(ladder.by, value)}" if cart is None else study.words.cart(cart)
