"""What do requests and answers about issued coupon codes look like? Money is decimal text in the store's currency."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from server.decisions.schemas import Instant
from server.decisions.shapes import Money
from server.referrals.issued import CodeState
from server.web.binding import Body, Path, Query, View
from server.web.pages import PageQuery

Campaign = Annotated[
    str, Meta(min_length=1, max_length=100, description="One of the live coupons ruleset, such as newsletter.")
]
CodeText = Annotated[str, Meta(min_length=1, max_length=100, description="However it is typed.")]
Note = Annotated[str, Meta(min_length=1, max_length=500, description="For the shop's own people.")]
Prefix = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=20,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*(?!\n)$",
        description="What every code begins with: NEWS-.",
    ),
]
Expiry = Annotated[Instant, Meta(description="From when on the codes count no more; null: never.")]


class IssueBody(Body, frozen=True, kw_only=True):
    """One code. It is made up when `code` is left out; `owner_id` or `email` names the user it is for."""

    campaign: Campaign
    code: CodeText | None = None
    owner_id: UUID | None = None
    email: Annotated[str, Meta(min_length=3, max_length=254)] | None = None
    expires_at: Expiry | None = None
    note: Note | None = None


class BatchBody(Body, frozen=True, kw_only=True):
    """Many codes of one campaign: a prefix, and random letters and digits that nobody mistakes for others."""

    campaign: Campaign
    count: Annotated[int, Meta(ge=1, le=10_000)]
    prefix: Prefix | None = None
    length: Annotated[int, Meta(ge=8, le=32, description="Random characters of each code.")] = 12
    expires_at: Expiry | None = None
    note: Note | None = None


class CodesQuery(PageQuery, frozen=True, kw_only=True):
    """Which codes to list. `code`: its beginning, however it is typed."""

    campaign: Campaign | None = None
    owner_id: UUID | None = None
    batch_id: UUID | None = None
    code: CodeText | None = None
    state: CodeState | None = None


class ReportQuery(Query, frozen=True, kw_only=True):
    """Which time to report: orders placed and codes issued from `since` on, before `until`."""

    since: Instant | None = None
    until: Instant | None = None


class CodePath(Path, frozen=True, kw_only=True):
    """Names an issued code."""

    code_id: UUID


class BatchPath(Path, frozen=True, kw_only=True):
    """Names a batch."""

    batch_id: UUID


class IssuedCodeView(View, frozen=True, kw_only=True):
    """An issued code. `held` counts uses of orders not paid yet, `used` those of paid ones."""

    id: UUID
    code: str
    campaign: str
    coupon: Annotated[str | None, Meta(description="The rule it belongs to; null when no live rule has the campaign.")]
    state: CodeState
    owner_id: UUID | None
    batch_id: UUID
    note: str | None
    expires_at: datetime | None
    revoked_at: datetime | None
    held: int
    used: int
    created_by: UUID | None
    created_at: datetime


class BatchView(View, frozen=True, kw_only=True):
    """Codes that were issued together."""

    id: UUID
    campaign: str
    expires_at: datetime | None
    codes: tuple[str, ...]


class ReportRowView(View, frozen=True, kw_only=True):
    """One coupon, one promotion that can be used up, or a campaign without a rule.

    `given_away` is the money of the used ones, `promised` that of held ones; what was returned is in neither.
    """

    kind: Literal["coupon", "promotion", "campaign"]
    rule: str | None
    campaign: str | None
    codes: Annotated[tuple[str, ...], Meta(description="Codes the ruleset itself has.")]
    issued: int
    revoked: int
    held: int
    used: int
    returned: int
    given_away: Money
    promised: Money


class ReportView(View, frozen=True, kw_only=True):
    """Coupons first, then promotions, then campaigns without a rule; each sorted by id."""

    currency: str
    rows: tuple[ReportRowView, ...]
