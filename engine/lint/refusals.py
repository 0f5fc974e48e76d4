"""Which shipping methods and zones exist only to be refused?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.boxes.box import Box
from engine.boxes.effort import TooComplex
from engine.documents.model import Method, Refusal, ShippingDocument
from engine.lint.findings import not_analysed
from engine.lint.offers import offers_of, refused_to
from engine.lint.study import Study
from engine.lint.wording import quoted
from engine.text.diagnostics import Diagnostic, Related, error
from engine.text.source import Span


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
        boxes = offered.get(method.id, [])
        refused = refused_to(study, document, method)
        if boxes and refused and all(study.open_piece(refused, box) is None for box in boxes):
            message = f"method '{method.id}' is never offered"
            yield _refused(study, "RS470", message, method.span, boxes, _by(document.refusals, method))


def _zones(study: Study, document: ShippingDocument) -> Iterator[Diagnostic]:
    refused = refused_to(study, document, None)
    for zone in document.zones:
        boxes = study.boxes(zone.window, zone.where) or ()
        if boxes and refused and all(study.open_piece(refused, box) is None for box in boxes):
            message = f"nothing is ever shipped to zone '{zone.id}'"
            yield _refused(study, "RS471", message, zone.span, boxes, _by(document.refusals, None))


def _by(refusals: Sequence[Refusal], method: Method | None) -> list[Refusal]:
    return [
        refusal for refusal in refusals if not refusal.methods or (method is not None and method.id in refusal.methods)
    ]


def _refused(
    study: Study, code: str, message: str, span: Span, boxes: Sequence[Box], by: Sequence[Refusal]
) -> Diagnostic:
    return error(
        code,
        f"{message}: every cart it is for is refused by {quoted(refusal.id for refusal in by)}",
        span,
        hint="narrow the refusal, or remove what it refuses",
        witness=study.words.cart(boxes[0]),
        related=[Related(refusal.span, f"refusal '{refusal.id}'") for refusal in by[:3]],
    )
