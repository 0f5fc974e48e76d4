"""Which conditions, though tests are written, hold for every cart?

A fact that can be missing makes a test unknown, so such a test does say something; but if it holds for every
value, all it says is that the fact is known, and `known: true` says that plainly.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.boxes.box import is_subset
from engine.boxes.effort import TooComplex
from engine.boxes.values import ValueSet
from engine.documents.conditions import All, AnyOf, Condition, Not, facts_read, tests_of
from engine.lint.clauses import Clause, clauses_of, place_of
from engine.lint.findings import not_analysed
from engine.lint.study import Boxes, Study, axes_of
from engine.lint.wording import quoted
from engine.text.diagnostics import Diagnostic, error


def constant_conditions(study: Study) -> Iterator[Diagnostic]:
    """RS402 for conditions, and parts of conditions, that always hold; RS490 where that was not decided."""
    for clause in clauses_of(study.document):
        if clause.generated or not study.boxes_of(clause.condition):
            continue
        try:
            yield from _constant(study, clause, clause.condition, positive=True)
        except TooComplex as limit:
            place = place_of(clause.condition, clause.span)
            yield not_analysed(f"whether the condition of {clause.owner} always holds", str(limit), place)


def _constant(study: Study, clause: Clause, condition: Condition, *, positive: bool) -> Iterator[Diagnostic]:
    """Where all parts must hold, each is looked at alone: together they always hold only if each does."""
    if isinstance(condition, Not):
        yield from _constant(study, clause, condition.part, positive=not positive)
        return
    needs_all = isinstance(condition, All if positive else AnyOf)
    finding = None if needs_all else _finding(study, clause, condition, positive)
    if finding is not None:
        yield finding
    elif isinstance(condition, All | AnyOf):
        for part in condition.parts:
            yield from _constant(study, clause, part, positive=positive)


def _finding(study: Study, clause: Clause, condition: Condition, positive: bool) -> Diagnostic | None:
    boxes = study.boxes_of(condition if positive else study.negation(condition))
    if not boxes or not _covers_all(study, boxes, known=True):
        return None
    if _covers_all(study, boxes, known=False):
        return _always(clause, condition, "always holds", "remove it, or correct the value it tests")
    if any(test.operator == "known" for test in tests_of(condition)):
        return None
    facts = quoted(facts_read(condition))
    said = f"holds whenever {facts} is known, whatever the value"
    return _always(clause, condition, said, "write `known: true` if that is meant, else correct the value it tests")


def _always(clause: Clause, condition: Condition, said: str, hint: str) -> Diagnostic:
    message = f"this part of the condition of {clause.owner} {said}"
    return error("RS402", message, place_of(condition, clause.span), hint=hint, witness="any cart")


def _covers_all(study: Study, boxes: Boxes, *, known: bool) -> bool:
    """Whether the boxes take every cart there can be; with `known`, every cart in which all facts have a value."""
    axes = axes_of(boxes)
    everything = study.domain.universe(axes)
    if known:
        everything = everything.with_axes({axis: everything[axis].intersect(ValueSet.known()) for axis in axes})
    if len(boxes) == 1:
        return is_subset(everything, boxes[0])
    return study.open_piece(boxes, everything) is None
