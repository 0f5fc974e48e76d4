"""What has to be loaded so that signals see all they could?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.documents.conditions import Key
from engine.documents.model.signals import Pattern, SubjectKind
from engine.signals.compile import Program
from engine.signals.matching import MICROSECONDS, Event, in_order
from engine.signals.model import Happened


@dataclass(frozen=True, slots=True)
class Lookup:
    """Events called as one of `names`, with exactly these facts, after `since` and before `until` (both excluded)."""

    names: tuple[str, ...]
    same: Mapping[str, Key]
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class IdleSignal:
    """A signal about subjects that have not changed: due from `since + for_us` on, no longer at `since + before_us`."""

    signal: str
    subject: SubjectKind
    for_us: int
    before_us: int | None


def lookups(program: Program, happened: Happened) -> tuple[Lookup, ...]:
    """With which other events the event can make a pattern; empty when it counts for none."""
    event = in_order([happened])[0]
    return tuple(
        lookup for _, pattern in program.patterns for lookup in _lookups(pattern, event)
    )  # fmt: skip


def idle_of(program: Program) -> tuple[IdleSignal, ...]:
    """The signals about what has not happened."""
    return tuple(
        IdleSignal(
            signal.id,
            idle.subject,
            idle.for_seconds * MICROSECONDS,
            None if idle.before_seconds is None else idle.before_seconds * MICROSECONDS,
        )
        for signal, idle in program.idle
    )


def is_watched(program: Program, kind: SubjectKind) -> bool:
    """Whether something is derived of subjects of the kind, or they are tagged, so that a change of one matters."""
    tagged = kind == "customer" and bool(program.tags)
    return tagged or any(each.subject == kind for stratum in program.strata for each in stratum)


def _lookups(pattern: Pattern, event: Event) -> Iterator[Lookup]:
    if not any(event.matches(step) for step in pattern.steps):
        return
    within = pattern.within_seconds * MICROSECONDS
    names = tuple(dict.fromkeys(name for step in pattern.steps for name in step.events))
    for same in pattern.same:
        key = event.key(same)
        if key is not None:
            yield Lookup(names, dict(zip(same, key, strict=True)), event.at - within, event.at + within)
