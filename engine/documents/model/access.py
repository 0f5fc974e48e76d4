"""What an access ruleset says: which roles there are, what each may do, and up to which amount."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.documents.model.common import Document
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
class AccessDocument(Document):
    """Who may do what. `actions` are all those of the vocabulary; roles never inherit in a circle."""

    roles: tuple[Role, ...]
    actions: tuple[str, ...]
