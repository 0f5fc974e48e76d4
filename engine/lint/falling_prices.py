"""Where does a heavier, larger or fuller shipment cost less than a lighter one?

Only where rates meet can a price fall, because steps only add. Rates by an amount of money are not compared:
that a larger order ships for less is usual.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.boxes.box import Box
from engine.boxes.effort import TooComplex
from engine.boxes.values import ValueSet
from engine.documents.model import ShippingDocument
from engine.lint.findings import not_analysed
from engine.lint.ladders import Ladder, asked, ladders_of
from engine.lint.rungs import Rung, joins
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
    for lower, less, upper, more in joins(ladder.rungs):
        if lower.price_at(less) > upper.price_at(more) and asked(study, ladder, ValueSet.point(less)) is not None:
            cart = asked(study, ladder, ValueSet.point(more))
            if cart is not None:
                yield _fall(study, ladder, cart, (lower, less), (upper, more))


def _fall(study: Study, ladder: Ladder, cart: Box, before: tuple[Rung, int], after: tuple[Rung, int]) -> Diagnostic:
    (lower, less), (upper, more) = before, after
    dear, cheap = study.words.money(lower.price_at(less)), study.words.money(upper.price_at(more))
    light, heavy = study.words.value(ladder.by, less), study.words.value(ladder.by, more)
    return error(
        "RS415",
        f"the price of method '{ladder.method}' falls from {dear} at {light} to {cheap} at {heavy}",
        upper.span,
        hint="correct one of the two prices, or accept the fall with `allow:` and a reason",
        witness=f"{study.words.cart(cart)} costs {cheap}; {ladder.by} = {light} costs {dear}",
        related=[Related(lower.span, f"{dear} up to {light}")],
    )
