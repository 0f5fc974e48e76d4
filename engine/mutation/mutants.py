"""Which small faults can a ruleset have? Each is one change at one place of its text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from engine.cases.coverage import rules_of
from engine.documents.conditions import ALWAYS, All, AnyOf, Not, Test
from engine.documents.model import AnyDocument, OrdersDocument, TableRow
from engine.facts.vocabulary import Vocabulary
from engine.mutation.conditions import condition_changes, dropped
from engine.mutation.effects import effect_changes
from engine.mutation.invites import invite_changes
from engine.mutation.lives import life_changes
from engine.mutation.model import Change, Mutant
from engine.mutation.notices import notice_changes
from engine.mutation.permissions import permission_changes
from engine.mutation.places import Path, at, parts
from engine.mutation.rates import rate_changes
from engine.mutation.rules import rule_changes
from engine.mutation.said import Said
from engine.mutation.seen import signal_changes
from engine.mutation.settings import setting_changes
from engine.text.source import Span

_CONDITIONS = Test | All | AnyOf | Not


def mutants_of(document: AnyDocument, vocabulary: Vocabulary) -> tuple[Mutant, ...]:
    """Every fault, by its place. A change of a text that the document has read several times is one fault.

    `vocabulary` is that of the document, with its attributes. The same text read for another currency has the same
    faults under the same keys.
    """
    said = Said(document, vocabulary)
    found: dict[tuple[object, ...], list[tuple[Path, Change]]] = {}
    for path, part in parts(document):
        for change in _changes(document, path, part, said):
            span = change.span or getattr(part, "span", None)
            place = (span,) if span is not None and path else (path, span)
            found.setdefault((type(part).__name__, *place, change.what, change.said), []).append((path, change))
    rules = _Rules(document)
    made = (_mutant(document, same, rules) for same in found.values())
    return tuple(sorted(made, key=lambda mutant: mutant.span))


def chosen(mutants: Sequence[Mutant], most: int | None) -> tuple[Mutant, ...]:
    """At most so many, spread evenly over the document."""
    if most is None or len(mutants) <= most:
        return tuple(mutants)
    return tuple(mutants[number * len(mutants) // most] for number in range(most))


def by_key(mutants: Sequence[Mutant]) -> Mapping[tuple[Path, str], Mutant]:
    """The faults by what is the same in every currency."""
    return {mutant.key: mutant for mutant in mutants}


def _changes(document: AnyDocument, path: Path, part: Any, said: Said) -> Iterator[Change]:
    if isinstance(part, _CONDITIONS):
        if any(isinstance(at(document, path[:steps]), TableRow) for steps in range(len(path))):
            return iter(())  # the limits of rows change for two rows at once
        outer = _is_outermost(document, path)
        return chain(condition_changes(part, said), dropped(part, said) if outer and part != ALWAYS else ())
    return chain(
        setting_changes(part, said),
        rule_changes(part, said),
        effect_changes(part, said),
        rate_changes(part, said),
        life_changes(part),
        permission_changes(part, said),
        invite_changes(part, said),
        notice_changes(part, said),
        signal_changes(part, said),
    )


def _is_outermost(document: AnyDocument, path: Path) -> bool:
    """Whether a condition is not a part of another one."""
    steps = -2 if isinstance(path[-1], int) else -1
    return not isinstance(at(document, path[:steps]), _CONDITIONS)


def _mutant(document: AnyDocument, same: Sequence[tuple[Path, Change]], rules: _Rules) -> Mutant:
    path, change = same[0]
    part = at(document, path)
    span = change.span or getattr(part, "span", None) or _around(document, path)
    return Mutant(
        sort=change.sort,
        rule=rules.at(span, path),
        span=span,
        said=change.said,
        shows=change.shows,
        key=(path, change.what),
        edits=tuple((place, each.part) for place, each in same),
    )


def _around(document: AnyDocument, path: Path) -> Span:
    """The place of the nearest part that has one."""
    for steps in range(len(path), -1, -1):
        span = getattr(at(document, path[:steps]), "span", None)
        if isinstance(span, Span):
            return span
    return document.head.span


class _Rules:
    """Which rule of a document does a place belong to?"""

    def __init__(self, document: AnyDocument) -> None:
        self._document = document
        if isinstance(document, OrdersDocument):
            transitions = [
                (each.span, ("transition", f"{each.event} to {each.target}")) for each in document.transitions
            ]
            self._rules = [*transitions, *((state.span, ("state", state.id)) for state in document.states)]
        else:
            self._rules = [(rule.span, rule.key) for rule in rules_of(document)]

    def at(self, span: Span, path: Path) -> tuple[str, str]:
        """The rule around a place; for one in an attachment the one it belongs to. Empty: none."""
        for place in (span, _around(self._document, path[:2]) if path else span):
            fitting = [rule for rule in self._rules if _contains(rule[0], place)]
            if fitting:
                return max(fitting)[1]
        return ("", "")


def _contains(outer: Span, inner: Span) -> bool:
    start = (outer.line, outer.column) <= (inner.line, inner.column)
    return (
        outer.source == inner.source
        and start
        and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
    )
