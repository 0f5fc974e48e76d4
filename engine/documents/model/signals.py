"""What a signals ruleset says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from engine.documents.conditions import Condition, Key
from engine.documents.model.common import ALWAYS_OPEN, Document, Window
from engine.facts.vocabulary import FactType
from engine.text.source import Span

SubjectKind = Literal["order", "cart", "customer"]
"""What a signal can be about."""

EffectKind = Literal["flag", "hold", "announce", "tag", "untag"]

KEPT_SECONDS: Final = 90 * 86_400
"""How long the shop keeps events at least: a pattern cannot look further back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`at_least` events, each called as one of `events` and satisfying `where`."""

    events: tuple[str, ...]
    where: Condition
    at_least: int
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Steps one after the other, all within `within_seconds` before the last event (that far back is excluded).

    `same` are alternatives: the facts of one of them are known and equal in all events of the pattern. An alternative
    without facts asks for nothing: events of the whole shop count.
    """

    steps: tuple[Step, ...]
    same: tuple[tuple[str, ...], ...]
    within_seconds: int
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """A subject that satisfies `when` and has not changed for `for_seconds`, though not for `before_seconds` yet."""

    subject: SubjectKind
    for_seconds: int
    before_seconds: int | None
    when: Condition
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalEffect:
    """What is done: `name` is the subject to flag or hold, the name to announce, or the tag."""

    kind: EffectKind
    name: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A pattern over time and what is done each time it is seen, within its window of validity."""

    id: str
    seen: Pattern | Idle
    then: tuple[SignalEffect, ...]
    window: Window = ALWAYS_OPEN
    summary: str = ""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """A subject that satisfies `when` has the fact with that value, unless one further up gave it another."""

    fact: str
    type: FactType
    subject: SubjectKind
    value: Key
    when: Condition
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRule:
    """Customers have the tag while they satisfy `when`, and lose it afterwards."""

    tag: str
    when: Condition
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalsDocument(Document):
    """Patterns over time, facts and tags that follow from others, and what is done when a pattern is seen.

    `order_events` are names that the lifecycle of the store announces and the vocabulary does not know.
    """

    signals: tuple[Signal, ...] = ()
    derivations: tuple[Derivation, ...] = ()
    tags: tuple[TagRule, ...] = ()
    order_events: tuple[str, ...] = ()
