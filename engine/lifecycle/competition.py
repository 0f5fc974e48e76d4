"""Where several transitions answer the same event, is it clear which one is meant, and can each be taken?

Transitions compete when event, source and a role are the same. A later one whose guard contains the guard
of the earlier one is the usual "otherwise" and fine. One that is contained in the earlier ones is never
taken; one that only overlaps is decided by the order of the document, which a reader cannot see.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from engine.boxes.box import Box, intersect
from engine.documents.model import OrdersDocument, Transition
from engine.lifecycle.guards import Guards
from engine.text.diagnostics import Diagnostic, Related, error

_MOST_RIVALS = 50


def check_competition(document: OrdersDocument, guards: Guards) -> Iterator[Diagnostic]:
    """Findings RS514 and RS515, and a note RS530 for each guard that is too large to analyse."""
    reported: set[tuple[str, int]] = set()
    for place, rivals in _rivals(document).items():
        for position, later in enumerate(islice(rivals, _MOST_RIVALS)):
            finding = _finding(place[0], rivals[:position], later, guards)
            if finding is not None and (finding.code, id(later)) not in reported:
                reported.add((finding.code, id(later)))
                yield finding


def _rivals(document: OrdersDocument) -> dict[tuple[str, str], list[Transition]]:
    rivals: dict[tuple[str, str], list[Transition]] = {}
    for transition in document.transitions:
        for source in dict.fromkeys(transition.sources):
            rivals.setdefault((source, transition.event), []).append(transition)
    return rivals


def _finding(source: str, earlier: Sequence[Transition], later: Transition, guards: Guards) -> Diagnostic | None:
    boxes = guards.boxes(later.when)
    if boxes is None:
        return _not_analysed(later)
    if not boxes:
        return None  # the lints tell of a guard that contradicts itself (RS401)
    if earlier and all(_forestalled(boxes, earlier, role, guards) for role in later.roles):
        return _never_taken(source, earlier, later)
    rival = next((one for one in earlier if _overlaps(one, later, guards)), None)
    return None if rival is None else _ambiguous(source, rival, later)


def _forestalled(boxes: tuple[Box, ...], earlier: Sequence[Transition], role: str, guards: Guards) -> bool:
    before = [box for one in earlier if role in one.roles for box in guards.boxes(one.when) or ()]
    return all(guards.covered(before, box) for box in boxes)


def _overlaps(earlier: Transition, later: Transition, guards: Guards) -> bool:
    if earlier.target == later.target or set(earlier.roles).isdisjoint(later.roles):
        return False
    first, second = guards.boxes(earlier.when) or (), guards.boxes(later.when) or ()
    if all(intersect(one, two) is None for one in first for two in second):
        return False
    return any(guards.covered(second, box) is False for box in first)


def _never_taken(source: str, earlier: Sequence[Transition], later: Transition) -> Diagnostic:
    roles = set(later.roles)
    first = next((one for one in earlier if roles & set(one.roles)), earlier[0])
    return error(
        "RS515",
        f"'{later.event}' from '{source}' never takes this transition to '{later.target}'",
        later.span,
        hint="remove it, or put it before the transitions that forestall it",
        related=(Related(first.span, "comes first and always fits"),),
    )


def _ambiguous(source: str, earlier: Transition, later: Transition) -> Diagnostic:
    return error(
        "RS514",
        f"'{later.event}' from '{source}' may lead to '{earlier.target}' and to '{later.target}' at once",
        later.when_span or later.span,
        hint="make the guards exclude each other, or let the later one have no guard at all",
        related=(Related(earlier.when_span or earlier.span, "comes first, so it decides where both hold"),),
    )


def _not_analysed(transition: Transition) -> Diagnostic:
    return error(
        "RS530",
        f"the guard of '{transition.event}' has too many alternatives to analyse",
        transition.when_span or transition.span,
        hint="it is taken as possibly true and possibly false; split it into several transitions",
    )
