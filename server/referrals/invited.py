"""What does the shop know of invites, and of the codes that were given for them?"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from engine.referrals.judge import InviteState

BY_STAFF: Final = "staff"
"""The guard of an invite that a person refused."""

MarkKind = Literal["email", "phone", "device", "address", "payment"]
RewardState = Literal["active", "held", "used", "expired", "revoked"]
"""`held`: an order waits for payment with it."""


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """A friend who came by somebody's code. `since`: when it began to wait, or to count; `guard` refused it.

    `facts` are what it was last judged by, `missing` what kept it from counting then, in words. `judge_at`: when it is
    judged again though nothing happens.
    """

    id: UUID
    inviter_id: UUID
    friend_id: UUID
    state: InviteState
    since: datetime | None
    guard: str | None
    allowed: bool
    decided_by: UUID | None
    note: str | None
    facts: dict[str, Any]
    missing: list[str]
    ruleset: str | None
    joined_at: datetime
    judge_at: datetime | None
    updated_at: datetime


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Something that tells people apart, by a stand-in (see `notifications.subjects`)."""

    kind: MarkKind
    mark: str


class Reward(msgspec.Struct, frozen=True, kw_only=True):
    """A code that was given. `milestone_at`: for so many friends; None: because of an event."""

    id: UUID
    user_id: UUID
    reason: str
    milestone_at: int | None
    campaign: str
    code: str
    state: RewardState
    granted_at: datetime
    expires_at: datetime | None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The invites of one customer that count or may yet. `code` is what friends are sent, `locale` their language."""

    code: str
    locale: str | None
    joined: int
    waiting: int
    counted: int
