"""What a referrals ruleset says: when an invite counts, what counting brings, and who is given a code besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.documents.conditions import ALWAYS, Condition
from engine.documents.model.common import Document
from engine.text.source import Span

Rewarded = Literal["keep", "revoke_unused"]
"""What becomes of codes that a reversed invite had helped to earn."""

Once = Literal["customer", "year", "event"]
"""How often one customer gets a reward: once for ever, once in a calendar year, or each time it happens."""


RewardTo = Literal["customer", "friend"]
"""Who of an event gets the reward: whom it is about (of an invite the one who invited), or the friend who came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Give:
    """A code of a campaign of the coupons ruleset, good for `expires_seconds`; None: until it is used."""

    campaign: str
    expires_seconds: int | None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualifying:
    """An invite counts when `when` has held, and holds again after `after_seconds`; 0: at once."""

    when: Condition
    after_seconds: int
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversing:
    """An invite that counts does so no longer when `when` holds within `within_seconds` of it; None: ever."""

    when: Condition
    within_seconds: int | None
    rewards: Rewarded
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteGuard:
    """An invite for which `when` holds will never count; `message` tells staff why."""

    id: str
    when: Condition
    message: Mapping[str, str] = field(default_factory=dict)
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """A customer whose invites count `at` times is given a code, once."""

    id: str
    at: int
    give: Give
    message: Mapping[str, str] = field(default_factory=dict)
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """Whoever of an event `on` it is `to` is given a code, if `when` holds."""

    id: str
    on: str
    give: Give
    once: Once
    to: RewardTo = "customer"
    when: Condition = ALWAYS
    message: Mapping[str, str] = field(default_factory=dict)
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralsDocument(Document):
    """What inviting friends brings, and which codes are given out for what happens.

    Guards are asked in their order; milestones rise. Without `qualifies` no invite counts.
    """

    qualifies: Qualifying | None = None
    reverses: Reversing | None = None
    guards: tuple[InviteGuard, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    rewards: tuple[Reward, ...] = ()

    @property
    def gives(self) -> tuple[Give, ...]:
        """Everything that is given out, in document order."""
        return (*(each.give for each in self.milestones), *(each.give for each in self.rewards))
