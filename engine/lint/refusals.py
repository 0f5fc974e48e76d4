"""Which shipping methods and zones exist only to be refused?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.boxes.box import Box
from engine.boxes.effort import TooComplex
from engine.documents.model import Refusal, ShippingDocument
from engine.lint.findings import not_analysed
from engine.lint.offers import offers_of
from engine.lint.study import Study
from engine.lint.wording import quoted
from engine.text.diagnostics import Diagnostic, Related, error
from engine.text.source import Span

_FEW = 32


def refusals(study: Study) -> Iterator[Diagnostic]:
    """RS470 for methods that are refused wherever they are offered, RS471 for zones that are refused whole."""
    document = study.document
    if not isinstance(document, ShippingDocument) or not document.refusals:
        return
    try:
        yield from _methods(study, document)
        yield from _zones(study, document)
    except TooComplex as limit:
        yield not_analysed("whether refusals leave every method a cart", str(limit), document.head.span)


def _methods(study: Study, document: ShippingDocument) -> Iterator[Diagnostic]:
    offered: dict[str, list[Box]] = {}
    for offer in offers_of(study, document):
        offered.setdefault(offer.method.id, []).extend(offer.boxes)
    for method in document.methods:
        mine = [each for each in document.refusals if not each.methods or method.id in each.methods]
        boxes = offered.get(method.id, [])
        if boxes and _takes_all(study, mine, boxes):
            yield _refused(study, "RS470", f"method '{method.id}' is never offered", method.span, boxes, mine)


def _zones(study: Study, document: ShippingDocument) -> Iterator[Diagnostic]:
    general = [each for each in document.refusals if not each.methods]
    for zone in document.zones:
        boxes = study.boxes(zone.window, zone.where) or ()
        if boxes and _takes_all(study, general, boxes):
            message = f"nothing is ever shipped to zone '{zone.id}'"
            yield _refused(study, "RS471", message, zone.span, boxes, general)


def _takes_all(study: Study, refusals: Sequence[Refusal], boxes: Sequence[Box]) -> bool:
    refused = [box for refusal in refusals for box in study.boxes(refusal.window, refusal.when) or ()]
    return bool(refused) and all(study.open_piece(refused, box) is None for box in boxes)


def _needed(study: Study, refusals: Sequence[Refusal], boxes: Sequence[Box]) -> Sequence[Refusal]:
    """The refusals without those that the others make unnecessary; very many are kept as they are."""
    needed = list(refusals)
    for refusal in refusals if len(refusals) <= _FEW else ():
        others = [other for other in needed if other is not refusal]
        if _takes_all(study, others, boxes):
            needed = others
    return needed


def _refused(
    study: Study, code: str, message: str, span: Span, boxes: Sequence[Box], refusals: Sequence[Refusal]
) -> Diagnostic:
    by = _needed(study, refusals, boxes)
    return error(
        code,
        f"{message}: every cart it is for is refused by {quoted(refusal.id for refusal in by)}",
        span,
        hint="narrow the refusal, or remove what it refuses",
        witness=study.words.cart(boxes[0]),
        related=[Related(refusal.span, f"refusal '{refusal.id}'") for refusal in by[:3]],
    )
