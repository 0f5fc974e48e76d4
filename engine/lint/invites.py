"""Can an invite count at all, and for longer than a moment; and does every guard decide about some invite?"""

from __future__ import annotations

from collections.abc import Iterator

from engine.boxes.effort import TooComplex
from engine.documents.model import ReferralsDocument
from engine.lint.findings import not_analysed
from engine.lint.study import Boxes, Study
from engine.text.diagnostics import Diagnostic, Related, error


def invites(study: Study) -> Iterator[Diagnostic]:
    """RS376, RS377 and RS378; RS490 where that was not decided."""
    document = study.document
    if not isinstance(document, ReferralsDocument):
        return
    try:
        yield from _nothing_qualifies(study, document)
        yield from _reversed_at_once(study, document)
        yield from _idle_guards(study, document)
    except TooComplex as limit:
        yield not_analysed("what guards leave of the invites", str(limit), document.head.span)


def _nothing_qualifies(study: Study, document: ReferralsDocument) -> Iterator[Diagnostic]:
    if document.qualifies is None or not document.guards:
        return
    counting = study.boxes_of(document.qualifies.when)
    if counting and _are_covered(study, counting, _refused(study, document, len(document.guards))):
        guards = [Related(guard.span, f"guard '{guard.id}'") for guard in document.guards[:3]]
        hint = "let the guards hold for fewer invites"
        yield error(
            "RS376", "the guards refuse every invite that qualifies", document.qualifies.span, hint=hint, related=guards
        )


def _reversed_at_once(study: Study, document: ReferralsDocument) -> Iterator[Diagnostic]:
    if document.qualifies is None or document.reverses is None:
        return
    counting, undone = study.boxes_of(document.qualifies.when), study.boxes_of(document.reverses.when)
    if counting and undone and _are_covered(study, counting, undone):
        yield error(
            "RS377",
            "every invite that qualifies is reversed as soon as it counts",
            document.reverses.span,
            hint="correct one of the two conditions",
            related=[Related(document.qualifies.span, "what makes it count")],
        )


def _idle_guards(study: Study, document: ReferralsDocument) -> Iterator[Diagnostic]:
    for number, guard in enumerate(document.guards):
        own = study.boxes_of(guard.when)
        if number and own and _are_covered(study, own, _refused(study, document, number)):
            hint = "remove it, or put it before the guard that covers it"
            yield error("RS378", f"guard '{guard.id}' never decides: earlier ones do", guard.span, hint=hint)


def _refused(study: Study, document: ReferralsDocument, first: int) -> Boxes:
    """What the first guards refuse."""
    return tuple(box for guard in document.guards[:first] for box in study.boxes_of(guard.when) or ())


def _are_covered(study: Study, boxes: Boxes, by: Boxes) -> bool:
    return all(study.open_piece(by, box) is None for box in boxes)
