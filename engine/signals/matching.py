"""Which events and subjects count for a signal, and what does it do once it is seen?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from engine.boxes.truth import truth
from engine.documents.conditions import Condition, Key
from engine.documents.model.common import Window
from engine.documents.model.signals import Idle, Signal, SignalEffect, Step, SubjectKind
from engine.signals.model import Effect, Facts, Firing, Happened, Subject

MICROSECONDS: Final = 1_000_000
"""In a second."""

SUBJECTS: Final[tuple[SubjectKind, ...]] = get_args(SubjectKind)


@dataclass(frozen=True, slots=True)
class Known:
    """The facts of an event or a subject as conditions read them: keys, and sets of codes."""

    keys: dict[str, Key]
    sets: dict[str, frozenset[str]]

    def holds(self, condition: Condition) -> bool:
        """Whether the condition is true; one that depends on something missing is not."""
        return self.answer(condition) is True

    def answer(self, condition: Condition) -> bool | None:
        """Whether the condition is true; None when that depends on something missing."""
        return truth(condition, self.keys, self.sets)


@dataclass(frozen=True, slots=True)
class Event:
    """An event that happened, with its facts as conditions read them."""

    happened: Happened
    known: Known

    @property
    def at(self) -> int:
        """When, in microseconds."""
        return self.happened.at

    def matches(self, step: Step) -> bool:
        """Whether it counts for the step."""
        return self.happened.name in step.events and self.known.holds(step.where)

    def key(self, names: Sequence[str]) -> tuple[Key, ...] | None:
        """The values of the facts; None when one is missing, which is equal to nothing."""
        found = [self.known.keys.get(name) for name in names]
        return None if None in found else tuple(value for value in found if value is not None)


def known_of(facts: Facts) -> Known:
    """The facts, split; true and false are the keys 1 and 0."""
    keys: dict[str, Key] = {}
    sets: dict[str, frozenset[str]] = {}
    for name, value in facts.items():
        if isinstance(value, frozenset):
            sets[name] = value
        else:
            keys[name] = int(value) if isinstance(value, int) else value
    return Known(keys, sets)


def in_order(events: Iterable[Happened]) -> list[Event]:
    """Every event once, in the order things happened."""
    once = {each.id: each for each in events}
    return [
        Event(each, known_of({**each.facts, "event.name": each.name, "event.at": each.at}))
        for each in sorted(once.values(), key=lambda event: (event.at, event.id))
    ]


def subject_known(subject: Subject, derived: frozenset[str]) -> Known:
    """What is given of a subject, without the facts that are to be derived."""
    given = {name: value for name, value in subject.facts.items() if name not in derived}
    return known_of({**given, f"{subject.kind}.id": subject.id})


def subjects_once(subjects: Iterable[Subject]) -> list[Subject]:
    """Every subject once, by kind and id."""
    once = {each.key: each for each in subjects}
    return [once[key] for key in sorted(once)]


def is_open(window: Window, at: int) -> bool:
    """Whether the instant is within [start, end)."""
    return (window.start is None or at >= window.start) and (window.end is None or at < window.end)


def is_due(idle: Idle, subject: Subject, now: int) -> bool:
    """Whether the subject is of the kind, and idle for long enough and not for too long."""
    quiet = now - subject.since
    if idle.subject != subject.kind or quiet < idle.for_seconds * MICROSECONDS:
        return False
    return idle.before_seconds is None or quiet < idle.before_seconds * MICROSECONDS


def pattern_firing(signal: Signal, names: Sequence[str], run: Sequence[Event]) -> Firing:
    """What the signal says of events, in order, that make its pattern and are the same in the facts."""
    last = run[-1]
    about = tuple(_concerned(last.known))
    return Firing(
        signal=signal.id,
        at=last.at,
        last=last.happened.id,
        events=tuple(event.happened.id for event in run),
        same=tuple((name, last.known.keys[name]) for name in names),
        about=about,
        effects=tuple(_effects(signal.then, dict(about))),
    )


def idle_firing(signal: Signal, idle: Idle, subject: Subject, known: Known) -> Firing:
    """What the signal says of a subject that has been idle."""
    about = tuple(_concerned(known))
    return Firing(
        signal=signal.id,
        at=subject.since + idle.for_seconds * MICROSECONDS,
        last=f"{subject.kind}:{subject.id}@{subject.since}",
        about=about,
        effects=tuple(_effects(signal.then, dict(about))),
    )


def _concerned(known: Known) -> Iterator[tuple[SubjectKind, str]]:
    for kind in SUBJECTS:
        found = known.keys.get(f"{kind}.id")
        if found is not None:
            yield kind, str(found)


def _effects(wanted: Sequence[SignalEffect], about: dict[SubjectKind, str]) -> Iterator[Effect]:
    for each in wanted:
        target = target_of(each)
        if target is None:
            yield Effect(each.kind, each.name)
        elif target in about:
            yield Effect(each.kind, each.name if each.kind in ("tag", "untag") else "", target, about[target])


def target_of(effect: SignalEffect) -> SubjectKind | None:
    """What the effect is done to; None: to nothing."""
    if effect.kind == "announce":
        return None
    if effect.kind in ("tag", "untag"):
        return "customer"
    return next(kind for kind in SUBJECTS if kind == effect.name)
