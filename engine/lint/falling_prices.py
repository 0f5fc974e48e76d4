"""Where does a heavier, larger or fuller shipment cost less than a lighter one?

Only where rates meet can a price fall, because steps only add. Rates by an amount of money are not compared:
that a larger order ships for less is usual.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.boxes.box import Box
from engine.boxes.effort import TooComplex
from engine.documents.model import ShippingDocument
from engine.lint.findings import not_analysed
from engine.lint.ladders import Ladder, ladders_of
from engine.lint.rungs import Rung, sweep
from engine.lint.study import Study
from engine.text.diagnostics import Diagnostic, Related, error

_MORE_COSTS_MORE = frozenset({"weight", "volume", "count"})


def falling_prices(study: Study) -> Iterator[Diagnostic]:
    """RS415 wherever the price of the next greater value that has one is lower."""
    if not isinstance(study.document, ShippingDocument):
        return
    try:
        for ladder in ladders_of(study, study.document):
            if study.domain.type_of(ladder.by) in _MORE_COSTS_MORE:
                yield from _falls(study, ladder)
    except TooComplex as limit:
        yield not_analysed("whether more ever costs less", str(limit), study.document.head.span)


def _falls(study: Study, ladder: Ladder) -> Iterator[Diagnostic]:
    priced = [stretch for stretch in sweep(ladder.rungs).stretches if stretch.rung is not None]
    for before, after in zip(priced, priced[1:], strict=False):
        assert before.rung is not None
        assert after.rung is not None
        assert before.high is not None
        assert after.low is not None
        lower, upper = ladder.rungs[before.rung], ladder.rungs[after.rung]
        least, most = before.high - 1, after.low
        if lower.price_at(least) > upper.price_at(most) and _is_offered(study, ladder, least, most):
            yield _fall(study, ladder, lower, least, upper, most)


def _is_offered(study: Study, ladder: Ladder, *values: int) -> bool:
    """Whether one customer can be asked both prices: a value the method is not for costs nobody anything."""
    possible = study.domain.values(ladder.by)
    return any(
        all(box[ladder.by].contains(value) and possible.contains(value) for value in values) for box in ladder.offered
    )


def _fall(study: Study, ladder: Ladder, lower: Rung, least: int, upper: Rung, most: int) -> Diagnostic:
    words = study.words
    dear, cheap = words.money(lower.price_at(least)), words.money(upper.price_at(most))
    less, more = words.value(ladder.by, least), words.value(ladder.by, most)
    box = ladder.offered[0]
    cart = words.cart(Box({axis: values for axis, values in box.items() if axis != ladder.by}))
    place = "" if cart == "any cart" else f"{cart}, "
    return error(
        "RS415",
        f"the price of method '{ladder.method}' falls from {dear} at {less} to {cheap} at {more}",
        upper.span,
        hint="correct one of the two prices, or accept the fall with `allow:` and a reason",
        witness=f"{place}{ladder.by} = {less}: {dear}; {ladder.by} = {more}: {cheap}",
        related=[Related(lower.span, f"{dear} up to {less}")],
    )
