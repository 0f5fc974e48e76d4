"""Does a signals document look for patterns that can be seen, and does everything it derives decide something?"""

from __future__ import annotations

from collections.abc import Iterator

from engine.boxes.effort import TooComplex
from engine.documents.conditions import ALWAYS
from engine.documents.model.signals import KEPT_SECONDS, Pattern, SignalsDocument
from engine.lint.findings import not_analysed
from engine.lint.study import Study
from engine.text.diagnostics import Diagnostic, Related, error

_DAY = 86_400


def patterns(study: Study) -> Iterator[Diagnostic]:
    """RS671 to RS673; RS490 where that was not decided."""
    document = study.document
    if not isinstance(document, SignalsDocument):
        return
    for signal in document.signals:
        if isinstance(signal.seen, Pattern):
            yield from _pattern(signal.id, signal.seen)
    try:
        yield from _never_decide(study, document)
    except TooComplex as limit:
        yield not_analysed("what derivations leave to those below", str(limit), document.head.span)


def _pattern(name: str, pattern: Pattern) -> Iterator[Diagnostic]:
    if pattern.within_seconds > KEPT_SECONDS:
        days = pattern.within_seconds // _DAY
        message = f"'{name}' looks {days} days back, and events are kept for {KEPT_SECONDS // _DAY}"
        hint = "shorten `within`, or use a fact of the customer"
        yield error("RS671", message, pattern.span, hint=hint)
    if len(pattern.steps) == 1 and pattern.steps[0].at_least == 1 and pattern.steps[0].where == ALWAYS:
        events = " or ".join(pattern.steps[0].events)
        message = f"'{name}' fires at every {events}"
        yield error("RS672", message, pattern.span, hint="say how many there have to be: at_least: 3")


def _never_decide(study: Study, document: SignalsDocument) -> Iterator[Diagnostic]:
    for number, each in enumerate(document.derivations):
        above = [other for other in document.derivations[:number] if other.fact == each.fact]
        own = study.boxes_of(each.when)
        taken = [box for other in above for box in study.boxes_of(other.when) or ()]
        if above and own and all(study.open_piece(taken, box) is None for box in own):
            related = [Related(other.span, f"{other.fact} is {other.value}") for other in above[:3]]
            message = f"{each.fact} is never {each.value}: those above decide first"
            yield error("RS673", message, each.span, hint="write the narrower condition first", related=related)
