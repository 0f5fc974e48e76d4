"""At which sum does shipping become so much cheaper that carts far below it cost more?

That a larger order ships for less is usual. It is told where the price falls by more than a quarter of the sum, be it
in the rows of a rate by an amount of money, or because the method is free from that sum on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.boxes.box import Box, intersect
from engine.boxes.effort import TooComplex
from engine.boxes.values import ValueSet
from engine.documents.model import Bands, BaseStep, Flat, FreeFrom, PerItem, ShippingDocument, Table
from engine.lint.findings import not_analysed
from engine.lint.ladders import Ladder, asked, ladders_of
from engine.lint.offers import offers_of
from engine.lint.rungs import joins
from engine.lint.steep_steps import STEEP
from engine.lint.study import Boxes, Study
from engine.text.diagnostics import Diagnostic, error
from engine.text.source import Span


@dataclass(frozen=True, slots=True)
class _Lowest:
    """The least a method costs in some zones, and the carts it is offered to."""

    method: str
    zones: tuple[str, ...]
    price: int
    offered: Boxes
    elsewhere: Boxes


def steep_shipping(study: Study) -> Iterator[Diagnostic]:
    """RS416 for each sum from which on a method costs less by more than a quarter of the sum."""
    document = study.document
    if not isinstance(document, ShippingDocument):
        return
    try:
        for ladder in ladders_of(study, document):
            if study.domain.type_of(ladder.by) == "money":
                yield from _falls(study, ladder)
        free = {method.id: method.free_from for method in document.methods if method.free_from is not None}
        for lowest in _lowest_prices(study, document) if free else ():
            if lowest.method in free:
                yield from _becomes_free(study, lowest, free[lowest.method])
    except TooComplex as limit:
        yield not_analysed("whether shipping becomes steeply cheaper", str(limit), document.head.span)


def _falls(study: Study, ladder: Ladder) -> Iterator[Diagnostic]:
    for lower, less, upper, more in joins(ladder.rungs):
        dear, cheap = lower.price_at(less), upper.price_at(more)
        if (dear - cheap) * STEEP > more and asked(study, ladder, ValueSet.point(less)) is not None:
            cart = asked(study, ladder, ValueSet.point(more))
            if cart is not None:
                yield _finding(study, ladder.method, ladder.by, (less, dear), (more, cheap), upper.span, cart)


def _lowest_prices(study: Study, document: ShippingDocument) -> Iterator[_Lowest]:
    for offer in offers_of(study, document):
        match offer.rate:
            case Flat(price=price) | PerItem(first=price):
                yield _Lowest(offer.method.id, offer.zones, price, offer.boxes, offer.elsewhere)
            case Bands() | BaseStep() | Table():
                pass  # below, as ladders
            case _:
                pass  # a percentage of goods falls by at most that percentage of the sum
    for ladder in ladders_of(study, document):
        if study.domain.type_of(ladder.by) != "money":
            price = min(rung.price for rung in ladder.rungs)
            yield _Lowest(ladder.method, ladder.zones, price, ladder.offered, ladder.elsewhere)


def _becomes_free(study: Study, lowest: _Lowest, free: FreeFrom) -> Iterator[Diagnostic]:
    """Even the lightest parcel pays more than a quarter of the sum from which on it would pay nothing."""
    if free.zones and set(free.zones).isdisjoint(lowest.zones):
        return
    below = Box({free.of: ValueSet.point(free.amount - 1)})
    for box in lowest.offered if lowest.price * STEEP > free.amount else ():
        both = intersect(box, below)
        cart = None if both is None else study.open_piece(lowest.elsewhere, both)
        if cart is not None:
            dear, at = (free.amount - 1, lowest.price), (free.amount, 0)
            yield _finding(study, lowest.method, free.of, dear, at, free.span, cart.with_axis(free.of, _exactly(free)))
            return


def _exactly(free: FreeFrom) -> ValueSet:
    return ValueSet.point(free.amount)


def _finding(
    study: Study, method: str, by: str, before: tuple[int, int], at: tuple[int, int], span: Span, cart: Box
) -> Diagnostic:
    (less, dear), (more, cheap) = before, at
    words = study.words
    return error(
        "RS416",
        f"the price of method '{method}' falls from {words.money(dear)} to {words.money(cheap)} "
        f"where {by} reaches {words.money(more)}",
        span,
        hint="let the price fall in smaller steps, or at a greater sum",
        witness=f"{words.cart(cart)} costs {words.money(cheap)}; {by} = {words.money(less)} costs {words.money(dear)}",
    )
