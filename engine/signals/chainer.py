"""What do signals see? The definition, in plain steps; the network has to say the same.

A pattern is looked for backwards from every event that can be its last: the last step takes the newest events that
count, that one first; the step before takes the newest before those; and so on. That finds the pattern if there is one:
no other choice begins later. Everything is decided by what is given, so the order in which it is given means nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from engine.documents.conditions import Key
from engine.documents.model.signals import Pattern, Signal, SubjectKind
from engine.signals.compile import Program
from engine.signals.matching import (
    MICROSECONDS,
    Event,
    Known,
    idle_firing,
    in_order,
    is_due,
    is_open,
    pattern_firing,
    subject_known,
    subjects_once,
)
from engine.signals.model import Firing, Given, Outcome, Subject


class Chainer:
    """Evaluates a program in Python; nothing is remembered from one evaluation to the next."""

    name = "chainer"

    def __init__(self, program: Program) -> None:
        self._program = program

    def evaluate(self, given: Given) -> Outcome:
        """Everything that follows from what is given."""
        events = in_order(given.events)
        subjects = [(subject, self._known(subject)) for subject in subjects_once(given.subjects)]
        firings = [firing for signal, pattern in self._program.patterns for firing in _seen(signal, pattern, events)]
        firings += self._idle(subjects, given.now)
        return Outcome(
            firings=ordered(self._program, firings),
            derived=dict(self._derived(subjects)),
            tags={subject.id: self._tags(known) for subject, known in subjects if subject.kind == "customer"},
        )

    def _known(self, subject: Subject) -> Known:
        """What is given of a subject and all that follows from it, one stratum after the other."""
        known = subject_known(subject, self._program.derived)
        for stratum in self._program.strata:
            found: dict[str, Key] = {}
            for each in stratum:
                if each.subject == subject.kind and each.fact not in found and known.holds(each.when):
                    found[each.fact] = each.value
            known.keys.update(found)
        return known

    def _derived(
        self, subjects: Sequence[tuple[Subject, Known]]
    ) -> Iterator[tuple[tuple[SubjectKind, str], Mapping[str, Key]]]:
        for subject, known in subjects:
            found = {name: known.keys[name] for name in sorted(self._program.derived) if name in known.keys}
            if found:
                yield subject.key, found

    def _idle(self, subjects: Sequence[tuple[Subject, Known]], now: int) -> Iterator[Firing]:
        for signal, idle in self._program.idle:
            for subject, known in subjects:
                if is_due(idle, subject, now) and known.holds(idle.when):
                    firing = idle_firing(signal, idle, subject, known)
                    if is_open(signal.window, firing.at):
                        yield firing

    def _tags(self, known: Known) -> Mapping[str, bool]:
        return {each.tag: known.holds(each.when) for each in self._program.tags}


def ordered(program: Program, firings: Sequence[Firing]) -> tuple[Firing, ...]:
    """By time, then in the order of the document, then by what they are about."""
    rank = {signal.id: number for number, signal in enumerate(program.signals)}
    return tuple(sorted(firings, key=lambda firing: (firing.at, rank[firing.signal], firing.last)))


def _seen(signal: Signal, pattern: Pattern, events: Sequence[Event]) -> Iterator[Firing]:
    """One firing for each event that completes the pattern, by the first alternative of `same` that holds."""
    counting = [event for event in events if any(event.matches(step) for step in pattern.steps)]
    done: set[str] = set()
    for names in pattern.same:
        groups: defaultdict[tuple[Key, ...], list[Event]] = defaultdict(list)
        for event in counting:
            key = event.key(names)
            if key is not None:
                groups[key].append(event)
        for group in groups.values():
            for position, event in enumerate(group):
                run = _run(pattern, group, position) if event.happened.id not in done else None
                if run is not None and is_open(signal.window, event.at):
                    done.add(event.happened.id)
                    yield pattern_firing(signal, names, run)


def _run(pattern: Pattern, group: Sequence[Event], position: int) -> list[Event] | None:
    """The events that make the pattern, the one at the position being the last; None when there are none."""
    last = group[position]
    if not last.matches(pattern.steps[-1]):
        return None
    found: list[Event] = []
    for step in reversed(pattern.steps):
        wanted = step.at_least
        while wanted:
            if position < 0 or group[position].at <= last.at - pattern.within_seconds * MICROSECONDS:
                return None
            if group[position].matches(step):
                found.append(group[position])
                wanted -= 1
            position -= 1
    return found[::-1]
