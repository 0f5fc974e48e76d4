"""What an access ruleset says: which roles there are, what each may do, and what needs a second person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.documents.effects import Ratio
from engine.documents.model.common import Document, Kind
from engine.text.source import Span

Period = Literal["once", "order", "day"]
"""Over what a limit counts: each single time, all times for one order, or all times of one person in one day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One entry of `may`: `pattern` as it is written (`catalog.*`), and the actions of the vocabulary it stands for."""

    pattern: str
    actions: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountLimit:
    """The role may do `action` up to `amount` (minor units, 0 or more, of the currency of the head) per period."""

    action: str
    amount: int
    per: Period
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role may do what its `may` says and whatever the roles it inherits may do."""

    id: str
    inherits: tuple[str, ...] = ()
    may: tuple[Permission, ...] = ()
    limits: tuple[AmountLimit, ...] = ()
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Past carts are decided by what is live and by what is published: the newest `orders`, and whole collections.

    More carts that come out worse than `carts_worse` (a ratio of all), or a revenue that falls by more than
    `revenue_falls` (a ratio of what it was), need a second person; None: as many as you like. One of them is given.
    """

    orders: int
    collections: tuple[str, ...] = ()
    carts_worse: Ratio | None = None
    revenue_falls: Ratio | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishPolicy:
    """When somebody else has to agree before a ruleset is published; by default never.

    `kinds` of ruleset that always need it; `warnings` (codes) that do when they are allowed, all of them with
    `any_warning`. `spans` has the place of each condition by its name.
    """

    kinds: tuple[Kind, ...] = ()
    warnings: tuple[str, ...] = ()
    any_warning: bool = False
    guard: Guard | None = None
    spans: tuple[tuple[str, Span], ...] = ()

    @property
    def can_ask(self) -> bool:
        """Whether there is anything a second person is needed for."""
        return bool(self.spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDocument(Document):
    """Who may do what. `actions` are all those of the vocabulary; roles never inherit in a circle."""

    roles: tuple[Role, ...]
    actions: tuple[str, ...]
    policy: PublishPolicy = PublishPolicy()
