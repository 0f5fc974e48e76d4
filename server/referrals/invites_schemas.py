"""What do requests and answers about invites and rewards look like? Money is decimal text in the store's currency."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from engine.referrals.judge import InviteState
from server.auth.schemas import Locale
from server.decisions.schemas import Instant
from server.decisions.shapes import Money
from server.referrals.invited import RewardState
from server.web.binding import Body, Path, Query, View
from server.web.pages import PageQuery

Reason = Annotated[str, Meta(min_length=3, max_length=500, description="For the shop's own people, and the audit log.")]


class OwnReferralsQuery(Query, frozen=True, kw_only=True):
    """In which language; one's own when absent."""

    locale: Locale | None = None


class InvitesQuery(PageQuery, frozen=True, kw_only=True):
    """Which invites to list."""

    state: InviteState | None = None
    inviter_id: UUID | None = None


class InvitePath(Path, frozen=True, kw_only=True):
    """An invite."""

    invite_id: UUID


class DecideBody(Body, frozen=True, kw_only=True):
    """Why somebody decides otherwise than the ruleset."""

    reason: Reason


class ReferralsReportQuery(Query, frozen=True, kw_only=True):
    """Of which time, `[since, until)`; all when absent."""

    since: Instant | None = None
    until: Instant | None = None


class MilestoneView(View, frozen=True, kw_only=True):
    """So many friends bring this. `reached`: it is reached now."""

    id: str
    at: int
    gives: str
    reached: bool


class NextView(View, frozen=True, kw_only=True):
    """The nearest milestone ahead, and how many friends are missing, in words too: "2 more invites → 30% off"."""

    id: str
    at: int
    missing: int
    text: str


class OwnRewardView(View, frozen=True, kw_only=True):
    """A code that was earned. `held`: an order waits for payment with it."""

    id: UUID
    reason: str
    gives: str
    code: str
    state: RewardState
    granted_at: datetime
    expires_at: datetime | None


class OwnReferralsView(View, frozen=True, kw_only=True):
    """`pending` friends have signed up and may yet count, `counted` ones do. `link` is what friends are sent."""

    code: str
    link: str
    pending: int
    counted: int
    next: NextView | None
    milestones: tuple[MilestoneView, ...]
    rewards: tuple[OwnRewardView, ...]


class InviteView(View, frozen=True, kw_only=True):
    """An invite. `guard` refused it (`staff`: a person), and `why` says so in words; `missing` keeps it from counting.

    `facts` are what it was last judged by. `judge_at`: when it is judged again though nothing happens.
    """

    id: UUID
    inviter_id: UUID
    friend_id: UUID
    state: InviteState
    since: datetime | None
    guard: str | None
    why: str
    missing: tuple[str, ...]
    facts: dict[str, str]
    allowed: bool
    decided_by: UUID | None
    note: str | None
    ruleset: str | None
    joined_at: datetime
    judge_at: datetime | None
    updated_at: datetime


class InvitesInStateView(View, frozen=True, kw_only=True):
    """How many invites are in a state, and which guard refused them."""

    state: InviteState
    guard: str | None
    invites: int


class RewardsGivenView(View, frozen=True, kw_only=True):
    """What was given for one reason. `used` orders were paid with it, and saved `given_away`."""

    reason: str
    campaign: str
    granted: int
    revoked: int
    used: int
    given_away: Money


class ReferralsReportView(View, frozen=True, kw_only=True):
    """Friends by when they joined, rewards by when they were given."""

    currency: str
    invites: tuple[InvitesInStateView, ...]
    rewards: tuple[RewardsGivenView, ...]
