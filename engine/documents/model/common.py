"""What the typed documents of all kinds share: head, window, limits, refusals, allowances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.documents.conditions import Aggregate, Condition
from engine.documents.model.invariants import Invariant
from engine.facts.vocabulary import Fact
from engine.money.rounding import Rounding
from engine.text.nodes import Mapping as MappingNode
from engine.text.source import Span

Kind = Literal[
    "pricing",
    "promotions",
    "coupons",
    "shipping",
    "tax",
    "checkout",
    "orders",
    "access",
    "inventory",
    "referrals",
    "signals",
    "notifications",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The head every document starts with. `hash` is the sha256 (hex) of the canonical resolved document."""

    kind: Kind
    name: str
    version: int
    vocabulary: str  # "checkout/1"
    currency: str  # the currency this reading is for
    currencies: tuple[str, ...]  # all currencies the document has amounts in
    timezone: str = "UTC"
    rounding: Rounding = "half_up"
    summary: str = ""
    hash: str = ""
    span: Span


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open validity `[start, end)` in microseconds since 1970 UTC; None is open."""

    start: int | None = None
    end: int | None = None


ALWAYS_OPEN = Window()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How often and how much a rule may give. Money in minor units; None is unlimited.

    per_order: applications in one cart (groups for group effects, units for line effects, 1 for order
    effects); per_customer, total: orders that used it, counted by the shop; budget: money given away in
    all.
    """

    per_order: int | None = None
    per_customer: int | None = None
    total: int | None = None
    per_code: int | None = None  # coupons only
    budget: int | None = None


UNLIMITED = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What all kinds share. `aggregates` maps axis name to aggregate, `attributes` the typed attributes of the
    store by full name; `cases` stay nodes until they are run. `invariants` are what it claims of every decision.
    """

    head: Head
    attributes: Mapping[str, Fact] = field(default_factory=dict)
    aggregates: Mapping[str, Aggregate] = field(default_factory=dict)
    cases: tuple[MappingNode, ...] = ()
    invariants: tuple[Invariant, ...] = ()
    allow: tuple[Allowance, ...] = ()


@dataclass(frozen=True, slots=True)
class Allowance:
    """A finding the author accepts: `allow: [{code: RS403, rule: x, because: "..."}]`; no rule means
    everywhere.
    """

    code: str
    because: str
    rule: str | None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A stated reason to say no: of the whole document, or of the listed methods only."""

    id: str
    when: Condition
    code: str
    window: Window = ALWAYS_OPEN
    methods: tuple[str, ...] = ()
    message: Mapping[str, str] = field(default_factory=dict)
    span: Span
