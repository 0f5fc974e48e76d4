"""Is an order lifecycle sound: all names known, no trap on any path, everything settled exactly once?

What is not analysed: whether two guards can hold one after the other. Except for the money, about which the
path itself tells (see `guards`), a guard is taken as possibly true and possibly false at every step. So a
finding may need facts that never occur together; its `related` places show the guards it assumes. Nothing
is missed that way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine.documents.model import START, OrdersDocument
from engine.lifecycle.competition import check_competition
from engine.lifecycle.explore import MAX_STEPS, Exploration, Found, explore
from engine.lifecycle.guards import Guards
from engine.lifecycle.names import check_names
from engine.lifecycle.structure import check_structure
from engine.lifecycle.witness import assumptions, path_text
from engine.text.diagnostics import Diagnostic, error

_NO_BEGINNING = frozenset({"RS501", "RS508"})


def model_check(document: OrdersDocument) -> list[Diagnostic]:
    """All findings RS5xx of a document, each with the shortest path that shows it, if it has one.

    Never raises. When it is not clear where orders begin, only names are checked, because everything else
    would follow from that; transitions that name unknown states are left out of the other checks.
    """
    findings = list(check_names(document))
    if any(finding.code in _NO_BEGINNING for finding in findings):
        return findings
    known = _with_known_states(document)
    guards = Guards()
    exploration = explore(known, guards)
    findings += check_structure(known, exploration, guards)
    findings += check_competition(known, guards)
    findings += _breaches(exploration)
    return findings


def _with_known_states(document: OrdersDocument) -> OrdersDocument:
    names = {state.id for state in document.states} - {START}
    kept = []
    for transition in document.transitions:
        sources = tuple(name for name in transition.sources if name in names or name == START)
        if sources and transition.target in names:
            kept.append(replace(transition, sources=sources))
    return replace(document, transitions=tuple(kept))


def _breaches(exploration: Exploration) -> Iterator[Diagnostic]:
    for found in exploration.found:
        yield _breach(found)
    if not exploration.complete:
        message = f"the lifecycle has more than {MAX_STEPS} ways to go; not all were followed"
        yield error("RS530", message, None, hint="check a smaller machine, or split this one")


def _breach(found: Found) -> Diagnostic:
    breach, path = found.breach, found.path
    return error(
        breach.code,
        breach.message,
        breach.span,
        hint=breach.hint,
        witness=path_text(path),
        related=assumptions(path),
    )
