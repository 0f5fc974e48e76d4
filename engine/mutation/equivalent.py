"""Can a changed condition never matter? Decided by the sets of carts that make it true, before any search."""

from __future__ import annotations

from collections.abc import Sequence

from engine.boxes.box import Box
from engine.boxes.build import TooManyBoxes, boxes_of
from engine.boxes.effort import Effort, TooComplex
from engine.documents.conditions import All, AnyOf, Condition, Not, Test
from engine.documents.model import AnyDocument
from engine.lint.study import Study
from engine.mutation.model import Mutant
from engine.mutation.places import Path, at

_CONDITIONS = Test | All | AnyOf | Not


def is_equivalent(mutant: Mutant, document: AnyDocument, study: Study) -> bool:
    """Whether every condition the fault is in is true of exactly the carts it was true of before.

    False when that is not so, cannot be said, or the fault is not in a condition.
    """
    spoilt = mutant.of(document)
    return all(
        _same(outer, document, spoilt, study) for path, _ in mutant.edits for outer in [_outermost(document, path)]
    )


def _outermost(document: AnyDocument, path: Path) -> Path | None:
    """Where the condition around the path begins; None when there is none."""
    return next((path[:end] for end in range(len(path) + 1) if isinstance(at(document, path[:end]), _CONDITIONS)), None)


def _same(path: Path | None, document: AnyDocument, spoilt: AnyDocument, study: Study) -> bool:
    if path is None:
        return False
    study.effort = Effort()
    try:
        old, new = (_boxes(at(some, path), study) for some in (document, spoilt))
        return _covers(old, new, study) and _covers(new, old, study)
    except (TooComplex, TooManyBoxes):
        return False


def _boxes(condition: Condition, study: Study) -> list[Box]:
    """What of the condition can occur. Not from the study, which knows conditions of its document only."""
    return [clipped for box in boxes_of(condition) if (clipped := study.domain.clip(box)) is not None]


def _covers(some: Sequence[Box], others: Sequence[Box], study: Study) -> bool:
    return all(study.open_piece(some, box) is None for box in others)
