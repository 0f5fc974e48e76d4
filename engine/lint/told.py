"""Who is told twice, or not at all, by the rules of a notifications document?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from engine.boxes.box import intersect
from engine.documents.model import NotificationsDocument
from engine.documents.model.notifications import NoticeRule
from engine.lint.study import Study
from engine.text.diagnostics import Diagnostic, Related, error


def told(study: Study) -> Iterator[Diagnostic]:
    """RS485 to RS487."""
    document = study.document
    if not isinstance(document, NotificationsDocument):
        return
    yield from _never_written(document)
    yield from _twice(study, document.rules)
    yield from _untranslated(document)


def _never_written(document: NotificationsDocument) -> Iterator[Diagnostic]:
    written = {rule.template for rule in document.rules}
    for text in document.texts.values():
        if text.id not in written:
            hint = "write a rule with it as `template`, or remove it"
            yield error("RS485", f"no rule writes the text '{text.id}'", text.span, hint=hint)


def _twice(study: Study, rules: Sequence[NoticeRule]) -> Iterator[Diagnostic]:
    by_text: dict[tuple[str, str], list[NoticeRule]] = {}
    for rule in rules:
        by_text.setdefault((rule.template, rule.to), []).append(rule)
    for same in by_text.values():
        for earlier, later in combinations(same, 2):
            event = next((name for name in later.events if name in earlier.events), None)
            channel = next((name for name in later.channels if name in earlier.channels), None)
            if event and channel and _share_roles(earlier, later) and _may_both_hold(study, earlier, later):
                message = f"'{earlier.id}' and '{later.id}' tell the same people of {event} by {channel}"
                related = (Related(earlier.span, "told here"),)
                hint = "remove one, or let only one of their conditions hold"
                yield error("RS486", message, later.span, hint=hint, related=related)


def _share_roles(first: NoticeRule, second: NoticeRule) -> bool:
    return first.to != "staff" or not set(first.roles).isdisjoint(second.roles)


def _may_both_hold(study: Study, first: NoticeRule, second: NoticeRule) -> bool:
    """Whether an event can satisfy both; a condition with too many boxes to say is reported elsewhere."""
    mine, others = study.boxes_of(first.when), study.boxes_of(second.when)
    if mine is None or others is None:
        return False
    return any(intersect(box, other) is not None for box in mine for other in others)


def _untranslated(document: NotificationsDocument) -> Iterator[Diagnostic]:
    languages = tuple(dict.fromkeys(locale for text in document.texts.values() for locale in text.words))
    for text in document.texts.values():
        missing = [locale for locale in languages if locale not in text.words]
        if missing:
            message = f"the text '{text.id}' is not written in {' and '.join(missing)}"
            yield error("RS487", message, text.span, hint=f"add `{missing[0]}: {{subject: …, heading: …, body: …}}`")
