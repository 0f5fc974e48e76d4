"""What is given to signals, and what do they give back?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.documents.conditions import Key
from engine.documents.model.signals import EffectKind, SubjectKind

Facts = Mapping[str, Key | frozenset[str]]
"""Keys as conditions compare them, and sets of codes; what is not there is missing."""


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened. Events are in the order of `at`, and of `id` where that is the same."""

    id: str
    at: int
    name: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Subject:
    """A cart, an order or a customer as it is; `since` is when it last changed."""

    kind: SubjectKind
    id: str
    since: int
    facts: Facts

    @property
    def key(self) -> tuple[SubjectKind, str]:
        """What identifies it."""
        return self.kind, self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """All that signals look at. The order of events and subjects means nothing; an id that comes again is ignored."""

    now: int
    events: tuple[Happened, ...] = ()
    subjects: tuple[Subject, ...] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing to do. `target` and `target_id` say to what: an order to hold, a customer to tag; both are empty for
    `announce`. `name` is what is announced, or the tag.
    """

    kind: EffectKind
    name: str = ""
    target: SubjectKind | None = None
    target_id: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.kind, self.name, self.target or "", self.target_id) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """A pattern that was seen.

    `at` is when it was complete: the instant of the last event, or when the subject had been idle for long enough.
    `last` is the id of that event, or the subject with its `since`. `events` are the ids that made it, in order; `same`
    the facts that were equal in them. `about` is what it concerns, by kind. Effects that have nobody to concern (the
    customer of a guest's order) are left out.
    """

    signal: str
    at: int
    last: str
    events: tuple[str, ...] = ()
    same: tuple[tuple[str, Key], ...] = ()
    about: tuple[tuple[SubjectKind, str], ...] = ()
    effects: tuple[Effect, ...] = ()

    @property
    def key(self) -> str:
        """The same whenever the same thing is seen again: at most 300 characters for ids of up to 100."""
        return f"{self.signal}/{self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Firings by time, signal and last event; derived facts by subject; for customers, which tags they have."""

    firings: tuple[Firing, ...] = ()
    derived: Mapping[tuple[SubjectKind, str], Mapping[str, Key]] = field(default_factory=dict)
    tags: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
