"""Which conditions can never be true?

A condition without boxes holds for no cart. The finding points at the part that makes it impossible and, where
one earlier part is enough to exclude it, at that part too. A satisfiable condition may still hold a choice
(`any`) of which one alternative is dead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.boxes.box import Box, intersect
from engine.documents.conditions import All, AnyOf, Condition, Not
from engine.documents.model import Window
from engine.lint.clauses import Clause, clauses_of, place_of
from engine.lint.findings import not_analysed
from engine.lint.study import Boxes, Study
from engine.text.diagnostics import Diagnostic, Related, error

_OPEN = Window()
_TOO_MANY = "its choices multiply to more combinations than can be compared"


def contradictory_conditions(study: Study) -> Iterator[Diagnostic]:
    """RS401 for conditions that never hold, RS403 for dead alternatives, RS490 for what cannot be told."""
    for clause in clauses_of(study.document):
        boxes = study.boxes_of(clause.condition)
        if boxes is None:
            yield not_analysed(f"the condition of {clause.owner}", _TOO_MANY, place_of(clause.condition, clause.span))
        elif not boxes:
            yield _never(study, clause)
        elif clause.window != _OPEN and study.boxes(clause.window, clause.condition) == ():
            yield _never_in_time(clause)
        else:
            yield from _dead_alternatives(study, clause, clause.condition, positive=True)


def _never(study: Study, clause: Clause) -> Diagnostic:
    parts = tuple(_conjuncts(clause.condition))
    culprit, others = _first_impossible(study, parts)
    related = [Related(place_of(part, clause.span), "excludes it") for part in others]
    message = f"the condition of {clause.owner} can never be true"
    hint = (
        "values of one fact that exclude each other belong under `any:`" if others else "no value satisfies this test"
    )
    return error("RS401", message, place_of(culprit, clause.span), hint=hint, related=related, witness="no cart at all")


def _never_in_time(clause: Clause) -> Diagnostic:
    message = f"the condition of {clause.owner} can never be true between its `from` and `until`"
    hint = "test `now` inside the window, or move the window"
    return error("RS401", message, place_of(clause.condition, clause.span), hint=hint, witness="no cart at all")


def _conjuncts(condition: Condition) -> Iterator[Condition]:
    """The parts that must all hold, nested `all` taken apart."""
    if isinstance(condition, All):
        for part in condition.parts:
            yield from _conjuncts(part)
    else:
        yield condition


def _first_impossible(study: Study, parts: Sequence[Condition]) -> tuple[Condition, Sequence[Condition]]:
    """The first part that leaves nothing, and those before it that are to blame (one, if one is enough)."""
    left: Boxes = (Box(),)
    for position, part in enumerate(parts):
        boxes = study.boxes_of(part) or ()
        remaining = _both(left, boxes)
        if not remaining:
            before = parts[:position] if boxes else ()
            alone = [other for other in before if not _both(study.boxes_of(other) or (), boxes)]
            return part, alone[:1] or before
        left = remaining
    return parts[-1], parts[:-1]


def _both(left: Boxes, right: Boxes) -> Boxes:
    return tuple(both for one in left for two in right if (both := intersect(one, two)) is not None)


def _dead_alternatives(study: Study, clause: Clause, condition: Condition, *, positive: bool) -> Iterator[Diagnostic]:
    if isinstance(condition, Not):
        yield from _dead_alternatives(study, clause, condition.part, positive=not positive)
    elif isinstance(condition, All | AnyOf):
        is_choice = isinstance(condition, AnyOf) == positive
        for part in condition.parts:
            wanted = part if positive else study.negation(part)
            if is_choice and study.boxes_of(wanted) == ():
                yield _dead(clause, part)
            else:
                yield from _dead_alternatives(study, clause, part, positive=positive)


def _dead(clause: Clause, part: Condition) -> Diagnostic:
    message = f"this alternative in the condition of {clause.owner} can never be true"
    hint = "correct it, or remove it from the choice"
    return error("RS403", message, place_of(part, clause.span), hint=hint, witness="no cart at all")
