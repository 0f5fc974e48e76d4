"""Where do two checkout rulesets let another cart become an order, or offer another way to pay it?"""

from __future__ import annotations

from collections.abc import Iterator

from engine.boxes.box import Box
from engine.boxes.values import ValueSet
from engine.documents.model import CheckoutDocument, MinimumOrder
from engine.equivalence.algebra import EVERYWHERE, Boxes
from engine.equivalence.model import Gap
from engine.equivalence.places import heads, responsible
from engine.equivalence.refusing import refusal_gaps
from engine.equivalence.sides import Side, Sides
from engine.text.source import Span

_METHOD = "payment.method"


def checkout_gaps(sides: Sides) -> Iterator[Gap]:
    """The gaps of the last stage. A ruleset that is not there asks for nothing and offers no payment."""
    old, new = sides.old.checkout, sides.new.checkout
    yield from _required(old, new)
    yield from _minimum(sides, old, new)
    yield from refusal_gaps(
        sides, "checkout", "checkout", () if old is None else old.refusals, () if new is None else new.refusals
    )
    yield from _payments(sides, old, new)
    yield from _cash(sides, old, new)


def _required(old: CheckoutDocument | None, new: CheckoutDocument | None) -> Iterator[Gap]:
    ours, theirs = (dict(() if document is None else document.required) for document in (old, new))
    at = heads(old, new)
    for fact in sorted(ours.keys() ^ theirs.keys()):
        yield Gap(
            stage="checkout",
            kind="checkout",
            rule="require",
            boxes=(Box({fact: ValueSet.only_missing()}),),
            about="a fact has to be known",
            cheaper=True,
            old=(ours[fact],) if fact in ours else at.old,
            new=(theirs[fact],) if fact in theirs else at.new,
        )


def _minimum(sides: Sides, old: CheckoutDocument | None, new: CheckoutDocument | None) -> Iterator[Gap]:
    ours, theirs = (None if document is None else document.minimum_order for document in (old, new))
    below, beneath = _too_little(sides.old, ours), _too_little(sides.new, theirs)
    boxes = (*sides.algebra.only_in(below, beneath), *sides.algebra.only_in(beneath, below))
    if boxes:
        at = heads(old, new)
        places = responsible(ours, theirs)
        yield Gap(stage="checkout", kind="checkout", rule="minimum_order", boxes=boxes, old=places.old or at.old,
                  new=places.new or at.new, about="the minimum of an order is another one", cheaper=True)  # fmt: skip


def _too_little(side: Side, minimum: MinimumOrder | None) -> Boxes:
    if minimum is None or minimum.amount <= 0:
        return ()
    return side.algebra.normal([Box({side.axis("checkout", minimum.of): ValueSet.interval(None, minimum.amount)})])


def _payments(sides: Sides, old: CheckoutDocument | None, new: CheckoutDocument | None) -> Iterator[Gap]:
    """A method that is not available counts as one that is not there, but for a cart that has chosen it."""
    ours = {} if old is None else {method.id: method for method in old.payment_methods}
    theirs = {} if new is None else {method.id: method for method in new.payment_methods}
    at = heads(old, new)
    for name in dict.fromkeys((*ours, *theirs)):
        before, after = ours.get(name), theirs.get(name)
        boxes_old = () if before is None else sides.old.boxes_of("checkout", before.when)
        boxes_new = () if after is None else sides.new.boxes_of("checkout", after.when)
        boxes = (*sides.algebra.only_in(boxes_old, boxes_new), *sides.algebra.only_in(boxes_new, boxes_old))
        if boxes:
            places = responsible(before, after)
            yield Gap(stage="checkout", kind="checkout", rule=name, boxes=boxes, old=places.old, new=places.new,
                      about="the payment method is offered to other carts", cheaper=True)  # fmt: skip
    if bool(ours) != bool(theirs):  # without any method every choice is taken
        yield Gap(
            stage="checkout",
            kind="checkout",
            rule="payment_methods",
            boxes=(Box({_METHOD: ValueSet.known()}),),
            about="only one side names payment methods",
            old=at.old,
            new=at.new,
            cheaper=True,
        )


def _cash(sides: Sides, old: CheckoutDocument | None, new: CheckoutDocument | None) -> Iterator[Gap]:
    ours, theirs = _rounded(old), _rounded(new)
    if ours == theirs:
        return
    steps = {None if found is None else found[0] for found in (ours, theirs)}
    methods = [EVERYWHERE if not found[1] else (Box({_METHOD: ValueSet.points(found[1])}),)
               for found in (ours, theirs) if found is not None]  # fmt: skip
    if len(steps) == 1 and len(methods) == 2:
        algebra = sides.algebra
        boxes = (*algebra.only_in(methods[0], methods[1]), *algebra.only_in(methods[1], methods[0]))
    else:
        boxes = tuple(dict.fromkeys(box for found in methods for box in found))
    if boxes:
        at = heads(old, new)
        spans = [() if document is None else _cash_span(document) for document in (old, new)]
        yield Gap(stage="checkout", kind="checkout", rule="cash_rounding", boxes=boxes, old=spans[0] or at.old,
                  new=spans[1] or at.new, about="the total is rounded otherwise")  # fmt: skip


def _rounded(document: CheckoutDocument | None) -> tuple[int, frozenset[str]] | None:
    if document is None or document.cash_rounding is None or document.cash_rounding == 1:
        return None
    return document.cash_rounding, frozenset(document.cash_rounding_methods)


def _cash_span(document: CheckoutDocument) -> tuple[Span, ...]:
    return () if document.cash_rounding_span is None else (document.cash_rounding_span,)
